//! The sink of the pipeline of `hash`: formats results, copies lines of the old manifest, reports
//! errors, and counts results and errors.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::plan::Plan;
use super::unmounted::Guard;
use crate::error::FileError;
use crate::escape::printable;
use crate::files::present::is_gone;
use crate::files::{Item, Refused, Skip};
use crate::hash::algorithms::Algorithm;
use crate::hash::file_digest::FileDigest;
use crate::hash::job::Outcome;
use crate::manifest::judge::{Content, Ignored, judge};
use crate::manifest::seal::Seal;
use crate::manifest::{Entry, Format, Record};
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::update::known::{Known, Tally};

const CORRUPT: &str = "corrupt: its content differs from the manifest although its size and modification \
    time are the same; the manifest keeps the old digest";
const REPLACED: &str = "replaced: its content differs from the manifest although its size and modification \
    time are the same, and its status changed since then or while it was read: it was written to, \
    replaced with its time kept, or damaged; the manifest takes the new digest";

const CHANGED: &str = "changed while it was read; its result is marked";

fn no_file(kind: &str) -> String {
    format!("no longer a regular file: it is a {kind}")
}

/// The sink; see the module documentation.
pub struct HashSink {
    pub output: Output,
    format: Box<dyn Format>,
    algorithms: Vec<Algorithm>,
    /// With `--update`, whether each file gets the same algorithms as its line in the manifest.
    keeps_algorithms: bool,
    /// With `--update`, when the run began.
    begun: Option<i128>,
    /// With `--update`, the differences between a file and its line that are ignored.
    ignored: Ignored,
    /// With `--update`, whether the new manifest drops the lines of files that options exclude.
    forget: bool,
    /// Protects the file that the output replaces.
    pub guard: Option<Guard>,
    pub tally: Arc<Tally>,
    reporter: Reporter,
    /// Whether each digest of a file has a record of its own.
    line_each: bool,
    /// The number of records that were written.
    records: u64,
    seals: bool,
}

impl HashSink {
    /// Makes the sink and writes what the format puts before the first result, such as a CSV
    /// header.
    pub fn new(mut output: Output, plan: &Plan, tally: &Arc<Tally>, session: &Session) -> Self {
        let update = plan.update.as_ref();
        let format = plan.format();
        if plan.seal {
            output.begin_digest();
        }
        format.begin(&mut output.buffer);
        let file = plan.output.as_deref().filter(|_| output.replaces());
        let guard = |file| Guard::new(file, plan.manifest(), &plan.inputs, plan.max_gone);
        Self {
            guard: file.and_then(guard),
            output,
            format,
            algorithms: plan.algorithms.clone(),
            keeps_algorithms: update.is_some_and(|update| update.keeps_algorithms),
            begun: plan.begun(),
            ignored: update.map(|update| update.ignored).unwrap_or_default(),
            forget: update.is_some_and(|update| update.forget),
            tally: tally.clone(),
            reporter: session.reporter(),
            line_each: plan.form.line_each(),
            records: 0,
            seals: plan.seal,
        }
    }

    /// Writes the seal after the last result, if the output gets one.
    pub fn seal(&mut self) {
        if let Some(sha256) = self.output.digest().filter(|_| self.seals) {
            let seal = Seal { entries: self.records, sha256 };
            self.format.seal(&seal, &mut self.output.buffer);
        }
    }

    /// Writes the records of a file.
    fn write(&mut self, record: &Record<'_>) {
        let Record { algorithms, digests, .. } = record;
        let lines = algorithms.iter().filter(|&&algorithm| digests.get(algorithm).is_some());
        self.records += if self.line_each { lines.count() as u64 } else { 1 };
        self.format.record(record, &mut self.output.buffer);
    }

    /// Writes the new digest of a file. If the file is corrupt, writes its old line instead, so
    /// that the correct digest is not lost.
    fn digest(&mut self, digest: &FileDigest, known: &Known) {
        if let Some(reason) = self.format.refuses(&digest.path) {
            let reason =
                format!("{reason}, so this format cannot list it; use --format bsd or json");
            let failure = FileError::new(digest.path.clone(), reason);
            self.reporter.failed(&failure);
            return self.failed(&failure, None);
        }
        self.reporter.done();
        let count = match known {
            Known::Old(entry, _) => match judge(entry, digest, self.ignored) {
                Content::Corrupt => {
                    self.tally.corrupt.fetch_add(1, Relaxed);
                    self.report(&digest.path, CORRUPT);
                    return self.entry(&digest.path, entry, &entry.algorithms());
                }
                Content::Replaced => {
                    self.report(&digest.path, REPLACED);
                    &self.tally.replaced
                }
                Content::Same => &self.tally.renewed,
                Content::Touched | Content::Edited | Content::Changed => &self.tally.changed,
            },
            _ => &self.tally.new,
        };
        count.fetch_add(1, Relaxed);
        if digest.changed {
            self.report(&digest.path, CHANGED);
        }
        let algorithms = match known {
            Known::Old(entry, _) => self.wanted(entry),
            _ => self.algorithms.clone(),
        };
        self.wrote(&digest.path);
        let record = Record {
            path: &digest.path,
            algorithms: &algorithms,
            digests: &digest.digests,
            size: Some(digest.size),
            // Without times, an update reads the file again.
            mtime: digest.mtime().filter(|_| !digest.changed),
            ctime: digest.ctime().filter(|_| !digest.changed),
            identity: digest.identity(),
            hashed: self.begun,
            changed: digest.changed,
        };
        self.write(&record);
    }

