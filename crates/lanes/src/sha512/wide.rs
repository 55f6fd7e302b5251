//! SHA-512 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use core::ops::Range;

use sha2::block_api::compress512;

use super::constants::CONSTANTS;
use super::types::{BLOCK, Block, Feed, Words};
use crate::schedule::{Engine, Tier};
use crate::sha2_lanes::{Sigmas64, compress};
use crate::vector::avx2::{Avx2, Four};
use crate::vector::avx512::{self, Avx512};

impl Engine<u64, 8, BLOCK> for Avx512 {
    fn name(&self) -> &'static str {
        "avx512"
    }

    fn tiers(&self) -> &'static [Tier] {
        // Each `fewest` in this file is measured: with fewer streams than that, the next tier (at
        // last, the code for one stream) is faster.
        &[Tier { width: 16, fewest: 14 }, Tier { width: 8, fewest: 2 }]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: the functions need AVX-512F and AVX-512BW; `self` exists only after
        // `Avx512::detect` has found both.
        unsafe {
            if width == 16 {
                avx512_two(*self, words, feed, &span);
            } else {
                avx512_one(*self, words, feed, &span);
            }
        }
    }

    fn compress_one(&self, words: &mut [u64; 8], blocks: &[Block]) {
        compress512(words, blocks);
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_one(proof: Avx512, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<avx512::Eight, Sigmas64, 1, BLOCK>(proof, &CONSTANTS, words, feed, span);
}

#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_two(proof: Avx512, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<avx512::Eight, Sigmas64, 2, BLOCK>(proof, &CONSTANTS, words, feed, span);
}

impl Engine<u64, 8, BLOCK> for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn tiers(&self) -> &'static [Tier] {
        &[Tier { width: 8, fewest: 7 }, Tier { width: 4, fewest: 3 }]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: the functions need AVX2; `self` exists only after `Avx2::detect` has found it.
        unsafe {
            if width == 8 {
                avx2_two(*self, words, feed, &span);
            } else {
                avx2_one(*self, words, feed, &span);
            }
        }
    }

    fn compress_one(&self, words: &mut [u64; 8], blocks: &[Block]) {
        compress512(words, blocks);
    }
}

#[target_feature(enable = "avx2")]
fn avx2_one(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<Four, Sigmas64, 1, BLOCK>(proof, &CONSTANTS, words, feed, span);
}

#[target_feature(enable = "avx2")]
fn avx2_two(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<Four, Sigmas64, 2, BLOCK>(proof, &CONSTANTS, words, feed, span);
}
