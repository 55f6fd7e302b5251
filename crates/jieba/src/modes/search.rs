//! Search mode: each word of exact mode, preceded by the shorter words in it.

use crate::builder::codes::{LETTERS_START, is_alphanumeric, is_connector};
use crate::options::Compat;
use crate::piece::Piece;

/// Calls `token` for all tokens that search mode gives in place of one token `from..to` of exact
/// mode: first for the shorter words in it, and last for the token itself.
pub(crate) fn cut(
    piece: &Piece<'_>,
    compat: Compat,
    from: usize,
    to: usize,
    cursor: &mut usize,
    mut token: impl FnMut(usize, usize),
) {
    let length = to - from;
    if length > 2 {
        if compat == Compat::JiebaRs {
            parts_of_identifier(piece, from, to, &mut token);
        }
        for at in from..to - 1 {
            if piece.pairs[at] != 0 {
                token(at, at + 2);
            }
        }
        if length > 3 {
            // In this loop only a copy of the cursor moves on. The caller's cursor stays at the
            // edges of the token's first character.
            let _ = piece.edges_at(from, cursor);
            let mut cursor = *cursor;
            for at in from..to - 2 {
                if piece.edge(at, 3, &mut cursor).is_some() {
                    token(at, at + 3);
                }
            }
        }
    }
    token(from, to);
}

/// Calls `token` for the parts of an identifier such as `WES-5.4.5`, which is split at its
/// connectors. A part counts only if it has at least two characters and contains a letter.
fn parts_of_identifier(
    piece: &Piece<'_>,
    from: usize,
    to: usize,
    token: &mut impl FnMut(usize, usize),
) {
    let codes = &piece.codes[from..to];
    if !codes.iter().any(|&code| is_connector(code)) {
        return;
    }
    let mut start = from;
    for part in codes.split(|&code| is_connector(code)) {
        let letter = |&code: &u16| code >= LETTERS_START && is_alphanumeric(code);
        let bytes = piece.offsets[start + part.len()] - piece.offsets[start];
        if bytes >= 2 && part.iter().any(letter) {
            token(start, start + part.len());
        }
        start += part.len() + 1;
    }
}
