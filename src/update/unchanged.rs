//! Looks which files are as their entries say, many at a time, before the pipeline: what has not
//! changed goes through it in batches, since a visit to the pipeline costs as much as a `stat`.
//!
//! ```text
//!  update ──► batches ──► threads that look, in turn ──► batches, in order ──► pipeline
//! ```
//! On a disk or network that answers slowly the threads wait side by side.

use std::collections::VecDeque;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::known::Known;
use crate::files::Item;
use crate::hash::job::{Outcome, Task};
use crate::manifest::Entry;
use crate::manifest::judge::Ignored;
use crate::stamp::{Stamp, is_exact_time, tick};

/// Threads that look.
const THREADS: usize = 8;
/// Files in a batch.
const BATCH: usize = 256;

type Found = Result<Task<Known>, Outcome<Known>>;

/// A thread that looks: what is given to it, and what comes back in the same order.
struct Looker {
    to: SyncSender<Vec<Found>>,
    from: Receiver<Vec<Found>>,
}

/// See the module's head.
pub struct Unchanged<S> {
    source: S,
    /// Files in a batch.
    batch: usize,
    threads: Vec<Looker>,
    /// Batches given out and taken back.
    given: usize,
    taken: usize,
    due: VecDeque<Found>,
    ignored: Ignored,
}

impl<S: Iterator<Item = Found>> Unchanged<S> {
    /// Looks at the files of a source. If it is `live`, it may pause, and each file is looked at
    /// when it comes.
    pub fn new(source: S, live: bool, ignored: Ignored) -> Self {
        // Without threads it is done here.
        let threads = if live { 0 } else { THREADS };
        let threads = (0..threads).map_while(|_| start(ignored)).collect();
        let batch = if live { 1 } else { BATCH };
        Self { source, batch, threads, given: 0, taken: 0, due: VecDeque::new(), ignored }
    }

    fn fill(&mut self) -> Option<()> {
        if self.threads.is_empty() {
            let batch: Vec<Found> = self.source.by_ref().take(self.batch).collect();
            self.due.extend(look(batch, self.ignored));
            return (!self.due.is_empty()).then_some(());
        }
        while self.given < self.taken + self.threads.len() {
            let batch: Vec<Found> = self.source.by_ref().take(self.batch).collect();
            if batch.is_empty() {
                break;
            }
            self.threads[self.given % self.threads.len()].to.send(batch).ok()?;
            self.given += 1;
        }
        if self.taken == self.given {
            return None;
        }
        let batch = self.threads[self.taken % self.threads.len()].from.recv();
        self.due.extend(batch.expect("a thread that only looks does not end by itself"));
        self.taken += 1;
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

/// Starts a thread; it ends when its batches end.
fn start(ignored: Ignored) -> Option<Looker> {
    let (to, batches) = sync_channel(1);
    let (looked, from) = sync_channel(1);
    let body = move || {
        for batch in batches {
            if looked.send(look(batch, ignored)).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("look".into()).spawn(body).ok()?;
    Some(Looker { to, from })
}

/// Puts neighbours that have not changed together; what has changed is to be read.
fn look(batch: Vec<Found>, ignored: Ignored) -> Vec<Found> {
    let mut looked = Vec::new();
    let mut carried: Vec<Entry> = Vec::new();
    for found in batch {
        match found {
            Ok(Task {
                item: Item::File(path, origin),
                algorithms,
                context: Known::Old(entry, false),
            }) => {
                if let Some(ctime) = unchanged(&entry, &path, ignored) {
                    // What nobody has touched since it was read had this ctime then.
                    let ctime = entry.ctime.or(Some(ctime).filter(|_| !ignored.ctime));
                    carried.push(Entry { ctime, ..*entry });
                    continue;
                }
                flush(&mut carried, &mut looked);
                let context = Known::Old(entry, true);
                looked.push(Ok(Task { item: Item::File(path, origin), algorithms, context }));
            }
            other => {
                flush(&mut carried, &mut looked);
                looked.push(other);
            }
        }
    }
    flush(&mut carried, &mut looked);
    looked
}

fn flush(carried: &mut Vec<Entry>, looked: &mut Vec<Found>) {
    if !carried.is_empty() {
        looked.push(Err(Outcome::Carried(Known::Carried(mem::take(carried)))));
    }
}

/// Whether size, times, inode and device are as recorded, but for what is ignored. Of a line without
/// a ctime, nothing may have happened to the file since it was read. Gives the ctime.
pub fn unchanged(entry: &Entry, path: &Path, ignored: Ignored) -> Option<i128> {
    let Stamp { size, mtime, ctime, identity, .. } = rustix::fs::stat(path).ok()?.into();
    let same_status = match (entry.ctime, entry.hashed) {
        _ if ignored.ctime => true,
        (Some(old), _) => old == ctime,
        (None, Some(hashed)) => ctime < hashed - tick(ctime),
        (None, None) => false,
    };
    let (old_mtime, (dev, ino)) = entry.mtime.zip(entry.identity)?;
    let same = entry.size == Some(size)
        && is_exact_time(old_mtime, mtime, ignored.zone)
        && (ignored.device || dev == identity.0)
        && (ignored.inode || ino == identity.1);
    (same && same_status).then_some(ctime)
}

/// Whether nothing has happened to a file since this time.
pub fn is_older(path: &Path, since: i128) -> bool {
    rustix::fs::stat(path).is_ok_and(|stat| {
        let Stamp { mtime, ctime, .. } = stat.into();
        let latest = mtime.max(ctime);
        latest < since - tick(latest)
    })
}
