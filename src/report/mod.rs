//! The forms of the output: one file each behind [`Format`]. A new one is a file here, a name
//! in `cli` and a line in [`format()`].

mod bsd;
mod csv;
mod gnu;
pub mod json;
pub mod output;
pub mod partial;
pub mod place;
pub mod temporary;
pub mod verdict;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::cli::FormatName;
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
    fn digests(&self) -> impl Iterator<Item = (Algorithm, &'a [u8])> {
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

/// The format of that name. With `zero`, results end with NUL, and names are not escaped where
/// md5sum would not escape them; with `hashed`, JSON and CSV tell when a file was read.
pub fn format(name: FormatName, zero: bool, hashed: bool) -> Box<dyn Format> {
    match name {
        FormatName::Gnu => Box::new(gnu::Gnu { zero }),
        FormatName::Bsd => Box::new(bsd::Bsd { zero }),
        FormatName::Json => Box::new(json::Json { zero }),
        FormatName::Csv => Box::new(csv::Csv { hashed }),
    }
}

/// The end of a result.
fn terminator(zero: bool) -> u8 {
    if zero { 0 } else { b'\n' }
}
