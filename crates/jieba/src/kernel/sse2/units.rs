//! Looks up the words that passed the filters in the double array, with prefetching; see
//! `matches.rs`.

use crate::builder::layout::{LABEL_MASK, base, child_bit, value};
use crate::piece::Edge;
use crate::tables::{Tables, child};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// See `Cpu::units`.
#[inline(always)]
pub(crate) fn find(
    tables: &Tables,
    codes: &[u16],
    pairs: &mut [u32],
    rare: &[u32],
    three: &mut [u32],
    edges: &mut Vec<Edge>,
) -> usize {
    prefetch_all(tables, codes, rare, three);
    rare_pairs(tables, codes, pairs, rare);
    words_of_three(tables, codes, three, edges)
}

/// Prefetches the units of the double array that will be needed, since most are in no cache: the
/// units of the pairs in both lists, then those of the third characters. Without prefetching, exact
/// mode takes 8 % longer on Chinese text.
#[inline(always)]
fn prefetch_all(tables: &Tables, codes: &[u16], rare: &[u32], three: &[u32]) {
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    for &from in three.iter().chain(rare) {
        let Some(&[first, second]) = codes[from as usize..].first_chunk::<2>() else { break };
        prefetch(units, firsts[usize::from(first)] as usize + usize::from(second));
    }
    for &from in three {
        let Some(&[first, second, third]) = codes[from as usize..].first_chunk::<3>() else {
            break;
        };
        let pair = child(units, firsts[usize::from(first)], second);
        prefetch(units, base(pair) as usize + usize::from(third));
    }
}

/// Looks up in the double array the pairs that are not in the table of frequent pairs.
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

/// Finds the words of three characters that begin at the characters in `left`. Keeps in `left` the
/// characters where a longer word may begin, and returns how many there are.
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
        prefetch(units, base(unit) as usize + usize::from(fourth));
        edges[count] = Edge { from, length: 3, value: value(unit) };
        count += usize::from(found & (value(unit) != 0));
        left[kept] = from;
        kept += usize::from(found & (unit & child_bit(fourth) != 0));
    }
    edges.truncate(count);
    kept
}

/// Prefetches a unit that is needed soon. `at` may be out of range.
#[inline(always)]
fn prefetch(units: &[u64], at: usize) {
    // SAFETY: a prefetch is allowed for any address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(units.as_ptr().wrapping_add(at).cast()) }
}
