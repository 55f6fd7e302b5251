//! SHA-256 with the SHA instructions of x86, of two or four streams in turns.
//!
//! ```text
//!  for each block, for each four of the 64 rounds, for each stream:
//!      message + constants  ──►  two rounds on one half of the state, two on the other
//!      the next four words of the message schedule
//! ```
//! The streams do not depend on each other, so the instructions of one fill the time in which those
//! of another wait.
//!
//! Source of the algorithm: FIPS 180-4, section 6.2.2; of the instructions: Intel's manual, volume
//! 2, SHA256RNDS2.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_set_epi64x, _mm_setzero_si128,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32,
};
use core::ops::Range;

use super::constants::CONSTANTS;
use crate::engine::engine;
use crate::schedule::{Feed, Words};
use crate::vector::sha::{self, Sha, load, store};
use sha2::block_api::compress256;

// The crate uses the same instructions for one stream.
engine! {
    Sha, Engine<u32, 8, 64>, one: compress256,
    4 from 4: side_by_side::<4>,
    2 from 2: side_by_side::<2>,
}

/// The state of a stream in the order that the instructions want: the words A, B, E and F in one
/// register, and C, D, G and H in the other, each from the highest word to the lowest.
#[inline]
#[target_feature(enable = "sha,avx")]
fn to_halves(words: [u32; 8]) -> [__m128i; 2] {
    let [a, b, c, d, e, f, g, h] = words;
    [load(&[f, e, b, a]), load(&[h, g, d, c])]
}

/// The opposite of [`to_halves`].
#[inline]
#[target_feature(enable = "sha,avx")]
fn to_words(halves: [__m128i; 2]) -> [u32; 8] {
    let [[f, e, b, a], [h, g, d, c]] = halves.map(|half| store(half));
    [a, b, c, d, e, f, g, h]
}

/// Advances the first `L` lanes of `words` by the blocks that `feed` has for this span of time.
///
/// # Panics
///
/// If one of these lanes has no block for a time in `span`.
#[expect(clippy::needless_range_loop, reason = "an index counts blocks or lanes in several arrays")]
#[target_feature(enable = "sha,avx")]
fn side_by_side<const L: usize>(
    _: Sha,
    words: &mut Words<u32, 8>,
    feed: &Feed<'_, 64>,
    span: &Range<u32>,
) {
    let mut views: [&[[u8; 64]]; L] = [&[]; L];
    let mut states = [[_mm_setzero_si128(); 2]; L];
    for lane in 0..L {
        views[lane] = feed.due(lane, span);
        states[lane] = to_halves(words.0.map(|row| row[lane]));
    }
    // Each word of a block has its highest byte first.
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let fours: &[[u32; 4]] = CONSTANTS.as_chunks().0;
    for index in 0..span.len() {
        let old = states;
        let mut message = [[_mm_setzero_si128(); 4]; L];
        for lane in 0..L {
            message[lane] = sha::message(&views[lane][index], swap);
        }
        macro_rules! four_rounds {
            ($($n:literal)*) => {$(
                let constants = load(&fours[$n]);
                for lane in 0..L {
                    let [abef, cdgh] = &mut states[lane];
                    let message = &mut message[lane];
                    let sum = _mm_add_epi32(message[$n % 4], constants);
                    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
                    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0x0e>(sum));
                    if $n < 12 {
                        // The words that are needed four times four rounds later.
                        let nine = _mm_alignr_epi8::<4>(message[($n + 3) % 4], message[($n + 2) % 4]);
                        let first = _mm_sha256msg1_epu32(message[$n % 4], message[($n + 1) % 4]);
                        let sum = _mm_add_epi32(first, nine);
                        message[$n % 4] = _mm_sha256msg2_epu32(sum, message[($n + 3) % 4]);
                    }
                }
            )*};
        }
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for (state, old) in states.iter_mut().zip(old) {
            for (new, old) in state.iter_mut().zip(old) {
                *new = _mm_add_epi32(*new, old);
            }
        }
    }
    for lane in 0..L {
        for (row, word) in words.0.iter_mut().zip(to_words(states[lane])) {
            row[lane] = word;
        }
    }
}
