//! `hash --resume`: joins the files of a run with the results that an interrupted run wrote, so
//! that files with a result are not read again. Files and results have the same order, so the
//! results are read one by one along with the files.

use std::fs::File;
use std::io::Read;
use std::iter::Peekable;
use std::path::Path;

use super::known::Known;
use super::unchanged::{is_older, unchanged};
use crate::files::Item;
use crate::files::present::is_gone;
use crate::hash::algorithms::Algorithm;
use crate::hash::job::{Outcome, Task};
use crate::manifest::judge::Ignored;
use crate::manifest::{Accept, Entry, ReadOptions, Records};

/// The result of one file that an interrupted run wrote.
struct Done {
    entry: Entry,
    bytes: Box<[u8]>,
    /// The number of records in the bytes.
    records: u64,
}

/// Reads the results of an interrupted run, up to the first incomplete result.
struct Results<R> {
    records: Records<R>,
    /// The algorithms, if all files have digests of the same algorithms.
    algorithms: Option<Vec<Algorithm>>,
    /// Whether each digest of a file has its own line.
    line_each: bool,
    /// Whether there are no more results.
    over: bool,
    /// A record (a line or a row of CSV) that was read already but belongs to the next file.
    next: Option<Done>,
}

impl<R: Read> Results<R> {
    /// The next record, if it is complete.
    fn record(&mut self) -> Option<Done> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        let entry = self.records.next()?.ok()?;
        let whole = self.records.is_whole();
        whole.then(|| Done { entry, bytes: self.records.raw().into(), records: 1 })
    }

    /// The next record, if it is complete and has these algorithms.
    fn record_of(&mut self, algorithms: &[Algorithm]) -> Option<Done> {
        self.record().filter(|done| done.entry.algorithms() == algorithms)
    }

    /// The next record, if it is complete and has these algorithms, or is about a symbolic link. A link
    /// has one record, without a digest.
    fn first_of(&mut self, algorithms: &[Algorithm]) -> Option<Done> {
        self.record()
            .filter(|Done { entry, .. }| entry.link.is_some() || entry.algorithms() == algorithms)
    }

    /// The next result: all lines of the next file.
    fn result(&mut self) -> Option<Done> {
        match (self.line_each, self.algorithms.clone()) {
            (false, None) => self.record(),
            (false, Some(algorithms)) => self.first_of(&algorithms),
            (true, None) => self.lines_of_one_file(),
            (true, Some(algorithms)) => {
                let mut lines = algorithms.into_iter();
                let mut first = self.first_of(&[lines.next()?])?;
                if first.entry.link.is_some() {
                    return Some(first);
                }
                let mut bytes = first.bytes.into_vec();
                for algorithm in lines {
                    let done = self.record_of(&[algorithm])?;
                    if done.entry.path != first.entry.path {
                        return None;
                    }
                    bytes.extend(done.bytes);
                    first.records += 1;
                }
                first.bytes = bytes.into();
                Some(first)
            }
        }
    }

    /// The result that consists of all lines up to the first line of another file. `None` if no
    /// line of another file follows, since the result may then be incomplete.
    fn lines_of_one_file(&mut self) -> Option<Done> {
        let mut first = self.record()?;
        if first.entry.link.is_some() {
            return Some(first);
        }
        let mut bytes = first.bytes.into_vec();
        loop {
            let done = self.record()?;
            if !first.entry.goes_with(&done.entry) {
                self.next = Some(done);
                first.bytes = bytes.into();
                return Some(first);
            }
            for algorithm in done.entry.digests.set().iter() {
                let digest = done.entry.digests.get(algorithm).unwrap_or_default();
                first.entry.digests.insert(algorithm, digest);
            }
            bytes.extend(done.bytes);
            first.records += 1;
        }
    }
}

impl<R: Read> Iterator for Results<R> {
    type Item = Done;

    fn next(&mut self) -> Option<Done> {
        if self.over {
            return None;
        }
        let result = self.result();
        self.over = result.is_none();
        result
    }
}

