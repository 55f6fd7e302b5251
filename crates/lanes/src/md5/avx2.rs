//! AVX2: eight lanes in a vector.
//!
//! Offers three widths to the scheduler: three interleaved groups of eight lanes for throughput,
//! and two groups or one for the streams that remain at the end.
//!
//! Measured on one core of a Zen 3 at 3.2 GHz, in GB/s on streams of 64 KiB: one group 4.0, two
//! 6.8, three 7.6, four 5.1 (the working words of four groups no longer fit in the sixteen
//! registers).
#![allow(unsafe_code)]

use core::ops::Range;

use super::lanes::{BLOCK, Block, Feed, Functions, Words, compress};
use super::scalar;
use crate::schedule::{Engine, Tier};
use crate::vector::avx2::{Avx2, Eight};

impl Engine<u32, 4, BLOCK> for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn tiers(&self) -> &'static [Tier] {
        // Each `fewest` is measured. A tier takes the same time if some of its lanes are idle, so
        // with fewer streams than that the next, narrower tier is faster.
        &[
            Tier { width: 24, fewest: 22 },
            Tier { width: 16, fewest: 10 },
            Tier { width: 8, fewest: 2 },
        ]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: the functions need AVX2 and nothing else; `self` exists only after `Avx2::detect`
        // has found AVX2.
        unsafe {
            match width {
                24 => three_groups(*self, words, feed, span),
                16 => two_groups(*self, words, feed, span),
                _ => one_group(*self, words, feed, span),
            }
        }
    }

    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

#[target_feature(enable = "avx2")]
fn two_groups(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
    compress::<Eight, 2>(proof, words, feed, span);
}

#[target_feature(enable = "avx2")]
fn three_groups(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
    compress::<Eight, 3>(proof, words, feed, span);
}

#[target_feature(enable = "avx2")]
fn one_group(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
    compress::<Eight, 1>(proof, words, feed, span);
}

impl Functions for Eight {
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.sub(other)
    }
}
