//! Exact mode: the words of the best route; characters it leaves alone are joined.
//!
//! A run of characters that the route took one by one is, without the hidden Markov model, left as
//! it is except that ASCII letters and digits are joined. With it, if the run as a whole is a word
//! of the dictionary it is left as it is (the route knew better); otherwise the model cuts its Han
//! characters, and the rest is cut into identifiers and numbers and what is between them.

use super::Compat;
use super::builder::codes::PERCENT;
use super::hmm;
use super::piece::{Piece, is_alphanumeric, is_connector, is_han};
use super::tables::Model;
use std::collections::HashSet;

/// What cutting runs needs besides the piece.
pub(super) struct Unknown<'a> {
    pub model: &'a Model,
    pub compat: Compat,
    /// Words the model must not find; only Python jieba has them.
    pub forbidden: &'a HashSet<String>,
    pub choices: &'a mut Vec<u8>,
    pub ends: &'a mut Vec<u8>,
}

/// Calls `token(from, to)` for every token of the piece. `unknown` is what the hidden Markov model
/// needs, if it is wanted.
pub(super) fn cut(
    piece: &Piece<'_>,
    mut unknown: Option<Unknown<'_>>,
    mut token: impl FnMut(usize, usize),
) {
    let mut cursor = 0;
    let (codes, steps) = (piece.codes, &piece.steps[..piece.codes.len()]);
    let mut from = 0;
    while from < codes.len() {
        let step = steps[from] as usize;
        if step > 1 {
            token(from, from + step);
            from += step;
        } else if codes[from] == 0 {
            let to = piece.end_of_gap_token(from);
            token(from, to);
            from = to;
        } else if let Some(unknown) = &mut unknown {
            let mut to = from + 1;
            while to < codes.len() && steps[to] == 1 && codes[to] != 0 {
                to += 1;
            }
            if to == from + 1 {
                token(from, to);
            } else if piece.value(from, to, &mut cursor) != 0 {
                (from..to).for_each(|at| token(at, at + 1));
            } else {
                cut_run(piece, from, to, unknown, &mut token);
            }
            from = to;
        } else {
            let mut to = from + 1;
            if is_alphanumeric(codes[from]) {
                while to < codes.len() && steps[to] == 1 && is_alphanumeric(codes[to]) {
                    to += 1;
                }
            }
            token(from, to);
            from = to;
        }
    }
}

fn cut_run(
    piece: &Piece<'_>,
    mut from: usize,
    end: usize,
    unknown: &mut Unknown<'_>,
    token: &mut impl FnMut(usize, usize),
) {
    while from < end {
        let han = is_han(piece.codes[from]);
        let mut to = from + 1;
        while to < end && is_han(piece.codes[to]) == han {
            to += 1;
        }
        if !han {
            cut_others(&piece.codes[from..to], from, unknown.compat, token);
        } else if to - from == 1 {
            token(from, to);
        } else {
            hmm::find_ends(unknown.model, &piece.codes[from..to], unknown.choices, unknown.ends);
            let mut begin = from;
            for (at, &ends) in (from..to).zip(&*unknown.ends) {
                if ends == 1 {
                    if !unknown.forbidden.is_empty()
                        && unknown.forbidden.contains(piece.text(begin, at + 1))
                    {
                        (begin..=at).for_each(|single| token(single, single + 1));
                    } else {
                        token(begin, at + 1);
                    }
                    begin = at + 1;
                }
            }
        }
        from = to;
    }
}

/// Cuts a run without Han characters, which begins at `start` of the piece, into identifiers and
/// what is between them.
fn cut_others(codes: &[u16], start: usize, compat: Compat, token: &mut impl FnMut(usize, usize)) {
    let mut from = 0;
    while from < codes.len() {
        let mut to = from;
        if is_alphanumeric(codes[from]) {
            to = match compat {
                Compat::JiebaRs => identifier_end(codes, from),
                Compat::Python => number_end(codes, from),
            };
        } else {
            while to < codes.len() && !is_alphanumeric(codes[to]) {
                to += 1;
            }
        }
        token(start + from, start + to);
        from = to;
    }
}

fn alphanumeric_end(codes: &[u16], from: usize) -> usize {
    from + codes[from..].iter().take_while(|&&code| is_alphanumeric(code)).count()
}

fn with_percent(codes: &[u16], end: usize) -> usize {
    end + usize::from(codes.get(end) == Some(&PERCENT))
}

/// jieba-rs: letters and digits, in groups joined by single connectors, then perhaps `%`.
fn identifier_end(codes: &[u16], from: usize) -> usize {
    let mut end = alphanumeric_end(codes, from);
    while let Some(&[connector, next]) = codes[end..].first_chunk::<2>()
        && is_connector(connector)
        && is_alphanumeric(next)
    {
        end = alphanumeric_end(codes, end + 1);
    }
    with_percent(codes, end)
}

/// Python jieba: `[a-zA-Z0-9]+(?:\.\d+)?%?`.
fn number_end(codes: &[u16], from: usize) -> usize {
    use super::builder::codes::{LETTERS_END as DOT, LETTERS_START};
    let mut end = alphanumeric_end(codes, from);
    if codes.get(end) == Some(&DOT) {
        let digits =
            codes[end + 1..].iter().take_while(|&&c| c < LETTERS_START && is_alphanumeric(c));
        match digits.count() {
            0 => {}
            digits => end += 1 + digits,
        }
    }
    with_percent(codes, end)
}
