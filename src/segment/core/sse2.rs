//! What every x86-64 processor can do: ask the memory ahead, and two numbers at a time. All other passes
//! are the portable ones.
#![allow(unsafe_code)]

mod route;

use super::builder::codes::Codes;
use super::hmm::{Choices, Run};
use super::portable::Portable;
use super::processor::{Classes, Latin, Lists, Processor};
use super::route::{Chain, Sets};
use super::tables::{Model, Tables};
use std::arch::x86_64::*;

/// Any x86-64 processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sse2;

impl Processor for Sse2 {
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
        // SAFETY: asking for memory is allowed for any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(units.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        Portable.classes(codes)
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
    fn four_parts(
        self,
        chain: &Chain<'_>,
        ends: [usize; 4],
        steps: usize,
        sets: &mut Sets<'_>,
    ) -> bool {
        // SAFETY: every x86-64 processor has SSE2.
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
        Portable.pairs(tables, codes, pairs, lists)
    }
}
