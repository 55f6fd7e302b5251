//! The names in a directory, as a walk has read them. To sort a directory, all of its names must be in
//! memory. So they stand one behind the other in one piece of memory, and a name takes 18 bytes more
//! than it has.

use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{FileType, RawDir, fstat};
use rustix::io::{Errno, retry_on_intr};

/// The names that were read and not yet taken, with the inode numbers and kinds of the files.
#[derive(Default)]
pub(super) struct Names {
    /// For each name the inode number of its file, a byte for the kind, the name, and a zero, which no name
    /// contains.
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

impl Names {
    /// Takes the next name.
    pub(super) fn next(&mut self) -> Option<(&OsStr, u64, FileType)> {
        let begin = *self.begins.get(self.taken)?;
        self.taken += 1;
        let (before, name) = self.bytes.split_at(begin);
        let (before, &[kind]) = before.split_last_chunk()?;
        let inode = u64::from_ne_bytes(*before.last_chunk()?);
        let end = memchr::memchr(0, name)?;
        Some((OsStr::from_bytes(&name[..end]), inode, KINDS[usize::from(kind)]))
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
            self.bytes.clear();
            self.begins.clear();
            self.taken = 0;
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
        self.bytes.extend_from_slice(&inode.to_ne_bytes());
        self.bytes.push(KINDS.iter().position(|known| *known == kind).unwrap_or(0) as u8);
        self.begins.push(self.bytes.len());
        self.bytes.extend_from_slice(name);
        self.bytes.push(0);
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
        while let Some((name, ..)) = names.next() {
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
        assert_eq!(names.next().map(|(name, ..)| name.as_bytes()), Some(&b"c"[..]));
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
            assert_eq!(names.next(), Some((OsStr::from_bytes(&[name]), inode, kind)));
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
