//! Words that consist of white space, or of punctuation and symbols.

use std::sync::OnceLock;

use super::characters::{is_punctuation, shows_nothing};
use batchproc_jieba::ends_line;

/// Characters in a row of [`Unwanted::rows`].
const ROW: u32 = 64;

/// The words that are not wanted. Line ends are none of them.
#[derive(Debug, Default)]
pub(super) struct Unwanted {
    /// Whether words of white space, and words that show nothing, are not wanted.
    space: bool,
    /// Whether words of punctuation and symbols, and words that show nothing, are not wanted.
    punctuation: bool,
    /// For each row of 64 characters up to U+FFFF, the set of those that are not wanted as words of
    /// one character. Each row is filled when a text has one of its characters for the first time.
    rows: Vec<OnceLock<u64>>,
}

impl Unwanted {
    pub fn new(space: bool, punctuation: bool) -> Self {
        let rows = if space || punctuation { 0x1_0000 / ROW } else { 0 };
        Self { space, punctuation, rows: (0..rows).map(|_| OnceLock::new()).collect() }
    }

    /// Whether all words are wanted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a token is not wanted. Most tokens begin with a character that decides this.
    #[inline(always)]
    pub fn contains(&self, token: &[u8]) -> bool {
        !token.first().is_some_and(|&first| IS_USUAL[usize::from(first)])
            && self.contains_unusual(token)
    }

    fn contains_unusual(&self, token: &[u8]) -> bool {
        let part = |byte: u8| u32::from(byte & 0x3f);
        let character = match *token {
            [b'\n'] => return false,
            [byte @ ..0x80] => byte.into(),
            [first @ 0xc2..0xe0, second @ 0x80..0xc0] => {
                u32::from(first & 0x1f) << 6 | part(second)
            }
            [first @ 0xe1..0xf0, second @ 0x80..0xc0, third @ 0x80..0xc0] => {
                u32::from(first & 0x0f) << 12 | part(second) << 6 | part(third)
            }
            // Several characters, or a rare one.
            _ => {
                return !ends_line(token) && str::from_utf8(token).is_ok_and(|word| self.has(word));
            }
        };
        let row = self.rows[(character / ROW) as usize].get_or_init(|| self.row(character / ROW));
        row >> (character % ROW) & 1 == 1
    }

    #[cold]
    fn row(&self, row: u32) -> u64 {
        let is_unwanted = |character: &u32| {
            let word = char::from_u32(row * ROW + character).map(|c| c.to_string());
            word.is_some_and(|word| self.has(&word))
        };
        (0..ROW).filter(is_unwanted).fold(0, |set, character| set | 1 << character)
    }

    /// Whether a word is not wanted.
    fn has(&self, word: &str) -> bool {
        let all = |test: fn(char) -> bool| word.chars().all(|c| test(c) || shows_nothing(c));
        self.space && all(char::is_whitespace) || self.punctuation && all(is_punctuation)
    }
}

/// Indexed by the first byte of a word: whether its first character is a usual letter, digit or
/// ideograph, so that the word is neither white space nor punctuation.
static IS_USUAL: [bool; 256] = {
    let mut usual = [false; 256];
    let mut byte = 0;
    while byte < usual.len() {
        // With the last of these bytes begin the characters from U+4000 to U+9FFF.
        usual[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte, 0xe4..=0xe9);
        byte += 1;
    }
    usual
};
