//! What every x86-64 CPU can do: prefetch, and compute with two numbers at a time. All other passes
//! are the portable ones.
#![allow(unsafe_code)]

mod route;

use super::cpu::{Classes, Cpu, Latin, Lists};
use super::portable::Portable;
use crate::builder::codes::{
    CONNECTORS_END, Codes, DIGITS_START, HAN_END, HAN_START, LETTERS_END, PERCENT,
};
use crate::chain::{Chain, Sets};
use crate::hmm::{Choices, Run};
use crate::tables::{Model, Tables};
use std::arch::x86_64::*;

/// Any x86-64 CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sse2;

impl Cpu for Sse2 {
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
        Portable.characters(text, at, codes, out_codes, out_offsets, latin)
    }

    #[inline(always)]
    fn prefetch(self, units: &[u64], at: usize) {
        // SAFETY: a prefetch is allowed for any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(units.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        // SAFETY: every x86-64 CPU has SSE2.
        unsafe { classes(codes) }
    }

    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        room: &mut Choices,
    ) -> [u64; 4] {
        Portable.find_ends_of_four(model, codes, runs, room)
    }

    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        Portable.set_bits(words, out)
    }

    #[inline(always)]
    fn set_bits_of_few(self, words: &[u64], out: &mut [u32]) -> usize {
        Portable.set_bits_of_few(words, out)
    }

    #[inline(always)]
    fn four_parts(
        self,
        chain: &Chain<'_>,
        ends: [usize; 4],
        steps: usize,
        sets: &mut Sets<'_>,
    ) -> bool {
        // SAFETY: every x86-64 CPU has SSE2.
        unsafe { route::four_parts(chain, ends, steps, sets) };
        true
    }

    #[inline(always)]
    fn pairs(self, tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>) {
        Portable.pairs(tables, codes, pairs, lists);
    }
}

/// See [`Cpu::classes`].
#[inline]
#[target_feature(enable = "sse2")]
fn classes(codes: &[u16; 64]) -> Classes {
    let number = |n: u16| _mm_set1_epi16(n as i16);
    // SAFETY: there are eight codes of two bytes, and the instruction needs no alignment.
    let eight = |codes: &[u16; 8]| unsafe { _mm_loadu_si128(codes.as_ptr().cast()) };
    let bits = |is: &dyn Fn(__m128i) -> __m128i| {
        let sixteens = codes.as_chunks::<8>().0.as_chunks::<2>().0.iter().rev();
        sixteens.fold(0, |bits, [low, high]| {
            let bytes = _mm_packs_epi16(is(eight(low)), is(eight(high)));
            bits << 16 | _mm_movemask_epi8(bytes) as u64
        })
    };
    let among = |start: u16, end: u16| {
        bits(&|codes| {
            let from_start = _mm_sub_epi16(codes, number(start));
            let over = _mm_subs_epu16(from_start, number(end - 1 - start));
            _mm_cmpeq_epi16(over, _mm_setzero_si128())
        })
    };
    let mut classes = Classes {
        in_block: !bits(&|codes| _mm_cmpeq_epi16(codes, _mm_setzero_si128())),
        han: among(HAN_START, HAN_END),
        ..Classes::default()
    };
    // Most blocks consist of Han characters only.
    if classes.in_block != classes.han {
        classes.alphanumeric = among(DIGITS_START, LETTERS_END);
        classes.connectors = among(LETTERS_END, CONNECTORS_END);
        classes.percents = bits(&|codes| _mm_cmpeq_epi16(codes, number(PERCENT)));
    }
    classes
}
