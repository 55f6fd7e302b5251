//! The most probable way through a piece's words, from its end to its beginning.
//!
//! A route's score is the sum of ln(frequency) - ln(total) of its words, added in this order in
//! double precision, since the last bit decides between words in real text: the scores must be
//! those of jieba-rs and Python jieba. Each block's sum begins with 0 at its end. Of two equal
//! scores the longer word's wins.
//!
//! Most words have one or two characters, so the route is a set: the characters at which it takes
//! two. The few words that are longer are a list beside it. [`Route::begins`] makes from both the
//! set of characters where the route's words begin, 64 characters at a time.

use super::builder::layout::ABSENT;
use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// The best way from every character of a piece.
#[derive(Debug, Default)]
pub(super) struct Route {
    /// Characters at which the way takes two: bit `i % 64` of word `i / 64` is character `i`.
    pub twos: Vec<u64>,
    /// Characters at which it takes three or more, and how many; descending.
    pub longer: Vec<(u32, u32)>,
}

/// Characters with even numbers.
const EVEN: u64 = 0x5555_5555_5555_5555;

impl Route {
    /// Fills `begins` with the first characters of the words on the way from the first of `count`
    /// characters; the end of the last word counts as one.
    #[inline(always)]
    pub fn begins(&self, count: usize, begins: &mut Vec<u64>) {
        begins.clear();
        let mut longer = self.longer.iter().rev().map(|&(at, length)| (at as usize, length));
        let mut long = longer.next();
        // Where the next word begins.
        let mut next = 0;
        for (&twos, start) in self.twos.iter().zip((0..).step_by(64)) {
            let mut set = 0;
            while next < start + 64 {
                while let Some((at, _)) = long
                    && at < next
                {
                    long = longer.next();
                }
                // What is between the next word and the longer one is ones and twos.
                let long_here = long.filter(|&(at, _)| at < start + 64);
                let before_long = long_here.map_or(u64::MAX, |(at, _)| (1 << (at - start)) - 1);
                let between = u64::MAX << (next - start) & before_long;
                let (inside, goes_on) = inside_twos(twos & between);
                set |= between & !inside;
                next = match long_here {
                    None => start + 64 + usize::from(goes_on),
                    Some((at, _)) if inside >> (at - start) & 1 == 1 => at + 1,
                    Some((at, length)) => {
                        set |= 1 << (at - start);
                        at + length as usize
                    }
                };
            }
            begins.push(set);
        }
        // After a token of one character another one begins, or the piece ends.
        begins.push(0);
        begins[count / 64] &= !(u64::MAX << (count % 64));
        begins[count / 64] |= 1 << (count % 64);
    }
}

/// The characters inside words of two, given where the way takes two and that a word begins after
/// every character where it does not: in every run of the set each second character, and the one
/// after the run if it is odd. Also returns whether that is the first of the next 64.
#[inline(always)]
fn inside_twos(twos: u64) -> (u64, bool) {
    let starts = twos & !(twos << 1);
    // Adding carries through a run to the character after it.
    let without_even_runs = twos.wrapping_add(starts & EVEN);
    let (even_runs, odd_runs) = (twos & !without_even_runs, twos & without_even_runs);
    ((even_runs << 1 & !EVEN) | (odd_runs << 1 & EVEN), odd_runs >> 63 == 1)
}

/// Fills the route for the first `count` characters. With `zero_is_absent`, a single character with
/// frequency zero is no word. A function of its own, so that all its loop uses is in registers.
#[inline(never)]
pub(super) fn find(
    tables: &Tables,
    log_total: f64,
    zero_is_absent: bool,
    count: usize,
    scratch: &mut Scratch,
) {
    let Scratch { codes, pairs, route, scores, edges, .. } = scratch;
    let (codes, pairs, scores) = (&codes[..count], &pairs[..count], &mut scores[..count + 1]);
    let (single_log, logs) = (&tables.single_log[..], &tables.logs[..]);
    route.longer.clear();
    route.twos.clear();
    route.twos.resize(count.div_ceil(64), 0);
    scores[count] = 0.0;
    let mut edges = &edges[..];
    let mut with_edges = edges.last().map_or(usize::MAX, |edge| edge.from as usize);
    let mut after = [0.0; 2];
    for (word, twos) in route.twos.iter_mut().enumerate().rev() {
        let start = 64 * word;
        let mut at = count.min(start + 64);
        while at > start {
            let low = if with_edges < at { start.max(with_edges + 1) } else { start };
            let stretch = Stretch { codes: &codes[low..at], pairs: &pairs[low..at] };
            let (taken, left) =
                stretch.find(single_log, logs, log_total, &mut scores[low..at], &mut after);
            *twos |= taken << (low - start);
            at = low + left;
            if at == start {
                break;
            }
            at -= 1;
            let (code, pair) = (usize::from(codes[at]), pairs[at]);
            let mut single = single_log[code];
            let absent = tables.single_value[code] == 0;
            if absent || zero_is_absent && single == f64::NEG_INFINITY {
                single = f64::NAN;
            }
            let mut first = edges.len().saturating_sub(1);
            let (best, step);
            match edges.get(first) {
                // One longer word, as nearly always.
                Some(edge)
                    if edge.from as usize == at
                        && edge.length > 2
                        && (first == 0 || edges[first - 1].from < edge.from) =>
                {
                    let one = single - log_total + after[0];
                    let one = if one.is_nan() { f64::NEG_INFINITY } else { one };
                    let two = logs[pair as usize] - log_total + after[1];
                    let long = logs[edge.value as usize] - log_total;
                    let long = long + scores[at + edge.length as usize];
                    let shorter = if two > one { two } else { one };
                    let length = if two >= shorter { 2 } else { 1 };
                    let takes_long = long >= shorter;
                    best = if takes_long { long } else { shorter };
                    step = if takes_long { edge.length } else { length };
                }
                _ => {
                    first = edges.len();
                    while first > 0 && edges[first - 1].from as usize >= at {
                        first -= 1;
                    }
                    (best, step) =
                        among_all(&edges[first..], single, pair, at, log_total, logs, scores);
                }
            }
            *twos |= u64::from(step == 2) << (at - start);
            if step > 2 {
                route.longer.push((at as u32, step));
            }
            edges = &edges[..first];
            with_edges = edges.last().map_or(usize::MAX, |edge| edge.from as usize);
            scores[at] = best;
            after = [best, after[0]];
        }
    }
}

