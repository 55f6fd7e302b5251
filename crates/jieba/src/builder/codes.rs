//! Codes: small numbers that stand for characters.
//!
//! | codes                          | characters                                               |
//! |--------------------------------|----------------------------------------------------------|
//! | 0                              | not part of a block (a gap): always a token of its own   |
//! | 1                              | part of a block, in no dictionary word                   |
//! | 2..12, 12..64, 64..71          | digits, letters, `._-` and `+#&%`                        |
//! | [`HAN_START`]..[`HAN_END`]     | U+4E00..=U+9FD5, the characters of the hidden Markov model, the most frequent first |
//! | [`HAN_END`]..                  | other characters of blocks that are in dictionary words  |
//!
//! A block is what jieba-rs looks up in its dictionary: a longest run of ASCII letters, digits, `+
//! # & . _ % -` and the CJK ideographs listed in [`is_ideograph`].

use std::borrow::Cow;

/// The code of `0`.
pub const DIGITS_START: u16 = 2;
/// The code of `A`.
pub const LETTERS_START: u16 = 12;
/// One past the code of `z`.
pub const LETTERS_END: u16 = 64;
/// The code of `.`.
pub const POINT: u16 = 64;
/// The code of `-`.
pub const HYPHEN: u16 = 66;
/// One past the code of the last of `.`, `_` and `-`, which follow the letters.
pub const CONNECTORS_END: u16 = 67;
/// The code of `%`.
pub const PERCENT: u16 = 70;
/// The first code of a character of the hidden Markov model.
pub const HAN_START: u16 = 71;
/// One past the last code of a character of the hidden Markov model.
pub const HAN_END: u16 = HAN_START + 0x9fd5 - 0x4e00 + 1;
/// The number of different code points below U+10000.
pub const BMP: usize = 0x1_0000;

/// The codes of all characters.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    /// The codes of the characters below U+10000, indexed by code point.
    pub bmp: Cow<'static, [u16]>,
    /// Code points from U+10000 on that have a code above 1, in ascending order.
    pub astral: Cow<'static, [u32]>,
    /// The codes of the characters in `astral`, in the same order.
    pub astral_codes: Cow<'static, [u16]>,
    /// One past the largest code.
    pub end: u16,
}

impl Codes {
    /// Gives a code of its own to each of these characters that can be part of a block and has code
    /// 1, which all characters share that are in no dictionary word.
    ///
    /// # Errors
    /// If there are more characters than codes.
    pub fn add_characters(&mut self, characters: impl Iterator<Item = char>) -> Result<(), String> {
        for character in characters {
            if self.get(character) != 1 {
                continue;
            }
            let code = self.end;
            self.end = code.checked_add(1).ok_or("more than 65,535 different characters")?;
            if (character as usize) < BMP {
                self.bmp.to_mut()[character as usize] = code;
            } else {
                let index = self.astral.partition_point(|&point| point < character as u32);
                self.astral.to_mut().insert(index, character as u32);
                self.astral_codes.to_mut().insert(index, code);
            }
        }
        Ok(())
    }

    /// The code of a character.
    pub fn get(&self, character: char) -> u16 {
        match self.bmp.get(character as usize) {
            Some(&code) => code,
            None => match self.astral.binary_search(&(character as u32)) {
                Ok(index) => self.astral_codes[index],
                Err(_) => u16::from(is_ideograph(character)),
            },
        }
    }

    /// One past the largest code.
    pub fn len(&self) -> usize {
        usize::from(self.end)
    }
}

/// Whether a character can be part of a dictionary word. All other characters are tokens of their
/// own.
pub fn is_block_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+#&._%-".contains(character) || is_ideograph(character)
}

/// Whether jieba-rs counts the character as a CJK ideograph.
pub fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{4e00}'..='\u{9fff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2b73f}'
        | '\u{2b740}'..='\u{2b81f}'
        | '\u{2b820}'..='\u{2ceaf}'
        | '\u{2ceb0}'..='\u{2ebef}'
        | '\u{2f800}'..='\u{2fa1f}')
}

/// Whether the code is that of an ASCII letter or digit.
#[inline(always)]
pub fn is_alphanumeric(code: u16) -> bool {
    (DIGITS_START..LETTERS_END).contains(&code)
}

/// Whether the code is that of `.`, `_` or `-`.
#[inline(always)]
pub fn is_connector(code: u16) -> bool {
    (LETTERS_END..CONNECTORS_END).contains(&code)
}

/// Whether the code is that of a character of the hidden Markov model.
#[inline(always)]
pub fn is_han(code: u16) -> bool {
    (HAN_START..HAN_END).contains(&code)
}

/// Whether the code is that of an ideograph.
#[inline(always)]
pub fn is_ideograph_code(code: u16) -> bool {
    code == 1 || code >= HAN_START
}

/// The code of the character at byte `at` of the text, and the length of the character in bytes.
#[inline(always)]
pub fn decode(text: &[u8], at: usize, codes: &Codes) -> (u16, usize) {
    let continuation = |n: usize| u32::from(text[at + n]) & 0x3f;
    match text[at] {
        lead @ 0x00..0x80 => (codes.bmp[usize::from(lead)], 1),
        lead @ 0x80..0xe0 => {
            (codes.bmp[((u32::from(lead) & 0x1f) << 6 | continuation(1)) as usize], 2)
        }
        lead @ 0xe0..0xf0 => {
            let point = (u32::from(lead) & 0xf) << 12 | continuation(1) << 6 | continuation(2);
            (codes.bmp[point as usize], 3)
        }
        lead => {
            let high = (u32::from(lead) & 7) << 18 | continuation(1) << 12;
            let point = high | continuation(2) << 6 | continuation(3);
            (char::from_u32(point).map_or(0, |character| codes.get(character)), 4)
        }
    }
}
