//! NEON: four lanes in a vector, on every AArch64.
//!
//! Implements [`Vector`] for `uint32x4_t`. Every AArch64 CPU for which Rust compiles has NEON, so it
//! need not be detected.
//!
//! No machine has measured this code. Instructions for a block of 64 bytes, counted in the compiled
//! loop: scalar code 532; one group of four lanes 172, two 170, three 172, four 177. With two groups,
//! the words of the messages no longer fit in the 32 registers and are read from memory; with four, some
//! of the working words do not fit either.
#![allow(unsafe_code)]

use core::arch::aarch64::{
    uint32x4_t, vaddq_u32, vandq_u32, vbicq_u32, vbslq_u32, vdupq_n_u32, veorq_u32, vld1q_u8,
    vld1q_u32, vreinterpretq_u32_u8, vreinterpretq_u32_u64, vreinterpretq_u64_u32, vshlq_n_u32,
    vsriq_n_u32, vst1q_u32, vsubq_u32, vtrn1q_u32, vtrn1q_u64, vtrn2q_u32, vtrn2q_u64,
};
use core::ops::Range;

use super::lanes::{BLOCK, Block, Feed, Functions, Words, compress};
use super::scalar;
use crate::schedule::{Engine, Tier};
use crate::vector::Vector;

/// The NEON engine. It needs no proof, because every AArch64 CPU has NEON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neon;

impl Engine<u32, 4, BLOCK> for Neon {
    fn name(&self) -> &'static str {
        "neon"
    }

    fn tiers(&self) -> &'static [Tier] {
        // Each `fewest` is an estimate from the latencies that Arm states for its CPUs: a step takes
        // about ten cycles in a vector, and four or five in the scalar code.
        &[
            Tier { width: 12, fewest: 10 },
            Tier { width: 8, fewest: 5 },
            Tier { width: 4, fewest: 3 },
        ]
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        match width {
            12 => compress::<Four, 3>(*self, words, feed, &span),
            8 => compress::<Four, 2>(*self, words, feed, &span),
            _ => compress::<Four, 1>(*self, words, feed, &span),
        }
    }

    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

/// A vector of four lanes.
#[derive(Clone, Copy)]
struct Four(uint32x4_t);

impl Four {
    /// Loads four neighbouring words of one block.
    #[inline(always)]
    fn quarter(bytes: &[u8; 16]) -> uint32x4_t {
        // SAFETY: NEON is part of AArch64; the reference covers the 16 bytes that are read.
        unsafe { vreinterpretq_u32_u8(vld1q_u8(bytes.as_ptr())) }
    }
}

impl Vector for Four {
    type Proof = Neon;
    type Word = u32;
    type Block = Block;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(_: Neon, word: u32) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vdupq_n_u32(word) })
    }

    #[inline(always)]
    fn load(_: Neon, words: &[u32]) -> Self {
        let words: &[u32; 4] = words.first_chunk().expect("four words");
        // SAFETY: NEON is part of AArch64; the reference covers the 16 bytes that are read.
        Self(unsafe { vld1q_u32(words.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 4] = words.first_chunk_mut().expect("four words");
        // SAFETY: NEON is part of AArch64; the exclusive reference covers the 16 bytes that are
        // written.
        unsafe { vst1q_u32(words.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn message(proof: Neon, blocks: &[&Block]) -> [Self; 16] {
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
            // SAFETY: NEON is part of AArch64; these instructions access no memory.
            unsafe {
                let even01 = vreinterpretq_u64_u32(vtrn1q_u32(r0, r1));
                let odd01 = vreinterpretq_u64_u32(vtrn2q_u32(r0, r1));
                let even23 = vreinterpretq_u64_u32(vtrn1q_u32(r2, r3));
                let odd23 = vreinterpretq_u64_u32(vtrn2q_u32(r2, r3));
                m[0] = Self(vreinterpretq_u32_u64(vtrn1q_u64(even01, even23)));
                m[1] = Self(vreinterpretq_u32_u64(vtrn1q_u64(odd01, odd23)));
                m[2] = Self(vreinterpretq_u32_u64(vtrn2q_u64(even01, even23)));
                m[3] = Self(vreinterpretq_u32_u64(vtrn2q_u64(odd01, odd23)));
            }
        }
        m
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vaddq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vandq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn without(self, mask: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vbicq_u32(self.0, mask.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { veorq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // A shift to the right that keeps the bits which it does not reach.
        //
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vsriq_n_u32::<RIGHT>(vshlq_n_u32::<LEFT>(self.0), self.0) })
    }
}

/// NEON has an instruction that chooses bits, F and G, and one for "or not".
impl Functions for Four {
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        Self(unsafe { vsubq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn f(sum: Self, b: Self, c: Self, d: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        sum.add(Self(unsafe { vbslq_u32(b.0, c.0, d.0) }))
    }

    #[inline(always)]
    fn g(sum: Self, b: Self, c: Self, d: Self) -> Self {
        // SAFETY: NEON is part of AArch64.
        sum.add(Self(unsafe { vbslq_u32(d.0, b.0, c.0) }))
    }

    /// Subtracts the complement of I, which adds I + 1 to `sum`, as [`Functions::i`] must.
    #[inline(always)]
    fn i(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.sub(d.without(b).xor(c))
    }
}
