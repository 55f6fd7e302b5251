//! Sets of 64 characters as bits, and the positions of set bits, for CPUs with AVX2.
#![allow(unsafe_code)]

use crate::builder::codes::{
    CONNECTORS_END, DIGITS_START, HAN_END, HAN_START, LETTERS_END, PERCENT,
};
use crate::kernel::bits::SET_BITS;
use crate::kernel::cpu::Classes;
use std::arch::x86_64::*;

/// Writes `base` plus the position of each set bit of `mask` to `out`, from `count` on. Always
/// writes eight numbers, of which the first ones count. Returns the new count.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn append_set_bits(mask: u8, base: u32, out: &mut [u32], count: usize) -> usize {
    let positions = i64::from_le_bytes(SET_BITS[usize::from(mask)]);
    let positions = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(positions));
    let numbers = _mm256_add_epi32(positions, _mm256_set1_epi32(base as i32));
    let out: &mut [u32; 8] = out[count..].first_chunk_mut().expect("room for eight");
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), numbers) };
    count + mask.count_ones() as usize
}

/// See `Cpu::classes`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn classes(codes: &[u16; 64]) -> Classes {
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

/// See `Cpu::set_bits`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn set_bits(words: &[u64], out: &mut [u32]) -> usize {
    let mut count = 0;
    for (&word, base) in words.iter().zip((0..).step_by(64)) {
        for (eight, base) in word.to_le_bytes().into_iter().zip((base..).step_by(8)) {
            count = append_set_bits(eight, base, out, count);
        }
    }
    count
}
