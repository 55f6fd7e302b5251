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
        let (opened, refused) = open_quietly(flags, open)?;
        self.refused.fetch_add(u64::from(refused), Relaxed);
        Ok(opened)
    }

    /// How many files were opened in the usual way, so that their access times may have changed.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }
}

/// Opens a file or directory with these flags, and with O_NOATIME if the system allows it. Also returns
/// whether the system refused that.
///
/// # Errors
/// Those of `open`.
pub(super) fn open_quietly<T>(
    flags: OFlags,
    mut open: impl FnMut(OFlags) -> io::Result<T>,
) -> io::Result<(T, bool)> {
    match open(flags | OFlags::NOATIME) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::PERM) => Ok((open(flags)?, true)),
        opened => Ok((opened?, false)),
    }
}
