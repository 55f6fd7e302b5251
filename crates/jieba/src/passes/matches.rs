//! Finds the dictionary words that begin at each character of a piece of text.
//!
//! Each step is a loop without branches, which lists the characters that the next step must look
//! at. Branches would depend on the text, so the CPU would often mispredict them. Mispredicted
//! branches would cost more time than all the rest. So would a loop in which each look-up waits for
//! the one before.
//!
//! ```text
//! 1. filter           all pairs             ─► may begin a word (half)
//! 2. frequent pairs   from 1                ─► found, or rare (few); which may have a third character
//! 3. triples          from 2                ─► may begin a word of three or more characters (few)
//! 4. double array     rare pairs from 2     ─► found or not
//! 5. double array     from 3                ─► words of three; which may have a fourth character
//! 6. double array     from 5, one by one    ─► longer words
//! ```

use crate::builder::layout::{LABEL_MASK, base, child_bit, value};
use crate::kernel::cpu::{Cpu, Lists};
use crate::piece::{Characters, Edge, Words, WorkLists};
use crate::tables::{Tables, child};
use std::ops::Range;

/// Finds the words that begin at the first `count` characters: fills `words.pairs` with the words
/// of two characters, and `words.edges` with the longer words. Returns false if there are more than
/// about `words.most` longer words. Then `edges` has only some of them.
#[inline(always)]
pub(crate) fn find(
    tables: &Tables,
    characters: &Characters,
    count: usize,
    words: &mut Words,
    room: &mut WorkLists,
    cpu: impl Cpu,
) -> bool {
    let Words { pairs, edges, most, merged, .. } = words;
    let WorkLists { left, rare } = room;
    let codes = &characters.codes[..count + 3];
    let pairs = &mut pairs[..count];
    let mut lists = Lists { rare, rare_count: 0, three: left, three_count: 0 };
    cpu.pairs(tables, codes, pairs, &mut lists);
    let Lists { rare, rare_count, three, three_count } = lists;
    let (rare, three) = (&rare[..rare_count], &mut three[..three_count]);
    let longer = cpu.units(tables, codes, pairs, rare, three, edges);
    longer_words(tables, codes, &three[..longer], *most, edges, merged)
}

/// Fills `edges` with the words of three and more characters that begin in `range`. Unlike
/// [`find`], it looks at one character after the other.
pub(crate) fn find_longer(
    tables: &Tables,
    codes: &[u16],
    range: Range<usize>,
    edges: &mut Vec<Edge>,
) {
    edges.clear();
    for from in range {
        let mut children = tables.first[usize::from(codes[from])];
        for (length, &code) in (2..).zip(&codes[from + 1..]) {
            let unit = child(&tables.units, children, code);
            if unit & LABEL_MASK != u64::from(code) || code == 0 {
                break;
            }
            if length > 2 && value(unit) != 0 {
                edges.push(Edge { from: from as u32, length, value: value(unit) });
            }
            children = base(unit);
        }
    }
}

/// Removes the words with frequency zero, which Python jieba does not count as words.
pub(crate) fn remove_absent(tables: &Tables, count: usize, words: &mut Words) {
    let is_absent = |value: u32| tables.frequencies[value as usize] == 0;
    for pair in &mut words.pairs[..count] {
        if is_absent(*pair) {
            *pair = 0;
        }
    }
    words.edges.retain(|edge| !is_absent(edge.value));
}

/// Finds the words of four and more characters that begin at the few characters in `left`, and
/// merges them into `edges`. Returns false, without having done so, if there are too many.
fn longer_words(
    tables: &Tables,
    codes: &[u16],
    left: &[u32],
    most: usize,
    edges: &mut Vec<Edge>,
    merged: &mut Vec<Edge>,
) -> bool {
    if left.is_empty() {
        return true;
    }
    let (units, firsts) = (&tables.units[..], &tables.first[..]);
    merged.clear();
    let mut threes = &edges[..];
    for &from in left {
        if merged.len() > most {
            return false;
        }
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
    true
}
