//! A manifest's lines, with bounded memory: they end with a newline, or with NUL if there is one near
//! the beginning that is not the padding which a crash leaves behind lines.

use std::io::{self, BufRead, BufReader, Read};

use crate::input::marks::{BOM, UTF_16, is_utf_16};

/// A longer line is no line of a manifest. Names have at most 4096 bytes, each of which is at most
/// six in JSON.
pub const LONGEST: usize = 1 << 20;
/// So much is looked at to find how lines end; more than any line that ends with NUL has.
const PROBE: usize = 8 << 10;

/// See the module's head.
pub struct Lines<R> {
    reader: BufReader<Head<R>>,
    /// The number of the line read last.
    pub number: u64,
    /// Whether lines end with NUL; found at the first line if it was not said.
    zero: Option<bool>,
    begun: bool,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, which was appended with its end.
    Whole,
    /// The last one, which has no end.
    Torn,
    /// One that was too long, and skipped.
    TooLong,
    /// There is no more.
    End,
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R, zero: Option<bool>) -> Self {
        let head = Head { head: Vec::new(), at: 0, rest: reader };
        let reader = BufReader::with_capacity(64 << 10, head);
        Self { reader, number: 0, zero, begun: false }
    }

    /// Whether lines end with NUL.
    pub fn zero(&self) -> bool {
        self.zero == Some(true)
    }

    /// Appends the next line.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Line> {
        if !self.begun {
            self.begun = true;
            self.begin()?;
        }
        let start = line.len();
        let end = if self.zero() { 0 } else { b'\n' };
        self.number += 1;
        let read = (&mut self.reader).take(LONGEST as u64).read_until(end, line)?;
        if read > 0 && line.last() == Some(&end) {
            return Ok(Line::Whole);
        }
        if read < LONGEST {
            return Ok(if read == 0 { Line::End } else { Line::Torn });
        }
        line.truncate(start);
        self.reader.skip_until(end)?;
        Ok(Line::TooLong)
    }

    /// Finds the end of lines, and drops a byte order mark.
    fn begin(&mut self) -> io::Result<()> {
        let source = self.reader.get_mut();
        source.fill()?;
        let head = &source.head;
        if is_utf_16(head) {
            return Err(io::Error::other(UTF_16));
        }
        self.zero.get_or_insert_with(|| ends_with_nul(head));
        if head.starts_with(BOM) {
            source.at = BOM.len();
        }
        Ok(())
    }
}

/// Whether the lines of a manifest that begins like this end with NUL. Names may hold newlines then,
/// even the first one, but no line is empty; padding is many NULs, or one at the very end.
fn ends_with_nul(head: &[u8]) -> bool {
    let Some(nul) = head.iter().position(|&byte| byte == 0) else { return false };
    let (before, behind) = (&head[..nul], &head[nul + 1..]);
    let padding = behind.first() == Some(&0) || behind.is_empty() && before.ends_with(b"\n");
    !before.contains(&b'\n') || !padding
}

/// A stream whose beginning was looked at.
struct Head<R> {
    head: Vec<u8>,
    /// What was read of the head.
    at: usize,
    rest: R,
}

impl<R: Read> Head<R> {
    /// Reads the head: of a file as much as is looked at, of a slow pipe no more than a line.
    fn fill(&mut self) -> io::Result<()> {
        let mut piece = vec![0; PROBE];
        while self.head.len() < PROBE && !self.head.iter().any(|byte| b"\0\n".contains(byte)) {
            match self.rest.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => self.head.extend(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Head<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut left = &self.head[self.at..];
        match left.read(buffer)? {
            0 => self.rest.read(buffer),
            count => {
                self.at += count;
                Ok(count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_end_of_lines() {
        for (head, expected) in [
            (&b"one\ntwo\n"[..], false),
            (b"one\0two\0", true),
            (b"a new\nline\0two\0", true),
            (b"a newline at the end\n\0two\0", true),
            (b"one\ntwo\n\0\0\0", false),
            (b"one\ntwo\n\0", false),
            (b"one\ntorn\0\0\0", false),
            (b"", false),
        ] {
            assert_eq!(ends_with_nul(head), expected, "{}", head.escape_ascii());
        }
    }
}
