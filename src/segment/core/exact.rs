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

/// Joins what the route left: changes `steps` so that they lead from token to token. `unknown` is
/// what the hidden Markov model needs, if it is wanted.
#[inline(always)]
pub(super) fn join(piece: &mut Piece<'_>, unknown: Option<Unknown<'_>>, runs: &mut [u32]) {
    match unknown {
        Some(mut unknown) => {
            let runs = find_runs(piece, runs, |code| code != 0);
            let mut cursor = 0;
            for run in runs.chunks_exact(2) {
                let (from, to) = (run[0] as usize, run[1] as usize);
                if piece.value(from, to, &mut cursor) == 0 {
                    cut_run(piece, from, to, &mut unknown);
                }
            }
        }
        None => {
            for run in find_runs(piece, runs, is_alphanumeric).chunks_exact(2) {
                piece.steps[run[0] as usize] = run[1] - run[0];
            }
        }
    }
    join_line_ends(piece);
}

/// Finds the longest runs of two or more characters of a kind which the route took one by one, as
/// pairs of their first character and the one after them. Without branches, see `matches.rs`.
#[inline(always)]
fn find_runs<'r>(piece: &Piece<'_>, runs: &'r mut [u32], kind: impl Fn(u16) -> bool) -> &'r [u32] {
    let (codes, steps) = (piece.codes, &piece.steps[..piece.codes.len()]);
    let (mut from, mut count, mut inside) = (0, 0, false);
    while from < codes.len() {
        let step = steps[from];
        let single = (step == 1) & kind(codes[from]);
        runs[count] = from as u32;
        count += usize::from(single != inside);
        inside = single;
        from += step as usize;
    }
    runs[count] = codes.len() as u32;
    let all = count + usize::from(inside);
    let mut kept = 0;
    for at in (0..all).step_by(2) {
        let (from, to) = (runs[at], runs[at + 1]);
        (runs[kept], runs[kept + 1]) = (from, to);
        kept += 2 * usize::from(to - from > 1);
    }
    &runs[..kept]
}

/// CR and LF are one token.
fn join_line_ends(piece: &mut Piece<'_>) {
    let range = piece.offsets[0] as usize..piece.offsets[piece.len()] as usize;
    if !piece.text.as_bytes()[range].contains(&b'\r') {
        return;
    }
    for from in 0..piece.len() {
        if piece.codes[from] == 0 {
            piece.steps[from] = (piece.end_of_gap_token(from) - from) as u32;
        }
    }
}

/// Cuts a run of characters of one block.
#[inline(always)]
fn cut_run(piece: &mut Piece<'_>, mut from: usize, end: usize, unknown: &mut Unknown<'_>) {
    while from < end {
        let han = is_han(piece.codes[from]);
        let mut to = from + 1;
        while to < end && is_han(piece.codes[to]) == han {
            to += 1;
        }
        if !han {
            cut_others(&piece.codes[from..to], &mut piece.steps[from..to], unknown.compat);
        } else if to - from > 1 {
            hmm::find_ends(unknown.model, &piece.codes[from..to], unknown.choices, unknown.ends);
            let mut begin = from;
            for (at, &ends) in (from..to).zip(&*unknown.ends) {
                // Written at every character; only those where a word begins will be read.
                piece.steps[begin] = (at + 1 - begin) as u32;
                begin = if ends == 1 { at + 1 } else { begin };
            }
            if !unknown.forbidden.is_empty() {
                split_forbidden(piece, from, to, unknown.forbidden);
            }
        }
        from = to;
    }
}

/// Splits the words the model must not find.
fn split_forbidden(
    piece: &mut Piece<'_>,
    mut from: usize,
    end: usize,
    forbidden: &HashSet<String>,
) {
    while from < end {
        let to = from + piece.steps[from] as usize;
        if forbidden.contains(piece.text(from, to)) {
            piece.steps[from..to].fill(1);
        }
        from = to;
    }
}

/// Cuts a run without Han characters into identifiers and what is between them.
fn cut_others(codes: &[u16], steps: &mut [u32], compat: Compat) {
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
        steps[from] = (to - from) as u32;
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
