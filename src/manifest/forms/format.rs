//! The trait of writers, and the record that they write.

use std::path::Path;

use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::manifest::seal::Seal;
use crate::stamp::Identity;

/// One result: a file with its digests, or a symbolic link with its target.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name as the user typed it or as the walk found it. `-` is standard input.
    pub path: &'a Path,
    /// The algorithms in the order in which their digests are written.
    pub algorithms: &'a [Algorithm],
    /// The file's digests.
    pub digests: &'a Digests,
    /// The target, if the result is about a symbolic link. Then it has no digests.
    pub link: Option<&'a Path>,
    /// The number of bytes that were read, if known.
    pub size: Option<u64>,
    /// The modification time in nanoseconds since 1970. `None` for a stream.
    pub mtime: Option<i128>,
    /// When the file's status changed last (content, mode, links), in nanoseconds since 1970.
    pub ctime: Option<i128>,
    /// The file's device and inode number. `None` for a stream.
    pub identity: Option<Identity>,
    /// The file was read at this time or later, in nanoseconds since 1970. Only manifests that are
    /// updated have this time.
    pub hashed: Option<i128>,
    /// Whether the file changed while it was read. Then size and times say nothing about the digest.
    pub changed: bool,
}

impl<'a> Record<'a> {
    /// The digests in the order in which they are written.
    pub(super) fn digests(&self) -> impl Iterator<Item = (Algorithm, &'a [u8])> {
        let digests = self.digests;
        self.algorithms.iter().filter_map(|&algorithm| Some((algorithm, digests.get(algorithm)?)))
    }
}

/// Writes results in one form.
pub trait Format: Send {
    /// Appends what stands before the first result, such as the header of CSV.
    fn begin(&self, _out: &mut Vec<u8>) {}

    /// Appends one result.
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>);

    /// Appends a line about a file that failed. Only JSON has such lines.
    fn failure(&self, _path: &Path, _reason: &str, _out: &mut Vec<u8>) {}

    /// Appends the seal, which stands after the last result.
    fn seal(&self, seal: &Seal, out: &mut Vec<u8>);

    /// Why the form cannot have this name. `None` if it can.
    fn refuses(&self, _path: &Path) -> Option<&'static str> {
        None
    }
}

/// Whether a line that ends with this name would be read as another one: the name contains a newline,
/// or ends with a CR.
pub(super) fn has_line_end(name: &[u8]) -> bool {
    name.contains(&b'\n') || name.ends_with(b"\r")
}

/// The byte that ends a line.
pub(super) fn terminator(zero: bool) -> u8 {
    if zero { 0 } else { b'\n' }
}
