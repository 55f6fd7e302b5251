//! The hidden Markov model that finds words that are in no dictionary.
//!
//! Each character is in one of four states: it is the beginning (B), the end (E) or the middle (M)
//! of a word, or a word of its own (S, single). The Viterbi algorithm finds the most probable
//! sequence of states. The additions are in the same order as in jieba-rs and Python jieba, so the
//! scores are equal to the last bit. Each state has two possible predecessors. If both give the
//! same score, the second one wins.

use super::builder::codes::HAN_START;
use super::tables::{Model, Row};

/// Finds where words end: `ends[i]` becomes 1 if a word ends after character `i`, otherwise 0.
/// `choices` and `ends` must be at least as long as `codes`.
#[inline(always)]
pub(crate) fn find_ends(model: &Model, codes: &[u16], choices: &mut [u8], ends: &mut [u8]) {
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
        // States B and S can only follow E or S. States E and M can only follow B or M. `one` has
        // the scores by way of the first of these two predecessors, `two` those by way of the
        // second.
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

/// Whether the model makes one word of two characters. The first character is never in state E
/// (end) or M (middle), because their start scores are too low. So only two sequences of states are
/// possible: BE, which is one word, and SS, which is two.
#[inline(always)]
pub(crate) fn is_one_word(model: &Model, codes: &[u16; 2]) -> bool {
    let [first, second] = codes.map(|code| &model.emissions[usize::from(code - HAN_START)]);
    let [from_b, _, _, from_s] = &model.transitions;
    let b_e = model.start[0] + first[0] + from_b[1] + second[1];
    let s_s = model.start[3] + first[3] + from_s[3] + second[3];
    b_e > s_s
}

/// Which of three characters continue a word: bit 0 stands for the second, and bit 1 for the third.
/// Only four sequences of states (B begin, M middle, E end, S single) are possible: BME, BES, SBE
/// and SSS.
#[inline(always)]
pub(crate) fn inside_words(model: &Model, codes: &[u16; 3]) -> u64 {
    let [first, second, third] = codes.map(|code| &model.emissions[usize::from(code - HAN_START)]);
    let [from_b, from_e, from_m, from_s] = &model.transitions;
    let (b, s) = (model.start[0] + first[0], model.start[3] + first[3]);
    let (b_e, b_m) = (b + from_b[1] + second[1], b + from_b[2] + second[2]);
    let (s_b, s_s) = (s + from_s[0] + second[0], s + from_s[3] + second[3]);
    let (s_b_e, b_m_e) = (s_b + from_b[1] + third[1], b_m + from_m[1] + third[1]);
    let (b_e_s, s_s_s) = (b_e + from_e[3] + third[3], s_s + from_s[3] + third[3]);
    let (splits_e, joins_s) = (s_b_e > b_m_e, b_e_s > s_s_s);
    let to_e = if splits_e { s_b_e } else { b_m_e };
    let to_s = if joins_s { b_e_s } else { s_s_s };
    // The result is computed without branches, because the CPU would often mispredict them.
    let ends_with_e = u64::from(to_e > to_s);
    ends_with_e << 1 | ends_with_e & u64::from(!splits_e) | !ends_with_e & u64::from(joins_s)
}

/// The length in characters of the longest run that is cut side by side with other runs.
pub(crate) const MAX_SHORT: usize = 32;

/// A run in a piece of text: neighbouring characters that the best route takes one by one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    /// Index of the run's first character in the piece.
    pub from: u32,
    /// The run's length in characters.
    pub length: u32,
}

/// Buffer for four runs that are cut side by side. Indexed by the character's position in its run,
/// then by run: the predecessors that the four states of this character chose.
pub(crate) type Choices = [[u64; 4]; MAX_SHORT + 1];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::codes::HAN_END;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn two_and_three_characters_are_cut_as_any_number(
            codes in prop::array::uniform3(prop_oneof![HAN_START..HAN_START + 2000, HAN_START..HAN_END])
        ) {
            for model in [Model::jieba_rs(), Model::python()] {
                let (mut choices, mut ends) = ([0; 3], [0; 3]);
                find_ends(&model, &codes, &mut choices, &mut ends);
                let expected = u64::from(ends[0] ^ 1) | u64::from(ends[1] ^ 1) << 1;
                prop_assert_eq!(inside_words(&model, &codes), expected);
                find_ends(&model, &codes[..2], &mut choices, &mut ends);
                let is_one = is_one_word(&model, codes.first_chunk().unwrap());
                prop_assert_eq!(is_one, ends[0] == 0);
            }
        }
    }
}
