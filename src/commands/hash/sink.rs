//! The sink of the pipeline of `hash`: formats results, copies lines of the old manifest, reports
//! errors, and counts results and errors.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::plan::Plan;
use super::unmounted::Guard;
use crate::error::FileError;
use crate::escape::printable;
use crate::files::present::{is_gone, no_longer};
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
use crate::update::unread::Unread;

pub(super) const CORRUPT: &str = "corrupt: its content differs from the manifest although its size and modification \
    time are the same; the manifest keeps the old digest";
const REPLACED: &str = "replaced: its content differs from the manifest although its size and modification \
    time are the same, and its status changed since then or while it was read: it was written to, \
    replaced with its time kept, or damaged; the manifest takes the new digest";

const CHANGED: &str = "changed while it was read; its result is marked";

/// One of the messages above, for a file or for a symbolic link.
fn about(entry: &Entry, message: &str) -> String {
    if entry.link.is_none() {
        return message.into();
    }
    message.replace("its content", "its target").replace(" digest", " target")
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
    /// Whether the output gets a seal although its lines are changed after they were written.
    seals_at_end: bool,
    /// Whether the output gets a seal.
    seals: bool,
    /// With a budget, the unchanged files, which may be read again.
    pub unread: Option<Unread>,
    /// Whether a file that failed gets a line too, instead of a message.
    lists_failures: bool,
    /// Whether, moreover, each name comes from a list, so that a file that is skipped failed.
    names_are_listed: bool,
    /// The number of files that failed and got a line.
    pub listed: u64,
}

/// The record of an entry.
pub fn record<'a>(path: &'a Path, entry: &'a Entry, algorithms: &'a [Algorithm]) -> Record<'a> {
    Record {
        path,
        algorithms,
        digests: &entry.digests,
        link: entry.link.as_deref(),
        size: entry.size,
        mtime: entry.mtime,
        ctime: entry.ctime,
        identity: entry.identity,
        hashed: entry.hashed,
        changed: entry.changed,
    }
}

impl HashSink {
    /// Makes the sink and writes what the format puts before the first result, such as a CSV
    /// header.
    pub fn new(mut output: Output, plan: &Plan, tally: &Arc<Tally>, session: &Session) -> Self {
        let update = plan.update.as_ref();
        let format = plan.format();
        let budget = plan.budget();
        // With a budget, lines are changed after they were written.
        if plan.seal && budget.is_none() {
            output.begin_digest();
        }
        format.begin(&mut output.buffer);
        let file = plan.output.as_deref().filter(|_| output.replaces());
        let lists_failures = plan.run_settings.engine.records;
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
            seals_at_end: plan.seal && budget.is_some(),
            seals: plan.seal,
            unread: budget.map(|(budget, update)| Unread::new(budget.before, update.modified())),
            lists_failures,
            names_are_listed: lists_failures && plan.inputs.list.is_some(),
            listed: 0,
        }
    }

    /// Writes the seal after the last result, if the output gets one.
    ///
    /// # Errors
    /// If what was written cannot be read.
    pub fn seal(&mut self) -> Result<(), WriteError> {
        let digest = match self.seals_at_end {
            true => self.output.digest_of_file()?,
            false => self.output.digest().filter(|_| self.seals),
        };
        if let Some(sha256) = digest {
            let seal = Seal { entries: self.records, sha256 };
            self.format.seal(&seal, &mut self.output.buffer);
        }
        Ok(())
    }

    /// Writes the records of a file.
    fn write(&mut self, record: &Record<'_>) {
        let Record { algorithms, digests, link, .. } = record;
        let lines = algorithms.iter().filter(|&&algorithm| digests.get(algorithm).is_some());
        let each = self.line_each && link.is_none();
        self.records += if each { lines.count() as u64 } else { 1 };
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
                    self.report(&digest.path, &about(entry, CORRUPT));
                    return self.keep(&digest.path, entry);
                }
                Content::Replaced => {
                    self.report(&digest.path, &about(entry, REPLACED));
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
        self.wrote(&digest.path, digest.link.is_some());
        let record = Record {
            path: &digest.path,
            algorithms: &algorithms,
            digests: &digest.digests,
            link: digest.link.as_deref(),
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

    /// Notes that a line was written for this file, or for a symbolic link.
    fn wrote(&mut self, path: &Path, link: bool) {
        if let Some(guard) = &mut self.guard {
            guard.wrote(path, link);
        }
    }

    fn report(&self, path: &Path, reason: &str) {
        self.reporter.report(&FileError::new(path.to_path_buf(), reason.into()));
    }

    /// The algorithms for a file that the old manifest lists.
    fn wanted(&self, entry: &Entry) -> Vec<Algorithm> {
        let keeps = self.keeps_algorithms && entry.link.is_none();
        if keeps { entry.algorithms() } else { self.algorithms.clone() }
    }

    /// Writes an entry of the old manifest again.
    fn entry(&mut self, path: &Path, entry: &Entry, algorithms: &[Algorithm]) {
        self.wrote(path, entry.link.is_some());
        self.write(&record(path, entry, algorithms));
    }

    /// Writes an entry of the old manifest again because its file was not read.
    fn keep(&mut self, path: &Path, entry: &Entry) {
        self.entry(path, entry, &entry.algorithms());
        if let Some(unread) = &mut self.unread {
            unread.keep(entry);
        }
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
            Skip::Size | Skip::Output => self.keep(path, entry),
            _ => {
                self.tally.wrong.fetch_add(1, Relaxed);
                self.report(path, &no_longer(entry.link.is_some(), skip.name()));
            }
        }
    }

    /// Counts a file that failed, and writes a line about it.
    fn list(&mut self, failure: &FileError) {
        self.listed += 1;
        self.reporter.failed_in_silence(failure);
        self.format.failure(&failure.path, &failure.reason, &mut self.output.buffer);
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
            self.keep(&failure.path, &entry);
        }
    }

    /// Writes the old entries of unchanged files again.
    fn carried(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.reporter.done();
            self.tally.unchanged.fetch_add(1, Relaxed);
            log::debug!("unchanged: {}", printable(&entry.path));
            let begun = self.output.length();
            self.entry(&entry.path, entry, &self.wanted(entry));
            if let Some(unread) = &mut self.unread {
                unread.add(entry, begun, self.output.length() - begun);
            }
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
                self.wrote(path, item.is_link());
                self.output.buffer.extend(bytes);
            }
            Known::Kept(entry) => self.keep(&entry.path, entry),
            // The run was stopped before these files were read.
            Known::Old(entry, _) => {
                self.tally.met.fetch_sub(1, Relaxed);
                self.tally.unreached.fetch_add(1, Relaxed);
                self.keep(path, entry);
            }
            Known::Nothing => drop(self.tally.unread.fetch_add(1, Relaxed)),
            Known::NoFile(reason) => {
                self.tally.wrong.fetch_add(1, Relaxed);
                self.report(path, reason);
            }
            Known::Carried(_) => {}
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
                match &refused {
                    Refused::Failed(failure) if self.lists_failures => self.list(failure),
                    Refused::Skipped(path, skip) if self.names_are_listed => {
                        self.list(&skip.error(path.clone()));
                    }
                    refused => self.reporter.refused(refused)?,
                }
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
