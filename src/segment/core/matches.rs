//! Which dictionary words begin at which character of a piece.

use super::builder::layout::{LABEL_MASK, base, child_bit, filter_place, pair_key, value};
use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// Fills `pairs` and `edges` for the first `count` characters.
#[inline(never)]
pub(super) fn find(tables: &Tables, count: usize, scratch: &mut Scratch) {
    let Scratch { codes, pairs, steps, edges, .. } = scratch;
    let codes = &codes[..count + 2];
    let pairs = &mut pairs[..count];
    // The route is not there yet, so its buffer holds the characters that are left.
    let left = &mut steps[..count + 1];
    let passed = filter(&tables.filter, codes, pairs, left);
    let longer = look_up_pairs(tables, codes, pairs, &mut left[..passed]);
    edges.clear();
    for &from in &left[..longer] {
        let from = from as usize;
        let mut unit = child(tables, tables.first[usize::from(codes[from])], codes[from + 1]);
        let mut next = from + 2;
        loop {
            // A zero follows the last character, and no node has a child by it.
            let code = codes[next];
            if unit & child_bit(code) == 0 {
                break;
            }
            unit = child(tables, base(unit), code);
            if unit & LABEL_MASK != u64::from(code) || code == 0 {
                break;
            }
            next += 1;
            if value(unit) != 0 {
                let length = (next - from) as u32;
                edges.push(Edge { from: from as u32, length, value: value(unit) });
            }
        }
    }
}

/// The unit where the child by `code` would be.
#[inline(always)]
fn child(tables: &Tables, base: u32, code: u16) -> u64 {
    tables.units.get(base as usize + usize::from(code)).copied().unwrap_or(0)
}

/// Looks up the pairs of the characters in `left`, and keeps those that may have a third character;
/// returns how many. Without a branch, so that the processor waits for many of them at a time.
#[inline(never)]
fn look_up_pairs(tables: &Tables, codes: &[u16], pairs: &mut [u32], left: &mut [u32]) -> usize {
    let mut kept = 0;
    for at in 0..left.len() {
        let from = left[at] as usize;
        let Some(&[first, second, third]) = codes[from..].first_chunk::<3>() else { break };
        let unit = child(tables, tables.first[usize::from(first)], second);
        let found = unit & LABEL_MASK == u64::from(second);
        pairs[from] = if found { value(unit) } else { 0 };
        left[kept] = from as u32;
        kept += usize::from(found & (unit & child_bit(third) != 0));
    }
    kept
}

/// Leaves in `left` the characters that may begin a word together with the one after them, and
/// returns how many; makes all `pairs` 0. Without a branch: half of
/// all pairs begin no word, which no branch predictor can know.
#[inline(never)]
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
