//! The hidden Markov model that finds words the dictionary does not have.
//!
//! Every character is the begin, end or middle of a word, or a word (B, E, M, S). The Viterbi
//! algorithm finds the most probable sequence; additions are in the order in which jieba-rs and
//! Python jieba make them, and of equal predecessors the second wins.

use super::builder::codes::HAN_START;
use super::tables::{Model, Row};

/// Finds where words end: `ends[i]` becomes 1 if one ends after character `i`.
#[inline(always)]
pub(super) fn find_ends(model: &Model, codes: &[u16], choices: &mut Vec<u8>, ends: &mut Vec<u8>) {
    if choices.len() < codes.len() {
        choices.resize(codes.len().next_power_of_two(), 0);
        ends.resize(codes.len().next_power_of_two(), 0);
    }
    let (choices, ends) = (&mut choices[..codes.len()], &mut ends[..codes.len()]);
    let emissions = |code: u16| -> &Row { &model.emissions[usize::from(code - HAN_START)] };
    let Some((&first, rest)) = codes.split_first() else { return };

    let mut scores = model.start;
    for (score, emission) in scores.iter_mut().zip(emissions(first)) {
        *score += emission;
    }
    let [from_b, from_e, from_m, from_s] = &model.transitions;
    for (&code, choice) in rest.iter().zip(&mut choices[1..]) {
        let row = emissions(code);
        let [b, e, m, s] = scores;
        // Into B and S come E or S; into E and M come B or M.
        let one = [e + from_e[0], b + from_b[1], b + from_b[2], e + from_e[3]];
        let two = [s + from_s[0], m + from_m[1], m + from_m[2], s + from_s[3]];
        *choice = 0;
        for state in 0..4 {
            let (one, two) = (one[state] + row[state], two[state] + row[state]);
            *choice |= u8::from(one > two) << state;
            scores[state] = if one > two { one } else { two };
        }
    }
    let mut state = if scores[1] > scores[3] { 1 } else { 3 };
    for (end, &choice) in ends.iter_mut().zip(&*choices).rev() {
        *end = state & 1;
        let first = choice >> state & 1 == 1;
        state = match (state, first) {
            (0 | 3, true) => 1,
            (0 | 3, false) => 3,
            (_, true) => 0,
            (_, false) => 2,
        };
    }
}

/// The longest run that is cut together with others.
pub(super) const MOST: usize = 32;

/// Han characters that follow each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    /// The first.
    pub from: u32,
    /// How many there are.
    pub length: u32,
}

/// Room for the choices of four runs.
pub(super) type Choices = [[u64; 4]; MOST + 1];

/// As [`find_ends`], for four runs of 2 to [`MOST`] characters at a time, which should be of about the
/// same length: bit `i` of a result is set if a word ends after character `i`.
///
/// States are numbered as above, and 4 is what follows a run's end. A *choice* is by state: which one
/// it came from; for state `s` twice that number is bits `2 * s + 1` and `2 * s + 2` of the choice.
#[inline(always)]
pub(super) fn find_ends_of_four(
    model: &Model,
    codes: &[u16],
    runs: &[Run; 4],
    choices: &mut Choices,
) -> [u64; 4] {
    let longest = runs.iter().fold(0, |longest, run| longest.max(run.length)) as usize;
    let row = |run: &Run, at: usize| -> &Row {
        // What follows a run's end does not count.
        let code = codes[run.from as usize + at.min(run.length as usize - 1)];
        &model.emissions[usize::from(code - HAN_START)]
    };
    let mut scores: [[f64; 4]; 4] = [[0.0; 4]; 4];
    for (lane, run) in runs.iter().enumerate() {
        let row = row(run, 0);
        for state in 0..4 {
            scores[state][lane] = model.start[state] + row[state];
        }
    }
    let [from_b, from_e, from_m, from_s] = &model.transitions;
    for (at, choice) in choices[1..=longest].iter_mut().enumerate() {
        let rows = runs.map(|run| *row(&run, at + 1));
        let [b, e, m, s] = scores;
        // Of the end.
        for lane in 0..4 {
            choice[lane] = 2 | 2 << 6 | 2 << 8 | if e[lane] > s[lane] { 0 } else { 4 << 8 };
        }
        let predecessors = [
            [(e, from_e), (s, from_s)],
            [(b, from_b), (m, from_m)],
            [(b, from_b), (m, from_m)],
            [(e, from_e), (s, from_s)],
        ];
        for (state, [first, second]) in predecessors.into_iter().enumerate() {
            for lane in 0..4 {
                let one = first.0[lane] + first.1[state] + rows[lane][state];
                let two = second.0[lane] + second.1[state] + rows[lane][state];
                choice[lane] |= if one > two { 0 } else { 4 << (2 * state) };
                scores[state][lane] = if one > two { one } else { two };
            }
        }
    }
    let (mut ends, mut states) = ([0u64; 4], [8u64; 4]);
    for (at, choice) in choices[..=longest].iter().enumerate().skip(1).rev() {
        for lane in 0..4 {
            let before = choice[lane] >> states[lane] & 6;
            states[lane] = if at as u64 > u64::from(runs[lane].length) { 8 } else { before };
            ends[lane] = ends[lane] << 1 | states[lane] >> 1 & 1;
        }
    }
    ends
}
