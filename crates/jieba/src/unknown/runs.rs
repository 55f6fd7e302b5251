//! Cuts the runs, which are the characters that the best route took one by one, with the hidden
//! Markov model.
//!
//! If a whole run is a dictionary word, its characters stay single, because the route rejected this
//! word. In all other runs, the model cuts the Han characters. The rest is cut into identifiers,
//! numbers and the text between them.
//!
//! Most runs are a few Han characters. Four runs of similar length are cut side by side. With only
//! one run, the CPU would wait for the result of each addition and for mispredicted branches.

use super::identifiers;
use crate::builder::codes::{PERCENT, is_alphanumeric, is_connector, is_han};
use crate::hmm::{self, Choices, MAX_SHORT, Run};
use crate::kernel::cpu::{Classes, Cpu};
use crate::options::Compat;
use crate::passes::route::Route;
use crate::piece::Piece;
use crate::tables::Model;
use rustc_hash::FxHashSet;

/// What is needed to cut runs, besides the piece of text.
pub(crate) struct Unknown<'a> {
    pub model: &'a Model,
    pub compat: Compat,
    /// Words that the model must not find. For jieba-rs there are none.
    pub forbidden: &'a FxHashSet<String>,
    pub buffers: &'a mut Buffers,
}

/// Buffers that are reused for each piece of text.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Runs that consist of at most [`MAX_SHORT`] Han characters. All other runs are in `long`.
    short: Vec<Run>,
    long: Vec<Run>,
    /// The short runs, ordered by length.
    sorted: Vec<Run>,
    /// For four runs that are cut side by side: the predecessors that the states of the model
    /// chose.
    together: Choices,
    /// Indexed by the character's position in a run: the predecessor that each state chose.
    choices: Vec<u8>,
    /// Indexed by the character's position in a run: 1 if a word ends after this character,
    /// otherwise 0.
    ends: Vec<u8>,
}

