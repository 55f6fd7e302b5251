//! AVX2: eight lanes in a vector.
//!
//! Implements [`Vector`] for `__m256i`, and offers three widths to the scheduler: three interleaved
//! groups of eight lanes for throughput, and two groups or one for the streams that remain at the
//! end.
//!
//! Measured on one core of a Zen 3 at 3.2 GHz, in GB/s on streams of 64 KiB: one group 4.0, two
//! 6.8, three 7.6, four 5.1 (the working words of four groups no longer fit in the sixteen
//! registers).
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_castsi128_si256, _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_set1_epi32, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_sub_epi32,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
    _mm256_xor_si256,
};
use core::ops::Range;

use super::lanes::{BLOCK, Block, Feed, Vector, Words, compress};
use super::scalar;
use crate::schedule::{Engine, Tier};

/// Proof that this machine has AVX2. Only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

impl Avx2 {
    /// `None` if the CPU or the operating system does not support AVX2.
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Engine<u32, 4, BLOCK> for Avx2 {
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

/// A vector of eight lanes. The field is private, and every constructor takes an [`Avx2`]. So an
/// `Eight` exists only on a machine with AVX2.
#[derive(Clone, Copy)]
pub(super) struct Eight(__m256i);

impl Eight {
    /// The AVX2 vector itself, for code that uses newer instructions.
    #[inline(always)]
    pub(super) fn vector(self) -> __m256i {
        self.0
    }

    /// Wraps a vector that code with newer instructions has computed.
    #[inline(always)]
    pub(super) fn of(_: Avx2, vector: __m256i) -> Self {
        Self(vector)
    }

    /// Loads four neighbouring words of each of two blocks: `low` into the lower half of the
    /// vector, `high` into the upper half.
    #[inline(always)]
    fn quarter(_: Avx2, low: &[u8; 16], high: &[u8; 16]) -> __m256i {
        // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; each pointer
        // comes from a reference to 16 bytes, all of which the unaligned load may read.
        unsafe {
            let low = _mm_loadu_si128(low.as_ptr().cast::<__m128i>());
            let high = _mm_loadu_si128(high.as_ptr().cast::<__m128i>());
            _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
        }
    }
}

impl Vector for Eight {
    type Proof = Avx2;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(_: Avx2, word: u32) -> Self {
        // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn load(_: Avx2, words: &[u32]) -> Self {
        let words: &[u32; 8] = words.first_chunk().expect("eight words");
        // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; the reference
        // covers the 32 bytes that the unaligned load reads.
        Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast::<__m256i>()) })
    }

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 8] = words.first_chunk_mut().expect("eight words");
        // SAFETY: an `Eight` exists only on a machine with AVX2; the exclusive reference covers the
        // 32 bytes that the unaligned store writes.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast::<__m256i>(), self.0) }
    }

    /// Transposes eight blocks. Blocks `l` and `l + 4` are loaded into the lower and the upper half
    /// of the same vectors. So each half needs only 4x4 transpositions, with 8 shuffles for 4
    /// words.
    #[inline(always)]
    fn message(proof: Avx2, blocks: &[&Block]) -> [Self; 16] {
        let blocks: &[&Block; 8] = blocks.first_chunk().expect("eight blocks");
        let mut m = [Self::splat(proof, 0); 16];
        let blocks = [
            blocks[0].as_chunks().0,
            blocks[1].as_chunks().0,
            blocks[2].as_chunks().0,
            blocks[3].as_chunks().0,
            blocks[4].as_chunks().0,
            blocks[5].as_chunks().0,
            blocks[6].as_chunks().0,
            blocks[7].as_chunks().0,
        ];
        for (quarter, m) in m.chunks_exact_mut(4).enumerate() {
            let r0 = Self::quarter(proof, &blocks[0][quarter], &blocks[4][quarter]);
            let r1 = Self::quarter(proof, &blocks[1][quarter], &blocks[5][quarter]);
            let r2 = Self::quarter(proof, &blocks[2][quarter], &blocks[6][quarter]);
            let r3 = Self::quarter(proof, &blocks[3][quarter], &blocks[7][quarter]);
            // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; these
            // instructions access no memory.
            unsafe {
                let lo01 = _mm256_unpacklo_epi32(r0, r1);
                let hi01 = _mm256_unpackhi_epi32(r0, r1);
                let lo23 = _mm256_unpacklo_epi32(r2, r3);
                let hi23 = _mm256_unpackhi_epi32(r2, r3);
                m[0] = Self(_mm256_unpacklo_epi64(lo01, lo23));
                m[1] = Self(_mm256_unpackhi_epi64(lo01, lo23));
                m[2] = Self(_mm256_unpacklo_epi64(hi01, hi23));
                m[3] = Self(_mm256_unpackhi_epi64(hi01, hi23));
            }
        }
        m
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_sub_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_and_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn without(self, mask: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_andnot_si256(mask.0, self.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // Where LEFT is 16, LLVM turns these instructions into one byte shuffle. When a byte
        // shuffle was written here instead, LLVM turned it into two word shuffles, which was 1 %
        // slower.
        //
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe {
            let left = _mm256_slli_epi32::<LEFT>(self.0);
            let right = _mm256_srli_epi32::<RIGHT>(self.0);
            _mm256_or_si256(left, right)
        })
    }
}
