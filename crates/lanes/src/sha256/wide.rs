//! SHA-256 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use core::ops::Range;

use sha2::block_api::compress256;

use super::constants::CONSTANTS;
use super::types::{BLOCK, Block, Feed, Words};
use crate::schedule::{Engine, Tier};
use crate::sha2_lanes::{Sigmas32, compress};
use crate::vector::avx2::{Avx2, Eight};
use crate::vector::avx512::{Avx512, Sixteen};
use crate::vector::sha::Avx512Sha;

impl Engine<u32, 8, BLOCK> for Avx512 {
    fn name(&self) -> &'static str {
        "avx512"
    }

    fn tiers(&self) -> &'static [Tier] {
        // Each `fewest` in this file is measured: with fewer streams than that, the next tier (at
        // last, the code for one stream) is faster.
        &[Tier { width: 16, fewest: 2 }]
    }

    fn compress(&self, _: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: the function needs AVX-512F and AVX-512BW; `self` exists only after
        // `Avx512::detect` has found both.
        unsafe { avx512(*self, words, feed, &span) }
    }

    fn compress_one(&self, words: &mut [u32; 8], blocks: &[Block]) {
        compress256(words, blocks);
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn avx512(proof: Avx512, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<Sixteen, Sigmas32, 1, BLOCK>(proof, &CONSTANTS, words, feed, span);
}

impl Engine<u32, 8, BLOCK> for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn tiers(&self) -> &'static [Tier] {
        &[Tier { width: 8, fewest: 3 }]
    }

    fn compress(&self, _: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        // SAFETY: the function needs AVX2; `self` exists only after `Avx2::detect` has found it.
        unsafe { avx2(*self, words, feed, &span) }
    }

    fn compress_one(&self, words: &mut [u32; 8], blocks: &[Block]) {
        compress256(words, blocks);
    }
}

#[target_feature(enable = "avx2")]
fn avx2(proof: Avx2, words: &mut Words, feed: &Feed<'_>, span: &Range<u32>) {
    compress::<Eight, Sigmas32, 1, BLOCK>(proof, &CONSTANTS, words, feed, span);
}

/// The SHA instructions take few streams, as long as many lanes would be idle.
impl Engine<u32, 8, BLOCK> for Avx512Sha {
    fn name(&self) -> &'static str {
        "avx512-sha"
    }

    fn tiers(&self) -> &'static [Tier] {
        &[
            Tier { width: 16, fewest: 10 },
            Tier { width: 4, fewest: 4 },
            Tier { width: 2, fewest: 2 },
        ]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        if width == 16 {
            self.avx512.compress(width, words, feed, span);
        } else {
            self.sha.compress(width, words, feed, span);
        }
    }

    fn compress_one(&self, words: &mut [u32; 8], blocks: &[Block]) {
        self.sha.compress_one(words, blocks);
    }
}
