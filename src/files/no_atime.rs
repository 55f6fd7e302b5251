//! Reads files and directories without a change of their access times (O_NOATIME). The system allows
//! this only to the owner and to root, so what it refuses is opened in the usual way, and counted.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Asks the system to leave access times as they are.
#[derive(Debug, Default)]
pub struct NoAtime {
    refused: AtomicU64,
}

impl NoAtime {
    /// Opens a file with these flags, and with O_NOATIME if the system allows it.
    ///
    /// # Errors
    /// Those of `open`.
    pub(super) fn open<T>(
        &self,
        flags: OFlags,
        open: impl Fn(OFlags) -> io::Result<T>,
    ) -> io::Result<T> {
        match open(flags | OFlags::NOATIME) {
            Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
                let opened = open(flags)?;
                self.refused.fetch_add(1, Relaxed);
                Ok(opened)
            }
            opened => opened,
        }
    }

    /// How many files were opened in the usual way, so that their access times may have changed.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }
}
