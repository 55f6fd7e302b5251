//! `batchproc dict` compiles dictionaries of words into files that the program can load without
//! parsing, and writes dictionaries as text.

mod compile;
mod export;
mod write;

use crate::cli::dict::{DictArgs, DictCommand};
use crate::error::Fatal;
use crate::run::console::Console;
use crate::run::ending::Ending;

/// Runs the command.
///
/// # Errors
/// If the dictionary cannot be read or is invalid, or if the output cannot be written.
pub fn run(arguments: &DictArgs, console: &Console) -> Result<Ending, Fatal> {
    match &arguments.command {
        DictCommand::Compile(arguments) => compile::run(arguments, console),
        DictCommand::Export(arguments) => export::run(arguments, console),
    }
}
