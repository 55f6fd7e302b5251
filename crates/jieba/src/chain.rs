//! The loop that finds the best route through a piece of text. `route.rs` defines the scores and
//! prepares the input. The loop goes from the end of the piece to its beginning, because the score
//! of a character depends on the scores after it. The code for some kinds of CPU handles several
//! parts of a piece side by side. It computes the same as [`Chain::walk`].

use super::builder::layout::ABSENT;
use super::piece::Edge;
use super::tables::Tables;
use std::cell::Cell;

/// A number greater than any score, which marks a [`choice`].
pub(crate) const CHOICE: f64 = f64::from_bits(0x7e70_0000_0000_0000);

/// Returns the mark for a character at which several longer words begin. The mark takes the place
/// of the logarithm that a single word would have. It is at least [`CHOICE`], and its lowest bits
/// hold the index of the first of these words in the list of edges.
pub(crate) fn choice(first_edge: u32) -> f64 {
    f64::from_bits(CHOICE.to_bits() | u64::from(first_edge))
}

/// The route as two sets of characters: those at which it takes a two-character word, and those at
/// which it takes a longer word. Bit `i % 64` of element `i / 64` stands for character `i`.
pub(crate) struct Sets<'a> {
    pub twos: &'a mut [u64],
    pub longer: &'a mut [u64],
}

impl Sets<'_> {
    /// Adds up to 64 characters to each set. The lowest bit of `twos` and of `longer` stands for
    /// character `at`.
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

/// The input of the walk through a piece of text, and the scores that the walk computes.
pub(crate) struct Chain<'a> {
    /// Indexed by the character's position, as all fields up to `scores`: the character's code (its
    /// number in the dictionary).
    pub codes: &'a [u16],
    /// The value of the two-character word that begins here, or 0 if there is no such word.
    pub pairs: &'a [u32],
    /// ln(frequency) - ln(total) of the longer word (three or more characters) that begins here;
    /// NaN if there is no such word; a [`choice`] if there are several candidates.
    pub longer_logs: &'a [f64],
    /// Where the longer word that begins here ends. If there are several candidates, this is the
    /// end of the piece until the walk has chosen one of them.
    pub ends: &'a [Cell<u32>],
    /// The score of the best route from here to the end of the block. Every number in `ends` is a
    /// valid index of this array.
    pub scores: &'a [Cell<f64>],
    /// Indexed by the code of a character; see `Tables::single_log`.
    pub single_logs: &'a [f64],
    /// Indexed by the value of a word; see `Tables::logs`.
    pub logs: &'a [f64],
    /// ln(total), where the total is the sum of the frequencies of all words.
    pub log_total: f64,
    /// The longer words and the added words, ordered by first character, then by length.
    pub edges: &'a [Edge],
    /// Whether a single character with frequency zero does not count as a word.
    pub zero_is_absent: bool,
    pub tables: &'a Tables,
}

/// The lowest possible score of a character in a block, and of a gap (a character outside all
/// blocks). A gap always gets its lowest score, 0, so the sum of each block begins with 0.
static FLOORS: [f64; 2] = [f64::NEG_INFINITY, 0.0];

impl Chain<'_> {
    /// Computes the scores from `to` down to `from`. The scores from `to` to the end of the block
    /// must be known already. This function is not inlined, so that the compiler keeps all
    /// variables of the loop in registers.
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
                // The compiler turns these `if`s into instructions for maxima and comparisons, not
                // into branches, which the CPU would often mispredict. `two` and `long` are NaN
                // where there is no such word. In a gap `one` is less than the floor.
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

    /// Chooses the best of all words that begin at character `at`. Stores in `ends` where this word
    /// ends, and returns its score.
    #[cold]
    #[inline(never)]
    pub fn choose_among_all(&self, at: usize) -> f64 {
        let (code, pair) = (usize::from(self.codes[at]), self.pairs[at]);
        let mut single = self.single_logs[code];
        let absent = self.tables.single_value[code] == 0;
        if absent || self.zero_is_absent && single == f64::NEG_INFINITY {
            single = f64::NAN;
        }
        // If `longer_logs` holds no [`choice`] here, this number is larger than the index of any
        // edge.
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
        // A word of one character that a caller added has an edge. The value of this edge is 0 if
        // the word was added with frequency 0, so that it counts as removed.
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
