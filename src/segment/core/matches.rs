//! Which dictionary words begin at which character of a piece.
//!
//! Every step is a loop without branches that leaves a list of the characters the next step has to
//! look at: what a character is followed by cannot be foreseen, and a processor that guesses wrong,
//! or waits for one look-up before it begins the next, loses more time than all the rest takes.
//!
//! ```text
//! all ─filter─► may begin a word (half) ─frequent pairs─► others (a few) ─array─►
//!     ─► have children ─filter─► may have this one ─array─► words of three, and longer ones (few)
//!     one by one
//! ```

use super::builder::codes::Codes;
use super::builder::layout::{
    AsciiSet, FREQUENT_CHILDREN_SHIFT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LABEL_MASK,
    LOG_FREQUENT, base, child_bit, filter_place, frequent_place, pair_hash, pair_key, triple_place,
    value,
};
use super::piece::is_alphanumeric;
use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// What a processor can do better than the portable code; what is here does nothing, and the portable
/// code does all.
pub(super) trait Processor: Copy {
    /// Finds codes and offsets of characters from `at` on, a character's first byte, as long as
    /// there is room and text for many at a time; returns where the next character begins and how
    /// many were found. What follows them in the arrays is overwritten.
    #[inline(always)]
    fn characters(
        self,
        _text: &[u8],
        at: usize,
        _codes: &Codes,
        _out_codes: &mut [u16],
        _out_offsets: &mut [u32],
        _latin: Option<Latin<'_>>,
    ) -> (usize, usize) {
        (at, 0)
    }

    /// Which of these codes belong to blocks, and which to letters and digits.
    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> (u64, u64) {
        let mut classes = (0, 0);
        for (at, &code) in codes.iter().enumerate() {
            classes.0 |= u64::from(code != 0) << at;
            classes.1 |= u64::from(is_alphanumeric(code)) << at;
        }
        classes
    }

    /// Writes the places of all set bits to `out`, ascending, and returns how many. There must be
    /// room for eight more.
    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        let mut count = 0;
        for (&word, base) in words.iter().zip((0..).step_by(64)) {
            let mut bits = word;
            while bits != 0 {
                out[count] = base + bits.trailing_zeros();
                bits &= bits - 1;
                count += 1;
            }
        }
        count
    }

    /// Looks the first pairs of codes up as [`portable_pairs`] does, and returns how many.
    #[inline(always)]
    fn pairs(
        self,
        _tables: &Tables,
        _codes: &[u16],
        _pairs: &mut [u32],
        _lists: &mut Lists<'_>,
    ) -> usize {
        0
    }
}

/// What it takes to read an ASCII word as one character: two or more letters and digits between ASCII
/// characters that are in no block are one token in every mode of jieba-rs, if no word of the
/// dictionary begins inside.
pub(super) struct Latin<'a> {
    /// Letters that begin, and that continue, words that begin with two letters or digits.
    pub pairs: &'a [AsciiSet; 2],
    /// Room for the words' places.
    pub words: &'a mut [u32],
}

/// Characters that are left to look at after the filters, ascending. Eight entries after the last
/// may be overwritten.
pub(super) struct Lists<'a> {
    /// May begin a word together with the one after them, which is not among the frequent ones.
    pub rare: &'a mut [u32],
    pub rare_count: usize,
    /// May begin a word together with the two after them.
    pub three: &'a mut [u32],
    pub three_count: usize,
}

/// Fills `pairs` and `edges` for the first `count` characters.
#[inline(always)]
pub(super) fn find(
    tables: &Tables,
    count: usize,
    scratch: &mut Scratch,
    processor: impl Processor,
) {
    let Scratch { codes, pairs, steps, edges, merged, left, .. } = scratch;
    let codes = &codes[..count + 3];
    let pairs = &mut pairs[..count];
    // The route is not there yet, so its buffer is free.
    let mut lists = Lists { rare: steps, rare_count: 0, three: left, three_count: 0 };
    let done = processor.pairs(tables, codes, pairs, &mut lists);
    portable_pairs(tables, codes, done, pairs, &mut lists);
    let Lists { rare, rare_count, three, three_count } = lists;
    rare_pairs(tables, codes, pairs, &rare[..rare_count]);
    let longer = words_of_three(tables, codes, &mut three[..three_count], edges);
    longer_words(tables, codes, &three[..longer], edges, merged);
}

/// The unit where the child by `code` would be.
#[inline(always)]
fn child(units: &[u64], base: u32, code: u16) -> u64 {
    units.get(base as usize + usize::from(code)).copied().unwrap_or(0)
}

