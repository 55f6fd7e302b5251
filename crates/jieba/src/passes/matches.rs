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

use crate::builder::layout::{LABEL_MASK, base, child_bit, value};
use crate::kernel::processor::{Lists, Processor};
use crate::piece::{Characters, Edge, Room, Words};
use crate::tables::{Tables, child};

/// Fills `pairs` and `edges` for the first `count` characters.
#[inline(always)]
pub(crate) fn find(
    tables: &Tables,
    characters: &Characters,
    count: usize,
    words: &mut Words,
    room: &mut Room,
    processor: impl Processor,
) {
    let Words { pairs, edges, merged, .. } = words;
    let Room { left, rare } = room;
    let codes = &characters.codes[..count + 3];
    let pairs = &mut pairs[..count];
    let mut lists = Lists { rare, rare_count: 0, three: left, three_count: 0 };
    processor.pairs(tables, codes, pairs, &mut lists);
    let Lists { rare, rare_count, three, three_count } = lists;
    let (rare, three) = (&rare[..rare_count], &mut three[..three_count]);
    let longer = processor.units(tables, codes, pairs, rare, three, edges);
    longer_words(tables, codes, &three[..longer], edges, merged);
}

/// Takes away the words with frequency zero, which are none to Python jieba.
pub(crate) fn leave_out_absent(tables: &Tables, count: usize, words: &mut Words) {
    let is_absent = |value: u32| tables.frequencies[value as usize] == 0;
    for pair in &mut words.pairs[..count] {
        if is_absent(*pair) {
            *pair = 0;
        }
    }
    words.edges.retain(|edge| !is_absent(edge.value));
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
