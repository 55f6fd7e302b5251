//! Reads the lines of a manifest in bounded memory. Lines end with newlines or with NULs (zero
//! bytes). If there is a NUL near the beginning, lines end with NULs, unless the NUL is damage,
//! such as the padding that a crash leaves at the end of a file.

use std::cmp::Ordering;
use std::io::{self, BufRead, BufReader, Read};
use std::mem;

use super::forms::bsd::is_tag;
use super::forms::csv::Columns;
use super::forms::gnu::without_prefix;
use crate::marks::{self, BOM};

/// The length limit of a line, in bytes. A longer line is malformed. Few names have more than 4096 bytes,
/// and JSON writes a byte of a name as at most six.
pub const LONGEST: usize = 1 << 20;
/// How many bytes from the beginning are examined to find out how lines end.
const PROBE: usize = 8 << 10;

/// The lines of a manifest. They are read one by one.
pub struct Lines<R> {
    reader: BufReader<Head<R>>,
    /// The number of the line read last.
    pub number: u64,
    /// Whether lines end with NUL. `None` until this is found out, before the first line is read.
    zero: Option<bool>,
    begun: bool,
    /// Whether the manifest begins with a byte order mark, which is part of no line.
    pub bom: bool,
    /// Lines that were put back to be read again. Those before index `at` have been read again
    /// already.
    again: Vec<u8>,
    at: usize,
    /// Whether a line that was too long comes after the lines in `again`.
    too_long: bool,
}

/// What [`Lines::next`] read.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line with its terminator. It was appended to the caller's buffer.
    Whole,
    /// The last line, which has no terminator. It was appended to the caller's buffer.
    Torn,
    /// A line that is too long. It was skipped.
    TooLong,
    /// Nothing: the manifest is at its end.
    End,
}

impl<R: Read> Lines<R> {
    /// Reads lines from `reader`. `zero` says whether they end with NUL. With `None`, the first
    /// bytes of the manifest decide.
    pub fn new(reader: R, zero: Option<bool>) -> Self {
        let head = Head { head: Vec::new(), at: 0, rest: reader };
        let reader = BufReader::with_capacity(64 << 10, head);
        let (again, at, too_long) = (Vec::new(), 0, false);
        Self { reader, number: 0, zero, begun: false, bom: false, again, at, too_long }
    }

    /// Whether lines end with NUL.
    pub fn zero(&self) -> bool {
        self.zero == Some(true)
    }

    /// Reads the next line and appends it to `line`.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Line> {
        if !self.begun {
            self.begun = true;
            self.begin()?;
        }
        let start = line.len();
        let end = if self.zero() { 0 } else { b'\n' };
        self.number += 1;
        if self.at < self.again.len() {
            self.at += (&self.again[self.at..]).read_until(end, line)?;
            return Ok(if line.last() == Some(&end) { Line::Whole } else { Line::Torn });
        }
        if mem::take(&mut self.too_long) {
            return Ok(Line::TooLong);
        }
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

    /// Puts back `lines`, which follow the line with this number. The following calls of `next`
    /// read them again. `too_long` says whether a line that was too long follows them.
    pub fn take_back(&mut self, lines: &[u8], number: u64, too_long: bool) {
        self.again.splice(..self.at, lines.iter().copied());
        self.at = 0;
        self.number = number;
        self.too_long |= too_long;
    }

    /// Finds out how lines end, and skips a byte order mark.
    fn begin(&mut self) -> io::Result<()> {
        let source = self.reader.get_mut();
        source.fill()?;
        let head = &source.head;
        if let Some(reason) = marks::refused(head) {
            return Err(io::Error::other(reason));
        }
        self.zero.get_or_insert_with(|| ends_with_nul(head));
        if head.starts_with(BOM) {
            source.at = BOM.len();
            self.bom = true;
        }
        Ok(())
    }
}

