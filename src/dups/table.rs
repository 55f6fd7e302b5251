//! The table of the files that were found, in the order of the input. Their names are in one
//! buffer, because a million small strings would take more memory and time.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::files::{Item, Origin, Root};
use crate::hash::job::Context;
use crate::stamp::{Identity, Stamp, Version};

/// What is known about a file.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Where the name ends in the buffer of names. It begins where that of the row before ends.
    end: usize,
    /// The size in bytes.
    pub size: u64,
    /// When the content was modified last, in nanoseconds since 1970.
    pub mtime: i64,
    /// What the names of one file have in common: its device and inode number.
    pub identity: Identity,
    /// Where the walk began that found the file, if one did.
    walked: Option<Root>,
}

/// The files; see the module documentation.
#[derive(Debug, Default)]
pub struct Table {
    names: Vec<u8>,
    rows: Vec<Row>,
}

/// The row of a file that is being read.
#[derive(Clone, Copy, Debug)]
pub struct Place(pub usize);

impl Context for Place {}

impl Table {
    /// Adds a file that was looked at.
    pub fn push(&mut self, path: &Path, stamp: &Stamp, walked: Option<Root>) {
        self.names.extend(path.as_os_str().as_bytes());
        let &Stamp { size, identity, .. } = stamp;
        let (end, mtime) = (self.names.len(), short(stamp.mtime));
        self.rows.push(Row { end, size, mtime, identity, walked });
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// What is known about a file.
    pub fn row(&self, index: usize) -> &Row {
        &self.rows[index]
    }

    /// The size of a file.
    pub fn size(&self, index: usize) -> u64 {
        self.rows[index].size
    }

    /// The name of a file.
    pub fn path(&self, index: usize) -> &Path {
        let start = index.checked_sub(1).map_or(0, |before| self.rows[before].end);
        Path::new(OsStr::from_bytes(&self.names[start..self.rows[index].end]))
    }

    /// Where the name of a file came from. A file of which the device is now known need not be
    /// looked up in a list again.
    pub fn origin(&self, index: usize) -> Origin {
        let Row { identity, walked, .. } = self.rows[index];
        walked.map_or(Origin::Argument(identity), |root| Origin::Walked(identity, root))
    }

    /// The file as an item to be opened.
    pub fn item(&self, index: usize) -> Item {
        Item::File(self.path(index).to_path_buf(), self.origin(index))
    }

    /// Whether a file still is what it was when it was looked at.
    pub fn is_unchanged(&self, index: usize, stamp: &Stamp) -> bool {
        let row = &self.rows[index];
        let (size, mtime): Version = stamp.version();
        row.identity == stamp.identity && row.size == size && row.mtime == short(mtime)
    }
}

/// A time in fewer bits. Times that differ stay different for 584 years.
fn short(time: i128) -> i64 {
    time as i64
}
