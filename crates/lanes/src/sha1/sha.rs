//! SHA-1 with the SHA instructions of x86, of two or four streams in turns, as
//! [`sha256::sha`](crate::sha256) has it: the instructions of one stream fill the time in which
//! those of another wait.
//!
//! Source of the algorithm: FIPS 180-4, section 6.1.2; of the instructions: Intel's manual, volume
//! 2, SHA1RNDS4.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    _mm_add_epi32, _mm_set_epi64x, _mm_setzero_si128, _mm_sha1msg1_epu32, _mm_sha1msg2_epu32,
    _mm_sha1nexte_epu32, _mm_sha1rnds4_epu32, _mm_xor_si128,
};
use core::ops::Range;

use crate::engine::engine;
use crate::schedule::{Feed, Words};
use crate::vector::sha::{self, Sha, load, store};
use sha1::block_api::compress;

// The crate uses the same instructions for one stream.
engine! {
    Sha, Engine<u32, 5, 64>, one: compress,
    4 from 4: side_by_side::<4>,
    2 from 2: side_by_side::<2>,
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
    words: &mut Words<u32, 5>,
    feed: &Feed<'_, 64>,
    span: &Range<u32>,
) {
    let mut views: [&[[u8; 64]]; L] = [&[]; L];
    // The words A to D of each stream, from the highest to the lowest, and E as the highest.
    let mut states = [[_mm_setzero_si128(); 2]; L];
    for lane in 0..L {
        views[lane] = feed.due(lane, span);
        let [a, b, c, d, e] = words.0.map(|row| row[lane]);
        states[lane] = [load(&[d, c, b, a]), load(&[0, 0, 0, e])];
    }
    // The first word of a message is the highest, and each word has its highest byte first.
    let swap = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    for index in 0..span.len() {
        let old = states;
        let mut message = [[_mm_setzero_si128(); 4]; L];
        for lane in 0..L {
            message[lane] = sha::message(&views[lane][index], swap);
        }
        macro_rules! four_rounds {
            ($($n:literal)*) => {$(
                for lane in 0..L {
                    let [abcd, e] = &mut states[lane];
                    let message = &mut message[lane];
                    let before = *abcd;
                    // E of these rounds is A of four rounds before, rotated, which `nexte` does.
                    let sum = if $n == 0 {
                        _mm_add_epi32(*e, message[0])
                    } else {
                        _mm_sha1nexte_epu32(*e, message[$n % 4])
                    };
                    *abcd = _mm_sha1rnds4_epu32::<{ $n / 5 }>(*abcd, sum);
                    *e = before;
                    if $n < 16 {
                        // The words that are needed four times four rounds later.
                        let first = _mm_sha1msg1_epu32(message[$n % 4], message[($n + 1) % 4]);
                        let two = _mm_xor_si128(first, message[($n + 2) % 4]);
                        message[$n % 4] = _mm_sha1msg2_epu32(two, message[($n + 3) % 4]);
                    }
                }
            )*};
        }
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
        for (state, old) in states.iter_mut().zip(old) {
            state[0] = _mm_add_epi32(state[0], old[0]);
            state[1] = _mm_sha1nexte_epu32(state[1], old[1]);
        }
    }
    for lane in 0..L {
        let [d, c, b, a] = store(states[lane][0]);
        let [.., e] = store(states[lane][1]);
        for (row, word) in words.0.iter_mut().zip([a, b, c, d, e]) {
            row[lane] = word;
        }
    }
}
