//! The lines of unchanged files, which an update with a budget carried over into the new manifest, so
//! that some of these files can be read again after that: those first that were read longest ago.
//!
//! Of each line only its place in the new manifest is held, 24 bytes. The line itself is read again
//! from there when its turn comes, and when its file was found to be as it was, the line is replaced
//! in its place by one with the new time of reading. Both lines have the same length, since the times
//! have the same number of digits.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::manifest::{Entries, Entry, ReadOptions, Records};

/// The earliest time, in nanoseconds since 1970, with as many digits as all times from then (2001) to
/// 2286. Earlier times of reading come from a clock that was not set, so their files are always read.
pub const EARLIEST: i128 = 1_000_000_000_000_000_000;

/// The place of an entry in the new manifest. If its form has a line for each digest, the place is
/// that of all of these lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When the file was read, in nanoseconds since 1970; `i64::MIN` if the old manifest did not say.
    /// This comes first in comparisons.
    pub hashed: i64,
    pub offset: u64,
    pub length: u32,
}

/// The unchanged files of an update.
#[derive(Debug)]
pub struct Unread {
    places: Vec<Place>,
    /// The number of unchanged files.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// Only files that were read before this time are read again, if it is set.
    before: Option<i128>,
    /// The time that entries got which had no time of reading.
    undated: Option<i128>,
    /// The earliest time of reading of the lines that are not read again.
    pub oldest: Option<i64>,
}

impl Unread {
    /// Begins without a file. `before`: only files that were read before this time are read again.
    /// `undated` is the time that entries without a time of reading got.
    pub fn new(before: Option<i128>, undated: Option<i128>) -> Self {
        Self { places: Vec::new(), files: 0, bytes: 0, before, undated, oldest: None }
    }

    /// Adds an unchanged file, whose entry was written to this place.
    pub fn add(&mut self, entry: &Entry, offset: u64, length: u64) {
        self.files += 1;
        self.bytes += entry.size.unwrap_or(0);
        let hashed = entry.hashed.unwrap_or(i128::MIN);
        match (u32::try_from(length), self.before) {
            (Ok(length), before) if before.is_none_or(|before| hashed < before) => {
                let dated = entry.hashed != self.undated;
                let hashed = if dated { clamped(hashed) } else { i64::MIN };
                self.places.push(Place { hashed, offset, length });
            }
            _ => self.keep(entry),
        }
    }

    /// Notes a line that is kept for another reason.
    pub fn keep(&mut self, entry: &Entry) {
        if let Some(hashed) = entry.hashed {
            self.keeps(clamped(hashed));
        }
    }

    /// Notes that the line at this place keeps its time of reading.
    pub fn stays(&mut self, place: Place) {
        let undated = self.undated.filter(|_| place.hashed == i64::MIN);
        self.keeps(undated.map_or(place.hashed, clamped));
    }

    fn keeps(&mut self, hashed: i64) {
        self.oldest = Some(self.oldest.map_or(hashed, |oldest| oldest.min(hashed)));
    }

    /// Takes the places of the files that may be read again, those first that were read longest ago.
    pub fn take(&mut self) -> Vec<Place> {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable();
        places
    }
}

fn clamped(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX })
}

/// Reads entries of the new manifest at their places.
pub struct Places {
    file: File,
    /// What the form writes before the first entry, such as the header of CSV.
    head: Vec<u8>,
    zero: bool,
}

impl Places {
    /// Reads from this file. `zero` says whether lines end with NUL.
    pub fn new(file: File, head: Vec<u8>, zero: bool) -> Self {
        Self { file, head, zero }
    }

    /// The entry at this place.
    ///
    /// # Errors
    /// If the file cannot be read there, or has something else there.
    pub fn entry(&self, place: Place) -> io::Result<Entry> {
        let mut bytes = vec![0; place.length as usize];
        self.file.read_exact_at(&mut bytes, place.offset)?;
        let read = ReadOptions { zero: Some(self.zero), ..ReadOptions::default() };
        let mut entries = Entries::new(Records::new(self.head.chain(&bytes[..]), read));
        let entry = entries.next().and_then(Result::ok).filter(|_| entries.next().is_none());
        entry.ok_or_else(|| io::Error::other("another program has changed it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(hashed: i128) -> Entry {
        let entry = Entry::empty(b"a".to_vec()).unwrap();
        Entry { hashed: Some(hashed), size: Some(10), ..entry }
    }

    #[test]
    fn files_without_a_time_come_first_and_the_others_by_their_time_and_place() {
        let mut unread = Unread::new(None, Some(EARLIEST + 7));
        for (offset, hashed) in [9, 3, 7, 3, 1].into_iter().enumerate() {
            unread.add(&entry(EARLIEST + hashed), offset as u64, 1);
        }
        let order: Vec<_> = unread.take().iter().map(|place| place.offset).collect();
        assert_eq!((order, unread.files, unread.bytes), (vec![2, 4, 1, 3, 0], 5, 50));
        assert_eq!(size_of::<Place>(), 24);
    }

    #[test]
    fn files_that_were_read_lately_are_counted_and_stay() {
        let mut unread = Unread::new(Some(EARLIEST + 5), None);
        [4, 5, 6].into_iter().for_each(|hashed| unread.add(&entry(EARLIEST + hashed), 0, 1));
        assert_eq!((unread.take().len(), unread.files), (1, 3));
        assert_eq!(unread.oldest.map(i128::from), Some(EARLIEST + 5));
        unread.keep(&entry(EARLIEST + 2));
        assert_eq!(unread.oldest.map(i128::from), Some(EARLIEST + 2));
    }
}
