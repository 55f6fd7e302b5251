//! Looks up pairs in the filters and in the table of frequent pairs, eight at a time; see
//! `matches.rs`.
#![allow(unsafe_code)]

use crate::builder::layout::{
    FILTER_MULTIPLIER, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LOG_FREQUENT, MULTIPLIER,
    TRIPLE_MULTIPLIER,
};
use crate::kernel::bits::SET_BITS;
use crate::kernel::cpu::Lists;
use crate::tables::Tables;
use std::arch::x86_64::*;

/// The entries of a table at these positions.
///
/// # Safety
/// The positions must be below the length of the table.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn entries_of(table: &[u32], positions: __m256i) -> __m256i {
    // SAFETY: the caller guarantees that the positions are in the table.
    unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), positions) }
}

/// The number of characters that go through all steps together.
const TOGETHER: usize = 256;

/// The pairs of characters that passed a step, as three lists: their positions, their hashes and
/// the codes of the characters after them. The steps write eight entries at a time, so up to eight
/// entries after the last pair have no meaning.
struct Passed {
    positions: [u32; TOGETHER + 8],
    hashes: [u32; TOGETHER + 8],
    thirds: [u32; TOGETHER + 8],
}

/// Writes the lanes of `numbers` to `out`, from index `count` on, in the order that `order` lists.
/// Always writes eight entries.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn compress(numbers: __m256i, order: __m256i, out: &mut [u32], count: usize) {
    let numbers = _mm256_permutevar8x32_epi32(numbers, order);
    let out: &mut [u32; 8] = out[count..].first_chunk_mut().expect("room for eight");
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), numbers) };
}

/// The indices of the lanes whose bits are set in `mask`, followed by zeros.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn order_of(mask: u8) -> __m256i {
    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(SET_BITS[usize::from(mask)])))
}

/// Eight numbers of a list, from `at` on.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn eight(numbers: &[u32], at: usize) -> __m256i {
    let numbers: &[u32; 8] = numbers[at..].first_chunk().expect("eight numbers");
    // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
    unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
}

/// A mask of the lanes that hold entries if `left` entries remain.
#[inline(always)]
fn counting(left: usize) -> u8 {
    if left < 8 { (1 << left) - 1 } else { u8::MAX }
}

/// Lists the groups of eight characters in which a pair without a gap begins, so that it may begin
/// a word. Writes the first characters of the groups to `groups` and returns how many there are.
/// English text has few such groups.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn append_eights(
    codes: &[u16],
    range: std::ops::Range<usize>,
    groups: &mut [u32; TOGETHER / 8],
) -> usize {
    let mut count = 0;
    for at in range.step_by(8) {
        let codes: &[u16; 9] = codes[at..].first_chunk().expect("nine codes");
        // SAFETY: there are nine codes of two bytes, and eight are read from the second at most.
        let [first, second] =
            [0, 1].map(|n| unsafe { _mm_loadu_si128(codes.as_ptr().add(n).cast()) });
        // Zero where one of the two is a gap. Codes are unsigned.
        let both = _mm_min_epu16(first, second);
        groups[count] = at as u32;
        count += usize::from(_mm_testz_si128(both, both) == 0);
    }
    count
}

