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

use super::builder::layout::{
    FREQUENT_CHILDREN_SHIFT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LABEL_MASK, LOG_FREQUENT,
    base, child_bit, filter_place, frequent_place, pair_key, triple_place, value,
};
use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// Fills `pairs` and `edges` for the first `count` characters.
#[inline(always)]
pub(super) fn find(tables: &Tables, count: usize, scratch: &mut Scratch) {
    let Scratch { codes, pairs, steps, edges, merged, left, flags, .. } = scratch;
    let codes = &codes[..count + 3];
    let pairs = &mut pairs[..count];
    let passed = filter(&tables.filter, codes, pairs, &mut left[..count + 1]);
    let left = &mut left[..passed];
    let flags = &mut flags[..passed];
    // The route is not there yet, so its buffer is free.
    let rare = frequent_pairs(tables, codes, pairs, left, flags, &mut steps[..passed + 1]);
    rare_pairs(tables, codes, pairs, left, flags, &steps[..rare]);
    let mut longer = 0;
    for at in 0..left.len() {
        left[longer] = left[at];
        longer += usize::from(flags[at]);
    }
    let longer = filter_triples(&tables.triples, codes, &mut left[..longer]);
    let longer = words_of_three(tables, codes, &mut left[..longer], edges);
    longer_words(tables, codes, &left[..longer], edges, merged);
}

/// The unit where the child by `code` would be.
#[inline(always)]
fn child(units: &[u64], base: u32, code: u16) -> u64 {
    units.get(base as usize + usize::from(code)).copied().unwrap_or(0)
}

/// Leaves in `left` the characters that may begin a word together with the one after them, and
/// returns how many; makes all `pairs` 0.
#[inline(always)]
fn filter(filter: &[u64], codes: &[u16], pairs: &mut [u32], left: &mut [u32]) -> usize {
    let log_words = filter.len().trailing_zeros();
    let mut count = 0;
    for (from, (two, pair)) in codes.windows(2).zip(pairs).enumerate() {
        *pair = 0;
        let (index, bits) = filter_place(pair_key(two[0], two[1]), log_words);
        left[count] = from as u32;
        count += usize::from(filter[index] & bits == bits);
    }
    count
}

/// Looks up pairs in the table of frequent ones. A flag becomes 1 if the pair has
/// children. What was not found is left in `rare`, as indices of `left`.
#[inline(always)]
fn frequent_pairs(
    tables: &Tables,
    codes: &[u16],
    pairs: &mut [u32],
    left: &[u32],
    flags: &mut [u8],
    rare: &mut [u32],
) -> usize {
    let table: &[u32; 1 << LOG_FREQUENT] =
        tables.frequent[..].try_into().expect("the table has one size");
    let mut count = 0;
    for (at, (&from, flag)) in left.iter().zip(flags).enumerate() {
        let from = from as usize;
        let Some(&[first, second]) = codes[from..].first_chunk::<2>() else { break };
        let (place, mark) = frequent_place(pair_key(first, second));
        let entry = table[place];
        let found = entry & 0xffff == mark;
        let mask = u32::from(found).wrapping_neg();
        pairs[from] = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX & mask;
        *flag = (entry >> FREQUENT_CHILDREN_SHIFT & mask) as u8;
        rare[count] = at as u32;
        count += usize::from(!found);
    }
    count
}

/// Looks up the pairs that are not frequent.
#[inline(always)]
fn rare_pairs(
    tables: &Tables,
    codes: &[u16],
    pairs: &mut [u32],
    left: &[u32],
    flags: &mut [u8],
    rare: &[u32],
) {
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    for &at in rare {
        let from = left[at as usize] as usize;
        let Some(&[first, second, third]) = codes[from..].first_chunk::<3>() else { break };
        let unit = child(units, firsts[usize::from(first)], second);
        let found = unit & LABEL_MASK == u64::from(second);
        pairs[from] = if found { value(unit) } else { 0 };
        flags[at as usize] = u8::from(found & (unit & child_bit(third) != 0));
    }
}

/// Keeps in `left` the characters that may begin a word together with the two after them, and
/// returns how many.
#[inline(always)]
fn filter_triples(filter: &[u64], codes: &[u16], left: &mut [u32]) -> usize {
    let log_words = filter.len().trailing_zeros();
    let mut count = 0;
    for at in 0..left.len() {
        let from = left[at];
        let Some(&[first, second, third]) = codes[from as usize..].first_chunk::<3>() else {
            break;
        };
        let (index, bits) = triple_place(pair_key(first, second), third, log_words);
        left[count] = from;
        count += usize::from(filter[index] & bits == bits);
    }
    count
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
        let found = unit & LABEL_MASK == u64::from(third);
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
