//! `batchproc dups` finds files with the same content. This module connects the parts of a run:
//!
//! ```text
//!  tree:   look ──► beginnings ──► whole files ──┐
//!  listed: manifests ────────────────────────────┴──► groups ──► output
//! ```

mod listed;
mod sinks;
mod tree;
mod write;

use crate::cli::DupsArgs;
use crate::dups::listed::is_long_enough;
use crate::error::Fatal;
use crate::run::console::Console;
use crate::run::ending::Ending;

/// Runs the command.
///
/// # Errors
/// If the run itself fails, such as when the output cannot be written.
pub fn run(arguments: DupsArgs, console: &Console) -> Result<Ending, Fatal> {
    arguments.check_options()?;
    if let Some(algorithm) = arguments.algorithm.filter(|&algorithm| !is_long_enough(algorithm)) {
        return Err(Fatal(format!(
            "{} has digests of {} bits, which different files may have by chance; choose an algorithm with at least 128 bits",
            algorithm.name(),
            8 * algorithm.bytes()
        )));
    }
    match arguments.from.is_empty() {
        true => tree::run(&arguments, console),
        false => listed::run(&arguments, console),
    }
}
