//! Finds the part of speech of a token: that of the dictionary, or a guess.

pub(crate) mod posseg;

use super::builder::codes::{
    DIGITS_START, HAN_START, LETTERS_END, LETTERS_START, is_ideograph, is_ideograph_code,
};
use super::dictionary::{Dictionary, GapTags};
use super::options::Compat;
use super::piece::Piece;
use super::tables::Tables;
use super::token::{LATIN_TAG, NUMBER_TAG, Tag, Token, UNKNOWN_TAG};
use posseg::Buffers;

/// Appends the tokens of a piece of text with the tags of jieba-rs. The dictionary must have no
/// added words. `begins` holds the index at which each token begins, and after these the index at
/// which the last token ends. `longer_starts` is `Route::longer_starts`. `pending` is a buffer that
/// needs an entry for each token.
///
/// Words and gaps, and short and longer words, follow each other in any order, so the CPU would
/// often mispredict branches. Therefore the first loop has no branches: it looks up every token
/// both as a word and by its first byte. If neither determines the tag, the loop lists the token in
/// `pending`, and a second loop finds the tag.
#[inline(always)]
pub(crate) fn write_tokens(
    dictionary: &Dictionary,
    piece: &Piece<'_>,
    begins: &[u32],
    longer_starts: &[u64],
    pending: &mut [u32],
    tokens: &mut Vec<Token>,
    buffers: &mut Buffers,
) {
    let Tables { single_value, value_tags, .. } = &dictionary.tables;
    let (single_value, value_tags) = (&single_value[..], &value_tags[..]);
    let text = piece.text.as_bytes();
    let before = tokens.len();
    let token_count = begins.len() - 1;
    tokens.resize(before + token_count, Token { start: 0, end: 0, tag: Tag(0) });
    let out = &mut tokens[before..];
    let pending = &mut pending[..token_count];
    let mut pending_count = 0;
    let mut start = piece.offsets[begins[0] as usize];
    for (number, (token, two)) in out.iter_mut().zip(begins.windows(2)).enumerate() {
        let (from, length) = (two[0] as usize, (two[1] - two[0]) as usize);
        let code = piece.codes[from];
        let (single, pair) = (single_value[usize::from(code)], piece.pairs[from]);
        let value = if_equal(length, 1, single) | if_equal(length, 2, pair);
        let of_word = value_tags[value as usize];
        let by_byte = dictionary.gap_tags.0[usize::from(text[start as usize])];
        let longer = longer_starts[from / 64] >> (from % 64) & 1 == 1;
        let is_word = value != 0;
        let is_ascii = (code < HAN_START) & (code != 1) & !is_word & !longer;
        let tag = CHOICE[usize::from(is_ascii)] & by_byte | of_word;
        pending[pending_count] = number as u32;
        pending_count += usize::from(!(is_word | is_ascii & (by_byte != GapTags::LOOK_UP)));
        let end = piece.offsets[two[1] as usize];
        *token = Token { start, end, tag: Tag(tag) };
        start = end;
    }
    let mut cursor = 0;
    for &number in &pending[..pending_count] {
        let number = number as usize;
        let (from, to) = (begins[number] as usize, begins[number + 1] as usize);
        let tag = of_token(dictionary, Compat::JiebaRs, piece, from, to, &mut cursor, buffers);
        tokens[before + number].tag = Tag(tag);
    }
}

/// Masks that keep a number or set it to 0. The masks come from tables, because the compiler would
/// turn a comparison into a branch.
static CHOICE: [u16; 2] = [0, u16::MAX];
static CHOICES: [u32; 8] = [0, 0, 0, u32::MAX, 0, 0, 0, 0];

/// The number if the two lengths are equal, otherwise 0.
#[inline(always)]
fn if_equal(length: usize, wanted: usize, number: u32) -> u32 {
    number & CHOICES[3 - wanted + length.min(4)]
}

