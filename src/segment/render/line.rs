//! Where a token is in its line.

use super::numbers::{LIMIT, Number};
use crate::segment::blocks::{Position, characters};

/// Characters are counted at once in words of up to this many bytes.
const SHORT: usize = 16;

/// The line that the next token belongs to.
pub(super) struct Line<'a> {
    text: &'a [u8],
    /// Whether the text is valid UTF-8.
    valid: bool,
    /// The number of the line in the file. The first line is line 1.
    pub number: u64,
    /// The byte at which the line begins, relative to the block. Negative if the line begins in an
    /// earlier block.
    start: i64,
    /// The number of characters of the line before byte `counted` of the block.
    characters: u64,
    counted: usize,
    /// The last range, if it can be used: where it ends in the block, and this end in bytes and in
    /// characters of the line. Most tokens begin there.
    last: (usize, [Number; 2]),
}

impl<'a> Line<'a> {
    /// The first line of a block.
    pub fn new(text: &'a [u8], valid: bool, position: Position) -> Self {
        Self {
            text,
            valid,
            number: position.line + 1,
            start: -i64::try_from(position.line_byte).expect("a line is no longer than a disk"),
            characters: position.line_character,
            counted: 0,
            last: NONE,
        }
    }

    /// Goes to the line that begins at this byte of the block.
    pub fn next(&mut self, start: usize) {
        self.number += 1;
        self.start = start as i64;
        (self.characters, self.counted) = (0, start);
        self.last = (start, [Number::ZERO; 2]);
    }

    /// Where the token `start..end` of the block begins and ends in its line: `[begin, end]` in
    /// bytes, then in characters.
    pub fn range(&mut self, start: usize, end: usize) -> [[u64; 2]; 2] {
        let bytes = [start, end].map(|at| (at as i64 - self.start) as u64);
        [bytes, [start, end].map(|at| self.characters_to(at))]
    }

    /// The same as [`Line::range`], ready to be written; `None` if the numbers are too great.
    #[inline(always)]
    pub fn short_range(&mut self, start: usize, end: usize) -> Option<[[Number; 2]; 2]> {
        let end_byte = (end as i64 - self.start) as u64;
        if end_byte >= LIMIT {
            return None;
        }
        let [byte, character] = match self.last {
            (at, numbers) if at == start => numbers,
            _ => {
                let byte = (start as i64 - self.start) as u64;
                [byte, self.characters_to(start)].map(Number::new)
            }
        };
        let end_character = character.number + self.characters_in(start, end);
        (self.characters, self.counted) = (end_character, end);
        let ends = [end_byte, end_character].map(Number::new);
        self.last = (end, ends);
        Some([[byte, ends[0]], [character, ends[1]]])
    }

    /// The number of characters of the line before byte `at` of the block.
    fn characters_to(&mut self, at: usize) -> u64 {
        // In search mode and full mode tokens overlap, so `at` may be smaller than in the previous
        // call.
        if at >= self.counted {
            self.characters += self.characters_in(self.counted, at);
        } else {
            self.characters -= self.characters_in(at, self.counted);
        }
        self.counted = at;
        self.characters
    }

    /// The number of characters in `start..end` of the block.
    #[inline(always)]
    fn characters_in(&self, start: usize, end: usize) -> u64 {
        let length = end - start;
        match self.text.get(start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            Some(short) if self.valid && length <= SHORT => first_bytes(short, length),
            _ if self.valid => {
                self.text[start..end].iter().filter(|&&byte| begins_character(byte)).count() as u64
            }
            _ => characters(&self.text[start..end]),
        }
    }
}

/// In place of a last range: no token begins there.
const NONE: (usize, [Number; 2]) = (usize::MAX, [Number::ZERO; 2]);

/// Whether a character of valid UTF-8 begins with this byte.
fn begins_character(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// How many characters begin in the first `length` bytes of valid UTF-8.
#[inline(always)]
fn first_bytes(bytes: &[u8; SHORT], length: usize) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // Indexed by a number of bytes: a one in each of so many bytes, from the first on.
    static FIRST: [u128; SHORT + 1] = {
        let mut first = [0; SHORT + 1];
        let mut length = 1;
        while length <= SHORT {
            first[length] = first[length - 1] << 8 | 1;
            length += 1;
        }
        first
    };
    let bytes = u128::from_le_bytes(*bytes);
    // Bit 7 is not set, or bit 6 is set.
    let begins = (!bytes >> 7 | bytes >> 6) & FIRST[length];
    // The product adds up the bytes in its highest byte. No sum exceeds 16.
    let both = begins as u64 + (begins >> 64) as u64;
    both.wrapping_mul(ONES) >> 56
}