    /// Notes that a line was written for this file.
    fn wrote(&mut self, path: &Path) {
        if let Some(guard) = &mut self.guard {
            guard.wrote(path);
        }
    }

    fn report(&self, path: &Path, reason: &str) {
        self.reporter.report(&FileError::new(path.to_path_buf(), reason.into()));
    }

    /// The algorithms for a file that the old manifest lists.
    fn wanted(&self, entry: &Entry) -> Vec<Algorithm> {
        if self.keeps_algorithms { entry.algorithms() } else { self.algorithms.clone() }
    }

    /// Writes an entry of the old manifest again.
    fn entry(&mut self, path: &Path, entry: &Entry, algorithms: &[Algorithm]) {
        self.wrote(path);
        let record = Record {
            path,
            algorithms,
            digests: &entry.digests,
            size: entry.size,
            mtime: entry.mtime,
            ctime: entry.ctime,
            identity: entry.identity,
            hashed: entry.hashed,
            changed: entry.changed,
        };
        self.write(&record);
    }

    /// Handles a file that the old manifest lists and that was skipped.
    fn skipped(&mut self, path: &Path, entry: &Entry, skip: Skip) {
        let count = match skip {
            Skip::Size | Skip::Output if self.forget => &self.tally.forgotten,
            Skip::Size | Skip::Output => &self.tally.left_out,
            Skip::Symlink | Skip::Fifo | Skip::Socket | Skip::Device => &self.tally.gone,
        };
        count.fetch_add(1, Relaxed);
        self.tally.met.fetch_sub(1, Relaxed);
        match skip {
            Skip::Size | Skip::Output if self.forget => {}
            Skip::Size | Skip::Output => self.entry(path, entry, &entry.algorithms()),
            _ => {
                self.tally.wrong.fetch_add(1, Relaxed);
                self.report(path, &no_file(skip.name()));
            }
        }
    }

    /// Handles a file that could not be read. If the old manifest lists it and it still exists, its
    /// line is kept.
    fn failed(&mut self, failure: &FileError, known: Option<Known>) {
        if let Some(guard) = &mut self.guard {
            guard.failed(failure);
        }
        let Some(Known::Old(entry, _)) = known else { return };
        self.tally.met.fetch_sub(1, Relaxed);
        if is_gone(&failure.path) {
            self.tally.gone.fetch_add(1, Relaxed);
        } else {
            // The file still exists and could be read in an earlier run, so its line is kept.
            self.tally.kept.fetch_add(1, Relaxed);
            self.entry(&failure.path, &entry, &entry.algorithms());
        }
    }

    /// Writes the old entries of unchanged files again.
    fn carried(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.reporter.done();
            self.tally.unchanged.fetch_add(1, Relaxed);
            log::debug!("unchanged: {}", printable(&entry.path));
            self.entry(&entry.path, entry, &self.wanted(entry));
        }
    }

    /// Handles a file that is not opened because its result is already known.
    fn settled(&mut self, item: &Item, known: &Known) {
        let path = match item {
            Item::File(path, _) => path,
            Item::Stdin => Path::new("-"),
        };
        match known {
            Known::Done(bytes, records) => {
                self.records += records;
                self.reporter.done();
                self.tally.done.fetch_add(1, Relaxed);
                self.wrote(path);
                self.output.buffer.extend(bytes);
            }
            Known::Kept(entry) => self.entry(&entry.path, entry, &entry.algorithms()),
            Known::NoFile(kind) => {
                self.tally.wrong.fetch_add(1, Relaxed);
                self.report(path, &no_file(kind));
            }
            Known::Nothing | Known::Old(..) | Known::Carried(_) => {}
        }
    }
}

impl Sink<Outcome<Known>> for HashSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, known) => self.digest(&digest, &known),
            Outcome::Settled(item, known) => self.settled(&item, &known),
            Outcome::Carried(Known::Carried(entries)) => self.carried(&entries),
            Outcome::Carried(_) => {}
            Outcome::Refused(refused, known) => {
                if let Refused::Broken(_) = refused {
                    self.output.write_all()?;
                }
                self.reporter.refused(&refused)?;
                match (refused, known) {
                    (Refused::Failed(failure), known) => self.failed(&failure, known),
                    (Refused::Skipped(path, skip), Some(Known::Old(entry, _))) => {
                        self.skipped(&path, &entry, skip);
                    }
                    _ => {}
                }
            }
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