/// Looks up the pairs from `start` on in the filter and among the frequent pairs.
#[inline(always)]
fn portable_pairs(
    tables: &Tables,
    codes: &[u16],
    start: usize,
    pairs: &mut [u32],
    lists: &mut Lists<'_>,
) {
    let frequent: &[u32; 1 << LOG_FREQUENT] =
        tables.frequent[..].try_into().expect("the table has one size");
    let (filter, triples) = (&tables.filter[..], &tables.triples[..]);
    let log_words = filter.len().trailing_zeros();
    // What passes the filter is kept in the list that is filled last.
    let (mut passed, rest) = (lists.three_count, pairs[start..].iter_mut());
    for ((two, pair), from) in codes[start..].windows(2).zip(rest).zip(start as u32..) {
        *pair = 0;
        let (index, bits) = filter_place(pair_hash(pair_key(two[0], two[1])), log_words);
        lists.three[passed] = from;
        passed += usize::from(filter[index] & bits == bits);
    }
    let log_words = triples.len().trailing_zeros();
    for at in lists.three_count..passed {
        let from = lists.three[at];
        let Some(&[first, second, third]) = codes[from as usize..].first_chunk::<3>() else {
            break;
        };
        let hash = pair_hash(pair_key(first, second));
        let (place, mark) = frequent_place(hash);
        let entry = frequent[place];
        let found = entry & 0xffff == mark;
        let mask = u32::from(found).wrapping_neg();
        pairs[from as usize] = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX & mask;
        lists.rare[lists.rare_count] = from;
        lists.rare_count += usize::from(!found);
        let (index, bits) = triple_place(hash, third, log_words);
        let childless = found & (entry >> FREQUENT_CHILDREN_SHIFT == 0);
        lists.three[lists.three_count] = from;
        lists.three_count += usize::from(!childless & (triples[index] & bits == bits));
    }
}

/// Looks up the pairs that are not frequent.
#[inline(always)]
fn rare_pairs(tables: &Tables, codes: &[u16], pairs: &mut [u32], rare: &[u32]) {
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    for &from in rare {
        let from = from as usize;
        let Some(&[first, second]) = codes[from..].first_chunk::<2>() else { break };
        let unit = child(units, firsts[usize::from(first)], second);
        pairs[from] = if unit & LABEL_MASK == u64::from(second) { value(unit) } else { 0 };
    }
}

/// Finds the words of three characters that begin at the characters in `left`, and keeps there
/// those that may have a fourth; returns how many.
#[inline(always)]
fn words_of_three(
    tables: &Tables,
    codes: &[u16],
    left: &mut [u32],
    edges: &mut Vec<Edge>,
) -> usize {
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    edges.resize(left.len() + 1, Edge { from: 0, length: 0, value: 0 });
    let (mut count, mut kept) = (0, 0);
    for at in 0..left.len() {
        let from = left[at];
        let Some(&[first, second, third, fourth]) = codes[from as usize..].first_chunk::<4>()
        else {
            break;
        };
        let pair = child(units, firsts[usize::from(first)], second);
        let unit = child(units, base(pair), third);
        let found =
            (pair & LABEL_MASK == u64::from(second)) & (unit & LABEL_MASK == u64::from(third));
        edges[count] = Edge { from, length: 3, value: value(unit) };
        count += usize::from(found & (value(unit) != 0));
        left[kept] = from;
        kept += usize::from(found & (unit & child_bit(fourth) != 0));
    }
    edges.truncate(count);
    kept
}

/// Finds the words of four and more characters that begin at the characters in `left`, few, and
/// merges them with the edges.
fn longer_words(
    tables: &Tables,
    codes: &[u16],
    left: &[u32],
    edges: &mut Vec<Edge>,
    merged: &mut Vec<Edge>,
) {
    if left.is_empty() {
        return;
    }
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    merged.clear();
    let mut threes = &edges[..];
    for &from in left {
        while let Some((edge, after)) = threes.split_first()
            && edge.from <= from
        {
            merged.push(*edge);
            threes = after;
        }
        let start = from as usize;
        let mut unit = child(units, firsts[usize::from(codes[start])], codes[start + 1]);
        unit = child(units, base(unit), codes[start + 2]);
        for (length, &code) in (4..).zip(&codes[start + 3..]) {
            if unit & child_bit(code) == 0 {
                break;
            }
            unit = child(units, base(unit), code);
            if unit & LABEL_MASK != u64::from(code) || code == 0 {
                break;
            }
            if value(unit) != 0 {
                merged.push(Edge { from, length, value: value(unit) });
            }
        }
    }
    merged.extend_from_slice(threes);
    std::mem::swap(edges, merged);
}
