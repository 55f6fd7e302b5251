//! What the merges of all kinds of parts share.

use super::parts::Parts;
use crate::cli::MergeArgs;
use crate::error::Fatal;
use crate::files::stdin::Interrupt;
use crate::output::{Output, WriteError};
use crate::run::console::Console;

/// What all parts of a merge share.
pub(super) struct Merge<'a> {
    pub(super) arguments: &'a MergeArgs,
    pub(super) parts: Parts,
    pub(super) interrupt: Interrupt,
    pub(super) console: &'a Console,
    pub(super) output: Output,
}

/// Why a merge ended early.
pub(super) enum Stop {
    /// The run itself failed.
    Fatal(Fatal),
    /// The output cannot be written, or its reader has closed it.
    Write(WriteError),
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        Stop::Fatal(fatal)
    }
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        Stop::Write(error)
    }
}