/// Iterates over the files of a run. A file with a result that an interrupted run wrote comes with
/// that result, so it is not read again.
pub struct Resumed<S> {
    source: S,
    results: Peekable<Results<File>>,
    /// In an update: when the interrupted run began, as recorded in the lines of files that it
    /// read. Lines that the interrupted run only carried over have another time. They are not
    /// reused: their files are checked again, which needs no reading and repeats the reports about
    /// them.
    begun: Option<i128>,
    /// When the interrupted run began. If the result of a file records no times, the file must not
    /// have changed since then.
    since: i128,
}

/// The form in which the interrupted run wrote its results, and when it began.
#[derive(Clone, Debug)]
pub struct Written {
    /// The algorithms of the digests of each file, in order. `None` in an update, where files may
    /// have digests of different algorithms.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Whether each digest of a file has its own line.
    pub line_each: bool,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// In an update: the time that the interrupted run recorded in the lines of the files that it
    /// read.
    pub begun: Option<i128>,
    /// When the interrupted run began, in nanoseconds since 1970.
    pub since: i128,
}

impl<S> Resumed<S> {
    /// Joins the files of a source with the output of the interrupted run.
    pub fn new(source: S, done: File, written: Written) -> Self {
        let Written { algorithms, line_each, zero, begun, since } = written;
        let accept = algorithms.as_ref().map(|algorithms| algorithms.iter().copied().collect());
        let read = ReadOptions { accept: Accept(accept), zero: Some(zero), path: None };
        let records = Records::new(done, read);
        let results = Results { records, algorithms, line_each, over: false, next: None };
        Self { source, results: results.peekable(), begun, since }
    }

    /// Whether a file is unchanged since the interrupted run read it. If the result records no
    /// times, the file must not have changed since that run began.
    fn still_holds(&self, done: &Entry, path: &Path) -> bool {
        if done.form.has_times() {
            done.identity.is_none() || unchanged(done, path, Ignored::default()).is_some()
        } else {
            path.as_os_str() == "-" || is_older(path, self.since)
        }
    }

    /// The result of the file with this name, if it is the next one. Results of deleted files
    /// before it are skipped.
    fn done(&mut self, path: &Path) -> Option<Done> {
        loop {
            let next = self.results.peek()?;
            if next.entry.path == path {
                return self.results.next();
            }
            // If the file of the next result exists, its name comes later, so the result must wait.
            // The name of a deleted file never comes, so its result is dropped.
            if !is_gone(&next.entry.path) {
                return None;
            }
            self.results.next();
        }
    }
}

impl<S: Iterator<Item = Result<Task<Known>, Outcome<Known>>>> Iterator for Resumed<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        let next = self.source.next()?;
        let path = match &next {
            Ok(Task { item, .. }) | Err(Outcome::Settled(item, _)) => match item {
                Item::Stdin => Path::new("-"),
                Item::File(path, _) => path,
            },
            Err(_) => return Some(next),
        };
        let path = path.to_path_buf();
        let done = self.done(&path);
        match (next, done) {
            // The result is used unless the file changed meanwhile. A changed file is read again.
            (Ok(task), Some(done))
                if (self.begun.is_none() || done.entry.hashed == self.begun)
                    && task.item.is_link() == done.entry.link.is_some()
                    && !is_reportable(&task.context, &done.entry)
                    && self.still_holds(&done.entry, &path) =>
            {
                Some(Ok(Task { context: Known::Done(done.bytes, done.records), ..task }))
            }
            (next, _) => Some(next),
        }
    }
}

/// Whether the interrupted run found that the file's content had changed but not its size. Such a
/// file is read again, so that the change is reported again.
fn is_reportable(known: &Known, done: &Entry) -> bool {
    let Known::Old(old, _) = known else { return false };
    let agree = match (&old.link, &done.link) {
        (None, None) => old.digests.agree(&done.digests),
        (old, new) => old == new,
    };
    old.size == done.size && !agree
}
