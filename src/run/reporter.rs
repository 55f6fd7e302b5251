//! What became of the items of a run, one by one: what was done and left out is counted, and what failed
//! is told on standard error too. A result itself is written by its command.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::console::Console;
use super::progress::Counters;
use crate::error::{Fatal, FileError};
use crate::escape::printable;
use crate::files::{Refused, Skip};

/// Counts and tells. Clones count and tell in the same place.
#[derive(Clone)]
pub struct Reporter {
    counters: Arc<Counters>,
    /// Standard error.
    pub console: Console,
}

impl Reporter {
    /// An account that goes into these counters and onto this console.
    pub fn new(counters: Arc<Counters>, console: Console) -> Self {
        Self { counters, console }
    }

    /// A file has its result.
    pub fn done(&self) {
        self.counters.files.fetch_add(1, Relaxed);
    }

    /// An item failed.
    pub fn failed(&self, failure: &FileError) {
        self.counters.failed.fetch_add(1, Relaxed);
        self.report(failure);
    }

    /// Something is wrong with an item that has not failed by that.
    pub fn report(&self, wrong: &FileError) {
        self.console.line(&wrong.to_string());
    }

    /// A file was left out by a rule.
    pub fn skipped(&self, path: &Path, skip: Skip) {
        self.counters.skipped[skip as usize].fetch_add(1, Relaxed);
        log::info!("skipped a {}: {}", skip.name(), printable(path));
    }

    /// There is nothing to read, for a run that a list of names ends when it breaks off.
    ///
    /// # Errors
    /// That it has broken off.
    pub fn refused(&self, refused: &Refused) -> Result<(), Fatal> {
        match refused {
            Refused::Failed(failure) => self.failed(failure),
            Refused::Skipped(path, skip) => self.skipped(path, *skip),
            Refused::Broken(failure) => {
                return Err(Fatal(format!("{failure}; the rest of the list was not read")));
            }
        }
        Ok(())
    }
}
