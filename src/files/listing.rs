//! The names of one directory, in the middle of its walk: those that were read, and the open directory as
//! long as more of them may follow.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use super::names::{Name, Names};
use super::runs::Runs;

/// The names of a directory that were not yet taken.
pub(super) struct Listing {
    /// The open directory; `None` after all of its entries were read.
    directory: Option<OwnedFd>,
    names: Names,
    /// The names that are not in memory.
    runs: Option<Runs>,
}

impl Listing {
    pub(super) fn new(directory: OwnedFd) -> Self {
        Self { directory: Some(directory), names: Names::default(), runs: None }
    }

    /// Whether the directory is still open.
    pub(super) fn is_open(&self) -> bool {
        self.directory.is_some()
    }

    /// Reads the directory to its end and closes it. If `sorted`, the names come sorted by their bytes from
    /// now on. When the names that were read need more than `most` bytes of memory, they go to a temporary
    /// file; if that cannot be written, they stay in memory.
    ///
    /// # Errors
    /// If the directory cannot be read to its end. The names that were read can be taken.
    pub(super) fn read_all(
        &mut self,
        buffer: &mut [MaybeUninit<u8>],
        sorted: bool,
        most: Option<usize>,
    ) -> io::Result<()> {
        let mut most = most.unwrap_or(usize::MAX);
        let mut ended = Ok(());
        while self.directory.is_some() {
            if let Err(error) = self.read_some(buffer) {
                ended = Err(error);
            }
            if self.names.size() > most
                && let Err(error) = self.put_away()
            {
                log::info!("the names of a directory stay in memory: no temporary file: {error}");
                most = usize::MAX;
            }
        }
        if sorted || self.runs.is_some() {
            self.names.sort();
        }
        match self.runs.as_mut().map_or(Ok(()), Runs::begin) {
            Ok(()) => ended,
            Err(error) => Err(self.lose(error)),
        }
    }

    /// Reads some more names from the directory, and closes it at its end or if that fails.
    fn read_some(&mut self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let read = self.names.read_some(directory, buffer);
        if !matches!(read, Ok(true)) {
            self.directory = None;
        }
        Ok(read.map(drop)?)
    }

    /// Moves the names from memory to the temporary file.
    fn put_away(&mut self) -> io::Result<()> {
        self.names.sort();
        let runs = match self.runs.take() {
            Some(runs) => runs,
            None => Runs::new()?,
        };
        self.runs.insert(runs).add(&self.names)?;
        self.names.clear();
        Ok(())
    }

    /// Gives up all names, as those in the temporary file cannot be read.
    fn lose(&mut self, error: io::Error) -> io::Error {
        self.names.clear();
        (self.directory, self.runs) = (None, None);
        let reason = format!("a temporary file with some of its names cannot be read: {error}");
        io::Error::new(error.kind(), reason)
    }

    /// Takes the next name; `None` at the end of the directory.
    ///
    /// # Errors
    /// If the directory or the temporary file cannot be read. Then no more names follow.
    pub(super) fn next(&mut self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<Option<Name<'_>>> {
        while self.names.peek().is_none() && self.directory.is_some() {
            self.read_some(buffer)?;
        }
        let first = self.runs.as_ref().and_then(Runs::peek);
        let is_in_memory =
            self.names.peek().is_some_and(|name| first.is_none_or(|first| name < first));
        let Some(runs) = self.runs.as_mut().filter(|_| !is_in_memory) else {
            return Ok(self.names.next());
        };
        match runs.advance() {
            Ok(true) => Ok(self.runs.as_ref().and_then(Runs::taken)),
            Ok(false) => Ok(None),
            Err(error) => Err(self.lose(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{DirEntryExt, symlink};
    use std::path::Path;

    use rustix::fs::FileType;

    use super::*;

    /// All names of a directory, with their inodes and whether they are symbolic links, as a listing gives
    /// them that may have `most` bytes of names in memory.
    fn listed(directory: &Path, sorted: bool, most: Option<usize>) -> Vec<(Vec<u8>, u64, bool)> {
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut listing = Listing::new(File::open(directory).unwrap().into());
        listing.read_all(&mut buffer, sorted, most).unwrap();
        assert!(!listing.is_open());
        let mut names = Vec::new();
        while let Some(Name { name, inode, kind }) = listing.next(&mut buffer).unwrap() {
            names.push((name.as_bytes().to_vec(), inode, kind == FileType::Symlink));
        }
        assert_eq!(listing.next(&mut buffer).unwrap(), None);
        names
    }

    #[test]
    fn names_that_do_not_fit_into_memory_are_the_same_in_the_same_order() {
        let root = tempfile::tempdir().unwrap();
        for number in 0..300_u32 {
            // Many names begin like others, and some have bytes that are no text.
            let mut name = b"ab\xff\n\x01".repeat(number as usize % 50);
            name.extend(number.reverse_bits().to_string().into_bytes());
            let path = root.path().join(OsStr::from_bytes(&name));
            match number % 7 {
                0 => symlink("x", path).unwrap(),
                _ => fs::write(path, "").unwrap(),
            }
        }
        let mut expected: Vec<_> = fs::read_dir(root.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let link = entry.file_type().unwrap().is_symlink();
                (entry.file_name().as_bytes().to_vec(), entry.ino(), link)
            })
            .collect();
        expected.sort_unstable();
        assert_eq!(expected.len(), 300);
        for most in [None, Some(1 << 20), Some(10_000), Some(1000), Some(0)] {
            assert_eq!(listed(root.path(), true, most), expected, "{most:?}");
            let mut unsorted = listed(root.path(), false, most);
            unsorted.sort_unstable();
            assert_eq!(unsorted, expected, "{most:?}");
        }
    }

    #[test]
    fn an_empty_directory_has_no_names() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(listed(root.path(), true, Some(0)), []);
    }

    #[test]
    fn names_that_were_taken_do_not_come_again() {
        let root = tempfile::tempdir().unwrap();
        for number in 0..200 {
            fs::write(root.path().join(number.to_string()), "").unwrap();
        }
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut listing = Listing::new(File::open(root.path()).unwrap().into());
        let mut names = Vec::new();
        for taken in 0.. {
            if taken == 5 {
                listing.read_all(&mut buffer, false, Some(100)).unwrap();
            }
            let Some(name) = listing.next(&mut buffer).unwrap() else { break };
            names.push(name.name.to_str().unwrap().parse::<u32>().unwrap());
        }
        names.sort_unstable();
        assert_eq!(names, Vec::from_iter(0..200));
    }

    #[test]
    fn a_temporary_file_that_cannot_be_read_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        for number in 0..2000 {
            fs::write(root.path().join(format!("{number:0100}")), "").unwrap();
        }
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut listing = Listing::new(File::open(root.path()).unwrap().into());
        listing.read_all(&mut buffer, true, Some(100_000)).unwrap();
        listing.runs.as_ref().unwrap().file().set_len(10_000).unwrap();
        let error = loop {
            match listing.next(&mut buffer) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("names were lost without a word"),
                Err(error) => break error,
            }
        };
        let expected =
            "a temporary file with some of its names cannot be read: unexpected end of file";
        assert_eq!(error.to_string(), expected);
        assert_eq!(listing.next(&mut buffer).unwrap(), None);
    }
}
