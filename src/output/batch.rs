//! Gives the results of `--output-dir` their final names, many at a time. Asking the system to
//! write each file to the disk would take long, so finished files wait under their temporary names
//! until a batch is complete. Then one call writes all of them to the disk, and each gets its final
//! name. So a file with its final name is always whole, even after a power failure.
//!
//! ```text
//!  the sink's thread:   write file ─► close ─► put ──┐  (waits while the batch is full)
//!                                                    ▼
//!  the batch's thread:                 take the batch ─► syncfs ─► rename each file
//! ```
//!
//! A batch is complete when it has [`FILES`] files or [`BYTES`] bytes, or when its first file has
//! waited for [`WAIT`], or at the end of the run. While one batch is written to the disk, the next
//! is filled.

use std::fs::File;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::syncfs;
use rustix::io::Errno;

use super::destination::failed;
use super::record::{self, Record};
use super::result_file::{Finished, ResultFile};
use crate::error::{Fatal, FileError};
use crate::stamp::Stamp;

/// The most files of a batch.
const FILES: usize = 4096;
/// A batch with this many bytes takes no more files.
const BYTES: u64 = 64 << 20;
/// How long a file waits for others. Names of inputs may arrive slowly, and the user wants to see
/// the results of those that have arrived.
const WAIT: Duration = Duration::from_secs(1);

/// Reports a file that failed.
pub type Report = Box<dyn Fn(&FileError) + Send>;

/// The batches of a run, and the thread that completes them.
pub struct Batches {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// The state has changed.
    changed: Condvar,
    base: Arc<OwnedFd>,
    /// The device of the directory.
    device: u64,
    /// The name of the directory, for messages.
    name: String,
    /// Where results are recorded that have their final names.
    record: Option<Arc<Record>>,
}

#[derive(Default)]
struct State {
    batch: Batch,
    /// No more files come.
    ended: bool,
    /// The thread has ended.
    gone: bool,
    /// Why a batch could not be written to the disk.
    failure: Option<String>,
    /// One open file on each further file system, with its device.
    elsewhere: Vec<(u64, Arc<File>)>,
}

#[derive(Default)]
struct Batch {
    files: Vec<Finished>,
    /// The digests of the files, for the record, in the order of the files.
    digests: Vec<u128>,
    bytes: u64,
    /// When the first file came.
    begun: Option<Instant>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.files.len() >= FILES || self.bytes >= BYTES
    }

    fn add(&mut self, file: Finished, digest: u128) {
        self.digests.push(digest);
        self.begun.get_or_insert_with(Instant::now);
        self.bytes += file.bytes;
        self.files.push(file);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything on the file systems of the results to the disk.
    fn sync(&self) -> Result<(), Errno> {
        let elsewhere = self.lock().elsewhere.clone();
        syncfs(&self.base)?;
        elsewhere.iter().try_for_each(syncfs_of)
    }

    /// Why the thread has ended although files are left.
    fn failure(&self, state: &State) -> Fatal {
        let unknown = || format!("cannot write to {}", self.name);
        Fatal(state.failure.clone().unwrap_or_else(unknown))
    }

    /// Waits for the next complete batch. `None` when no more files come.
    fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            let waited = state.batch.begun.map(|begun| begun.elapsed());
            match waited {
                None if state.ended => return None,
                None => state = self.wait(state),
                Some(waited) if state.ended || state.batch.is_full() || waited >= WAIT => {
                    let batch = mem::take(&mut state.batch);
                    self.changed.notify_all();
                    return Some(batch);
                }
                Some(waited) => {
                    let result = self.changed.wait_timeout(state, WAIT - waited);
                    state = result.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Writes the files of a batch to the disk and gives them their final names.
    fn complete(&self, batch: Batch, report: &Report) -> Result<(), Errno> {
        self.sync()?;
        let mut named = Vec::new();
        for (file, digest) in batch.files.into_iter().zip(batch.digests) {
            let Finished { temporary, place, name, input, .. } = file;
            match temporary.rename(&place) {
                Ok(()) if digest == 0 => {}
                Ok(()) => named.push(digest),
                Err(error) => {
                    let Fatal(reason) = failed("write to", &name, &error);
                    report(&FileError::new(input.to_path_buf(), reason));
                }
            }
        }
        if let Some(record) = &self.record {
            record.add(&named);
        }
        Ok(())
    }
}

fn syncfs_of((_, file): &(u64, Arc<File>)) -> Result<(), Errno> {
    syncfs(file.as_fd())
}

/// Tells the sink that the thread has ended, even if it panicked. Otherwise the sink might wait for
/// it forever.
struct Gone(Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.lock().gone = true;
        self.0.changed.notify_all();
    }
}

impl Batches {
    /// Starts the thread that completes the batches. `base` is the open directory of the results,
    /// `device` its device, and `name` its name for messages.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(super) fn start(
        base: Arc<OwnedFd>,
        device: u64,
        name: String,
        record: Option<Arc<Record>>,
        report: Report,
    ) -> Result<Self, Fatal> {
        let (state, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { state, changed, base, device, name, record });
        let gone = Gone(shared.clone());
        let complete = move || {
            let Gone(shared) = &gone;
            while let Some(batch) = shared.next() {
                if let Err(error) = shared.complete(batch, &report) {
                    let Fatal(reason) = failed("write to", &shared.name, &error.into());
                    shared.lock().failure = Some(reason);
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("batch".into()).spawn(complete);
        let thread = thread.map_err(|error| failed("start a thread for", &shared.name, &error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Adds a file that is completely written to the batch, and waits while that is full. `input` is
    /// the file that the result was made from, and `stamp` what it was like.
    ///
    /// # Errors
    /// If an earlier batch could not be written to the disk. The file is then removed.
    pub fn put(
        &self,
        file: ResultFile,
        input: &Arc<Path>,
        stamp: Option<&Stamp>,
    ) -> Result<(), Fatal> {
        let mut file = file.finish(input.clone(), self.shared.device)?;
        let recorded = stamp.filter(|_| self.shared.record.is_some());
        // 0: the result is not recorded. That of a stream is always made anew.
        let digest = recorded.map_or(0, |stamp| record::digest(input, stamp, &file.stamp));
        let mut state = self.shared.lock();
        while state.batch.is_full() && !state.gone {
            state = self.shared.wait(state);
        }
        if state.gone {
            return Err(self.shared.failure(&state));
        }
        if let Some((device, open)) = file.elsewhere.take()
            && !state.elsewhere.iter().any(|(other, _)| *other == device)
        {
            state.elsewhere.push((device, open.into()));
        }
        let first = state.batch.files.is_empty();
        state.batch.add(file, digest);
        if first || state.batch.is_full() {
            self.shared.changed.notify_all();
        }
        Ok(())
    }

    /// Completes the last batch, and waits until the final names are on the disk too.
    ///
    /// # Errors
    /// If the system reports that results could not be written. Those have no final names.
    pub fn finish(mut self) -> Result<(), Fatal> {
        self.end();
        let state = self.shared.lock();
        if state.failure.is_some() || !state.batch.files.is_empty() {
            return Err(self.shared.failure(&state));
        }
        drop(state);
        self.shared.sync().map_err(|error| failed("write to", &self.shared.name, &error.into()))
    }

    fn end(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // The result is ignored, since `main` reports a panic.
            let _ = thread.join();
        }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.end();
    }
}
