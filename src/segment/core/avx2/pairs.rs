//! The look-up of pairs in the filters and among the frequent pairs, eight at a time; see
//! [`super::super::matches`].
#![allow(unsafe_code)]

use super::append_set_bits;
use crate::segment::core::builder::layout::{
    FILTER_MULTIPLIER, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LOG_FREQUENT, MULTIPLIER,
    TRIPLE_MULTIPLIER,
};
use crate::segment::core::processor::Lists;
use crate::segment::core::tables::Tables;
use std::arch::x86_64::*;

/// The entries of a table at these places, where `wanted` has all bits set; 0 elsewhere.
///
/// # Safety
/// The places that are wanted must be below the table's length.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn entries_of(table: &[u32], places: __m256i, wanted: __m256i) -> __m256i {
    let table = table.as_ptr().cast();
    // SAFETY: the caller promises that the places are those of entries.
    unsafe { _mm256_mask_i32gather_epi32::<4>(_mm256_setzero_si256(), table, places, wanted) }
}

/// See `Processor::pairs`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn find(
    tables: &Tables,
    codes: &[u16],
    pairs: &mut [u32],
    lists: &mut Lists<'_>,
) -> usize {
    let (filter, triples) = (&tables.filter[..], &tables.triples[..]);
    let frequent: &[u32; 1 << LOG_FREQUENT] =
        tables.frequent[..].try_into().expect("the table has one size");
    assert!(filter.len().is_power_of_two() && filter.len() > 1);
    assert!(triples.len().is_power_of_two() && triples.len() > 1);
    let shift = |table: &[u32]| _mm_cvtsi32_si128(32 - table.len().trailing_zeros() as i32);
    let (filter_shift, triples_shift) = (shift(filter), shift(triples));
    let number = |n: u32| _mm256_set1_epi32(n as i32);
    let zero = _mm256_setzero_si256();
    // The two bits of a hash, and whether they are in the word.
    let has_bits = |word, hash| {
        let bit = |n| _mm256_sllv_epi32(number(1), _mm256_and_si256(n, number(31)));
        let bits = _mm256_or_si256(bit(hash), bit(_mm256_srli_epi32::<5>(hash)));
        _mm256_cmpeq_epi32(_mm256_and_si256(word, bits), bits)
    };
    let mask = |lanes| _mm256_movemask_ps(_mm256_castsi256_ps(lanes)) as u8;
    let mut done = 0;
    for (eight, codes) in pairs.chunks_exact_mut(8).zip(codes.windows(10).step_by(8)) {
        // SAFETY: there are ten codes of two bytes, and eight are read from the third at most.
        let [first, second, third] = [0, 1, 2].map(|n| unsafe {
            _mm256_cvtepu16_epi32(_mm_loadu_si128(codes.as_ptr().add(n).cast()))
        });
        let key = _mm256_or_si256(_mm256_slli_epi32::<16>(first), second);
        let hash = _mm256_mullo_epi32(key, number(MULTIPLIER));
        let mixed = _mm256_xor_si256(hash, _mm256_srli_epi32::<15>(hash));
        let pair_hash = _mm256_mullo_epi32(mixed, number(FILTER_MULTIPLIER));
        // The places are the highest bits, as many as the table has entries for.
        let places = _mm256_srl_epi32(pair_hash, filter_shift);
        // SAFETY: a place has as many bits as the table's length, a power of two, tells.
        let words = unsafe { entries_of(filter, places, number(u32::MAX)) };
        let passed = has_bits(words, pair_hash);
        let mut values = zero;
        if mask(passed) != 0 {
            let places = _mm256_srli_epi32::<{ 32 - LOG_FREQUENT as i32 }>(hash);
            // SAFETY: a place has as many bits as the table's length, a power of two, tells.
            let entries = unsafe { entries_of(frequent, places, passed) };
            let low = number(0xffff);
            let marks =
                _mm256_cmpeq_epi32(_mm256_and_si256(entries, low), _mm256_and_si256(hash, low));
            let found = _mm256_and_si256(marks, passed);
            let all_values = _mm256_srli_epi32::<{ FREQUENT_VALUE_SHIFT as i32 }>(entries);
            let known = _mm256_and_si256(found, number(FREQUENT_VALUE_MAX));
            values = _mm256_and_si256(all_values, known);
            // The highest bit tells of children.
            let childless = _mm256_andnot_si256(_mm256_srai_epi32::<31>(entries), found);
            let triple_hash = _mm256_mullo_epi32(
                _mm256_xor_si256(mixed, _mm256_mullo_epi32(third, number(TRIPLE_MULTIPLIER))),
                number(FILTER_MULTIPLIER),
            );
            let candidates = _mm256_andnot_si256(childless, passed);
            let places = _mm256_srl_epi32(triple_hash, triples_shift);
            // SAFETY: as above.
            let words = unsafe { entries_of(triples, places, candidates) };
            // Where nothing was looked up there is no bit.
            let three = has_bits(words, triple_hash);
            let rare = mask(_mm256_andnot_si256(found, passed));
            lists.rare_count = append_set_bits(rare, done as u32, lists.rare, lists.rare_count);
            let three = mask(three);
            lists.three_count = append_set_bits(three, done as u32, lists.three, lists.three_count);
        }
        // SAFETY: the chunk has eight numbers of four bytes.
        unsafe { _mm256_storeu_si256(eight.as_mut_ptr().cast(), values) };
        done += 8;
    }
    done
}
