//! Finds the route through two parts of a piece at a time, one in each lane of a vector; see
//! `chain.rs`.

use crate::builder::layout::GAP;
use crate::chain::{CHOICE, Chain, Sets};
use std::arch::x86_64::*;

/// See `Cpu::four_parts`.
#[target_feature(enable = "sse2")]
pub(super) fn four_parts(chain: &Chain<'_>, ends: [usize; 4], steps: usize, sets: &mut Sets<'_>) {
    let [first, second, third, fourth] = ends;
    two_parts(chain, [first, second], steps, sets);
    two_parts(chain, [third, fourth], steps, sets);
}

/// Computes the scores of the last `steps` characters of two parts, which end at `ends`. This
/// function is not inlined, so that all variables of its loop are in registers.
#[inline(never)]
#[target_feature(enable = "sse2")]
fn two_parts(chain: &Chain<'_>, ends: [usize; 2], steps: usize, sets: &mut Sets<'_>) {
    let count = chain.codes.len();
    let (codes, pairs) = (&chain.codes[..count], &chain.pairs[..count]);
    let (longer_logs, longer_ends) = (&chain.longer_logs[..count], &chain.ends[..count]);
    let (own_scores, scores) = (&chain.scores[..count], chain.scores);
    let (single_logs, logs) = (chain.single_logs, chain.logs);

    let both = |n: f64| _mm_set1_pd(n);
    let lanes = |n: [f64; 2]| _mm_set_pd(n[1], n[0]);
    let (log_total, gap, minus) = (both(chain.log_total), both(GAP), both(-0.0));
    let (choice, minus_infinity) = (both(CHOICE), both(f64::NEG_INFINITY));
    let (mut after_one, mut after_two) = (both(0.0), both(0.0));
    // The positions have 32 bits. From positions of 64 bits, the compiler would make a pointer into
    // every array for each of them.
    let mut at = ends.map(|end| end as u32);
    let mut done = 0;
    while done < steps {
        let now = (steps - done).min(64);
        let (mut twos, mut longer) = (_mm_setzero_si128(), _mm_setzero_si128());
        for _ in 0..now {
            at = at.map(|at| at.wrapping_sub(1));
            let positions = at.map(|at| at as usize);
            let single = lanes(positions.map(|at| single_logs[usize::from(codes[at])]));
            let two = lanes(positions.map(|at| logs[pairs[at] as usize]));
            let long_log = lanes(positions.map(|at| longer_logs[at]));
            let long_score =
                lanes(positions.map(|at| scores[longer_ends[at].get() as usize].get()));
            let mut long = _mm_add_pd(long_log, long_score);
            let two = _mm_add_pd(_mm_sub_pd(two, log_total), after_two);
            let floor = _mm_andnot_pd(_mm_cmpeq_pd(single, gap), minus_infinity);
            // `_mm_max_pd` returns its second operand if one of its operands is NaN.
            let best = _mm_max_pd(long, _mm_max_pd(two, floor));
            // If the character is no word (its logarithm is -0.0) and another word begins here, the
            // score of the character as a word becomes NaN, because all its upper bits are set.
            let has_other = _mm_or_pd(_mm_cmpord_pd(two, two), _mm_cmpord_pd(long, long));
            let is_zero = _mm_cmpeq_pd(single, _mm_setzero_pd());
            let sign = _mm_and_pd(_mm_and_pd(is_zero, single), has_other);
            let without = _mm_castsi128_pd(_mm_srai_epi32::<31>(_mm_castpd_si128(sign)));
            let one = _mm_add_pd(_mm_sub_pd(single, log_total), after_one);
            let mut best = _mm_max_pd(_mm_or_pd(one, without), best);
            let is_choice = _mm_cmpge_pd(_mm_andnot_pd(minus, best), choice);
            let choices = _mm_movemask_pd(is_choice);
            if choices != 0 {
                best = choose(chain, positions, best, choices);
                long = _mm_or_pd(_mm_and_pd(is_choice, best), _mm_andnot_pd(is_choice, long));
            }
            let takes_longer = _mm_cmpge_pd(long, best);
            let takes_two = _mm_andnot_pd(takes_longer, _mm_cmpge_pd(two, best));
            // Appends a bit to each lane of `bits`. In `lanes`, a lane where the condition holds is
            // all ones, which is -1.
            let append =
                |bits, lanes| _mm_sub_epi64(_mm_add_epi64(bits, bits), _mm_castpd_si128(lanes));
            (twos, longer) = (append(twos, takes_two), append(longer, takes_longer));
            (after_one, after_two) = (best, after_one);
            for (at, score) in positions.into_iter().zip(numbers(best)) {
                own_scores[at].set(score);
            }
        }
        done += now;
        let bits = |lanes| numbers(_mm_castsi128_pd(lanes)).map(f64::to_bits);
        for ((end, twos), longer) in ends.into_iter().zip(bits(twos)).zip(bits(longer)) {
            sets.add(end - done, twos, longer);
        }
    }
}

/// The two lanes of a vector as an array.
#[inline]
#[target_feature(enable = "sse2")]
fn numbers(lanes: __m128d) -> [f64; 2] {
    [_mm_cvtsd_f64(lanes), _mm_cvtsd_f64(_mm_unpackhi_pd(lanes, lanes))]
}

/// Returns `scores` with the score of the best word in the lanes that `choices` names. Until then,
/// these lanes hold only a mark that there are several candidates.
#[cold]
#[inline(never)]
#[target_feature(enable = "sse2")]
fn choose(chain: &Chain<'_>, at: [usize; 2], scores: __m128d, choices: i32) -> __m128d {
    let mut both = numbers(scores);
    for (lane, (at, score)) in at.into_iter().zip(&mut both).enumerate() {
        if choices >> lane & 1 == 1 {
            *score = chain.choose_among_all(at);
        }
    }
    _mm_set_pd(both[1], both[0])
}
