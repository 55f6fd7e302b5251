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
use super::processor::Processor;
use super::route::Route;
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

/// Joins what the route left and gives the tokens' beginnings. `unknown` is what the hidden Markov
/// model needs, if it is wanted.
#[inline(always)]
pub(super) fn join(
    piece: &Piece<'_>,
    route: &Route,
    unknown: Option<Unknown<'_>>,
    bits: &mut Bits,
    runs: &mut [u32],
    processor: impl Processor,
) {
    let words = piece.len().div_ceil(64);
    let Bits { begins, kinds } = bits;
    route.begins(piece.len(), begins);
    kinds.clear();
    for (word, codes) in piece.padded_codes.chunks_exact(64).take(words).enumerate() {
        let codes: &[u16; 64] = codes.try_into().expect("a chunk of 64");
        let single = begins[word] & (begins[word] >> 1 | begins[word + 1] << 63);
        let (in_block, alphanumeric) = processor.classes(codes);
        kinds.push(single & if unknown.is_some() { in_block } else { alphanumeric });
    }
    kinds.push(0);
    match unknown {
        Some(mut unknown) => {
            // Characters whose neighbour is left alone too, then where those runs begin and end.
            let (mut before, mut inside) = (0, 0);
            for word in 0..words {
                let kind = kinds[word];
                let neighbours = kind << 1 | before >> 63 | kind >> 1 | kinds[word + 1] << 63;
                before = kind;
                let long = kind & neighbours;
                kinds[word] = long ^ (long << 1 | inside);
                inside = long >> 63;
            }
            kinds[words] = inside;
            let count = processor.set_bits(kinds, runs);
            let mut cursor = 0;
            for run in runs[..count].chunks_exact(2) {
                let (from, to) = (run[0] as usize, run[1] as usize);
                if piece.value(from, to, &mut cursor) == 0 {
                    cut_run(piece, from, to, begins, &mut unknown);
                }
            }
        }
        None => {
            let mut before = 0;
            for (begins, &kind) in begins.iter_mut().zip(&*kinds) {
                *begins &= !(kind & (kind << 1 | before >> 63));
                before = kind;
            }
        }
    }
    join_line_ends(piece, begins);
}

/// Sets of characters of a piece: bit `i % 64` of word `i / 64` is character `i`.
#[derive(Debug, Default)]
pub(super) struct Bits {
    /// Those where a token begins; the one after the last counts.
    pub begins: Vec<u64>,
    /// Those the route took one by one, of the kind to be joined.
    kinds: Vec<u64>,
}

#[inline(always)]
fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// Makes one token of characters `from..to`.
#[inline(always)]
fn make_one(begins: &mut [u64], from: usize, to: usize) {
    for at in from + 1..to {
        begins[at / 64] &= !(1 << (at % 64));
    }
}

/// CR and LF are one token.
fn join_line_ends(piece: &Piece<'_>, begins: &mut [u64]) {
    let range = piece.offsets[0] as usize..piece.offsets[piece.len()] as usize;
    if !piece.text.as_bytes()[range].contains(&b'\r') {
        return;
    }
    for from in 0..piece.len() {
        if piece.codes[from] == 0 {
            make_one(begins, from, piece.end_of_gap_token(from));
        }
    }
}

/// Cuts a run of characters of one block.
#[inline(always)]
fn cut_run(
    piece: &Piece<'_>,
    mut from: usize,
    end: usize,
    begins: &mut [u64],
    unknown: &mut Unknown<'_>,
) {
    while from < end {
        let han = is_han(piece.codes[from]);
        let mut to = from + 1;
        while to < end && is_han(piece.codes[to]) == han {
            to += 1;
        }
        if !han {
            cut_others(&piece.codes[from..to], from, begins, unknown.compat);
        } else if to - from > 1 {
            hmm::find_ends(unknown.model, &piece.codes[from..to], unknown.choices, unknown.ends);
            for (at, &ends) in (from + 1..to).zip(&*unknown.ends) {
                begins[at / 64] &= !(u64::from(ends ^ 1) << (at % 64));
            }
            if !unknown.forbidden.is_empty() {
                split_forbidden(piece, from, to, begins, unknown.forbidden);
            }
        }
        from = to;
    }
}

/// Splits the words the model must not find.
fn split_forbidden(
    piece: &Piece<'_>,
    from: usize,
    end: usize,
    begins: &mut [u64],
    forbidden: &HashSet<String>,
) {
    let mut begin = from;
    for at in from + 1..=end {
        if at < end && begins[at / 64] >> (at % 64) & 1 == 0 {
            continue;
        }
        if forbidden.contains(piece.text(begin, at)) {
            (begin..at).for_each(|at| set(begins, at));
        }
        begin = at;
    }
}

/// Cuts a run without Han characters, of which `start` is the first, into identifiers and what is
/// between them.
fn cut_others(codes: &[u16], start: usize, begins: &mut [u64], compat: Compat) {
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
        make_one(begins, start + from, start + to);
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