/// The tag of the token `from..to`. For `cursor` see `Piece::edge`.
#[inline(always)]
pub(crate) fn of_token(
    dictionary: &Dictionary,
    compat: Compat,
    piece: &Piece<'_>,
    from: usize,
    to: usize,
    cursor: &mut usize,
    buffers: &mut Buffers,
) -> u16 {
    let length = to - from;
    if length.wrapping_sub(1) >= 2 || compat == Compat::Python || !dictionary.overlay.is_empty() {
        return of_any_token(dictionary, compat, piece, from, to, cursor, buffers);
    }
    // Most tokens have one or two characters. Words and gaps follow each other in any order, so the
    // CPU would mispredict branches between them. Only rare cases have branches.
    let code = piece.codes[from];
    let (single, pair) = (dictionary.tables.single_value[usize::from(code)], piece.pairs[from]);
    let value = if length == 1 { single } else { pair };
    let first = piece.text.as_bytes()[piece.offsets[from] as usize];
    let of_value = dictionary.tables.value_tags[value as usize];
    let is_ascii = (DIGITS_START..HAN_START).contains(&code);
    let by_byte = (code == 0) | ((value == 0) & (length == 1) & is_ascii);
    let tag = if by_byte { dictionary.gap_tags.0[usize::from(first)] } else { of_value };
    if !by_byte & (value == 0) {
        return of_unknown(piece, from, to, buffers);
    }
    if tag == GapTags::LOOK_UP { of_gap(dictionary, piece.text(from, to), buffers) } else { tag }
}

#[inline(never)]
fn of_any_token(
    dictionary: &Dictionary,
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
    if piece.codes[from] == 0 {
        let text = piece.text(from, to);
        return match dictionary.value_of(text) {
            0 => guess(text, buffers),
            value => dictionary.tag_of_value(value, compat),
        };
    }
    if *cursor == 0 {
        // This is the first token, or the caller uses a new cursor for each token. A binary search
        // moves the cursor to the edges of the token's first character.
        *cursor = piece.edges.partition_point(|edge| (edge.from as usize) < from);
    }
    let value = match piece.value(from, to, cursor) {
        // To Python jieba, a character that was added with frequency zero is no word, but it keeps
        // its tag.
        0 if to - from == 1 => dictionary.overlay.value_of(piece.text(from, to)),
        value => value,
    };
    match value {
        0 => of_unknown(piece, from, to, buffers),
        value => dictionary.tag_of_value(value, compat),
    }
}

/// The tag of a token outside all blocks (a gap), if the dictionary has no added words. The token
/// is a character, a line end, or a word of ASCII letters and digits that was read as one character
/// (see `cpu::Latin`). Such a word is in no dictionary.
fn of_gap(dictionary: &Dictionary, text: &str, buffers: &mut Buffers) -> u16 {
    let bytes = text.as_bytes();
    let first = bytes[0];
    if first.is_ascii_alphanumeric() {
        let digits = first.is_ascii_digit() && bytes.iter().all(u8::is_ascii_digit);
        return if digits { NUMBER_TAG } else { LATIN_TAG };
    }
    match dictionary.value_of(text) {
        0 => guess(text, buffers),
        value => dictionary.tables.value_tags[value as usize],
    }
}

/// Guesses the tag of a token that is in a block but is no dictionary word.
fn of_unknown(piece: &Piece<'_>, from: usize, to: usize, buffers: &mut Buffers) -> u16 {
    let codes = &piece.codes[from..to];
    posseg::guess_short(codes, buffers).unwrap_or_else(|| {
        guess_by_codes(codes).unwrap_or_else(|| posseg::guess(piece.text(from, to), buffers))
    })
}

/// Guesses the tag of a token by the codes of its characters. `None` if the token has ideographs
/// but no letters and digits: their codes do not determine the tag.
fn guess_by_codes(codes: &[u16]) -> Option<u16> {
    let (mut digits, mut letters, mut ideographs) = (false, false, false);
    for &code in codes {
        match code {
            1 => ideographs = true,
            DIGITS_START..LETTERS_START => digits = true,
            LETTERS_START..LETTERS_END => letters = true,
            _ => ideographs |= is_ideograph_code(code),
        }
    }
    match (digits, letters, ideographs) {
        (_, true, _) => Some(LATIN_TAG),
        (true, ..) => Some(NUMBER_TAG),
        (.., true) => None,
        _ => Some(UNKNOWN_TAG),
    }
}

/// The tag that jieba-rs guesses for a word that is in no dictionary.
pub(crate) fn guess(word: &str, buffers: &mut Buffers) -> u16 {
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
