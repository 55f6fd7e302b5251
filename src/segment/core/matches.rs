//! Which dictionary words begin at which character of a piece.

use super::builder::layout::{LABEL_MASK, base, child_bit, filter_place, pair_key, value};
use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// Fills `pairs` and `edges` for the first `count` characters.
pub(super) fn find(tables: &Tables, count: usize, scratch: &mut Scratch) {
    let Scratch { codes, pairs, steps, edges, .. } = scratch;
    let codes = &codes[..count + 2];
    let pairs = &mut pairs[..count];
    // The route is not there yet, so its buffer holds the characters the filter lets pass.
    let candidates = filter(&tables.filter, codes, &mut pairs[..], &mut steps[..count + 1]);

    edges.clear();
    let (first, units) = (&tables.first[..], &tables.units[..]);
    let child =
        |base: u32, code: u16| units.get(base as usize + usize::from(code)).copied().unwrap_or(0);
    for &from in candidates {
        let from = from as usize;
        let second = codes[from + 1];
        let mut unit = child(first[usize::from(codes[from])], second);
        if unit & LABEL_MASK != u64::from(second) {
            continue;
        }
        pairs[from] = value(unit);
        let mut next = from + 2;
        loop {
            // A zero follows the last character, and no node has a child by it.
            let code = codes[next];
            if unit & child_bit(code) == 0 {
                break;
            }
            unit = child(base(unit), code);
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

/// Characters that may begin a word together with the one after them. Without a branch: half of
/// all pairs begin no word, which no branch predictor can know.
fn filter<'s>(
    filter: &[u64],
    codes: &[u16],
    pairs: &mut [u32],
    candidates: &'s mut [u32],
) -> &'s [u32] {
    let log_words = filter.len().trailing_zeros();
    let mut count = 0;
    for (from, (two, pair)) in codes.windows(2).zip(pairs).enumerate() {
        *pair = 0;
        let (index, bits) = filter_place(pair_key(two[0], two[1]), log_words);
        candidates[count] = from as u32;
        count += usize::from(filter[index] & bits == bits);
    }
    &candidates[..count]
}
