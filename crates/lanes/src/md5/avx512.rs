//! AVX-512: the 256-bit vectors of AVX2 with better instructions.
//!
//! AVX-512VL has one instruction for any function of three bits, and one for a rotation. The
//! vectors stay at 256 bits: a CPU that splits wider vectors into two halves gains nothing from
//! them.
//!
//! The instructions are chosen here by hand. When the compiler chose AVX-512 instructions for the
//! expressions of `avx2.rs`, the code for one group was slower than with AVX2.
//!
//! Measured on one core of a Zen 4 at 3.7 GHz, in GB/s on streams of 64 KiB, with AVX2 in
//! parentheses: one group 4.9 (4.8), two 9.5 (8.0), three 10.1 (9.0). A rotation takes two cycles
//! on this CPU, so a step takes at least five cycles. With one group it takes six. A variant with
//! the shortest possible chain of operations ran at 4.9, 8.4 and 10.3 with one, two and three
//! groups: it kept the order of the sums with an empty `asm!`, and overwrote the oldest word
//! instead of copying the newest word. Four groups are slower than three. One stream in a vector
//! register is slower than the scalar code.
#![allow(unsafe_code)]

use core::arch::x86_64::{_mm256_rol_epi32, _mm256_ternarylogic_epi32};

use super::lanes::{Block, Functions, compress};
use super::scalar;
use crate::engine::engine;
use crate::vector::Vector;
use crate::vector::avx2::Eight;
use crate::vector::avx512vl::Avx512Vl;

// Each least number of streams is measured: with fewer, the next width is faster. With AVX-512, going
// from one group to two gains more than going from two to three.
engine! {
    Avx512Vl, Engine<u32, 4, 64>, one: scalar::compress,
    24 from 23: compress::<Ternary, 3>,
    16 from 9: compress::<Ternary, 2>,
    8 from 2: compress::<Ternary, 1>,
}

/// A vector of eight lanes. The fields are private, and every constructor takes an [`Avx512Vl`]. So a
/// `Ternary` exists only on a machine with AVX-512F and AVX-512VL.
#[derive(Clone, Copy)]
struct Ternary(Eight, Avx512Vl);

impl Ternary {
    /// Applies a bitwise function to the words `b` (which is `self`), `c` and `d`. `TABLE` defines
    /// the function: bit `4 b + 2 c + d` of `TABLE` is its value for the bits b, c and d.
    #[inline(always)]
    fn ternary<const TABLE: i32>(self, c: Self, d: Self) -> Self {
        let (b, c, d) = (self.0.vector(), c.0.vector(), d.0.vector());
        // SAFETY: a `Ternary` exists only on a machine with AVX-512F and AVX-512VL.
        let vector = unsafe { _mm256_ternarylogic_epi32::<TABLE>(b, c, d) };
        Self(Eight::of(self.1.avx2(), vector), self.1)
    }
}

impl Vector for Ternary {
    type Proof = Avx512Vl;
    type Word = u32;
    type Block = Block;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(proof: Avx512Vl, word: u32) -> Self {
        Self(Eight::splat(proof.avx2(), word), proof)
    }

    #[inline(always)]
    fn load(proof: Avx512Vl, words: &[u32]) -> Self {
        Self(Eight::load(proof.avx2(), words), proof)
    }

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        self.0.store(words);
    }

    #[inline(always)]
    fn message(proof: Avx512Vl, blocks: &[&Block]) -> [Self; 16] {
        let mut m = [Self::splat(proof, 0); 16];
        for (m, eight) in m.iter_mut().zip(Eight::message(proof.avx2(), blocks)) {
            m.0 = eight;
        }
        m
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0), self.1)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(self.0.and(other.0), self.1)
    }

    #[inline(always)]
    fn without(self, mask: Self) -> Self {
        Self(self.0.without(mask.0), self.1)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(self.0.xor(other.0), self.1)
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // SAFETY: a `Ternary` exists only on a machine with AVX-512F and AVX-512VL.
        let vector = unsafe { _mm256_rol_epi32::<LEFT>(self.0.vector()) };
        Self(Eight::of(self.1.avx2(), vector), self.1)
    }
}

impl Functions for Ternary {
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(other.0), self.1)
    }

    #[inline(always)]
    fn f(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(b.ternary::<0b1100_1010>(c, d))
    }

    #[inline(always)]
    fn g(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(b.ternary::<0b1110_0100>(c, d))
    }

    #[inline(always)]
    fn h(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(b.ternary::<0b1001_0110>(c, d))
    }

    /// Adds I + 1 to `sum`, as [`Functions::i`] must: subtracting the complement of I does this.
    #[inline(always)]
    fn i(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.sub(b.ternary::<0b1100_0110>(c, d))
    }
}
