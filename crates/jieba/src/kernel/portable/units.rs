//! Looks up the words that passed the filters in the double array, without prefetching; see
//! `matches.rs`.
//!
//! Most units are not in a near cache. If much work follows each load, few loads are under way at
//! the same time. So loops that only load units come first.

use crate::builder::layout::{LABEL_MASK, base, child_bit, value};
use crate::piece::Edge;
use crate::tables::{Tables, child};

/// The number of characters whose units are loaded together.
const TOGETHER: usize = 128;

/// See `Cpu::units`. This function is not inlined, so that all variables of its loops are in
/// registers.
#[inline(never)]
pub fn find(
    tables: &Tables,
    codes: &[u16],
    pairs: &mut [u32],
    rare: &[u32],
    three: &mut [u32],
    edges: &mut Vec<Edge>,
) -> usize {
    let units = &tables.units[..];
    let mut loaded = [0; TOGETHER];
    for rare in rare.chunks(TOGETHER) {
        load_pairs(tables, codes, rare, &mut loaded);
        for (&from, &unit) in rare.iter().zip(&loaded) {
            let found = unit & LABEL_MASK == u64::from(codes[from as usize + 1]);
            pairs[from as usize] = if found { value(unit) } else { 0 };
        }
    }
    edges.resize(three.len() + 1, Edge { from: 0, length: 0, value: 0 });
    let (mut count, mut kept) = (0, 0);
    for start in (0..three.len()).step_by(TOGETHER) {
        let end = three.len().min(start + TOGETHER);
        load_pairs(tables, codes, &three[start..end], &mut loaded);
        for (&from, unit) in three[start..end].iter().zip(&mut loaded) {
            let from = from as usize;
            let found = *unit & LABEL_MASK == u64::from(codes[from + 1]);
            let third = child(units, base(*unit), codes[from + 2]);
            // If the pair was not found, the unit becomes zero, which is a unit without a word.
            *unit = third & u64::from(found).wrapping_neg();
        }
        for (at, &unit) in (start..end).zip(&loaded) {
            let from = three[at];
            let found = unit & LABEL_MASK == u64::from(codes[from as usize + 2]);
            edges[count] = Edge { from, length: 3, value: value(unit) };
            count += usize::from(found & (value(unit) != 0));
            three[kept] = from;
            kept += usize::from(found & (unit & child_bit(codes[from as usize + 3]) != 0));
        }
    }
    edges.truncate(count);
    kept
}

/// Loads the units of the pairs that begin at these positions.
#[inline(always)]
fn load_pairs(tables: &Tables, codes: &[u16], positions: &[u32], loaded: &mut [u64; TOGETHER]) {
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    for (unit, &from) in loaded.iter_mut().zip(positions) {
        let from = from as usize;
        *unit = child(units, firsts[usize::from(codes[from])], codes[from + 1]);
    }
}
