//! Finds the route through four parts of a piece at a time, one in each lane of a vector; see
//! `chain.rs`.
#![allow(unsafe_code)]

use crate::builder::layout::{ABSENT, GAP};
use crate::chain::{CHOICE, Chain, Sets};
use std::arch::x86_64::*;

/// See `Cpu::four_parts`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn four_parts(chain: &Chain<'_>, ends: [usize; 4], steps: usize, sets: &mut Sets<'_>) {
    let count = chain.codes.len();
    assert!(ends.iter().all(|end| (steps..=count).contains(end)));
    // Check all indices together, which takes a tenth of the time of checking each access.
    let largest_code = chain.codes.iter().fold(0, |most, &code| most.max(code));
    let largest_pair = chain.pairs.iter().fold(0, |most, &pair| most.max(pair));
    let last_end = chain.ends.iter().fold(0, |most, end| most.max(end.get()));
    assert!(usize::from(largest_code) < chain.single_logs.len());
    assert!((largest_pair as usize) < chain.logs.len());
    assert!((last_end as usize) < chain.scores.len());
    let (codes, pairs) = (chain.codes, &chain.pairs[..count]);
    let (longer_logs, longer_ends) = (&chain.longer_logs[..count], &chain.ends[..count]);
    let (own_scores, scores) = (&chain.scores[..count], chain.scores);
    let (single_logs, logs) = (chain.single_logs, chain.logs);

    let all = |n: f64| _mm256_set1_pd(n);
    let lanes = |n: [f64; 4]| _mm256_set_pd(n[3], n[2], n[1], n[0]);
    let (log_total, gap, minus) = (all(chain.log_total), all(GAP), all(-0.0));
    let (choice, minus_infinity) = (all(CHOICE), all(f64::NEG_INFINITY));
    let absent = _mm256_castpd_si256(all(ABSENT));
    let (mut after_one, mut after_two) = (all(0.0), all(0.0));
    // The positions have 32 bits. From positions of 64 bits, the compiler would make a pointer into
    // every array for each of them.
    let mut at = ends.map(|end| end as u32);
    let mut done = 0;
    while done < steps {
        let now = (steps - done).min(64);
        let (mut twos, mut longer) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for _ in 0..now {
            at = at.map(|at| at.wrapping_sub(1));
            // SAFETY: the positions go down from `ends` once per step, so they are in `0..count`,
            // and the arrays have `count` entries. No code, value or end is larger than the largest
            // one, which is checked above. The walk changes only ends that it has passed.
            let (single, two, long_log, long_score) = unsafe {
                (
                    lanes(at.map(|at| {
                        *single_logs.get_unchecked(usize::from(*codes.get_unchecked(at as usize)))
                    })),
                    lanes(
                        at.map(|at| {
                            *logs.get_unchecked(*pairs.get_unchecked(at as usize) as usize)
                        }),
                    ),
                    lanes(at.map(|at| *longer_logs.get_unchecked(at as usize))),
                    lanes(at.map(|at| {
                        let end = longer_ends.get_unchecked(at as usize).get();
                        scores.get_unchecked(end as usize).get()
                    })),
                )
            };
            let mut long = _mm256_add_pd(long_log, long_score);
            let two = _mm256_add_pd(_mm256_sub_pd(two, log_total), after_two);
            let in_gap = _mm256_cmp_pd::<_CMP_EQ_OQ>(single, gap);
            let floor = _mm256_andnot_pd(in_gap, minus_infinity);
            // `_mm256_max_pd` returns its second operand if one of its operands is NaN.
            let best = _mm256_max_pd(long, _mm256_max_pd(two, floor));
            // If the character is no word and another word begins here, the score of the character
            // as a word becomes NaN.
            let is_absent = _mm256_cmpeq_epi64(_mm256_castpd_si256(single), absent);
            let has_other = _mm256_or_pd(
                _mm256_cmp_pd::<_CMP_ORD_Q>(two, two),
                _mm256_cmp_pd::<_CMP_ORD_Q>(long, long),
            );
            let one = _mm256_add_pd(_mm256_sub_pd(single, log_total), after_one);
            let without = _mm256_and_pd(_mm256_castsi256_pd(is_absent), has_other);
            let mut best = _mm256_max_pd(_mm256_or_pd(one, without), best);
            let is_choice = _mm256_cmp_pd::<_CMP_GE_OQ>(_mm256_andnot_pd(minus, best), choice);
            let choices = _mm256_movemask_pd(is_choice);
            if choices != 0 {
                best = choose(chain, at, best, choices);
                long = _mm256_blendv_pd(long, best, is_choice);
            }
            let takes_longer = _mm256_cmp_pd::<_CMP_GE_OQ>(long, best);
            let takes_two = _mm256_andnot_pd(takes_longer, _mm256_cmp_pd::<_CMP_GE_OQ>(two, best));
            // Appends a bit to each lane of `bits`. In `lanes`, a lane where the condition holds is
            // all ones, which is -1.
            let append = |bits, lanes| {
                _mm256_sub_epi64(_mm256_add_epi64(bits, bits), _mm256_castpd_si256(lanes))
            };
            (twos, longer) = (append(twos, takes_two), append(longer, takes_longer));
            (after_one, after_two) = (best, after_one);
            let mut best_scores = [0.0; 4];
            // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
            unsafe { _mm256_storeu_pd(best_scores.as_mut_ptr(), best) };
            for (at, score) in at.into_iter().zip(best_scores) {
                // SAFETY: the position is in `0..count`, and the array has `count` entries.
                unsafe { own_scores.get_unchecked(at as usize) }.set(score);
            }
        }
        done += now;
        let (mut two_bits, mut longer_bits) = ([0u64; 4], [0u64; 4]);
        // SAFETY: the arrays have 32 bytes, and the instruction needs no alignment.
        unsafe {
            _mm256_storeu_si256(two_bits.as_mut_ptr().cast(), twos);
            _mm256_storeu_si256(longer_bits.as_mut_ptr().cast(), longer);
        }
        for (end, (two_bits, longer_bits)) in
            ends.into_iter().zip(two_bits.into_iter().zip(longer_bits))
        {
            sets.add(end - done, two_bits, longer_bits);
        }
    }
}

/// Returns `scores` with the score of the best word in the lanes that `choices` names. Until then,
/// these lanes hold only a mark that there are several candidates.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn choose(chain: &Chain<'_>, at: [u32; 4], scores: __m256d, choices: i32) -> __m256d {
    let mut all = [0.0; 4];
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_storeu_pd(all.as_mut_ptr(), scores) };
    for (lane, (at, score)) in at.into_iter().zip(&mut all).enumerate() {
        if choices >> lane & 1 == 1 {
            *score = chain.choose_among_all(at as usize);
        }
    }
    _mm256_set_pd(all[3], all[2], all[1], all[0])
}
