//! Reads a file again that changed while it was read.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::algorithms::Set;
use super::digests::{self, State};
use super::file_digest::FileDigest;
use crate::error::FileError;
use crate::files::open::{OpenFile, Opener};
use crate::files::{Item, Origin, Refused};
use crate::pipeline::{Filled, Step, Unopened};
use batchproc_lanes::md5::Kernel;

/// How long the pause is before a file is read again for the first time. Each further pause is twice
/// as long, but none is longer than [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How many bytes are read at a time.
const CHUNK: usize = 1 << 20;

/// What to do about a file that changed while it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changed {
    /// It is an error.
    #[default]
    Fail,
    /// The file is read again, at most so many times. If it changes each time, it is an error.
    Retry(u32),
    /// The digest is kept, with a mark.
    Mark,
}

/// How files are read again.
pub(super) struct Again<'a> {
    pub(super) opener: &'a Opener,
    pub(super) kernel: Kernel,
    pub(super) algorithms: Set,
    /// The number of bytes that the run has read.
    pub(super) bytes: &'a AtomicU64,
}

impl Again<'_> {
    /// Reads a file until it does not change meanwhile, at most so many `times`, with a pause before
    /// each. `last` is the error of the first attempt.
    ///
    /// # Errors
    /// The file changed each time, or it cannot be read any more.
    pub(super) fn read(
        &self,
        path: &Path,
        origin: Origin,
        times: u32,
        mut last: FileError,
    ) -> Result<FileDigest, Refused> {
        let mut pause = PAUSE;
        for time in 1..=times {
            if self.opener.interrupt.wait(pause) {
                break;
            }
            pause = LONGEST_PAUSE.min(2 * pause);
            let item = Item::File(path.into(), origin);
            log::info!("reading {item} again, for the {time}. time");
            let mut file = match self.opener.open(item, false) {
                Ok(file) => file,
                Err(Unopened::Result(refused)) => return Err(refused),
                Err(Unopened::Later(_) | Unopened::Busy(_)) => break,
            };
            let state = self.digest(&mut file);
            let OpenFile { path, size, stamp, failure, changed, .. } = file;
            match failure {
                None => {
                    let digests = state.digests();
                    let (link, changed) = (None, false);
                    return Ok(FileDigest { path, digests, link, size, stamp, changed });
                }
                Some(failure) if !changed => return Err(Refused::Failed(failure)),
                Some(failure) => last = failure,
            }
        }
        Err(Refused::Failed(last))
    }

    /// Reads a file to its end. If the run is interrupted meanwhile, the file counts as changed.
    fn digest(&self, file: &mut OpenFile) -> State {
        let mut state = State::new(self.algorithms);
        let mut buffer = vec![0; CHUNK];
        loop {
            let Filled { bytes, last } = file.read(&mut buffer);
            self.bytes.fetch_add(bytes as u64, Relaxed);
            let data = &buffer[..bytes];
            digests::update(self.kernel, &mut [Step { state: &mut state, data, last }]);
            if last {
                return state;
            }
            if self.opener.interrupt.wait(Duration::ZERO) {
                file.changed = true;
                let reason = "the run was stopped while it was read again".into();
                file.failure = Some(FileError::new(file.path.clone(), reason));
                return state;
            }
        }
    }
}