/// Decides by the first bytes of a manifest whether its lines end with NUL.
///
/// In such a manifest names may contain newlines, and no line is empty. NULs in other manifests are
/// damage. Two rules recognize damage:
/// - Several NULs in a row, or one NUL after the last newline, are padding.
/// - A NUL is stray if splitting the text at newlines yields more lines that look like entries than
///   splitting it at NULs.
///
/// The second rule is wrong if a name contains many lines that look like entries. For such a
/// manifest the user must give `-z`.
fn ends_with_nul(head: &[u8]) -> bool {
    let Some(nul) = head.iter().position(|&byte| byte == 0) else { return false };
    let (before, behind) = (&head[..nul], &head[nul + 1..]);
    let Some(newline) = before.iter().position(|&byte| byte == b'\n') else {
        return entries(head, 0) >= entries(head, b'\n');
    };
    let first = before[..newline].trim_ascii_end();
    if Columns::of_header(first.strip_prefix(BOM).unwrap_or(first)).is_some() {
        return false;
    }
    let padding = behind.first() == Some(&0) || behind.is_empty() && before.ends_with(b"\n");
    match entries(head, 0).cmp(&entries(head, b'\n')) {
        Ordering::Less => false,
        Ordering::Equal => !padding && !head.ends_with(b"\n"),
        Ordering::Greater => !padding,
    }
}

/// How many lines look like entries if the text is split at the byte `end`.
fn entries(head: &[u8], end: u8) -> usize {
    head.split(|&byte| byte == end).filter(|line| is_like_entry(line)).count()
}

/// Whether a line begins like an entry: `digest `, `XXH3_digest `, `TAG (` or `{"path`. NULs before the entry are
/// skipped, since they are damage.
fn is_like_entry(line: &[u8]) -> bool {
    let start = line.iter().position(|byte| !b"\0 \t\\".contains(byte)).unwrap_or(line.len());
    let line = &line[start..];
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_/".contains(byte);
    let word = line.iter().take_while(|byte| is_of_word(byte)).count();
    let (word, rest) = line.split_at(word);
    let (_, digits) = without_prefix(word);
    let is_digest = digits.len() >= 8 && digits.iter().all(u8::is_ascii_hexdigit);
    let is_tag = is_tag(word);
    is_digest && rest.first().is_some_and(|byte| b" \t".contains(byte))
        || is_tag && (rest.starts_with(b"(") || rest.starts_with(b" ("))
        || line.starts_with(b"{\"path")
}

/// A stream whose first bytes were read ahead.
struct Head<R> {
    head: Vec<u8>,
    /// How many bytes of `head` were passed on to the reader.
    at: usize,
    rest: R,
}

impl<R: Read> Head<R> {
    /// Reads the head: the first bytes of the stream, at least up to the first newline or NUL. It
    /// stops there, since a slow pipe may pause.
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
    fn padding_and_stray_nuls_end_no_lines() {
        for (head, expected) in [
            (&b"one\ntwo\n"[..], false),
            (b"one\0two\0", true),
            (b"a new\nline\0two\0", true),
            (b"a newline at the end\n\0two\0", true),
            (b"one\ntwo\n\0\0\0", false),
            (b"one\ntwo\n\0", false),
            (b"one\ntorn\0\0\0", false),
            (b"", false),
            // The number of entries decides.
            (b"0123abcd  a\n0123abcd  b\n\x000123abcd  c", false),
            (b"0123abcd  a\0\n0123abcd  b\n", false),
            (b"XXH3_0123abcd  a\0\nXXH3_0123abcd  b\n", false),
            (b"BLAKE2b (a) = 00\0\nSHA2-512/256(b)= 00\n", false),
            (b"Title (a)\0\nTitle (b)\n", true),
            (b"something a\nsomething b\0", true),
            (b"bad c\nbad d\0", true),
            (b"0123abcd  a\n0123abcd  b\0\n", false),
            (b"0123abcd *a\n\0\\0123abcd *b\n", false),
            (b"MD5 (a) = 00\nSHA3-256(b)= 00\n\0MD5 (c) = 00", false),
            (b"{\"path\":\"a\"}\n{\"path_hex\":\"00\"}\nx\0y\0z\n", false),
            (b"path,algorithm,digest\r\na\0b,md5,00\r\nc,md5,00\r\n", false),
            (b"path,algorithm,digest\0a,md5,00\0b\nc,md5,00\0", true),
            (b"0123abcd  a\0", true),
            (b"0123abcd  a\n\x000123abcd  b\n\0", true),
            (b"0123abcd  new\nline\x000123abcd  b\0", true),
            (b"0123abcd  a\n0123abcd  line of a name\x000123abcd  b\0", true),
            (b"0123abcd  a\n0123abcd  a\nthese too\n\x000123abcd  b\x000123abcd  c\0", true),
        ] {
            assert_eq!(ends_with_nul(head), expected, "{}", head.escape_ascii());
        }
    }
}
