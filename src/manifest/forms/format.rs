//! What every form writes.

use std::path::Path;

use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::stamp::Identity;

/// One result: a file with its digests.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name as the user gave it or as the walk found it; `-` is standard input.
    pub path: &'a Path,
    /// The algorithms in the order in which they are written; all are among the digests.
    pub algorithms: &'a [Algorithm],
    /// The digests.
    pub digests: &'a Digests,
    /// Bytes that were read, where that is known.
    pub size: Option<u64>,
    /// Nanoseconds since 1970, where there is a file.
    pub mtime: Option<i128>,
    /// When its status changed last (content, mode, links), in the same unit.
    pub ctime: Option<i128>,
    /// The numbers of its device and inode, where there is a file.
    pub identity: Option<Identity>,
    /// Not before this was it read, in nanoseconds since 1970; only in manifests that are kept
    /// up to date.
    pub hashed: Option<i128>,
}

impl<'a> Record<'a> {
    /// The digests in the order in which they are written.
    pub(super) fn digests(&self) -> impl Iterator<Item = (Algorithm, &'a [u8])> {
        let digests = self.digests;
        self.algorithms.iter().filter_map(|&algorithm| Some((algorithm, digests.get(algorithm)?)))
    }
}

/// A form of the output.
pub trait Format: Send {
    /// What stands before the first result.
    fn begin(&self, _out: &mut Vec<u8>) {}

    /// Appends one result.
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>);
}

/// The end of a result.
pub(super) fn terminator(zero: bool) -> u8 {
    if zero { 0 } else { b'\n' }
}
