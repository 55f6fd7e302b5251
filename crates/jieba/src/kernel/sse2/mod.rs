//! What every x86-64 CPU can do: prefetch, and compute with two numbers at a time. All other passes
//! are the portable ones.
#![allow(unsafe_code)]

mod route;
mod units;

use super::cpu::{Classes, Cpu};
use super::portable::Portable;
use crate::builder::codes::{
    CONNECTORS_END, DIGITS_START, HAN_END, HAN_START, LETTERS_END, PERCENT,
};
use crate::chain::{Chain, Sets};
use crate::piece::Edge;
use crate::tables::Tables;
use std::arch::x86_64::*;

/// Any x86-64 CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sse2;

impl Cpu for Sse2 {
    type Below = Portable;

    #[inline(always)]
    fn below(self) -> Portable {
        Portable
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        // SAFETY: every x86-64 CPU has SSE2.
        unsafe { classes(codes) }
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
    fn units(
        self,
        tables: &Tables,
        codes: &[u16],
        pairs: &mut [u32],
        rare: &[u32],
        three: &mut [u32],
        edges: &mut Vec<Edge>,
    ) -> usize {
        units::find(tables, codes, pairs, rare, three, edges)
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
