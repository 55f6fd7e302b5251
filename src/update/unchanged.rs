//! Checks with `stat` which files still match their entries in the manifest, before they enter the
//! pipeline. Unchanged files go through the pipeline in batches, since sending a file through the
//! pipeline costs as much time as a `stat`.
//!
//! ```text
//!  join ──► batches ──► 8 threads that call stat, in turn ──► batches, same order ──► pipeline
//! ```
//! With several threads, calls of `stat` on a slow disk or network wait at the same time and not
//! one after another.

use std::collections::VecDeque;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::known::Known;
use crate::files::long;
use crate::files::{Item, Origin};
use crate::hash::job::{Outcome, Task};
use crate::manifest::Entry;
use crate::manifest::differences::differences;
use crate::manifest::judge::Ignored;
use crate::stamp::{Stamp, tick};

/// The number of threads that call `stat`.
const THREADS: usize = 8;
/// The number of files in a batch.
const BATCH: usize = 256;

type Found = Result<Task<Known>, Outcome<Known>>;

/// The channels to and from a thread that calls `stat`. Batches come back in the order in which
/// they were sent.
struct Checker {
    to: SyncSender<Vec<Found>>,
    from: Receiver<Vec<Found>>,
}

/// Iterates over the files of a source. Unchanged files that follow each other are combined into
/// one item.
pub struct Unchanged<S> {
    source: S,
    /// The number of files in a batch.
    batch: usize,
    threads: Vec<Checker>,
    /// How many batches were sent to the threads, and how many were received from them.
    sent: usize,
    received: usize,
    due: VecDeque<Found>,
    ignored: Ignored,
}

impl<S: Iterator<Item = Found>> Unchanged<S> {
    /// Checks the files of a source. A `live` source (such as a pipe) may pause, so each of its
    /// files is checked at once and not in batches.
    pub fn new(source: S, live: bool, ignored: Ignored) -> Self {
        // If no thread is started, the calling thread checks the files.
        let threads = if live { 0 } else { THREADS };
        let threads = (0..threads).map_while(|_| start(ignored)).collect();
        let batch = if live { 1 } else { BATCH };
        Self { source, batch, threads, sent: 0, received: 0, due: VecDeque::new(), ignored }
    }

    /// Gets the next batch of checked files. `None` at the end.
    fn fill(&mut self) -> Option<()> {
        if self.threads.is_empty() {
            let batch: Vec<Found> = self.source.by_ref().take(self.batch).collect();
            self.due.extend(check(batch, self.ignored));
            return (!self.due.is_empty()).then_some(());
        }
        while self.sent < self.received + self.threads.len() {
            let batch: Vec<Found> = self.source.by_ref().take(self.batch).collect();
            if batch.is_empty() {
                break;
            }
            self.threads[self.sent % self.threads.len()].to.send(batch).ok()?;
            self.sent += 1;
        }
        if self.received == self.sent {
            return None;
        }
        let batch = self.threads[self.received % self.threads.len()].from.recv();
        self.due.extend(batch.expect("the thread runs as long as its channel is open"));
        self.received += 1;
        Some(())
    }
}

impl<S: Iterator<Item = Found>> Iterator for Unchanged<S> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while self.due.is_empty() {
            self.fill()?;
        }
        self.due.pop_front()
    }
}

/// Starts a thread that checks batches. The thread ends when its channel is closed.
fn start(ignored: Ignored) -> Option<Checker> {
    let (to, batches) = sync_channel(1);
    let (checked, from) = sync_channel(1);
    let body = move || {
        for batch in batches {
            if checked.send(check(batch, ignored)).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("stat".into()).spawn(body).ok()?;
    Some(Checker { to, from })
}

/// Checks the files of a batch. Unchanged files that follow each other become one item. Changed
/// files are marked to be read.
fn check(batch: Vec<Found>, ignored: Ignored) -> Vec<Found> {
    let mut checked = Vec::new();
    let mut carried: Vec<Entry> = Vec::new();
    for found in batch {
        match found {
            Ok(Task {
                item: Item::File(path, origin),
                algorithms,
                context: Known::Old(entry, false),
            }) => {
                let is_link = (matches!(origin, Origin::Link(..)), entry.link.is_some());
                let ctime = (is_link.0 == is_link.1).then(|| unchanged(&entry, &path, ignored));
                if let Some(ctime) = ctime.flatten() {
                    // An old entry may lack the ctime. The file is unchanged since it was read, so
                    // it had its current ctime then.
                    let ctime = entry.ctime.or(Some(ctime).filter(|_| !ignored.ctime));
                    carried.push(Entry { ctime, ..*entry });
                    continue;
                }
                flush(&mut carried, &mut checked);
                let context = Known::Old(entry, true);
                checked.push(Ok(Task { item: Item::File(path, origin), algorithms, context }));
            }
            other => {
                flush(&mut carried, &mut checked);
                checked.push(other);
            }
        }
    }
    flush(&mut carried, &mut checked);
    checked
}

fn flush(carried: &mut Vec<Entry>, checked: &mut Vec<Found>) {
    if !carried.is_empty() {
        checked.push(Err(Outcome::Carried(Known::Carried(mem::take(carried)))));
    }
}

/// Checks whether size, times, inode and device of a file are as its entry records them, except for
/// ignored differences. An entry that lacks one of these proves nothing, except that the ctime may be
/// missing if the entry has the time at which the file was read. Returns the ctime if the file is
/// unchanged.
pub fn unchanged(entry: &Entry, path: &Path, ignored: Ignored) -> Option<i128> {
    let look = if entry.link.is_some() { long::lstat } else { long::stat };
    let stamp: Stamp = look(path).ok()?.into();
    let has_ctime = ignored.ctime || entry.ctime.or(entry.hashed).is_some();
    let is_complete = entry.size.is_some() && entry.mtime.is_some() && entry.identity.is_some();
    let same = has_ctime && is_complete && differences(entry, &stamp, ignored).is_empty();
    same.then_some(stamp.ctime)
}

/// Whether a file was certainly not changed since this time.
pub fn is_older(path: &Path, since: i128) -> bool {
    long::stat(path).is_ok_and(|stat| {
        let Stamp { mtime, ctime, .. } = stat.into();
        let latest = mtime.max(ctime);
        latest < since - tick(latest)
    })
}
