//! The loop that finds the best route through a piece, from its end to its beginning. `route.rs`
//! defines the scores and prepares the input. Each score depends on the scores after it. Kernels
//! that handle several parts of a piece side by side compute the same as [`Chain::walk`].

use super::builder::layout::ABSENT;
use super::piece::Edge;
use super::tables::Tables;
use std::cell::Cell;

/// Greater than any score.
pub(crate) const CHOICE: f64 = f64::from_bits(0x7e70_0000_0000_0000);

/// Marks a character with several candidates, in place of a logarithm. The mark is at least
/// [`CHOICE`], and its lowest bits hold the index of the character's first edge.
pub(crate) fn choice(first_edge: u32) -> f64 {
    f64::from_bits(CHOICE.to_bits() | u64::from(first_edge))
}

/// The route as two sets: the characters where it takes two, and those where it takes a longer
/// word. Bit `i % 64` of word `i / 64` is character `i`.
pub(crate) struct Sets<'a> {
    pub twos: &'a mut [u64],
    pub longer: &'a mut [u64],
}

impl Sets<'_> {
    /// Adds up to 64 bits to each set. The first bit is that of character `at`.
    #[inline(always)]
    pub fn add(&mut self, at: usize, twos: u64, longer: u64) {
        for (set, bits) in [(&mut *self.twos, twos), (&mut *self.longer, longer)] {
            set[at / 64] |= bits << (at % 64);
            let rest = bits >> 1 >> (63 - at % 64);
            if rest != 0 {
                set[at / 64 + 1] |= rest;
            }
        }
    }
}

/// The input of the walk through a piece, and the scores.
pub(crate) struct Chain<'a> {
    /// By character, as all fields up to `scores`: its code.
    pub codes: &'a [u16],
    pub pairs: &'a [u32],
    /// By character: ln(frequency) - ln(total) of its longer word; NaN if it has none; a [`choice`]
    /// if there are several candidates.
    pub longer_logs: &'a [f64],
    /// By character: where its longer word ends. For a choice, this is the end of the piece until
    /// the walk has chosen.
    pub ends: &'a [Cell<u32>],
    /// By character: the score of the best route from here to the end of the block. All `ends` are
    /// valid indices.
    pub scores: &'a [Cell<f64>],
    /// By code: see `Tables::single_log`.
    pub single_logs: &'a [f64],
    /// By value: see `Tables::logs`.
    pub logs: &'a [f64],
    /// ln(total).
    pub log_total: f64,
    /// Ordered by first character, then by length.
    pub edges: &'a [Edge],
    /// Whether a single character with frequency zero does not count as a word.
    pub zero_is_absent: bool,
    pub tables: &'a Tables,
}

/// Lower bounds of a score: of a character in a block, and of a gap. The bound of a gap makes its
/// score 0, so the sum of each block begins with 0.
static FLOORS: [f64; 2] = [f64::NEG_INFINITY, 0.0];

impl Chain<'_> {
    /// Computes the scores from `to` down to `from`. The scores from `to` to the end of its block
    /// must be known. Not inlined, so that all variables of its loop are in registers.
    #[inline(never)]
    pub fn walk(&self, from: usize, to: usize, sets: &mut Sets<'_>) {
        let (mut after_one, mut after_two) = (self.scores[to].get(), self.scores[to + 1].get());
        let (single_logs, logs, log_total) = (self.single_logs, self.logs, self.log_total);
        let mut high = to;
        while high > from {
            let word = (high - 1) / 64;
            let low = from.max(64 * word);
            let (mut twos, mut longer) = (0, 0);
            let characters = self.codes[low..high].iter().zip(&self.pairs[low..high]);
            let longer_words = self.longer_logs[low..high].iter().zip(&self.ends[low..high]);
            let all = characters.zip(longer_words).zip(&self.scores[low..high]).zip(low..high);
            for ((((&code, &pair), (&longer_log, end)), score), at) in all.rev() {
                let single = single_logs[usize::from(code)];
                let one = single - log_total + after_one;
                let two = logs[pair as usize] - log_total + after_two;
                let floor = FLOORS[usize::from(code == 0)];
                let long = longer_log + self.scores[end.get() as usize].get();
                // The compiler turns these into instructions for maxima and comparisons, not into
                // branches, which the CPU would often mispredict. `two` and `long` are NaN where
                // there is no such word. In a gap `one` is less than the floor.
                let mut best = if two > floor { two } else { floor };
                best = if long > best { long } else { best };
                let has_other = !two.is_nan() | !long.is_nan();
                if !((single.to_bits() == ABSENT.to_bits()) & has_other) {
                    best = if one > best { one } else { best };
                }
                let mut takes_longer = long >= best;
                if best.abs() >= CHOICE {
                    best = self.choose_among_all(at);
                    takes_longer = true;
                }
                let takes_two = (two >= best) & !takes_longer;
                twos = twos << 1 | u64::from(takes_two);
                longer = longer << 1 | u64::from(takes_longer);
                score.set(best);
                (after_one, after_two) = (best, after_one);
            }
            sets.add(low, twos, longer);
            high = low;
        }
    }

    /// Chooses among all words that begin at a character. Sets where the best one ends, and returns
    /// its score.
    #[cold]
    #[inline(never)]
    pub fn choose_among_all(&self, at: usize) -> f64 {
        let (code, pair) = (usize::from(self.codes[at]), self.pairs[at]);
        let mut single = self.single_logs[code];
        let absent = self.tables.single_value[code] == 0;
        if absent || self.zero_is_absent && single == f64::NEG_INFINITY {
            single = f64::NAN;
        }
        // Without a choice, this gives a number larger than the index of any edge.
        let first = (self.longer_logs[at].to_bits() ^ CHOICE.to_bits()) as usize;
        let first = if first < self.edges.len() {
            first
        } else {
            self.edges.partition_point(|edge| (edge.from as usize) < at)
        };
        let edges = self.edges[first..].iter().take_while(|edge| edge.from as usize == at);
        let mut best: Option<(f64, u32)> = None;
        let mut offer = |log: f64, length: u32| {
            let score = log - self.log_total + self.scores[at + length as usize].get();
            if best.is_none_or(|(highest, _)| score >= highest) {
                best = Some((score, length));
            }
        };
        let mut edges = edges.peekable();
        // An added word of one character has an edge. The value of the edge is 0 if the word is
        // removed.
        match edges.next_if(|edge| edge.length == 1) {
            Some(edge) if edge.value != 0 => offer(self.logs[edge.value as usize], 1),
            None if !single.is_nan() => offer(single, 1),
            _ => {}
        }
        if pair != 0 {
            offer(self.logs[pair as usize], 2);
        }
        for edge in edges.filter(|edge| edge.length > 2) {
            offer(self.logs[edge.value as usize], edge.length);
        }
        let nothing = (0.0 - self.log_total + self.scores[at + 1].get(), 1);
        let (score, length) = best.unwrap_or(nothing);
        self.ends[at].set(at as u32 + length);
        score
    }
}
