//! Finds the part of speech of a token: that of the dictionary, or a guess.

pub(crate) mod posseg;
pub(crate) mod python;

use super::builder::codes::{
    DIGITS_START, HAN_START, LETTERS_END, LETTERS_START, is_ideograph, is_ideograph_code,
};
use super::dictionary::{Dictionary, GapTags};
use super::options::Compat;
use super::piece::Piece;
use super::token::{LATIN_TAG, NUMBER_TAG, Tag, Token, UNKNOWN_TAG};
use posseg::Buffers;
use std::hint::select_unpredictable;

/// Appends the tokens of a piece of text with the tags of jieba-rs. The dictionary must have no
/// added words. `begins` holds the index at which each token begins, and after these the index at
/// which the last token ends. `longer_starts` is `Route::longer_starts`. `pending` is a buffer that
/// needs an entry for each token.
///
/// Words and gaps, and short and longer words, follow each other in any order, so the CPU would
/// often mispredict branches. Therefore the first two loops have none. The first looks up every
/// token as a word of one or two characters. If this does not give the tag, it lists the token in
/// `pending`. The second looks at the first bytes of these tokens, and keeps those in the list that
/// need more. The third finds their tags.
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
    let before = tokens.len();
    let pending = &mut pending[..begins.len() - 1];
    let listed = write_short_words(dictionary, piece, begins, pending, tokens);
    let tokens = &mut tokens[before..];
    let mut left = 0;
    for at in 0..listed {
        let number = pending[at];
        let token = &mut tokens[number as usize];
        let from = begins[number as usize] as usize;
        let code = piece.codes[from];
        let by_byte =
            dictionary.gap_tags.0[usize::from(piece.text.as_bytes()[token.start as usize])];
        let longer = longer_starts[from / 64] >> (from % 64) & 1 == 1;
        let is_ascii = (code < HAN_START) & (code != 1) & !longer;
        token.tag = Tag(by_byte);
        pending[left] = number;
        left += usize::from(!(is_ascii & (by_byte != GapTags::LOOK_UP)));
    }
    let mut cursor = 0;
    for &number in &pending[..left] {
        let number = number as usize;
        let (from, to) = (begins[number] as usize, begins[number + 1] as usize);
        let tag = of_token(dictionary, Compat::JiebaRs, piece, from, to, &mut cursor, buffers);
        tokens[number].tag = Tag(tag);
    }
}

/// Appends the tokens of a piece. Those that are words of one or two characters get their tags. The
/// numbers of the others are listed in `pending`. Returns how many there are.
///
/// This is a function of its own, since the compiler then keeps more in registers.
#[inline(never)]
fn write_short_words(
    dictionary: &Dictionary,
    piece: &Piece<'_>,
    begins: &[u32],
    pending: &mut [u32],
    tokens: &mut Vec<Token>,
) -> usize {
    let (single_value, value_tags) =
        (&dictionary.tables.single_value[..], &dictionary.tables.value_tags[..]);
    let &Piece { codes, offsets, .. } = piece;
    let pairs = &piece.pairs[..codes.len()];
    let mut listed = 0;
    let mut start = offsets[begins[0] as usize];
    tokens.extend(begins.windows(2).zip(0..).map(|(two, number)| {
        let (from, to) = (two[0] as usize, two[1] as usize);
        let (single, pair) = (single_value[usize::from(codes[from])], pairs[from]);
        let length = to - from;
        let of_short = select_unpredictable(length == 1, single, pair);
        let value = select_unpredictable(length <= 2, of_short, 0);
        pending[listed] = number;
        listed += usize::from(value == 0);
        let (end, tag) = (offsets[to], Tag(value_tags[value as usize]));
        Token { start: std::mem::replace(&mut start, end), end, tag }
    }));
    listed
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
