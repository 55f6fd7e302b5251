//! The hidden Markov model over four runs of characters at a time, one in each lane of a vector;
//! see `hmm.rs`.
//!
//! For each character, one number (a choice) packs the best predecessor of every state, as in
//! `portable/runs.rs`. Here there is also a state 4, which stands for the end of a run. Its
//! predecessor is E (end of a word) or S (single).
#![allow(unsafe_code)]

use crate::builder::codes::HAN_START;
use crate::hmm::{Choices, Run};
use crate::tables::Model;
use std::arch::x86_64::*;

/// See `Cpu::find_ends_of_four`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn find_ends_of_four(
    model: &Model,
    codes: &[u16],
    runs: &[Run; 4],
    choices: &mut Choices,
) -> [u64; 4] {
    let longest = runs.iter().fold(0, |longest, run| longest.max(run.length)) as usize;
    let lasts = runs.map(|run| run.length as usize - 1);
    let codes = runs.map(|run| &codes[run.from as usize..][..run.length as usize]);
    // The emissions of the characters at position `at` of the four runs: a vector for each state,
    // with a lane for each run.
    let rows = |at: usize| -> [__m256d; 4] {
        let rows: [__m256d; 4] = std::array::from_fn(|lane| {
            // A run that has ended repeats its last character. These emissions have no effect.
            let code = codes[lane][at.min(lasts[lane])];
            let row = &model.emissions[usize::from(code - HAN_START)];
            // SAFETY: a row is four numbers of eight bytes, and the instruction needs no alignment.
            unsafe { _mm256_loadu_pd(row.as_ptr()) }
        });
        let low = [_mm256_unpacklo_pd(rows[0], rows[1]), _mm256_unpacklo_pd(rows[2], rows[3])];
        let high = [_mm256_unpackhi_pd(rows[0], rows[1]), _mm256_unpackhi_pd(rows[2], rows[3])];
        [
            _mm256_permute2f128_pd::<0x20>(low[0], low[1]),
            _mm256_permute2f128_pd::<0x20>(high[0], high[1]),
            _mm256_permute2f128_pd::<0x31>(low[0], low[1]),
            _mm256_permute2f128_pd::<0x31>(high[0], high[1]),
        ]
    };
    let add = |a, b| _mm256_add_pd(a, b);
    // `bit` in the lanes where `first` is not greater than `second`, 0 in the others.
    let unless_greater = |first, second, bit: i64| {
        let greater = _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_GT_OQ>(first, second));
        _mm256_andnot_si256(greater, _mm256_set1_epi64x(bit))
    };
    let [from_b, from_e, from_m, from_s] =
        model.transitions.map(|row| row.map(|n| _mm256_set1_pd(n)));
    let first = rows(0);
    let mut scores: [__m256d; 4] =
        std::array::from_fn(|state| add(_mm256_set1_pd(model.start[state]), first[state]));
    let end = |e, s| {
        _mm256_or_si256(_mm256_set1_epi64x(2 | 2 << 6 | 2 << 8), unless_greater(e, s, 4 << 8))
    };
    for (at, choice) in (1..longest).zip(&mut choices[1..]) {
        let row = rows(at);
        let [b, e, m, s] = scores;
        let mut chosen = end(e, s);
        let mut step = |state: usize, first, second| {
            let (first, second) = (add(first, row[state]), add(second, row[state]));
            chosen = _mm256_or_si256(chosen, unless_greater(first, second, 4 << (2 * state)));
            // `_mm256_max_pd` returns `first` if it is greater, otherwise `second`.
            _mm256_max_pd(first, second)
        };
        scores = [
            step(0, add(e, from_e[0]), add(s, from_s[0])),
            step(1, add(b, from_b[1]), add(m, from_m[1])),
            step(2, add(b, from_b[2]), add(m, from_m[2])),
            step(3, add(e, from_e[3]), add(s, from_s[3])),
        ];
        // SAFETY: a choice is four numbers of eight bytes, and the instruction needs no alignment.
        unsafe { _mm256_storeu_si256(choice.as_mut_ptr().cast(), chosen) };
    }
    let lengths = _mm256_set_epi64x(
        i64::from(runs[3].length),
        i64::from(runs[2].length),
        i64::from(runs[1].length),
        i64::from(runs[0].length),
    );
    let (after_end, six, two) =
        (_mm256_set1_epi64x(8), _mm256_set1_epi64x(6), _mm256_set1_epi64x(2));
    let (mut ends, mut states) = (_mm256_setzero_si256(), after_end);
    let mut back = |at: usize, choice| {
        let before = _mm256_and_si256(_mm256_srlv_epi64(choice, states), six);
        let too_late = _mm256_cmpgt_epi64(_mm256_set1_epi64x(at as i64), lengths);
        states = _mm256_blendv_epi8(before, after_end, too_late);
        ends = _mm256_or_si256(_mm256_slli_epi64::<1>(ends), _mm256_and_si256(states, two));
    };
    back(longest, end(scores[1], scores[3]));
    for (at, choice) in choices[..longest].iter().enumerate().skip(1).rev() {
        // SAFETY: a choice is four numbers of eight bytes, and the instruction needs no alignment.
        back(at, unsafe { _mm256_loadu_si256(choice.as_ptr().cast()) });
    }
    // Bit 1 of a doubled state says that a word ends, so all bits are one place too high.
    let ends = _mm256_srli_epi64::<1>(ends);
    let mut out = [0; 4];
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), ends) };
    out
}