/// See `Cpu::pairs`. Leaves the last few pairs to the caller, and returns how many pairs it has
/// looked up. Each step is a loop of its own, so that many look-ups are under way at the same time.
/// Most of them wait for the L2 cache.
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
    // Whether both bits of a hash are set in a word of the filter.
    let has_bits = |word, hash| {
        let bit = |n| _mm256_sllv_epi32(number(1), _mm256_and_si256(n, number(31)));
        let bits = _mm256_or_si256(bit(hash), bit(_mm256_srli_epi32::<5>(hash)));
        _mm256_cmpeq_epi32(_mm256_and_si256(word, bits), bits)
    };
    let mask = |lanes| _mm256_movemask_ps(_mm256_castsi256_ps(lanes)) as u8;
    let mix = |hash| _mm256_xor_si256(hash, _mm256_srli_epi32::<15>(hash));
    let mut passed = Passed {
        positions: [0; TOGETHER + 8],
        hashes: [0; TOGETHER + 8],
        thirds: [0; TOGETHER + 8],
    };
    let Passed { positions, hashes, thirds } = &mut passed;
    let mut values = [0; TOGETHER + 8];
    let mut groups = [0; TOGETHER / 8];
    let lanes = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    let all = pairs.len().min(codes.len().saturating_sub(2)) / 8 * 8;
    let mut done = 0;
    while done < all {
        let end = all.min(done + TOGETHER);
        pairs[done..end].fill(0);
        let eights = append_eights(codes, done..end, &mut groups);
        let mut count = 0;
        for &at in &groups[..eights] {
            let at = at as usize;
            let codes: &[u16; 10] = codes[at..].first_chunk().expect("ten codes");
            // SAFETY: there are ten codes of two bytes, and eight are read from the third at most.
            let [first, second, third] = [0, 1, 2].map(|n| unsafe {
                _mm256_cvtepu16_epi32(_mm_loadu_si128(codes.as_ptr().add(n).cast()))
            });
            let key = _mm256_or_si256(_mm256_slli_epi32::<16>(first), second);
            let hash = _mm256_mullo_epi32(key, number(MULTIPLIER));
            let pair_hash = _mm256_mullo_epi32(mix(hash), number(FILTER_MULTIPLIER));
            // The position is the highest bits of the hash, as many as the length of the table
            // requires.
            let entries = _mm256_srl_epi32(pair_hash, filter_shift);
            // SAFETY: the length is a power of two, and the position has only log2(length) bits.
            let words = unsafe { entries_of(filter, entries) };
            let mask = mask(has_bits(words, pair_hash));
            let order = order_of(mask);
            compress(_mm256_add_epi32(lanes, number(at as u32)), order, positions, count);
            compress(hash, order, hashes, count);
            compress(third, order, thirds, count);
            count += mask.count_ones() as usize;
        }
        let three_start = lists.three_count;
        let mut candidates = 0;
        for at in (0..count).step_by(8) {
            let (position, hash, third) =
                (eight(positions, at), eight(hashes, at), eight(thirds, at));
            let entries = _mm256_srli_epi32::<{ 32 - LOG_FREQUENT as i32 }>(hash);
            // SAFETY: the length is a power of two, and the position has only log2(length) bits.
            // (The entries of `hashes` beyond `count` are old hashes or zero.)
            let entries = unsafe { entries_of(frequent, entries) };
            let low = _mm256_and_si256(_mm256_xor_si256(entries, hash), number(0xffff));
            let found = _mm256_cmpeq_epi32(low, _mm256_setzero_si256());
            let all_values = _mm256_srli_epi32::<{ FREQUENT_VALUE_SHIFT as i32 }>(entries);
            let known = _mm256_and_si256(found, number(FREQUENT_VALUE_MAX));
            let out: &mut [u32; 8] = values[at..].first_chunk_mut().expect("room for eight");
            // SAFETY: the array has 32 bytes, and the instruction needs no alignment.
            unsafe {
                _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm256_and_si256(all_values, known));
            }
            let counting = counting(count - at);
            let rare = !mask(found) & counting;
            compress(position, order_of(rare), lists.rare, lists.rare_count);
            lists.rare_count += rare.count_ones() as usize;
            // The highest bit of an entry says that longer words begin with the pair.
            let maybe = !(mask(found) & !mask(entries)) & counting;
            let order = order_of(maybe);
            // `candidates` is at most `at`, so this overwrites only entries that have been read.
            compress(hash, order, hashes, candidates);
            compress(third, order, thirds, candidates);
            compress(position, order, lists.three, three_start + candidates);
            candidates += maybe.count_ones() as usize;
        }
        for (&position, &value) in positions.iter().zip(&values).take(count) {
            pairs[position as usize] = value;
        }
        for at in (0..candidates).step_by(8) {
            let position = eight(lists.three, three_start + at);
            let (hash, third) = (eight(hashes, at), eight(thirds, at));
            let third = _mm256_mullo_epi32(third, number(TRIPLE_MULTIPLIER));
            let hash =
                _mm256_mullo_epi32(_mm256_xor_si256(mix(hash), third), number(FILTER_MULTIPLIER));
            let entries = _mm256_srl_epi32(hash, triples_shift);
            // SAFETY: the length of this filter is a power of two too, and the position has only
            // log2(length) bits.
            let words = unsafe { entries_of(triples, entries) };
            let three = mask(has_bits(words, hash)) & counting(candidates - at);
            compress(position, order_of(three), lists.three, lists.three_count);
            lists.three_count += three.count_ones() as usize;
        }
        done = end;
    }
    done
}
