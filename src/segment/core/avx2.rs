//! The passes compiled for processors with AVX2 and what came with it, and those that are written for
//! it: characters to codes and the look-up of pairs, eight at a time, and sets of 64 characters.
//!
//! All do what [`super::processor::Portable`] does; the rest is the same code everywhere, for which the
//! compiler just has better instructions (shifts by any register, three operands).
#![allow(unsafe_code)]

pub(super) mod characters;
mod pairs;
mod route;
mod runs;

use super::builder::codes::{
    CONNECTORS_END, Codes, DIGITS_START, HAN_END, HAN_START, LETTERS_END, PERCENT,
};
use super::cut::Cut;
use super::hmm::{Choices, Run};
use super::portable::SET_BITS;
use super::processor::{Classes, Latin, Lists, Processor};
use super::route::{Chain, Sets};
use super::tables::{Model, Tables};
use std::arch::x86_64::*;

/// Proof that the processor has AVX2 and what came with it: only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        use std::arch::is_x86_feature_detected as has;
        let all = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt");
        all.then_some(Avx2(()))
    }

    /// Runs the cut.
    pub fn cut(self, cut: Cut<'_>) {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { run(cut, self) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn run(cut: Cut<'_>, avx2: Avx2) {
    cut.run(avx2);
}

impl Processor for Avx2 {
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
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { characters::find(text, at, codes, out_codes, out_offsets, latin) }
    }

    #[inline(always)]
    fn prefetch(self, units: &[u64], at: usize) {
        // SAFETY: asking for memory is allowed for any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(units.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { classes(codes) }
    }

    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        choices: &mut Choices,
    ) -> [u64; 4] {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { runs::find_ends_of_four(model, codes, runs, choices) }
    }

    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { set_bits(words, out) }
    }

    #[inline(always)]
    fn four_parts(
        self,
        chain: &Chain<'_>,
        ends: [usize; 4],
        steps: usize,
        sets: &mut Sets<'_>,
    ) -> bool {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { route::four_parts(chain, ends, steps, sets) };
        true
    }

    #[inline(always)]
    fn pairs(
        self,
        tables: &Tables,
        codes: &[u16],
        pairs: &mut [u32],
        lists: &mut Lists<'_>,
    ) -> usize {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { pairs::find(tables, codes, pairs, lists) }
    }
}

/// Writes `base` plus the place of each set bit of `mask` to `out` from `count` on, eight numbers of
/// which the first ones count; returns the new count.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn append_set_bits(mask: u8, base: u32, out: &mut [u32], count: usize) -> usize {
    let places = i64::from_le_bytes(SET_BITS[usize::from(mask)]);
    let places = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(places));
    let numbers = _mm256_add_epi32(places, _mm256_set1_epi32(base as i32));
    let out: &mut [u32; 8] = out[count..].first_chunk_mut().expect("room for eight");
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), numbers) };
    count + mask.count_ones() as usize
}

/// See [`Processor::classes`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn classes(codes: &[u16; 64]) -> Classes {
    let number = |n: u16| _mm256_set1_epi16(n as i16);
    let among = |codes, start: u16, end: u16| {
        let from_start = _mm256_sub_epi16(codes, number(start));
        _mm256_cmpeq_epi16(_mm256_min_epu16(from_start, number(end - 1 - start)), from_start)
    };
    let mut classes = Classes::default();
    for (half, codes) in codes.chunks_exact(32).enumerate() {
        // SAFETY: there are 32 codes of two bytes, and 16 are read from the first and from the 17th.
        let both =
            [0, 16].map(|start| unsafe { _mm256_loadu_si256(codes.as_ptr().add(start).cast()) });
        let mask = |lanes: [__m256i; 2]| {
            let bytes = _mm256_packs_epi16(lanes[0], lanes[1]);
            let bytes = _mm256_permute4x64_epi64::<0b1101_1000>(bytes);
            u64::from(_mm256_movemask_epi8(bytes) as u32) << (32 * half)
        };
        let equal = |code: u16| mask(both.map(|codes| _mm256_cmpeq_epi16(codes, number(code))));
        let range = |start, end| mask(both.map(|codes| among(codes, start, end)));
        classes.in_block |= !equal(0) & 0xffff_ffff << (32 * half);
        classes.alphanumeric |= range(DIGITS_START, LETTERS_END);
        classes.connectors |= range(LETTERS_END, CONNECTORS_END);
        classes.percents |= equal(PERCENT);
        classes.han |= range(HAN_START, HAN_END);
    }
    classes
}

/// See [`Processor::set_bits`].
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn set_bits(words: &[u64], out: &mut [u32]) -> usize {
    let mut count = 0;
    for (&word, base) in words.iter().zip((0..).step_by(64)) {
        for (eight, base) in word.to_le_bytes().into_iter().zip((base..).step_by(8)) {
            count = append_set_bits(eight, base, out, count);
        }
    }
    count
}
