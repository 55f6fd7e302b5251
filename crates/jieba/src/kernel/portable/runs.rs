//! The hidden Markov model over one run of characters; see `hmm.rs`.
//!
//! For each character, one number (a choice) packs the best predecessor of every state: begin, end
//! and middle of a word (B, E, M) and single (S). With the states doubled, each step back through
//! the run is a shift and a mask, without branches:
//!
//! ```text
//! B = 0, E = 2, M = 4, S = 6          doubled states
//! previous = (choice >> state) & 6
//! bit 1 of a state: a word ends here  (E and S)
//! ```

use crate::builder::codes::HAN_START;
use crate::hmm::MAX_SHORT;
use crate::tables::{Model, Row};

/// Finds where words end in a run of 2 to [`MAX_SHORT`] characters. Bit `i` is set if a word ends after
/// character `i`.
#[inline(always)]
pub fn find_ends(model: &Model, codes: &[u16]) -> u64 {
    let row = |code: u16| -> &Row { &model.emissions[usize::from(code.wrapping_sub(HAN_START))] };
    let [from_b, from_e, from_m, from_s] = &model.transitions;
    let &[first, ref between @ .., last] = codes else { return 1 };
    let first = row(first);
    let mut scores: Row = std::array::from_fn(|state| model.start[state] + first[state]);
    let mut choices = [0u32; MAX_SHORT];
    // The states B (begin of a word) and S (single) follow E (end) or S. E and M (middle) follow B
    // or M. Of two equally good predecessors the second wins.
    for (&code, choice) in between.iter().zip(&mut choices) {
        let row = row(code);
        let [b, e, m, s] = scores;
        let (b_one, b_two) = (e + from_e[0] + row[0], s + from_s[0] + row[0]);
        let (e_one, e_two) = (b + from_b[1] + row[1], m + from_m[1] + row[1]);
        let (m_one, m_two) = (b + from_b[2] + row[2], m + from_m[2] + row[2]);
        let (s_one, s_two) = (e + from_e[3] + row[3], s + from_s[3] + row[3]);
        *choice = (2 | 2 << 6)
            | unless_greater(b_one, b_two) << 2
            | unless_greater(e_one, e_two) << 4
            | unless_greater(m_one, m_two) << 6
            | unless_greater(s_one, s_two) << 8;
        scores = [
            greater(b_one, b_two),
            greater(e_one, e_two),
            greater(m_one, m_two),
            greater(s_one, s_two),
        ];
    }
    // The last character ends a word, so its state is E (end) or S (single).
    let row = row(last);
    let [b, e, m, s] = scores;
    let (e_one, e_two) = (b + from_b[1] + row[1], m + from_m[1] + row[1]);
    let (s_one, s_two) = (e + from_e[3] + row[3], s + from_s[3] + row[3]);
    let ended = greater(e_one, e_two);
    let single = greater(s_one, s_two);
    // The state before the last one, doubled: if the last state is E, and if it is S.
    let before_ended = unless_greater(e_one, e_two) << 2;
    let before_single = 2 | unless_greater(s_one, s_two) << 2;
    let mut state = if ended > single { before_ended } else { before_single };
    let mut ends = 1;
    for &choice in choices[..between.len()].iter().rev() {
        ends = ends << 1 | u64::from(state >> 1 & 1);
        state = choice >> state & 6;
    }
    ends << 1 | u64::from(state >> 1 & 1)
}

#[inline(always)]
fn unless_greater(one: f64, two: f64) -> u32 {
    u32::from(one <= two)
}

/// The first if it is greater, otherwise the second.
#[inline(always)]
fn greater(one: f64, two: f64) -> f64 {
    if one > two { one } else { two }
}
