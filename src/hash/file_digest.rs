//! The result for one file.

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
    /// Bytes that were read.
    pub size: u64,
    /// What the file was when it was opened; none for a stream.
    pub stamp: Option<Stamp>,
}

impl FileDigest {
    /// When the file was modified last, in nanoseconds since 1970.
    pub fn mtime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.mtime)
    }

    /// When its status changed last, in the same unit.
    pub fn ctime(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.ctime)
    }

    /// The numbers of its device and inode.
    pub fn identity(&self) -> Option<Identity> {
        self.stamp.map(|stamp| stamp.identity)
    }
}
