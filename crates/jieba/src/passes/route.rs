//! Finds the best route: the most probable way to cover a piece of text with dictionary words.
//!
//! The score of a word is ln(frequency) - ln(total), and the score of a route is the sum over its
//! words. The pass goes from the end of the piece to its beginning:
//!
//! ```text
//! score[end of block] = 0
//! score[i] = max over words w that begin at i:  score of w + score[i + length of w]
//! ```
//!
//! The additions happen in this order and in double precision, because in real text the last bit
//! decides between words. So the scores equal those of jieba-rs and Python jieba. Of equal scores,
//! the longer word wins.
//!
//! At each character there are up to three candidates: the words of one and of two characters that
//! begin there, and a longer word. Which of them exist depends on the text, so the code compares
//! them without branches. Where several longer words begin, [`Chain::choose_among_all`] decides.
//!
//! A score depends on the scores after it in the same block (a run of characters that can be in
//! words). But blocks do not depend on each other. So a piece is divided into [`parts`], and a CPU
//! with vector instructions handles several parts side by side.
//!
//! The route is stored as two sets: the characters where the route takes a word of two characters,
//! and those where it takes a longer word. [`Route::begins`] turns them into the set of characters
//! where words begin, 64 characters at a time.

use crate::chain::{Chain, Sets, choice};
use crate::kernel::cpu::Cpu;
use crate::piece::{Edge, Words, size_for};
use crate::tables::Tables;
use std::cell::Cell;
use std::ops::Range;

/// The best route from every character of a piece.
#[derive(Debug, Default)]
pub(crate) struct Route {
    /// Characters where the route takes a word of two characters: bit `i % 64` of `twos[i / 64]`
    /// stands for character `i`, as in the next two sets.
    twos: Vec<u64>,
    /// Characters where words of three or more characters begin, or words the user added.
    starts: Vec<u64>,
    /// Characters where the route takes a word of three or more characters. `ends` says where it
    /// ends.
    longer: Vec<u64>,
    /// Indexed by character: where the longer word that begins there ends. Meaningless if there is
    /// none.
    ends: Vec<u32>,
    /// Indexed by character: ln(frequency) - ln(total) of the longer word that begins there; NaN if
    /// there is none; a [`choice`] if there are several candidates. For a choice, `ends` holds the
    /// end of the piece, whose score is zero, so adding this score leaves the choice as it is.
    /// After each piece, all entries are NaN again.
    logs: Vec<f64>,
    /// Indexed by character: the score of the best route from there to the end of the block.
    scores: Vec<f64>,
}

/// The number of characters whose edges are in memory at the same time, where these are very many.
const WINDOW: usize = 64;

/// The bits at even positions.
const EVEN: u64 = 0x5555_5555_5555_5555;