/// The least score of a character in a block, and of one that is in none, which ends a block's sum.
static FLOORS: [f64; 2] = [f64::NEG_INFINITY, 0.0];

/// At most 64 characters at which no word of more than two characters begins.
struct Stretch<'a> {
    codes: &'a [u16],
    pairs: &'a [u32],
}

impl Stretch<'_> {
    /// Fills the scores, from the last to the first, given those of the two characters after, which
    /// become those of the two first. Ends early at a character that is no word but begins one, or
    /// has frequency zero. Returns the characters at which the way takes two, and how many are left.
    #[inline(always)]
    fn find(
        self,
        single_log: &[f64],
        logs: &[f64],
        log_total: f64,
        scores: &mut [f64],
        after: &mut [f64; 2],
    ) -> (u64, usize) {
        let [mut after_one, mut after_two] = *after;
        let (mut taken, mut left) = (0, scores.len());
        let characters = self.codes.iter().zip(self.pairs).zip(scores);
        for ((&code, &pair), score) in characters.rev() {
            let single = single_log[usize::from(code)];
            let one = single - log_total + after_one;
            let two = logs[pair as usize] - log_total + after_two;
            let floor = FLOORS[usize::from(code == 0)];
            // Written so that they become maxima and comparisons and no branches, which would be
            // guessed wrong all the time. `two` is NaN where no word has two characters, and in a gap;
            // there `one` is negative infinity.
            let at_least = if two > floor { two } else { floor };
            let best = if one > at_least { one } else { at_least };
            let absent = (single.to_bits() == ABSENT.to_bits()) & (pair != 0);
            if absent | (best == f64::NEG_INFINITY) {
                break;
            }
            taken = taken << 1 | u64::from(two >= best);
            *score = best;
            (after_one, after_two) = (best, after_one);
            left -= 1;
        }
        *after = [after_one, after_two];
        (taken << left, left)
    }
}

/// The best of all candidates at one character, among them words of any length.
#[inline(never)]
fn among_all(
    edges: &[Edge],
    single: f64,
    pair: u32,
    from: usize,
    log_total: f64,
    logs: &[f64],
    scores: &[f64],
) -> (f64, u32) {
    let mut best: Option<(f64, u32)> = None;
    let mut offer = |log: f64, length: u32| {
        let score = log - log_total + scores[from + length as usize];
        if best.is_none_or(|(highest, _)| score >= highest) {
            best = Some((score, length));
        }
    };
    // A word of one character that the user added comes as an edge, or with value 0 if removed.
    match edges.first().filter(|edge| edge.length == 1) {
        Some(edge) if edge.value != 0 => offer(logs[edge.value as usize], 1),
        None if !single.is_nan() => offer(single, 1),
        _ => {}
    }
    if pair != 0 {
        offer(logs[pair as usize], 2);
    }
    for edge in edges.iter().filter(|edge| edge.length > 2) {
        offer(logs[edge.value as usize], edge.length);
    }
    best.unwrap_or((0.0 - log_total + scores[from + 1], 1))
}

#[cfg(test)]
mod tests {
    use super::Route;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn begins_are_those_of_a_walk_in_steps(
            steps in prop::collection::vec(prop_oneof![4 => 1..3usize, 1 => 1..9usize, 1 => 2..3usize], 0..300)
        ) {
            let count = steps.len();
            let mut route = Route { twos: vec![0; count.div_ceil(64)], longer: Vec::new() };
            for (at, &step) in steps.iter().enumerate().rev() {
                let step = step.min(count - at);
                match step {
                    1 => {}
                    2 => route.twos[at / 64] |= 1 << (at % 64),
                    _ => route.longer.push((at as u32, step as u32)),
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
