//! Sorts more names than memory should hold: each time that memory is full, its names are sorted and
//! written to a temporary file, as one run of names. At the end the runs are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::names::{AFTER, Name, Names};

/// The size of the buffer for each run that is read, in bytes.
const READ_SIZE: usize = 4 << 10;
/// The size of the buffer for a run that is written, in bytes.
const WRITE_SIZE: usize = 32 << 10;

/// Sorted runs of names in a temporary file without a name. It is in the directory that the environment
/// variable `TMPDIR` names, or in `/tmp`.
pub(super) struct Runs {
    file: Arc<File>,
    /// Where the last run ends in the file.
    end: u64,
    runs: Vec<BufReader<Run>>,
    /// The next name of each run that has one; the first of these names is on top.
    heads: BinaryHeap<Reverse<Head>>,
    /// The name that was taken last.
    taken: Head,
}

/// The bytes of one run that were not yet read.
struct Run {
    file: Arc<File>,
    at: u64,
    end: u64,
}

/// The next name of a run.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    /// The bytes that stand for the name, which compare as the names do.
    record: Vec<u8>,
    run: usize,
}

impl Runs {
    /// # Errors
    /// If no temporary file can be made.
    pub(super) fn new() -> io::Result<Self> {
        let file = Arc::new(tempfile::tempfile()?);
        let (runs, heads, taken) = (Vec::new(), BinaryHeap::new(), Head::default());
        Ok(Self { file, end: 0, runs, heads, taken })
    }

    /// Adds a run of sorted names.
    ///
    /// # Errors
    /// If the names cannot be written. The runs before this one are as they were.
    pub(super) fn add(&mut self, names: &Names) -> io::Result<()> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.end))?;
        let mut out = BufWriter::with_capacity(WRITE_SIZE, file);
        let length = names.write(&mut out)?;
        out.flush()?;
        let run = Run { file: Arc::clone(&self.file), at: self.end, end: self.end + length };
        self.end += length;
        self.runs.push(BufReader::with_capacity(READ_SIZE, run));
        Ok(())
    }

    /// Reads the first name of each run. Must be called once, after the last run was added.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        for run in 0..self.runs.len() {
            let mut head = Head { run, ..Head::default() };
            if head.read(&mut self.runs[run])? {
                self.heads.push(Reverse(head));
            }
        }
        Ok(())
    }

    /// The bytes that stand for the next name.
    pub(super) fn peek(&self) -> Option<&[u8]> {
        self.heads.peek().map(|Reverse(head)| &head.record[..])
    }

    /// Takes the next name, which [`Runs::taken`] gives. Returns `false` if there is none.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        let Some(mut top) = self.heads.peek_mut() else { return Ok(false) };
        std::mem::swap(&mut top.0, &mut self.taken);
        let run = self.taken.run;
        top.0.run = run;
        if !top.0.read(&mut self.runs[run])? {
            PeekMut::pop(top);
        }
        Ok(true)
    }

    /// The name that was taken last.
    pub(super) fn taken(&self) -> Option<Name<'_>> {
        Name::of(&self.taken.record)
    }
}

#[cfg(test)]
impl Runs {
    /// The temporary file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl Head {
    /// Reads the next name of its run. Returns `false` at the end of the run.
    fn read(&mut self, run: &mut BufReader<Run>) -> io::Result<bool> {
        self.record.clear();
        let name = run.read_until(0, &mut self.record)?;
        if name == 0 {
            return Ok(false);
        }
        self.record.resize(name + AFTER, 0);
        run.read_exact(&mut self.record[name..])?;
        match Name::of(&self.record) {
            Some(_) => Ok(true),
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl Read for Run {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += read as u64;
        Ok(read)
    }
}
