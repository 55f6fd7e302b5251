//! `batchproc dict`: dictionaries as files that need no preparation.

use std::io::{IsTerminal, stdout};

use crate::cli::dict::{CompileArgs, DictArgs, DictCommand};
use crate::error::{Ending, Fatal};
use crate::report::output::{Output, WriteError};
use crate::segment::dictionary;

/// Runs the command.
///
/// # Errors
/// When the dictionary cannot be read or not be understood, or the output not be written.
pub fn run(arguments: &DictArgs) -> Result<Ending, Fatal> {
    match &arguments.command {
        DictCommand::Compile(arguments) => compile(arguments),
    }
}

fn compile(arguments: &CompileArgs) -> Result<Ending, Fatal> {
    if arguments.output.is_none() && stdout().is_terminal() {
        return Err(Fatal(
            "a compiled dictionary is not for a terminal; name a file with -o".into(),
        ));
    }
    let compiled = dictionary::compile(&arguments.words)?;
    // Opened late, so that a run that is stopped leaves nothing behind.
    let mut output = arguments.output.as_deref().map_or_else(Output::stdout, Output::file)?;
    output.buffer = compiled.into_bytes();
    match output.commit() {
        Ok(()) | Err(WriteError::Closed) => Ok(Ending::Good),
        Err(WriteError::Failed(fatal)) => Err(fatal),
    }
}