impl Route {
    /// Makes the buffers large enough for a piece with this many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.ends.len() < size {
            self.ends.resize(size, 0);
            self.logs.resize(size, f64::NAN);
            self.scores.resize(size, 0.0);
        }
    }

    /// Finds the best route through a piece with these codes and words. With `zero_is_absent`, a
    /// single character with frequency zero does not count as a word.
    #[inline(always)]
    pub fn find(
        &mut self,
        tables: &Tables,
        log_total: f64,
        zero_is_absent: bool,
        codes: &[u16],
        words: &Words,
        cpu: impl Cpu,
    ) {
        let count = codes.len();
        let Words { pairs, edges, .. } = words;
        self.clear_sets(count);
        self.index_edges(count, edges, &tables.logs, log_total);
        let Route { twos, longer, ends, logs, scores, .. } = self;
        scores[count] = 0.0;
        let chain = Chain {
            codes,
            pairs: &pairs[..count],
            longer_logs: &logs[..count],
            ends: Cell::from_mut(&mut ends[..count]).as_slice_of_cells(),
            scores: Cell::from_mut(&mut scores[..]).as_slice_of_cells(),
            single_logs: &tables.single_log,
            logs: &tables.logs,
            log_total,
            edges,
            zero_is_absent,
            tables,
        };
        let sets = &mut Sets { twos, longer };
        let (parts, steps) = parts(codes);
        // `four_parts` needs finite scores. But if no word has a frequency above zero, `log_total`
        // is infinite.
        if steps > 0 && log_total.is_finite() && cpu.four_parts(&chain, parts, steps, sets) {
            let mut from = 0;
            for to in parts {
                chain.walk(from, to - steps, sets);
                from = to;
            }
        } else {
            chain.walk(0, count, sets);
        }
        for edge in edges {
            logs[edge.from as usize] = f64::NAN;
        }
    }

    /// Like [`Self::find`], for a piece with very many edges. So that they need not be in memory at
    /// the same time, it finds the edges of [`WINDOW`] characters after the other, from the end of
    /// the piece backwards. `find_edges` puts the edges that begin in a range into the words.
    #[cold]
    #[inline(never)]
    pub fn find_in_windows(
        &mut self,
        tables: &Tables,
        log_total: f64,
        zero_is_absent: bool,
        codes: &[u16],
        words: &mut Words,
        find_edges: &dyn Fn(Range<usize>, &mut Words),
    ) {
        let count = codes.len();
        self.clear_sets(count);
        self.scores[count] = 0.0;
        for from in (0..count).step_by(WINDOW).rev() {
            let to = count.min(from + WINDOW);
            find_edges(from..to, words);
            let Words { pairs, edges, .. } = &*words;
            self.index_edges(count, edges, &tables.logs, log_total);
            let Route { twos, longer, ends, logs, scores, .. } = self;
            let chain = Chain {
                codes,
                pairs: &pairs[..count],
                longer_logs: &logs[..count],
                ends: Cell::from_mut(&mut ends[..count]).as_slice_of_cells(),
                scores: Cell::from_mut(&mut scores[..]).as_slice_of_cells(),
                single_logs: &tables.single_log,
                logs: &tables.logs,
                log_total,
                edges,
                zero_is_absent,
                tables,
            };
            chain.walk(from, to, &mut Sets { twos, longer });
            logs[from..to].fill(f64::NAN);
        }
        words.edges.clear();
    }

    /// Fills `begins` with the set of characters where the words of the route begin, for a piece of
    /// `count` characters. The end of the last word is in the set too.
    #[inline(always)]
    pub fn begins(&self, count: usize, begins: &mut Vec<u64>) {
        begins.clear();
        // Where the next word begins.
        let mut next = 0;
        for ((&twos, &longer), start) in self.twos.iter().zip(&self.longer).zip((0..).step_by(64)) {
            let mut set = 0;
            while next < start + 64 {
                // Up to the next longer word, the route takes only words of one and of two
                // characters.
                let rest = u64::MAX << (next - start);
                let longer = longer & rest;
                let at = longer.trailing_zeros();
                let between = rest & !longer & longer.wrapping_sub(1);
                let (inside, goes_on) = inside_twos(twos & between);
                set |= between & !inside;
                next = if longer == 0 {
                    start + 64 + usize::from(goes_on)
                } else if inside >> at & 1 == 1 {
                    start + at as usize + 1
                } else {
                    set |= 1 << at;
                    self.ends[start + at as usize] as usize
                };
            }
            begins.push(set);
        }
        // The end of the piece counts as a beginning.
        begins.push(0);
        begins[count / 64] &= !(u64::MAX << (count % 64));
        begins[count / 64] |= 1 << (count % 64);
    }

    /// The set of characters where words of three or more characters begin, or words the user
    /// added.
    #[inline(always)]
    pub fn longer_starts(&self) -> &[u64] {
        &self.starts
    }

    /// Clears the three sets for a piece of `count` characters.
    fn clear_sets(&mut self, count: usize) {
        for set in [&mut self.twos, &mut self.longer, &mut self.starts] {
            set.clear();
            set.resize(count.div_ceil(64), 0);
        }
    }

    /// Fills `starts`, `ends` and `logs` from `edges`, the longer words and the words the user
    /// added, in a piece of `count` characters.
    fn index_edges(&mut self, count: usize, edges: &[Edge], logs: &[f64], log_total: f64) {
        let mut first = 0;
        for (number, edge) in edges.iter().enumerate() {
            if edges[first].from != edge.from {
                first = number;
            }
            let from = edge.from as usize;
            self.starts[from / 64] |= 1 << (from % 64);
            let (log, end) = (&mut self.logs[from], &mut self.ends[from]);
            if edge.length == 1 || edge.length > 2 && !log.is_nan() {
                (*log, *end) = (choice(first as u32), count as u32);
            } else if edge.length > 2 {
                (*log, *end) = (logs[edge.value as usize] - log_total, edge.from + edge.length);
            }
        }
    }
}

