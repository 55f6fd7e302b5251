//! Full mode: every dictionary word that occurs in the text.

use crate::builder::codes::{CONNECTORS_END, is_alphanumeric, is_ideograph_code};
use crate::piece::Piece;

/// jieba-rs's full mode: all words in each sequence of ideographs. Between these sequences, the
/// tokens are the matches of `[A-Za-z0-9+#]+`, and all other characters one by one.
pub(crate) fn cut(piece: &Piece<'_>, mut token: impl FnMut(usize, usize)) {
    let codes = piece.codes;
    // In the order of the codes (numbers of characters), `+` and `#` come directly after the
    // connectors `.`, `_` and `-`.
    let joined =
        |code: u16| is_alphanumeric(code) || (CONNECTORS_END..CONNECTORS_END + 2).contains(&code);
    let mut cursor = 0;
    let mut from = 0;
    while from < codes.len() {
        let code = codes[from];
        if is_ideograph_code(code) {
            let mut to = from + 1;
            while to < codes.len() && is_ideograph_code(codes[to]) {
                to += 1;
            }
            for at in from..to {
                words_at(piece, at, &mut cursor, |length| {
                    if at + length <= to {
                        token(at, at + length);
                    }
                });
            }
            from = to;
        } else if joined(code) {
            let mut to = from + 1;
            while to < codes.len() && joined(codes[to]) {
                to += 1;
            }
            token(from, to);
            from = to;
        } else {
            let to = if code == 0 { piece.end_of_gap_token(from) } else { from + 1 };
            token(from, to);
            from = to;
        }
    }
}

/// Calls `word(length)` for every word that begins at character `at`, the shortest first.
fn words_at(piece: &Piece<'_>, at: usize, cursor: &mut usize, mut word: impl FnMut(usize)) {
    if piece.value(at, at + 1, cursor) != 0 {
        word(1);
    }
    if piece.pairs[at] != 0 {
        word(2);
    }
    for edge in piece.edges_at(at, cursor).filter(|edge| edge.length > 2) {
        word(edge.length as usize);
    }
}

/// Python jieba's full mode, which differs from that of jieba-rs:
///
/// - A single character is a token only if no longer word covers it.
/// - Letters and digits are joined.
/// - Text outside blocks is split at white space. A part may be empty, because Python's `re.split`
///   gives empty parts too.
pub(crate) fn cut_python(piece: &Piece<'_>, mut token: impl FnMut(usize, usize)) {
    let codes = piece.codes;
    let mut from = 0;
    let mut cursor = 0;
    while from < codes.len() {
        let mut to = from;
        if codes[from] != 0 {
            while to < codes.len() && codes[to] != 0 {
                to += 1;
            }
            python_block(piece, from, to, &mut cursor, &mut token);
        } else {
            let line_end =
                |at: usize| matches!(piece.text(at, piece.end_of_gap_token(at)), "\n" | "\r\n");
            while to < codes.len() && codes[to] == 0 && !line_end(to) {
                to += 1;
            }
            if to > from {
                python_gap(piece, from, to, &mut token);
            }
            if to < codes.len() && codes[to] == 0 {
                let after = piece.end_of_gap_token(to);
                token(to, after);
                to = after;
            }
        }
        from = to;
    }
}

fn python_block(
    piece: &Piece<'_>,
    from: usize,
    to: usize,
    cursor: &mut usize,
    token: &mut impl FnMut(usize, usize),
) {
    // `covered` is the index after the last character that a word covers so far. `joined` is the
    // range of letters and digits that will be the next token.
    let mut covered = from;
    let mut joined: Option<(usize, usize)> = None;
    for at in from..to {
        let alphanumeric = is_alphanumeric(piece.codes[at]);
        if !alphanumeric && let Some((start, end)) = joined.take() {
            token(start, end);
        }
        let (mut count, mut last) = (0, 0);
        words_at(piece, at, cursor, |length| (count, last) = (count + 1, length));
        if count == 0 {
            (count, last) = (1, 1);
        }
        if count == 1 && at >= covered {
            covered = at + last;
            match &mut joined {
                Some((_, end)) if alphanumeric && *end == at => *end = covered,
                _ if alphanumeric => {
                    if let Some((start, end)) = joined.replace((at, covered)) {
                        token(start, end);
                    }
                }
                _ => token(at, covered),
            }
        } else {
            words_at(piece, at, cursor, |length| {
                if length > 1 {
                    token(at, at + length);
                    covered = at + length;
                }
            });
        }
    }
    if let Some((start, end)) = joined {
        token(start, end);
    }
}

fn python_gap(piece: &Piece<'_>, from: usize, to: usize, token: &mut impl FnMut(usize, usize)) {
    let mut start = from;
    for at in from..to {
        if piece.text(at, at + 1).chars().all(is_python_space) {
            token(start, at);
            token(at, at + 1);
            start = at + 1;
        }
    }
    token(start, to);
}

/// Whether `\s` matches this character in a regular expression of Python.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}
