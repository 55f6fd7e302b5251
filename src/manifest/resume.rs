//! `hash --resume`: the source of a run beside what an interrupted one has written, so that what is
//! there is not read again. Both are in the same order, so they are passed through side by side.

use std::fs::File;
use std::io::Read;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use super::update::{Known, is_gone};
use super::{Accept, Entry, Records};
use crate::hash::algorithms::Algorithm;
use crate::hash::job::{Outcome, Task};
use crate::input::Item;

/// What an interrupted run wrote of one file.
struct Done {
    path: PathBuf,
    bytes: Box<[u8]>,
    hashed: Option<i128>,
}

/// Reads the results of an interrupted run, up to the first that is not whole.
struct Results<R> {
    records: Records<R>,
    algorithms: Vec<Algorithm>,
    /// Whether a file has a line for each algorithm.
    line_each: bool,
    /// Whether the first record of a file may still come with a header before it.
    over: bool,
}

impl<R: Read> Results<R> {
    /// The next record, if it is whole and of these algorithms.
    fn record(&mut self, algorithms: &[Algorithm]) -> Option<Entry> {
        let entry = self.records.next()?.ok()?;
        (self.records.is_whole() && entry.algorithms() == algorithms).then_some(entry)
    }

    fn result(&mut self) -> Option<Done> {
        let algorithms = self.algorithms.clone();
        if !self.line_each {
            let entry = self.record(&algorithms)?;
            return Some(Done {
                path: entry.path,
                bytes: self.records.raw().into(),
                hashed: entry.hashed,
            });
        }
        let mut bytes = Vec::new();
        let mut first = None;
        for algorithm in algorithms {
            let entry = self.record(&[algorithm])?;
            bytes.extend(self.records.raw());
            let first = first.get_or_insert(entry.clone());
            if first.path != entry.path {
                return None;
            }
        }
        first.map(|entry| Done { path: entry.path, bytes: bytes.into(), hashed: entry.hashed })
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

/// A source without the reading that was done.
pub struct Resumed<S> {
    source: S,
    results: Peekable<Results<File>>,
    /// In an update: when the run began. What it carried over is found anew, since that needs
    /// no reading, and what went wrong is then told again.
    begun: Option<i128>,
}

/// How the interrupted run wrote.
#[derive(Clone, Debug)]
pub struct Written {
    /// The algorithms, in their order.
    pub algorithms: Vec<Algorithm>,
    /// Whether a file has a line for each of them.
    pub line_each: bool,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// In an update: when the run began.
    pub begun: Option<i128>,
}

impl<S> Resumed<S> {
    /// Passes the source through, beside the interrupted run's output.
    pub fn new(source: S, done: File, written: Written) -> Self {
        let Written { algorithms, line_each, zero, begun } = written;
        let accept = Accept(Some(algorithms.iter().copied().collect()));
        let records = Records::new(done, accept, Some(zero));
        let results = Results { records, algorithms, line_each, over: false };
        Self { source, results: results.peekable(), begun }
    }

    /// The result for this name, if it is the next one.
    fn done(&mut self, path: &Path) -> Option<Done> {
        loop {
            let next = self.results.peek()?;
            if next.path == path {
                return self.results.next();
            }
            // What comes later waits for its turn; what is gone would wait for ever.
            if !is_gone(&next.path) {
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
            (Ok(task), Some(done)) if self.begun.is_none() || done.hashed == self.begun => {
                Some(Ok(Task { context: Known::Done(done.bytes), ..task }))
            }
            (next, _) => Some(next),
        }
    }
}
