//! `hash --resume`: joins the files of a run with the results that an interrupted run wrote, so that those
//! files are not read again. Both have the same order, so both are streamed side by side.

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
use crate::manifest::{Accept, Entry, Records};

/// The result of one file that an interrupted run wrote.
struct Done {
    entry: Entry,
    bytes: Box<[u8]>,
}

/// Reads the results of an interrupted run, up to the first incomplete one.
struct Results<R> {
    records: Records<R>,
    /// The algorithms, if all files have the same ones.
    algorithms: Option<Vec<Algorithm>>,
    /// Whether each digest of a file has its own line.
    line_each: bool,
    /// Whether there are no more results.
    over: bool,
    /// A record that was read too far: it belongs to the next file.
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
        whole.then(|| Done { entry, bytes: self.records.raw().into() })
    }

    /// The next record, if it is complete and has these algorithms.
    fn record_of(&mut self, algorithms: &[Algorithm]) -> Option<Done> {
        self.record().filter(|done| done.entry.algorithms() == algorithms)
    }

    /// The next result: all lines of one file.
    fn result(&mut self) -> Option<Done> {
        match (self.line_each, self.algorithms.clone()) {
            (false, None) => self.record(),
            (false, Some(algorithms)) => self.record_of(&algorithms),
            (true, None) => self.lines_of_one_file(),
            (true, Some(algorithms)) => {
                let mut lines = algorithms.into_iter();
                let mut first = self.record_of(&[lines.next()?])?;
                let mut bytes = first.bytes.into_vec();
                for algorithm in lines {
                    let done = self.record_of(&[algorithm])?;
                    if done.entry.path != first.entry.path {
                        return None;
                    }
                    bytes.extend(done.bytes);
                }
                first.bytes = bytes.into();
                Some(first)
            }
        }
    }

    /// The lines up to the first line of another file. Without such a line the result may be incomplete.
    fn lines_of_one_file(&mut self) -> Option<Done> {
        let mut first = self.record()?;
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

/// Replaces files by the results that an interrupted run wrote for them.
pub struct Resumed<S> {
    source: S,
    results: Peekable<Results<File>>,
    /// In an update: when the interrupted run began, as recorded in the lines of files that it read. Lines
    /// that it carried over are not reused: checking those files again needs no reading, and repeats the
    /// reports about them.
    begun: Option<i128>,
    /// When the interrupted run began. A file without recorded times must not have changed since.
    since: i128,
}

/// How the interrupted run wrote its results.
#[derive(Clone, Debug)]
pub struct Written {
    /// The algorithms of each file, in order. `None` in an update, where files may have different ones.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Whether each digest of a file has its own line.
    pub line_each: bool,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// In an update: the time that the lines of files record that the run read.
    pub begun: Option<i128>,
    /// When the run began, in nanoseconds since 1970.
    pub since: i128,
}

impl<S> Resumed<S> {
    /// Joins a source with the output of the interrupted run.
    pub fn new(source: S, done: File, written: Written) -> Self {
        let Written { algorithms, line_each, zero, begun, since } = written;
        let accept = algorithms.as_ref().map(|algorithms| algorithms.iter().copied().collect());
        let records = Records::new(done, Accept(accept), Some(zero));
        let results = Results { records, algorithms, line_each, over: false, next: None };
        Self { source, results: results.peekable(), begun, since }
    }

    /// Whether a file is unchanged since the interrupted run read it. If its times were not recorded, it
    /// must not have changed since that run began.
    fn still_holds(&self, done: &Entry, path: &Path) -> bool {
        if done.form.has_times() {
            done.identity.is_none() || unchanged(done, path, Ignored::default()).is_some()
        } else {
            path.as_os_str() == "-" || is_older(path, self.since)
        }
    }

    /// The result for this name, if it comes next. Results of deleted files before it are skipped.
    fn done(&mut self, path: &Path) -> Option<Done> {
        loop {
            let next = self.results.peek()?;
            if next.entry.path == path {
                return self.results.next();
            }
            // A result of an existing file waits until its file comes. A deleted file never comes.
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
            // A file that changed meanwhile is read again.
            (Ok(task), Some(done))
                if (self.begun.is_none() || done.entry.hashed == self.begun)
                    && !is_reportable(&task.context, &done.entry)
                    && self.still_holds(&done.entry, &path) =>
            {
                Some(Ok(Task { context: Known::Done(done.bytes), ..task }))
            }
            (next, _) => Some(next),
        }
    }
}

/// Whether the interrupted run found other content under the same size. The file is read again, so that
/// this is reported again.
fn is_reportable(known: &Known, done: &Entry) -> bool {
    let Known::Old(old, _) = known else { return false };
    old.size == done.size && !old.digests.agree(&done.digests)
}
