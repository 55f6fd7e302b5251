//! The passes for CPUs with AVX2 and the extensions of its time (BMI, LZCNT and POPCNT).
//!
//! These passes are written with AVX2 instructions: from characters to codes, the look-up of pairs,
//! operations on sets of 64 characters, the best route and the hidden Markov model. All give the
//! same results as the portable code. All other passes use the code for simpler CPUs, but the
//! compiler may use better instructions for it here.
#![allow(unsafe_code)]

pub(crate) mod characters;
mod pairs;
mod route;
mod runs;
mod sets;

use super::cpu::{Classes, Cpu, Latin, Lists, Work};
use super::portable;
use super::sse2::Sse2;
use crate::builder::codes::Codes;
use crate::chain::{Chain, Sets};
use crate::hmm::{Choices, Run};
use crate::tables::{Model, Tables};

/// Proof that the CPU has AVX2 and the other extensions. Only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// `None` if this CPU lacks one of the extensions.
    pub fn detect() -> Option<Self> {
        use std::arch::is_x86_feature_detected as has;
        let all = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt");
        all.then_some(Avx2(()))
    }

    /// Does the work with code that is compiled for CPUs with these extensions.
    pub fn run(self, work: impl Work) {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { run(work, self) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn run(work: impl Work, avx2: Avx2) {
    work.run(avx2);
}

impl Cpu for Avx2 {
    type Below = Sse2;

    #[inline(always)]
    fn below(self) -> Sse2 {
        Sse2
    }

    #[inline(always)]
    fn characters(
        self,
        text: &[u8],
        at: usize,
        codes: &Codes,
        out_codes: &mut [u16],
        out_offsets: &mut [u32],
        latin: Option<Latin<'_>>,
    ) -> (usize, usize) {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { characters::find(text, at, codes, out_codes, out_offsets, latin) }
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { sets::classes(codes) }
    }

    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        choices: &mut Choices,
    ) -> [u64; 4] {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { runs::find_ends_of_four(model, codes, runs, choices) }
    }

    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { sets::set_bits(words, out) }
    }

    #[inline(always)]
    fn set_bits_of_few(self, words: &[u64], out: &mut [u32]) -> usize {
        self.set_bits(words, out)
    }

    #[inline(always)]
    fn four_parts(
        self,
        chain: &Chain<'_>,
        ends: [usize; 4],
        steps: usize,
        sets: &mut Sets<'_>,
    ) -> bool {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        unsafe { route::four_parts(chain, ends, steps, sets) };
        true
    }

    #[inline(always)]
    fn pairs(self, tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>) {
        // SAFETY: an `Avx2` exists only where the CPU has the features.
        let done = unsafe { pairs::find(tables, codes, pairs, lists) };
        portable::find_pairs(tables, codes, done, pairs, lists);
    }
}
