//! The system keeps what was read in memory. This file has two ways around that: to read a file from
//! the disk although its content is in memory, and to leave no file in memory that was not there
//! before.

use std::fs::File;
use std::io;

use rustix::fs::{Advice, fadvise, fdatasync};

/// A file that was not in memory before is dropped again whenever this many more bytes were read.
const BEHIND: u64 = 8 << 20;

/// Returns how many bytes of a file are in memory.
pub type CachedBytes = fn(&File) -> io::Result<u64>;

/// What a run does about the memory in which the system keeps what was read.
#[derive(Clone, Copy, Debug)]
pub enum PageCache {
    /// Each file is read from the disk: what is in memory of it is dropped first.
    FromDisk(CachedBytes),
    /// A file that was not in memory is dropped after it was read.
    Keep(CachedBytes),
}

impl PageCache {
    /// Prepares to read a file. Returns what must be dropped later, if anything.
    ///
    /// # Errors
    /// The file cannot be read from the disk, or the system does not tell.
    pub(super) fn begin(self, file: &File) -> io::Result<Option<Behind>> {
        match self {
            PageCache::FromDisk(cached_bytes) => {
                // What was not written to the disk yet cannot be dropped. The file may be on a
                // system that is read-only, so a failure here means nothing.
                let _ = fdatasync(file);
                fadvise(file, 0, None, Advice::DontNeed)?;
                match cached_bytes(file) {
                    Ok(0) => Ok(None),
                    Ok(_) => Err(io::Error::other(
                        "it stays in memory, so it cannot be read from the disk: another program uses it, or its file system has no disk",
                    )),
                    Err(error) => Err(io::Error::new(
                        error.kind(),
                        format!("cannot tell whether it would be read from the disk: {error}"),
                    )),
                }
            }
            // If the system does not tell, a part of the file may be in use by others.
            PageCache::Keep(cached_bytes) => {
                Ok((cached_bytes(file).ok() == Some(0)).then_some(Behind { dropped: 0 }))
            }
        }
    }
}

/// A file that is dropped from memory behind the reader.
#[derive(Debug)]
pub(super) struct Behind {
    /// Up to where the file was dropped.
    dropped: u64,
}

impl Behind {
    /// Called when the file was read up to this position; `last` says whether it is the end.
    pub(super) fn read(&mut self, file: &File, position: u64, last: bool) {
        if last {
            // Also what the system has read ahead, or has in memory in larger units.
            let _ = fadvise(file, 0, None, Advice::DontNeed);
        } else if position - self.dropped >= BEHIND {
            let length = std::num::NonZeroU64::new(position - self.dropped);
            // A failure only leaves the pages where the system has put them.
            let _ = fadvise(file, self.dropped, length, Advice::DontNeed);
            self.dropped = position;
        }
    }
}
