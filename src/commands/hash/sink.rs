//! What becomes of the results of `hash`: they are formatted, carried over, or told as errors, and
//! all is counted.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::console::Console;
use crate::error::{Failure, Fatal};
use crate::hash::algorithms::Algorithm;
use crate::hash::job::{Digest, Outcome};
use crate::input::Refused;
use crate::manifest::Entry;
use crate::manifest::update::{Known, Tally, is_gone};
use crate::pipeline::Sink;
use crate::progress::Counters;
use crate::report::names::printable;
use crate::report::output::{Output, WriteError};
use crate::report::{Format, Record};

/// See the module's head.
pub struct HashSink {
    pub output: Output,
    pub format: Box<dyn Format>,
    pub algorithms: Vec<Algorithm>,
    /// In an update: whether each file of the manifest keeps the algorithms of its line.
    pub own: bool,
    /// In an update: when the run began.
    pub begun: Option<i128>,
    pub tally: Arc<Tally>,
    pub counters: Arc<Counters>,
    pub console: Console,
}

impl HashSink {
    /// Writes what was read, unless it shows that the file has rotted.
    fn digest(&mut self, digest: &Digest, known: &Known) {
        self.counters.files.fetch_add(1, Relaxed);
        let count = match known {
            Known::Old(entry, _) => {
                // A stream has no time, and other content each time it is read.
                let same_time = digest.mtime.is_some()
                    && entry.size == Some(digest.size)
                    && entry.mtime == digest.mtime;
                let agree = entry.digests.agree(&digest.digests);
                if same_time && !agree {
                    self.tally.corrupt.fetch_add(1, Relaxed);
                    let reason = "corrupt: its content differs from the manifest's, though its \
                                  size and modification time are the same; the manifest keeps \
                                  the old digest";
                    let path = digest.path.clone();
                    self.console.line(&Failure { path, reason: reason.into() }.to_string());
                    return self.entry(&digest.path, entry, &entry.algorithms());
                }
                let same = same_time && entry.identity == digest.identity;
                if same { &self.tally.renewed } else { &self.tally.changed }
            }
            _ => &self.tally.new,
        };
        count.fetch_add(1, Relaxed);
        let algorithms = match known {
            Known::Old(entry, _) => self.wanted(entry),
            _ => self.algorithms.clone(),
        };
        let record = Record {
            path: &digest.path,
            algorithms: &algorithms,
            digests: &digest.digests,
            size: Some(digest.size),
            mtime: digest.mtime,
            identity: digest.identity,
            hashed: self.begun,
        };
        self.format.record(&record, &mut self.output.buffer);
    }

    /// The algorithms in the line of a file of the manifest.
    fn wanted(&self, entry: &Entry) -> Vec<Algorithm> {
        if self.own { entry.algorithms() } else { self.algorithms.clone() }
    }

    /// Writes what the manifest says.
    fn entry(&mut self, path: &Path, entry: &Entry, algorithms: &[Algorithm]) {
        let record = Record {
            path,
            algorithms,
            digests: &entry.digests,
            size: entry.size,
            mtime: entry.mtime,
            identity: entry.identity,
            hashed: entry.hashed,
        };
        self.format.record(&record, &mut self.output.buffer);
    }

    /// Carries over what need not be read, or cannot.
    fn settled(&mut self, known: &Known) {
        match known {
            Known::Done(bytes) => {
                self.counters.files.fetch_add(1, Relaxed);
                self.output.buffer.extend(bytes);
            }
            Known::Carried(entries) => {
                for entry in entries {
                    self.counters.files.fetch_add(1, Relaxed);
                    self.tally.unchanged.fetch_add(1, Relaxed);
                    log::debug!("unchanged: {}", printable(&entry.path));
                    self.entry(&entry.path, entry, &self.wanted(entry));
                }
            }
            Known::Kept(entry) => self.entry(&entry.path, entry, &entry.algorithms()),
            Known::Nothing | Known::Old(..) => {}
        }
    }
}

impl Sink<Outcome<Known>> for HashSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, known) => self.digest(&digest, &known),
            Outcome::Settled(_, known) => self.settled(&known),
            Outcome::Refused(Refused::Failed(failure), known) => {
                self.counters.failed.fetch_add(1, Relaxed);
                self.console.line(&failure.to_string());
                match known {
                    // What cannot be read now was read once: that is not forgotten.
                    Some(Known::Old(entry, _)) if !is_gone(&failure.path) => {
                        self.tally.kept.fetch_add(1, Relaxed);
                        self.entry(&failure.path, &entry, &entry.algorithms());
                    }
                    Some(Known::Old(..)) => drop(self.tally.gone.fetch_add(1, Relaxed)),
                    _ => {}
                }
            }
            Outcome::Refused(Refused::Broken(failure), _) => {
                self.output.write_all()?;
                let reason = format!("{failure}; the rest of the list was not read");
                return Err(WriteError::Failed(Fatal(reason)));
            }
            Outcome::Refused(Refused::Skipped(path, skip), _) => {
                self.counters.skipped[skip as usize].fetch_add(1, Relaxed);
                log::info!("skipped a {}: {}", skip.name(), printable(&path));
            }
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
