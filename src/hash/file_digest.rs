//! The result of digesting one file, or of looking at a symbolic link.

use std::path::PathBuf;

use super::digests::Digests;
use crate::files::link::Link;
use crate::stamp::{Identity, Stamp};

/// The digests and properties of a file, or the target of a symbolic link.
#[derive(Debug)]
pub struct FileDigest {
    /// The file's name.
    pub path: PathBuf,
    /// The digests. None for a symbolic link.
    pub digests: Digests,
    /// The target, if this is a symbolic link, which is found only with
    /// [`WalkRules::links`](crate::files::WalkRules::links).
    pub link: Option<PathBuf>,
    /// The number of bytes that were read; for a symbolic link, the length of its target.
    pub size: u64,
    /// The size, times and identity of the file when it was opened; `None` for a stream.
    pub stamp: Option<Stamp>,
    /// Whether the file changed while it was read: the digest may be that of no content that the
    /// file ever had as a whole.
    pub changed: bool,
}

impl FileDigest {
    /// The result for a symbolic link.
    pub(crate) fn of_link(path: PathBuf, link: Link) -> Self {
        let Link { target, stamp } = link;
        Self {
            path,
            digests: Digests::default(),
            size: stamp.size,
            link: Some(target),
            stamp: Some(stamp),
            changed: false,
        }
    }

    /// When the file was modified last, in nanoseconds since 1970.
    pub fn mtime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.mtime)
    }

    /// When the status of the file (content, mode, links) changed last, in nanoseconds since 1970.
    pub fn ctime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.ctime)
    }

    /// The device and inode number of the file.
    pub fn identity(&self) -> Option<Identity> {
        self.stamp.map(|stamp| stamp.identity)
    }
}
