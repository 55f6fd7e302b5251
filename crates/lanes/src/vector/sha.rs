//! The SHA instructions of x86: proof that they exist, and the registers that they use. They process
//! one stream each, but several streams in turns are faster than one after the other.
#![allow(unsafe_code)]

use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_shuffle_epi8, _mm_storeu_si128};
use std::sync::OnceLock;

use super::avx512::Avx512;

/// Proof that the CPU has the SHA instructions and AVX, whose instructions with three operands save
/// copies of registers. Only [`Sha::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha(());

impl Sha {
    /// `None` if this CPU lacks one of the extensions.
    pub fn detect() -> Option<&'static Self> {
        use std::arch::is_x86_feature_detected as has;
        static FOUND: Sha = Sha(());
        (has!("sha") && has!("avx")).then_some(&FOUND)
    }
}

/// Proof that the CPU has AVX-512, for many streams, and the SHA instructions, for few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512Sha {
    /// The proof of AVX-512.
    pub avx512: Avx512,
    /// The proof of the SHA instructions.
    pub sha: Sha,
}

impl Avx512Sha {
    /// `None` if this CPU lacks one of the two.
    pub fn detect() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Avx512Sha>> = OnceLock::new();
        let detect = || Some(Self { avx512: *Avx512::detect()?, sha: *Sha::detect()? });
        FOUND.get_or_init(detect).as_ref()
    }
}

/// Loads four words.
#[inline]
#[target_feature(enable = "sha,avx")]
pub fn load(words: &[u32; 4]) -> __m128i {
    // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}

/// The opposite of [`load`].
#[inline]
#[target_feature(enable = "sha,avx")]
pub fn store(vector: __m128i) -> [u32; 4] {
    let mut words = [0_u32; 4];
    // SAFETY: the array has the 16 bytes that the unaligned store writes.
    unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), vector) };
    words
}

/// Loads the sixteen words of a block. The bytes of each four are put into the order `swap`.
#[inline]
#[target_feature(enable = "sha,avx")]
pub fn message(block: &[u8; 64], swap: __m128i) -> [__m128i; 4] {
    let quarters: &[[u8; 16]] = block.as_chunks().0;
    [0, 1, 2, 3].map(|quarter| {
        // SAFETY: the reference covers the 16 bytes that the unaligned load reads.
        let bytes = unsafe { _mm_loadu_si128(quarters[quarter].as_ptr().cast()) };
        _mm_shuffle_epi8(bytes, swap)
    })
}
