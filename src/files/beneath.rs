//! Opens the files of a manifest that a stranger may have written: only regular files below one directory.
//!
//! A name that is absolute or has `..` is refused, and so is one that leads out of the directory through
//! a symbolic link. A handle that allows neither reading nor writing (`O_PATH`) shows what a name stands
//! for before anything is opened, so that a FIFO or a device never is.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, fstat, open, openat};
use rustix::io::Errno;

use super::below::{Links, open_below};
use crate::stamp::Stamp;

/// A directory that is not left.
#[derive(Debug)]
pub struct Beneath {
    directory: OwnedFd,
}

/// What a name stands for: a handle that allows neither reading nor writing.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) handle: OwnedFd,
    pub(super) stamp: Stamp,
}

/// Why a name is not that of a file below the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaves(pub(super) &'static str);

impl Beneath {
    /// Opens the directory. If its own path is a symbolic link, that is followed.
    ///
    /// # Errors
    /// It cannot be opened, or is no directory.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { directory: openat(CWD, directory, flags, Mode::empty())? })
    }

    /// Finds what a name stands for. If its last part is a symbolic link, `follow` says whether the name
    /// stands for the link or for what it leads to.
    ///
    /// # Errors
    /// Nothing has this name, or it cannot be looked up.
    pub(super) fn find(&self, name: &Path, follow: bool) -> io::Result<Result<Found, Leaves>> {
        if let Some(leaves) = leaves(name) {
            return Ok(Err(leaves));
        }
        let mut flags = OFlags::PATH;
        flags.set(OFlags::NOFOLLOW, !follow);
        match open_below(self.directory.as_fd(), name, flags, Links::Inside) {
            Ok(handle) => {
                let stamp = Stamp::from(fstat(&handle)?);
                Ok(Ok(Found { handle, stamp }))
            }
            Err(Errno::XDEV) => Ok(Err(Leaves("a symbolic link leads out of the directory"))),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens what was found, for reading, with more flags.
    ///
    /// # Errors
    /// It cannot be opened, or another file has its name by now.
    pub(super) fn open(&self, name: &Path, found: &Found, more: OFlags) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
        // This opens the very file that was found, whatever its name stands for by now.
        let through = format!("/proc/self/fd/{}", found.handle.as_raw_fd());
        let opened = match open(through, flags, Mode::empty()) {
            // There is no /proc.
            Err(Errno::NOENT | Errno::NOTDIR) => {
                open_below(self.directory.as_fd(), name, flags, Links::Inside)
            }
            opened => opened,
        };
        let file = opened?;
        match Stamp::from(fstat(&file)?).identity == found.stamp.identity {
            true => Ok(file.into()),
            false => Err(io::Error::other("another file took its place while it was opened")),
        }
    }
}

/// Why a name leads out of every directory, as far as the name alone shows it.
fn leaves(name: &Path) -> Option<Leaves> {
    let has_parent = || name.components().any(|part| part == Component::ParentDir);
    let reason = match name.as_os_str().as_bytes() {
        b"-" => "`-` is standard input, and no file of the directory",
        [b'/', ..] => "the name is absolute",
        _ if has_parent() => "the name has `..`",
        _ => return None,
    };
    Some(Leaves(reason))
}

#[cfg(test)]
mod tests;