/// The characters that are second in a word of two characters. `twos` is the set of characters
/// where the best route from there begins with a word of two. A word begins after every character
/// that is not in `twos`. In a run of characters that are in `twos`, every second one is inside a
/// word. So is the character after a run of odd length:
///
/// ```text
/// twos    0 1 1 1 1 0 1 1 1 0     (first character on the left)
/// inside  0 0 1 0 1 0 0 1 0 1
/// ```
///
/// Also returns whether the first of the next 64 characters is inside a word.
#[inline(always)]
fn inside_twos(twos: u64) -> (u64, bool) {
    let starts = twos & !(twos << 1);
    // Adding the first bit of a run carries through the run, into the bit after it.
    let without_even_runs = twos.wrapping_add(starts & EVEN);
    let (even_runs, odd_runs) = (twos & !without_even_runs, twos & without_even_runs);
    ((even_runs << 1 & !EVEN) | (odd_runs << 1 & EVEN), odd_runs >> 63 == 1)
}

/// Pieces with fewer characters are not divided.
const FEW: usize = 128;

/// Divides a piece into four parts of about the same length, each of which ends after a gap.
/// Returns the ends of the parts, and the length of the shortest part, or 0 if the piece is not
/// divided.
fn parts(codes: &[u16]) -> ([usize; 4], usize) {
    let mut ends = [codes.len(); 4];
    if codes.len() < FEW {
        return (ends, 0);
    }
    let quarter = codes.len() / 4;
    for (part, end) in (1..).zip(&mut ends[..3]) {
        let least = part * quarter;
        if let Some(after) = codes[least..].iter().position(|&code| code == 0) {
            *end = least + after + 1;
        }
    }
    let lengths = [ends[0], ends[1] - ends[0], ends[2] - ends[1], ends[3] - ends[2]];
    (ends, lengths.into_iter().min().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{FEW, Route, parts};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_end_after_gaps_and_are_everything(
            codes in prop::collection::vec(prop_oneof![1 => Just(0), 3 => 1..9u16], FEW - 9..2 * FEW)
        ) {
            let (ends, shortest) = parts(&codes);
            prop_assert_eq!(ends[3], codes.len());
            if codes.len() >= FEW {
                for (part, &end) in ends.iter().enumerate() {
                    let from = if part == 0 { 0 } else { ends[part - 1] };
                    prop_assert!(from + shortest <= end);
                    prop_assert!(end == codes.len() || codes[end - 1] == 0);
                }
            } else {
                prop_assert_eq!(shortest, 0);
            }
        }

        #[test]
        fn begins_are_those_of_a_walk_in_steps(
            steps in prop::collection::vec(prop_oneof![4 => 1..3usize, 1 => 1..9usize, 1 => 2..3usize], 0..300)
        ) {
            let count = steps.len();
            let set = vec![0; count.div_ceil(64)];
            let mut route = Route { twos: set.clone(), longer: set, ends: vec![0; count], ..Route::default() };
            for (at, &step) in steps.iter().enumerate().rev() {
                let step = step.min(count - at);
                match step {
                    1 => {}
                    2 => route.twos[at / 64] |= 1 << (at % 64),
                    _ => {
                        route.longer[at / 64] |= 1 << (at % 64);
                        route.ends[at] = (at + step) as u32;
                    }
                }
            }
            let mut expected = vec![0u64; count.div_ceil(64) + 1];
            let mut at = 0;
            while at < count {
                expected[at / 64] |= 1 << (at % 64);
                at += steps[at].min(count - at);
            }
            expected[count / 64] |= 1 << (count % 64);
            let mut begins = Vec::new();
            route.begins(count, &mut begins);
            prop_assert_eq!(begins, expected);
        }
    }
}
