//! The journal of a run: how far it was at which length of FILE.partial. It follows the description
//! in FILE.partial.run.
//!
//! ```text
//!  + ...                    a note of the run
//!  * STATE CHECKSUM         a mark: a later run can go on from this state
//! ```
//!
//! Lines are only appended, so a power failure can damage nothing but the end of the journal, and the
//! file keeps its identity while a walk may meet it. The checksum of a mark (CRC-32) is that of all
//! lines before it and of its state, so a mark that is whole vouches for the notes before it. What
//! follows the last whole mark has no effect.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use crate::retry::Bounded;

/// Notes are collected up to this many bytes before they are written.
const WRITE_SIZE: usize = 64 << 10;

/// A journal to which lines are appended.
pub struct Journal {
    file: File,
    /// Where the journal begins in the file.
    begin: u64,
    checksum: crc32fast::Hasher,
    /// Lines that are not written yet.
    buffer: Vec<u8>,
}

impl Journal {
    /// Opens the journal that follows this many lines of a file.
    pub(super) fn open(file: File, lines_before: usize) -> io::Result<Self> {
        let mut reader = BufReader::new(&file);
        let mut begin = 0;
        let mut line = Vec::new();
        for _ in 0..lines_before {
            line.clear();
            begin += reader.read_until(b'\n', &mut line)? as u64;
        }
        Ok(Self { file, begin, checksum: crc32fast::Hasher::new(), buffer: Vec::new() })
    }

    /// Finds the last mark. Drops what follows it, so that the run can append to the journal.
    /// Returns the state of the mark, and a reader of the notes before it. `None`: there is no mark.
    ///
    /// # Errors
    /// If the journal cannot be read or cut.
    pub fn resume(&mut self) -> io::Result<Option<(Vec<u8>, Notes)>> {
        let mut lines = Lines::new(&self.file, self.begin)?;
        let mut last = None;
        let mut checksum = crc32fast::Hasher::new();
        let mut end = self.begin;
        while let Some(line) = lines.next()? {
            end += line.len() as u64 + 1;
            let Some(mark) = line.strip_prefix(b"* ") else {
                checksum.update(line);
                continue;
            };
            let Some(state) = mark.len().checked_sub(9).map(|at| &mark[..at]) else { break };
            checksum.update(state);
            if mark[state.len()..] != *tail(&checksum).as_bytes() {
                break;
            }
            last = Some((state.to_vec(), end, checksum.clone()));
        }
        let Some((state, end, checksum)) = last else {
            self.file.set_len(self.begin)?;
            self.file.seek(SeekFrom::Start(self.begin))?;
            return Ok(None);
        };
        self.file.set_len(end)?;
        let notes = Notes(Lines::new(&self.file, self.begin)?);
        self.checksum = checksum;
        Ok(Some((state, notes)))
    }

    /// Appends a note, which must have no line end.
    ///
    /// # Errors
    /// If writing fails.
    pub fn note(&mut self, note: &[u8]) -> io::Result<()> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(b"+ ");
        self.buffer.extend_from_slice(note);
        self.checksum.update(&self.buffer[start..]);
        self.buffer.push(b'\n');
        if self.buffer.len() >= WRITE_SIZE { self.write() } else { Ok(()) }
    }

    /// Appends a mark with this state, which must have no line end.
    ///
    /// # Errors
    /// If writing fails.
    pub fn mark(&mut self, state: &[u8]) -> io::Result<()> {
        self.checksum.update(state);
        self.buffer.extend_from_slice(b"* ");
        self.buffer.extend_from_slice(state);
        self.buffer.extend_from_slice(tail(&self.checksum).as_bytes());
        self.buffer.push(b'\n');
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        Bounded::new(&self.file).write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// The end of a mark.
fn tail(checksum: &crc32fast::Hasher) -> String {
    format!(" {:08x}", checksum.clone().finalize())
}

/// The notes before the last mark, in their order.
pub struct Notes(Lines);

impl Notes {
    /// The next note. `None` after the last one.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        while let Some(line) = self.0.next()? {
            if line.starts_with(b"+ ") {
                let end = self.0.line.len() - 1;
                return Ok(Some(&self.0.line[2..end]));
            }
        }
        Ok(None)
    }
}

/// The whole lines of a file, from some place on.
struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn new(file: &File, begin: u64) -> io::Result<Self> {
        // The copy shares its position with the file. Before the file is written, it is set anew.
        let mut file = file.try_clone()?;
        file.seek(SeekFrom::Start(begin))?;
        Ok(Self { reader: BufReader::new(file), line: Vec::new() })
    }

    /// The next line without its end. `None` after the last one, and if that has no end.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        self.reader.by_ref().read_until(b'\n', &mut self.line)?;
        Ok(self.line.strip_suffix(b"\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn open(path: &std::path::Path) -> Journal {
        let file = File::options().read(true).write(true).open(path).unwrap();
        Journal::open(file, 1).unwrap()
    }

    /// The state of the last mark and the notes before it.
    fn read(path: &std::path::Path) -> Option<(String, Vec<String>)> {
        let (state, mut notes) = open(path).resume().unwrap()?;
        let mut all = Vec::new();
        while let Some(note) = notes.next().unwrap() {
            all.push(String::from_utf8(note.to_vec()).unwrap());
        }
        Some((String::from_utf8(state).unwrap(), all))
    }

    #[test]
    fn a_journal_that_is_cut_or_damaged_anywhere_gives_the_last_whole_mark() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        fs::write(&path, "description\n").unwrap();
        let mut journal = open(&path);
        // The length of the file after each mark.
        let mut ends = Vec::new();
        for round in 0..3 {
            journal.note(format!("a{round}").as_bytes()).unwrap();
            journal.note(format!("b{round}").as_bytes()).unwrap();
            journal.mark(format!("state {round}").as_bytes()).unwrap();
            ends.push(fs::metadata(&path).unwrap().len() as usize);
        }
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let names = ["a0", "b0", "a1", "b1", "a2", "b2"];
        let expected = |marks: usize| {
            let notes = names[..2 * marks].iter().map(ToString::to_string).collect();
            (marks > 0).then(|| (format!("state {}", marks - 1), notes))
        };
        for at in "description\n".len()..=whole.len() {
            let marks = ends.iter().filter(|&&end| end <= at).count();
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(read(&path), expected(marks), "cut at {at}");
            // A power failure can leave zeros where data should be.
            let mut zeros = whole.clone();
            zeros[at..].fill(0);
            fs::write(&path, &zeros).unwrap();
            assert_eq!(read(&path), expected(marks), "zeros from {at}");
            if at < whole.len() {
                let mut flipped = whole.clone();
                flipped[at] ^= 1;
                fs::write(&path, &flipped).unwrap();
                let marks = ends.iter().filter(|&&end| end <= at).count();
                assert_eq!(read(&path), expected(marks), "damaged at {at}");
            }
        }
    }

    #[test]
    fn a_resumed_journal_goes_on_after_the_last_mark() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        fs::write(&path, "description\n").unwrap();
        let mut journal = open(&path);
        journal.note(b"one").unwrap();
        journal.mark(b"1").unwrap();
        journal.note(b"lost").unwrap();
        journal.write().unwrap();
        let mut journal = open(&path);
        assert!(journal.resume().unwrap().is_some());
        journal.note(b"two").unwrap();
        journal.mark(b"2").unwrap();
        assert_eq!(read(&path), Some(("2".into(), vec!["one".into(), "two".into()])));
        assert!(fs::read(&path).unwrap().starts_with(b"description\n+ one\n* 1 "));
    }
}
