//! AVX-512: the vectors of AVX2 with better instructions, for full lanes.
//!
//! With AVX-512VL the compiler makes one instruction of three bitwise operations and one of a
//! rotation. The vectors stay those of 256 bits: processors that split wider ones gain nothing by
//! them. Fewer instructions help where the lanes are full; with fewer groups, where each step waits
//! for the one before, the code for AVX2 is faster and is used.
//!
//! Measured on one core of a Zen 4, in GiB/s on 24 streams of 64 KiB: 8.6, AVX2 7.6. On eight
//! streams 3.5, AVX2 4.3. Four groups (32 streams) are slower than three: 7.9. One stream in a
//! vector register is slower than the scalar code: 0.61 against 0.75.
#![allow(unsafe_code)]

use core::ops::Range;

use super::avx2::{Avx2, Eight};
use super::lanes::{Feed, Words, compress};
use super::schedule::{Engine, Tier};

/// Proof that this machine has AVX-512F, AVX-512VL and AVX2: [`Avx512::detect`] is the only way to
/// get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512(Avx2);

impl Avx512 {
    /// Asks the processor and the operating system.
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
        Avx2::detect().filter(|_| has).map(Self)
    }
}

impl Engine for Avx512 {
    fn tiers(&self) -> &'static [Tier] {
        self.0.tiers()
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        match width {
            // SAFETY: the function needs AVX-512F, AVX-512VL and AVX2 and nothing else; `self`
            // exists only after `Avx512::detect` found them.
            24 => unsafe { three_groups(self.0, words, feed, span) },
            _ => self.0.compress(width, words, feed, span),
        }
    }
}

#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn three_groups(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
    compress::<Eight, 3>(proof, words, feed, span);
}
