//! Parts of speech: the dictionary's, or a guess.

use super::builder::codes::{DIGITS_START, LETTERS_END, LETTERS_START, is_ideograph};
use super::piece::Piece;
use super::posseg::{self, Buffers, UNKNOWN_TAG};
use super::{Compat, Core};

/// Tag of `m`, numbers, and of `eng`, words of Latin letters, in every dictionary's list of tags.
const NUMBER_TAG: u16 = 2;
const LATIN_TAG: u16 = 3;

/// The tag of the token `from..to`. `cursor` is that of `Piece::edge`.
pub(super) fn of_token(
    core: &Core,
    compat: Compat,
    piece: &Piece<'_>,
    from: usize,
    to: usize,
    cursor: &mut usize,
    buffers: &mut Buffers,
) -> u16 {
    if from == to {
        return UNKNOWN_TAG;
    }
    let outside = piece.codes[from] == 0;
    let value =
        if outside { core.value_of(piece.text(from, to)) } else { piece.value(from, to, cursor) };
    if value != 0 {
        return core.tag_of_value(value, compat);
    }
    if outside {
        // A word of Latin letters may have been read as one character, see `processor::Latin`.
        return guess(piece.text(from, to), buffers);
    }
    guess_by_codes(piece, from, to).unwrap_or_else(|| {
        posseg::guess_short(piece.text(from, to), &piece.codes[from..to], buffers)
    })
}

fn guess_by_codes(piece: &Piece<'_>, from: usize, to: usize) -> Option<u16> {
    let (mut digits, mut letters, mut ideographs) = (false, false, false);
    for &code in &piece.codes[from..to] {
        match code {
            1 => ideographs = true,
            DIGITS_START..LETTERS_START => digits = true,
            LETTERS_START..LETTERS_END => letters = true,
            _ => ideographs |= super::piece::is_ideograph(code),
        }
    }
    match (digits, letters, ideographs) {
        (_, true, _) => Some(LATIN_TAG),
        (true, ..) => Some(NUMBER_TAG),
        (.., true) => None,
        _ => Some(UNKNOWN_TAG),
    }
}

/// The tag jieba-rs guesses for a word that is in no dictionary.
pub(super) fn guess(word: &str, buffers: &mut Buffers) -> u16 {
    let mut alphanumerics = word.bytes().filter(u8::is_ascii_alphanumeric).peekable();
    if alphanumerics.peek().is_some() {
        return if alphanumerics.all(|byte| byte.is_ascii_digit()) {
            NUMBER_TAG
        } else {
            LATIN_TAG
        };
    }
    if word.chars().any(is_ideograph) { posseg::guess(word, buffers) } else { UNKNOWN_TAG }
}
