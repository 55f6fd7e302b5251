//! Columns of lines, with a separator between two of them, as `cut` and awk have them.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::picked::{Found, Picked, Shape};

/// What separates two columns.
#[derive(Debug)]
pub enum Separator {
    /// One byte.
    Byte(u8),
    /// Several bytes.
    Bytes(Box<memmem::Finder<'static>>),
}

impl Separator {
    /// The separator with these bytes. There must be at least one.
    pub fn new(bytes: &[u8]) -> Self {
        match bytes {
            [byte] => Self::Byte(*byte),
            _ => Self::Bytes(Box::new(memmem::Finder::new(bytes).into_owned())),
        }
    }

    /// Whether the separator begins within a column with this text, once the rest of the line follows
    /// the column. Then a reader would find other columns. `rest` may be longer than the line.
    ///
    /// The text is at `begin` in `out`; nothing follows it there yet.
    pub(super) fn is_within(&self, out: &mut Vec<u8>, begin: usize, rest: &[u8]) -> bool {
        let end = out.len();
        let found = match self {
            Self::Byte(byte) => memchr(*byte, &out[begin..]).is_some(),
            Self::Bytes(finder) => {
                // The end of the text and the beginning of a separator can also make one.
                if rest.starts_with(finder.needle()) {
                    out.extend_from_slice(finder.needle());
                }
                finder.find(&out[begin..]).is_some_and(|at| begin + at < end)
            }
        };
        out.truncate(end);
        found
    }
}

pub(super) fn pick(
    block: &[u8],
    line: Range<usize>,
    index: usize,
    separator: &Separator,
    picked: &mut Picked,
) -> Found {
    let start = line.start;
    let line = without_end(&block[line]);
    let range = match separator {
        Separator::Byte(byte) => column(line.len(), index, 1, memchr_iter(*byte, line)),
        Separator::Bytes(finder) => {
            column(line.len(), index, finder.needle().len(), finder.find_iter(line))
        }
    };
    let Some(range) = range else { return Found::Missing };
    let text = &line[range.clone()];
    picked.add(start + range.start..start + range.end, Shape::Plain, |out| out.extend(text));
    Found::Good
}

/// Where the line that begins at `at` ends, its line end included.
pub(super) fn line_end(block: &[u8], at: usize) -> usize {
    memchr(b'\n', &block[at..]).map_or(block.len(), |length| at + length + 1)
}

/// A line without its line end, LF or CRLF.
fn without_end(line: &[u8]) -> &[u8] {
    match line {
        [body @ .., b'\r', b'\n'] | [body @ .., b'\n'] => body,
        body => body,
    }
}

/// The range of the column with this index in a line of this length. `ends` are the places of the
/// separators, which have `width` bytes.
fn column(
    length: usize,
    index: usize,
    width: usize,
    mut ends: impl Iterator<Item = usize>,
) -> Option<Range<usize>> {
    let start = match index.checked_sub(1) {
        None => 0,
        Some(before) => ends.nth(before)? + width,
    };
    Some(start..ends.next().unwrap_or(length))
}
