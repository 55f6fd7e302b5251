//! SSE2: four lanes in a vector, on every x86-64.
//!
//! Implements [`Vector`] for `__m128i`, for machines without AVX2. Every x86-64 CPU has SSE2, so it
//! need not be detected.
//!
//! Measured on one core of a Zen 3 at 3.2 GHz, in GB/s on streams of 64 KiB: one group of four
//! lanes 2.0, two interleaved groups 3.5, three 3.6. The gain of a third group is too small for
//! another width.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_and_si128, _mm_andnot_si128, _mm_loadu_si128, _mm_or_si128,
    _mm_set1_epi32, _mm_slli_epi32, _mm_srli_epi32, _mm_storeu_si128, _mm_sub_epi32,
    _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi32, _mm_unpacklo_epi64, _mm_xor_si128,
};
use core::ops::Range;

use super::lanes::{BLOCK, Block, Feed, Functions, Words, compress};
use super::scalar;
use crate::schedule::{Engine, Tier};
use crate::vector::Vector;

/// The SSE2 engine. It needs no proof, because every x86-64 CPU has SSE2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sse2;

impl Engine<u32, 4, BLOCK> for Sse2 {
    fn name(&self) -> &'static str {
        "sse2"
    }

    fn tiers(&self) -> &'static [Tier] {
        // Each `fewest` is measured: with fewer streams than that, the next tier (at last, the
        // scalar code) is faster.
        &[Tier { width: 8, fewest: 5 }, Tier { width: 4, fewest: 2 }]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        if width == 8 {
            compress::<Four, 2>(*self, words, feed, &span);
        } else {
            compress::<Four, 1>(*self, words, feed, &span);
        }
    }

    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

/// A vector of four lanes.
#[derive(Clone, Copy)]
struct Four(__m128i);

impl Four {
    /// Loads four neighbouring words of one block.
    #[inline(always)]
    fn quarter(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast::<__m128i>()) }
    }
}

impl Vector for Four {
    type Proof = Sse2;
    type Word = u32;
    type Block = Block;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(_: Sse2, word: u32) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn load(_: Sse2, words: &[u32]) -> Self {
        let words: &[u32; 4] = words.first_chunk().expect("four words");
        // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
        Self(unsafe { _mm_loadu_si128(words.as_ptr().cast::<__m128i>()) })
    }

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 4] = words.first_chunk_mut().expect("four words");
        // SAFETY: the exclusive reference covers the 16 bytes that the unaligned store writes.
        unsafe { _mm_storeu_si128(words.as_mut_ptr().cast::<__m128i>(), self.0) }
    }

    #[inline(always)]
    fn message(proof: Sse2, blocks: &[&Block]) -> [Self; 16] {
        let blocks: &[&Block; 4] = blocks.first_chunk().expect("four blocks");
        let mut m = [Self::splat(proof, 0); 16];
        let blocks = [
            blocks[0].as_chunks().0,
            blocks[1].as_chunks().0,
            blocks[2].as_chunks().0,
            blocks[3].as_chunks().0,
        ];
        for (quarter, m) in m.chunks_exact_mut(4).enumerate() {
            let r0 = Self::quarter(&blocks[0][quarter]);
            let r1 = Self::quarter(&blocks[1][quarter]);
            let r2 = Self::quarter(&blocks[2][quarter]);
            let r3 = Self::quarter(&blocks[3][quarter]);
            // SAFETY: SSE2 is part of x86-64; these instructions access no memory.
            unsafe {
                let lo01 = _mm_unpacklo_epi32(r0, r1);
                let hi01 = _mm_unpackhi_epi32(r0, r1);
                let lo23 = _mm_unpacklo_epi32(r2, r3);
                let hi23 = _mm_unpackhi_epi32(r2, r3);
                m[0] = Self(_mm_unpacklo_epi64(lo01, lo23));
                m[1] = Self(_mm_unpackhi_epi64(lo01, lo23));
                m[2] = Self(_mm_unpacklo_epi64(hi01, hi23));
                m[3] = Self(_mm_unpackhi_epi64(hi01, hi23));
            }
        }
        m
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_and_si128(self.0, other.0) })
    }

    #[inline(always)]
    fn without(self, mask: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_andnot_si128(mask.0, self.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_xor_si128(self.0, other.0) })
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe {
            let left = _mm_slli_epi32::<LEFT>(self.0);
            let right = _mm_srli_epi32::<RIGHT>(self.0);
            _mm_or_si128(left, right)
        })
    }
}

impl Functions for Four {
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe { _mm_sub_epi32(self.0, other.0) })
    }
}
