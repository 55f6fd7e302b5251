//! The result of digesting one file.

use std::path::PathBuf;

use super::digests::Digests;
use crate::stamp::{Identity, Stamp};

/// The digests and properties of a file.
#[derive(Debug)]
pub struct FileDigest {
    /// The file's name.
    pub path: PathBuf,
    /// The digests.
    pub digests: Digests,
    /// The number of bytes that were read.
    pub size: u64,
    /// The size, times and identity of the file when it was opened; `None` for a stream.
    pub stamp: Option<Stamp>,
    /// Whether the file changed while it was read: the digest may be that of no content that the
    /// file ever had as a whole.
    pub changed: bool,
}

impl FileDigest {
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
