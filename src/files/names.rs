//! Names in a directory, as a walk has read them. To sort a directory, many of its names must be in
//! memory. So they stand one behind the other in one piece of memory, and a name takes 18 bytes more
//! than it has.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{FileType, RawDir, fstat};
use rustix::io::{Errno, retry_on_intr};

/// The names that were read and not yet taken, with the inode numbers and kinds of the files.
#[derive(Default)]
pub(super) struct Names {
    /// For each name: the name, a zero, which no name contains, the inode number of its file, and a byte for
    /// the kind.
    bytes: Vec<u8>,
    /// Where each name begins in `bytes`.
    begins: Vec<usize>,
    /// How many names were taken.
    taken: usize,
}

/// All kinds of files. The index of a kind in this list is the byte that stands for it.
const KINDS: [FileType; 8] = [
    FileType::Unknown,
    FileType::RegularFile,
    FileType::Directory,
    FileType::Symlink,
    FileType::Fifo,
    FileType::Socket,
    FileType::CharacterDevice,
    FileType::BlockDevice,
];

/// How many bytes follow a name and its zero: the inode number and the kind of its file.
pub(super) const AFTER: usize = 9;

/// One name, with the inode number and the kind of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) name: &'a OsStr,
    pub(super) inode: u64,
    pub(super) kind: FileType,
}

impl<'a> Name<'a> {
    /// The name that these bytes stand for, with what follows it.
    pub(super) fn of(record: &'a [u8]) -> Option<Self> {
        let (name, after) = record.split_at_checked(record.len().checked_sub(AFTER)?)?;
        let (&kind, inode) = after.split_last()?;
        let kind = *KINDS.get(usize::from(kind))?;
        let inode = u64::from_ne_bytes(inode.try_into().ok()?);
        Some(Self { name: OsStr::from_bytes(name.strip_suffix(b"\0")?), inode, kind })
    }
}

impl Names {
    /// The bytes that stand for the next name. They compare as the names do.
    pub(super) fn peek(&self) -> Option<&[u8]> {
        self.record(*self.begins.get(self.taken)?)
    }

    /// Takes the next name.
    pub(super) fn next(&mut self) -> Option<Name<'_>> {
        let begin = *self.begins.get(self.taken)?;
        self.taken += 1;
        Name::of(self.record(begin)?)
    }

    /// The bytes that stand for the name that begins here.
    fn record(&self, begin: usize) -> Option<&[u8]> {
        let bytes = self.bytes.get(begin..)?;
        bytes.get(..=memchr::memchr(0, bytes)? + AFTER)
    }

    /// How much memory the names need, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + size_of_val(&self.begins[..])
    }

    /// Writes the names that were not yet taken, as they are in memory. Returns the number of bytes.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        let mut written = 0;
        for record in self.begins[self.taken..].iter().filter_map(|&begin| self.record(begin)) {
            out.write_all(record)?;
            written += record.len() as u64;
        }
        Ok(written)
    }

    /// Forgets all names.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.begins.clear();
        self.taken = 0;
    }

    /// Sorts the names that were not yet taken, by their bytes.
    pub(super) fn sort(&mut self) {
        let bytes = &self.bytes;
        // The bytes from the beginning of a name to the end of all names compare as the name does: it
        // ends with a zero, and no other name of the directory is the same.
        self.begins[self.taken..].sort_unstable_by(|&a, &b| bytes[a..].cmp(&bytes[b..]));
    }

    /// Reads as many names of a directory as fit into the buffer; returns `false` at the end of the
    /// directory.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub(super) fn read_some(
        &mut self,
        directory: impl AsFd,
        buffer: &mut [MaybeUninit<u8>],
    ) -> Result<bool, Errno> {
        if self.taken == self.begins.len() {
            self.clear();
        }
        let mut entries = RawDir::new(&directory, buffer);
        loop {
            let mut push = || {
                let Some(entry) = entries.next() else { return Ok(false) };
                let entry = entry?;
                self.push(entry.file_name().to_bytes(), entry.ino(), entry.file_type());
                Ok(true)
            };
            match retry_on_intr(&mut push) {
                Ok(false) => return Ok(false),
                // The directory was removed after it was opened, so it has no more entries.
                Err(Errno::NOENT) if fstat(&directory)?.st_nlink == 0 => return Ok(false),
                Ok(true) if entries.is_buffer_empty() => return Ok(true),
                Ok(true) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds a name, unless it stands for the directory itself or the one above it.
    fn push(&mut self, name: &[u8], inode: u64, kind: FileType) {
        if name == b"." || name == b".." {
            return;
        }
        self.begins.push(self.bytes.len());
        self.bytes.extend_from_slice(name);
        self.bytes.push(0);
        self.bytes.extend_from_slice(&inode.to_ne_bytes());
        self.bytes.push(KINDS.iter().position(|known| *known == kind).unwrap_or(0) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds these names, and takes them after they were sorted.
    fn sorted(names: &mut Names, added: &[&[u8]]) -> Vec<Vec<u8>> {
        added.iter().for_each(|name| names.push(name, 0, FileType::RegularFile));
        names.sort();
        let mut taken = Vec::new();
        while let Some(Name { name, .. }) = names.next() {
            taken.push(name.as_bytes().to_vec());
        }
        taken
    }

    #[test]
    fn names_are_sorted_by_their_bytes_and_a_beginning_comes_first() {
        let added: [&[u8]; 8] = [b"b", b"a\xff", b"ab", b"a", b".", b"abc", b"a\x01", b".."];
        let expected: [&[u8]; 6] = [b"a", b"a\x01", b"ab", b"abc", b"a\xff", b"b"];
        assert_eq!(sorted(&mut Names::default(), &added), expected);
        assert_eq!(sorted(&mut Names::default(), &[]), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn only_names_that_were_not_taken_are_sorted() {
        let mut names = Names::default();
        for name in [b"c", b"b", b"a"] {
            names.push(name, 0, FileType::RegularFile);
        }
        assert_eq!(names.next().map(|Name { name, .. }| name.as_bytes()), Some(&b"c"[..]));
        assert_eq!(sorted(&mut names, &[b"0"]), [b"0", b"a", b"b"]);
    }

    #[test]
    fn each_name_keeps_the_inode_and_the_kind_of_its_file() {
        let mut names = Names::default();
        for (name, kind) in (b'a'..=b'h').zip(KINDS).rev() {
            names.push(&[name], u64::MAX - u64::from(name), kind);
        }
        names.sort();
        for (name, kind) in (b'a'..=b'h').zip(KINDS) {
            let inode = u64::MAX - u64::from(name);
            assert_eq!(names.next(), Some(Name { name: OsStr::from_bytes(&[name]), inode, kind }));
        }
        assert_eq!(names.next(), None);
    }

    #[test]
    fn the_memory_of_taken_names_is_used_again() {
        let root = tempfile::TempDir::new().unwrap();
        let mut names = Names::default();
        sorted(&mut names, &[b"old", b"older"]);
        std::fs::write(root.path().join("new"), "").unwrap();
        let directory = std::fs::File::open(root.path()).unwrap();
        let mut buffer = [MaybeUninit::uninit(); 1024];
        assert_eq!(names.read_some(&directory, &mut buffer), Ok(true));
        assert_eq!(names.read_some(&directory, &mut buffer), Ok(false));
        assert_eq!((names.bytes.len(), names.begins.len()), (13, 1));
    }
}
