//! What the groups must know of files: those of a walk that were read, or those that manifests list.

use std::path::Path;

use super::table::Table;
use crate::stamp::Identity;

/// Names of files, by their indices in the order of the input, and digests, by their places.
pub trait Files {
    /// The name.
    fn path(&self, name: usize) -> &Path;

    /// The size in bytes, if it is known.
    fn size(&self, name: usize) -> Option<u64>;

    /// What the names of one file have in common, and those of different files do not. The number tells
    /// identities of different systems from each other.
    fn identity(&self, name: usize) -> (usize, Identity);

    /// The digest at this place.
    fn digest(&self, place: usize) -> &[u8];
}

/// The files of a walk and their digests.
pub struct Read<'a> {
    /// The files.
    pub table: &'a Table,
    /// The digests of those that were read.
    pub digests: &'a Digests,
}

impl Files for Read<'_> {
    fn path(&self, name: usize) -> &Path {
        self.table.path(name)
    }

    fn size(&self, name: usize) -> Option<u64> {
        Some(self.table.size(name))
    }

    fn identity(&self, name: usize) -> (usize, Identity) {
        (0, self.table.row(name).identity)
    }

    fn digest(&self, place: usize) -> &[u8] {
        self.digests.get(place)
    }
}

/// The digests of files, one after another in one buffer.
#[derive(Debug)]
pub struct Digests {
    width: usize,
    bytes: Vec<u8>,
}

impl Digests {
    /// No digest yet; each will have `width` bytes.
    pub fn new(width: usize) -> Self {
        Self { width, bytes: Vec::new() }
    }

    /// Adds a digest and returns its place.
    pub fn push(&mut self, digest: &[u8]) -> usize {
        self.bytes.extend_from_slice(digest);
        self.bytes.len() / self.width - 1
    }

    /// The digest at a place.
    pub fn get(&self, place: usize) -> &[u8] {
        &self.bytes[place * self.width..(place + 1) * self.width]
    }
}
