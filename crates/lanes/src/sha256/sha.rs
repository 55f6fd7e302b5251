//! SHA-256 with the SHA instructions of x86, of one, two or four streams in turns.
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
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_loadu_si128, _mm_set_epi64x, _mm_setzero_si128,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
    _mm_shuffle_epi32, _mm_storeu_si128,
};
use core::ops::Range;

use super::types::{Block, Feed, Words};
use crate::schedule::{Engine, Tier};
use sha2::block_api::compress256;

/// Proof that the CPU has the SHA instructions and AVX, whose instructions with three operands save
/// copies of registers. Only [`Sha::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha(());

impl Sha {
    /// `None` if this CPU lacks one of the extensions.
    pub fn detect() -> Option<Self> {
        use std::arch::is_x86_feature_detected as has;
        (has!("sha") && has!("avx")).then_some(Self(()))
    }
}

impl Engine<u32, 8, 64> for Sha {
    fn tiers(&self) -> &'static [Tier] {
        &[Tier { width: 4, fewest: 3 }, Tier { width: 2, fewest: 2 }]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: a `Sha` exists only where the CPU has the instructions.
        unsafe {
            if width == 4 {
                side_by_side::<4>(words, feed, &span);
            } else {
                side_by_side::<2>(words, feed, &span);
            }
        }
    }

    fn compress_one(&self, words: &mut [u32; 8], blocks: &[Block]) {
        // The crate uses the same instructions.
        compress256(words, blocks);
    }
}

/// The constants of FIPS 180-4, section 4.2.2.
static CONSTANTS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// Loads four words.
#[inline]
#[target_feature(enable = "sha,avx")]
fn load(words: &[u32; 4]) -> __m128i {
    // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
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
    let [[f, e, b, a], [h, g, d, c]] = halves.map(|half| {
        let mut words = [0_u32; 4];
        // SAFETY: the array has the 16 bytes that the unaligned store writes.
        unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), half) };
        words
    });
    [a, b, c, d, e, f, g, h]
}

/// Advances the first `L` lanes of `words` by the blocks that `feed` has for this span of time.
///
/// # Panics
///
/// If one of these lanes has no block for a time in `span`.
#[expect(clippy::needless_range_loop, reason = "an index counts blocks or lanes in several arrays")]
#[target_feature(enable = "sha,avx")]
fn side_by_side<const L: usize>(words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    let mut views: [&[Block]; L] = [&[]; L];
    let mut states = [[_mm_setzero_si128(); 2]; L];
    for lane in 0..L {
        views[lane] = feed.due(lane, span);
        states[lane] = to_halves(words.0.map(|row| row[lane]));
    }
    // Each word of a block has its highest byte first.
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    for index in 0..span.len() {
        let old = states;
        let mut message = [[_mm_setzero_si128(); 4]; L];
        for lane in 0..L {
            let quarters: &[[u8; 16]] = views[lane][index].as_chunks().0;
            for (words, bytes) in message[lane].iter_mut().zip(quarters) {
                // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
                let bytes = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
                *words = _mm_shuffle_epi8(bytes, swap);
            }
        }
        macro_rules! four_rounds {
            ($($n:literal)*) => {$(
                let constants = load(&CONSTANTS[$n]);
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