impl Default for Buffers {
    fn default() -> Self {
        Buffers {
            short: Vec::new(),
            long: Vec::new(),
            sorted: Vec::new(),
            together: [[0; 4]; MAX_SHORT + 1],
            choices: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl Buffers {
    /// Whether a buffer has room for more than this many characters.
    pub fn exceed(&self, characters: usize) -> bool {
        self.choices.len() > characters || self.sorted.len() > characters
    }
}

/// Cuts the runs. `runs` holds two numbers for each run: where it begins and where it ends.
/// `classes` holds the classes (such as Han or alphanumeric) of all characters of the piece.
#[inline(always)]
pub(crate) fn cut(
    piece: &Piece<'_>,
    route: &Route,
    runs: &[u32],
    classes: &[Classes],
    begins: &mut [u64],
    unknown: &mut Unknown<'_>,
    cpu: impl Cpu,
) {
    let Buffers { short, long, sorted, together, .. } = &mut *unknown.buffers;
    let room = runs.len() / 2 + 1;
    if sorted.len() < room {
        for runs in [&mut *short, &mut *long, &mut *sorted] {
            runs.resize(room.next_power_of_two(), Run::default());
        }
    }
    let all_long = !unknown.forbidden.is_empty();
    let (mut short_count, mut long_count) = (0, 0);
    // Indexed by length: where the runs of this length begin in `sorted`. A counting sort fills
    // `sorted`.
    let mut starts = [0; MAX_SHORT + 2];
    let mut cursor = 0;
    for run in runs.chunks_exact(2) {
        let run = Run { from: run[0], length: run[1] - run[0] };
        let (from, length) = (run.from as usize, run.length as usize);
        let may_be_word = (length > 2) & (route.longer_starts()[from / 64] >> (from % 64) & 1 == 1);
        let is_word = ((length == 2) & (piece.pairs[from] != 0))
            || may_be_word && piece.value(from, from + length, &mut cursor) != 0;
        let is_long =
            all_long | (length > MAX_SHORT) || han_of(classes, from, length) != mask(length);
        short[short_count] = run;
        long[long_count] = run;
        let is_short = !is_word & !is_long;
        short_count += usize::from(is_short);
        long_count += usize::from(!is_word & is_long);
        starts[length.min(MAX_SHORT) + 1] += u32::from(is_short);
    }
    for length in 1..starts.len() {
        starts[length] += starts[length - 1];
    }
    for run in &short[..short_count] {
        let start = &mut starts[run.length as usize];
        sorted[*start as usize] = *run;
        *start += 1;
    }
    for four in sorted[..short_count].chunks(4) {
        let mut lanes = [four[0]; 4];
        lanes[..four.len()].copy_from_slice(four);
        let ends = cpu.find_ends_of_four(unknown.model, piece.codes, &lanes, together);
        for (run, ends) in four.iter().zip(ends) {
            make_tokens(begins, run.from as usize, run.length as usize, ends);
        }
    }
    for at in 0..long_count {
        let Run { from, length } = unknown.buffers.long[at];
        let (from, length) = (from as usize, length as usize);
        let few = unknown.compat == Compat::JiebaRs && length <= MAX_SHORT;
        if few && han_of(classes, from, length) == 0 {
            let alphanumeric = bits_of(classes, |class| class.alphanumeric, from, length);
            let connectors = bits_of(classes, |class| class.connectors, from, length);
            let percents = bits_of(classes, |class| class.percents, from, length);
            let starts = identifiers::tokens(mask(length), alphanumeric, connectors, percents);
            make_tokens(begins, from, length, starts >> 1);
        } else {
            cut_alone(piece, from, from + length, begins, unknown);
        }
    }
}

/// Makes tokens of the characters `from..from + length`. Bit `i` of `starts` says whether character
/// `from + 1 + i` begins a token.
#[inline(always)]
fn make_tokens(begins: &mut [u64], from: usize, length: usize, starts: u64) {
    let inside = !starts & mask(length - 1);
    let at = from + 1;
    begins[at / 64] &= !(inside << (at % 64));
    begins[at / 64 + 1] &= !(inside >> 1 >> (63 - at % 64));
}

/// A number whose lowest `count` bits are 1. `count` must be less than 64.
#[inline(always)]
fn mask(count: usize) -> u64 {
    (1 << (count % 64)) - 1
}

/// Which of the characters `from..from + length` are in a class: bit `i` stands for character `from
/// + i`. `length` must be less than 64.
#[inline(always)]
fn bits_of(
    classes: &[Classes],
    class: impl Fn(&Classes) -> u64,
    from: usize,
    length: usize,
) -> u64 {
    let low = class(&classes[from / 64]) >> (from % 64);
    let high = class(&classes[from / 64 + 1]) << 1 << (63 - from % 64);
    (low | high) & mask(length)
}

#[inline(always)]
fn han_of(classes: &[Classes], from: usize, length: usize) -> u64 {
    bits_of(classes, |class| class.han, from, length)
}

#[inline(always)]
fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// Makes one token of characters `from..to`.
#[inline(always)]
pub(crate) fn make_one(begins: &mut [u64], from: usize, to: usize) {
    for at in from + 1..to {
        begins[at / 64] &= !(1 << (at % 64));
    }
}

/// Cuts one run, which may have any length and contain any characters.
fn cut_alone(
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
            let Buffers { choices, ends, .. } = &mut *unknown.buffers;
            if choices.len() < to - from {
                choices.resize((to - from).next_power_of_two(), 0);
                ends.resize(choices.len(), 0);
            }
            hmm::find_ends(unknown.model, &piece.codes[from..to], choices, ends);
            for (at, &ends) in (from + 1..to).zip(&*ends) {
                begins[at / 64] &= !(u64::from(ends ^ 1) << (at % 64));
            }
            if !unknown.forbidden.is_empty() {
                split_forbidden(piece, from, to, begins, unknown.forbidden);
            }
        }
        from = to;
    }
}

/// Splits each forbidden word that the model found in `from..end` into single characters.
fn split_forbidden(
    piece: &Piece<'_>,
    from: usize,
    end: usize,
    begins: &mut [u64],
    forbidden: &FxHashSet<String>,
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

/// Cuts a run without Han characters into identifiers, numbers and the text between them. The first
/// character of the run has index `start` in the piece.
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

/// Where an identifier of jieba-rs ends that begins at `from`: letters and digits, in groups joined
/// by single connectors, then perhaps `%`.
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

/// Where a match of Python jieba's `[a-zA-Z0-9]+(?:\.\d+)?%?` ends that begins at `from`.
fn number_end(codes: &[u16], from: usize) -> usize {
    use crate::builder::codes::{LETTERS_END as DOT, LETTERS_START};
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
