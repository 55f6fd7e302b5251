//! The hidden Markov model that finds words the dictionary does not have.
//!
//! Each character is in one of four states: it is the begin (B), end (E) or middle (M) of a word,
//! or a single word (S). The Viterbi algorithm finds the most probable sequence of states. The
//! additions are in the same order as in jieba-rs and Python jieba, so the scores are equal to the
//! last bit. Of two equally good predecessors the second wins.

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
        // B and S follow E or S. E and M follow B or M.
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

/// Whether two characters are one word. The start scores of E and M are so low that they never win.
/// So only two sequences are possible: BE and SS.
#[inline(always)]
pub(crate) fn is_one_word(model: &Model, codes: &[u16; 2]) -> bool {
    let [first, second] = codes.map(|code| &model.emissions[usize::from(code - HAN_START)]);
    let [from_b, _, _, from_s] = &model.transitions;
    let b_e = model.start[0] + first[0] + from_b[1] + second[1];
    let s_s = model.start[3] + first[3] + from_s[3] + second[3];
    b_e > s_s
}

/// Which of three characters continue a word: bit 0 for the second and bit 1 for the third. Only
/// four sequences are possible: BME, BES, SBE and SSS.
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
    // Arithmetic, because the CPU would often mispredict branches.
    let ends_with_e = u64::from(to_e > to_s);
    ends_with_e << 1 | ends_with_e & u64::from(!splits_e) | !ends_with_e & u64::from(joins_s)
}

/// The longest run, in characters, that is cut side by side with others.
pub(crate) const MAX_SHORT: usize = 32;

/// A run of characters in a piece.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    /// Index of its first character.
    pub from: u32,
    /// Its length in characters.
    pub length: u32,
}

/// Buffer for four runs that are cut side by side: by character, the predecessors that the states
/// of each run chose.
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
