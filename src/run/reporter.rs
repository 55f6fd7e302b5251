//! Counts the items (inputs) of a run by their outcome (done, skipped, failed) and reports failures
//! on standard error. The results themselves are written by each command.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::console::Console;
use super::progress::Counters;
use crate::error::{Fatal, FileError};
use crate::escape::printable;
use crate::files::{Refused, Skip};

/// Counts items and reports failures. Clones share the counters and the console.
#[derive(Clone)]
pub struct Reporter {
    counters: Arc<Counters>,
    /// Standard error.
    pub console: Console,
}

impl Reporter {
    /// Makes a reporter for these counters and this console.
    pub fn new(counters: Arc<Counters>, console: Console) -> Self {
        Self { counters, console }
    }

    /// Counts a file that has a result.
    pub fn done(&self) {
        self.counters.files.fetch_add(1, Relaxed);
    }

    /// Counts a failed item and reports it.
    pub fn failed(&self, failure: &FileError) {
        self.counters.failed.fetch_add(1, Relaxed);
        self.report(failure);
    }

    /// Counts a failed item and reports it. The output has its result, without some records.
    pub fn incomplete(&self, failure: &FileError) {
        self.counters.incomplete.fetch_add(1, Relaxed);
        self.failed(failure);
    }

    /// Counts a failed item that the output tells of.
    pub fn failed_in_silence(&self, failure: &FileError) {
        self.counters.failed.fetch_add(1, Relaxed);
        log::info!("{failure}");
    }

    /// Reports a problem with an item that has not failed.
    pub fn report(&self, wrong: &FileError) {
        self.console.line(&wrong.to_string());
    }

    /// Counts a skipped file.
    pub fn skipped(&self, path: &Path, skip: Skip) {
        self.counters.skipped[skip as usize].fetch_add(1, Relaxed);
        log::info!("skipped a {}: {}", skip.name(), printable(path));
    }

    /// Counts and reports an item that cannot be read.
    ///
    /// # Errors
    /// If a list of names could not be read to its end. The run then ends.
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
