//! What `check` and `audit` have in common.

use std::path::PathBuf;

use crate::files::WalkRules;
use crate::hash::algorithms::Set;
use crate::hash::md5::Kernel;
use crate::manifest::Accept;
use crate::pipeline::{Control, Error, Order, Settings, Stats, processors};

/// How to compare. The default is what the program does without options.
#[derive(Clone, Debug)]
pub struct Options {
    /// What relative names in the manifest are relative to; by default the current directory.
    pub root: Option<PathBuf>,
    /// The algorithms that count; by default all. Lines of no other are understood then.
    pub algorithms: Option<Set>,
    /// What an audit finds in directories.
    pub rules: WalkRules,
    /// How many threads compute; by default as many as this process has processors.
    pub threads: Option<usize>,
    /// A bound on the bytes for data and results that wait, 256 MiB by default, at least 8 MiB.
    pub memory: usize,
    /// What ends the run from another thread.
    pub control: Control,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root: None,
            algorithms: None,
            rules: WalkRules::default(),
            threads: None,
            memory: 256 << 20,
            control: Control::default(),
        }
    }
}

impl Options {
    pub(super) fn accept(&self) -> Accept {
        Accept(self.algorithms)
    }

    pub(super) fn settings(&self, kernel: Kernel) -> Settings {
        let threads = self.threads.unwrap_or_else(processors).max(1);
        let memory = self.memory.max(8 << 20);
        Settings::for_memory(memory, threads, None, kernel.lanes(), Order::Input)
    }
}

/// How a run ended that gives its results to somebody, who may have had enough.
///
/// # Errors
/// Why it broke off.
pub(super) fn end(ended: Result<Stats, Error<()>>) -> Result<(), String> {
    match ended {
        Ok(_) | Err(Error::Sink(())) => Ok(()),
        Err(Error::Panic { stage, message }) => Err(format!("the {stage} stage failed: {message}")),
        Err(Error::Begin(reason)) => Err(reason),
    }
}
