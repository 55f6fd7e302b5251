//! Words that consist of certain characters: of white space, of punctuation, of digits and so on.

use std::sync::OnceLock;

use super::characters::{
    is_digit, is_in_latin, is_in_numbers, is_latin, is_punctuation, is_symbol, shows_nothing,
};
use batchproc_jieba::ends_line;

/// Characters in a row of [`Unwanted::rows`].
const ROW: u32 = 64;

/// Kinds of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Words of white space, and words that show nothing.
    pub space: bool,
    /// Words of punctuation and symbols, and words that show nothing.
    pub punctuation: bool,
    /// Words of symbols, and words that show nothing.
    pub symbols: bool,
    /// Words of digits, with `+ - . , %` or without.
    pub numbers: bool,
    /// Words of Latin letters, with digits and the signs that join letters or without.
    pub latin: bool,
}

impl Kinds {
    /// Whether a word is of one of these kinds.
    fn have(self, word: &str) -> bool {
        let all = |test: fn(char) -> bool| word.chars().all(|c| test(c) || shows_nothing(c));
        let any = |test: fn(char) -> bool| word.chars().any(test);
        self.space && all(char::is_whitespace)
            || self.punctuation && all(is_punctuation)
            || self.symbols && all(is_symbol)
            || self.numbers && any(is_digit) && all(|c| is_digit(c) || is_in_numbers(c))
            || self.latin && any(is_latin) && all(|c| is_latin(c) || is_digit(c) || is_in_latin(c))
    }
}

/// The words that are not wanted. Line ends are none of them.
#[derive(Debug)]
pub(super) struct Unwanted {
    kinds: Kinds,
    /// For each row of 64 characters up to U+FFFF, the set of those that are not wanted as words of
    /// one character. Each row is filled when a text has one of its characters for the first time.
    rows: Vec<OnceLock<u64>>,
    /// Indexed by the first byte of a word: whether the word is wanted, whatever follows.
    is_wanted: [bool; 256],
}

impl Default for Unwanted {
    fn default() -> Self {
        Self::new(Kinds::default())
    }
}

impl Unwanted {
    pub fn new(kinds: Kinds) -> Self {
        let rows = if kinds == Kinds::default() { 0 } else { 0x1_0000 / ROW };
        let mut is_wanted = [false; 256];
        for byte in 0..=u8::MAX {
            // With the last of these bytes begin the characters from U+4000 to U+9FFF, which are
            // ideographs. A letter or a digit can begin a number or a word of Latin letters.
            let is_alphanumeric = byte.is_ascii_alphanumeric() && !kinds.numbers && !kinds.latin;
            is_wanted[usize::from(byte)] = is_alphanumeric || matches!(byte, 0xe4..=0xe9);
        }
        Self { kinds, rows: (0..rows).map(|_| OnceLock::new()).collect(), is_wanted }
    }

    /// Whether all words are wanted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a token is not wanted. Most tokens begin with a character that decides this.
    #[inline(always)]
    pub fn contains(&self, token: &[u8]) -> bool {
        !token.first().is_some_and(|&first| self.is_wanted[usize::from(first)])
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
                let is_kind = |word| self.kinds.have(word);
                return !ends_line(token) && str::from_utf8(token).is_ok_and(is_kind);
            }
        };
        let row = self.rows[(character / ROW) as usize].get_or_init(|| self.row(character / ROW));
        row >> (character % ROW) & 1 == 1
    }

    #[cold]
    fn row(&self, row: u32) -> u64 {
        let is_unwanted = |character: &u32| {
            let word = char::from_u32(row * ROW + character).map(|c| c.to_string());
            word.is_some_and(|word| self.kinds.have(&word))
        };
        (0..ROW).filter(is_unwanted).fold(0, |set, character| set | 1 << character)
    }
}
