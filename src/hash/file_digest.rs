//! The result of digesting one file.

use std::path::PathBuf;

use super::digests::Digests;
use crate::stamp::{Identity, Stamp};

/// The digests of a file.
#[derive(Debug)]
pub struct FileDigest {
    /// The file's name.
    pub path: PathBuf,
    /// The digests.
    pub digests: Digests,
    /// The number of bytes that were read.
    pub size: u64,
    /// Its stamp when it was opened; none for a stream.
    pub stamp: Option<Stamp>,
}

impl FileDigest {
    /// When the file was modified last, in nanoseconds since 1970.
    pub fn mtime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.mtime)
    }

    /// When its status changed last (content, mode, links), in the same unit.
    pub fn ctime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.ctime)
    }

    /// Its device and inode number.
    pub fn identity(&self) -> Option<Identity> {
        self.stamp.map(|stamp| stamp.identity)
    }
}
