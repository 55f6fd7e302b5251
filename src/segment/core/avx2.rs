//! The passes compiled for processors with AVX2 and what came with it, and the two passes that are
//! written for it: characters to codes, and the look-up of pairs, eight at a time.
//!
//! Both do what [`Portable`] does; the rest is the same code everywhere, for which the compiler just
//! has better instructions (shifts by any register, three operands).
#![allow(unsafe_code)]

use super::cut::Cut;
use super::matches::{Latin, Lists, Processor};
#[cfg(target_arch = "x86_64")]
use super::{
    builder::codes::{BMP, Codes, DIGITS_START, LETTERS_END},
    builder::layout::{
        AsciiSet, FILTER_MULTIPLIER, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LOG_FREQUENT,
        MULTIPLIER, TRIPLE_MULTIPLIER,
    },
    scan,
    tables::Tables,
};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Any processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Processor for Portable {}

/// Runs the cut with the best instructions this processor has.
pub(super) fn cut(cut: Cut<'_>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        // SAFETY: the processor has every feature the function is compiled for.
        return unsafe { with_avx2(cut, avx2) };
    }
    cut.run(Portable);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx2(cut: Cut<'_>, avx2: Avx2) {
    cut.run(avx2);
}

/// Proof that the processor has AVX2 and what came with it: only [`Avx2::detect`] makes one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        use std::arch::is_x86_feature_detected as has;
        let all = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt");
        all.then_some(Avx2(()))
    }
}

#[cfg(target_arch = "x86_64")]
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
        unsafe { characters(text, at, codes, out_codes, out_offsets, latin) }
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> (u64, u64) {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { classes(codes) }
    }

    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        // SAFETY: an `Avx2` exists only where the processor has the features.
        unsafe { set_bits(words, out) }
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
        unsafe { find_pairs(tables, codes, pairs, lists) }
    }
}

/// By byte: the places of its set bits, ascending, then zeros.
#[cfg(target_arch = "x86_64")]
static SET_BITS: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][count] = bit as u8;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Writes `base` plus the place of each set bit of `mask` to `out` from `count` on, eight numbers of
/// which the first ones count; returns the new count.
#[cfg(target_arch = "x86_64")]
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

/// The entries of a table at these places, where `wanted` has all bits set; 0 elsewhere.
///
/// # Safety
/// The places that are wanted must be below the table's length.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn entries_of(table: &[u32], places: __m256i, wanted: __m256i) -> __m256i {
    let table = table.as_ptr().cast();
    // SAFETY: the caller promises that the places are those of entries.
    unsafe { _mm256_mask_i32gather_epi32::<4>(_mm256_setzero_si256(), table, places, wanted) }
}

/// Which of these bytes are members of a set of ASCII characters.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn members(bytes: [__m256i; 2], set: &AsciiSet) -> u64 {
    let half = |half: &[u8]| i64::from_le_bytes(half.try_into().expect("eight bytes"));
    let highs_of_low =
        _mm256_broadcastsi128_si256(_mm_set_epi64x(half(&set[8..]), half(&set[..8])));
    // By high half: its bit; none for what is not ASCII.
    let bit_of_high = _mm256_broadcastsi128_si256(_mm_set_epi64x(
        0,
        i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, -128i8 as u8]),
    ));
    let low_half = _mm256_set1_epi8(0xf);
    bytes
        .map(|bytes| {
            // A byte above 0x7f would give 0 here anyway; its high half has no bit.
            let low = _mm256_and_si256(bytes, low_half);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low_half);
            let bits = _mm256_and_si256(
                _mm256_shuffle_epi8(highs_of_low, low),
                _mm256_shuffle_epi8(bit_of_high, high),
            );
            let absent = _mm256_cmpeq_epi8(bits, _mm256_setzero_si256());
            !_mm256_movemask_epi8(absent) as u32
        })
        .into_iter()
        .rev()
        .fold(0, |all, half| all << 32 | u64::from(half))
}

/// See [`Processor::characters`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn characters(
    text: &[u8],
    start: usize,
    codes: &Codes,
    out_codes: &mut [u16],
    out_offsets: &mut [u32],
    mut latin: Option<Latin<'_>>,
) -> (usize, usize) {
    let bmp: &[u16; BMP] = codes.bmp[..].try_into().expect("one code for every code point");
    // Offsets from `start` must be below 2^31, and a character has at most four bytes, except for
    // words of Latin letters, which are not longer than a chunk.
    let room = out_codes.len().min(out_offsets.len()).min(1 << 24);
    let (mut at, mut count) = (start, 0);
    let (mut after_gap, mut words) = (1, 0);
    // A character is begun by every byte that is not 0b10xxxxxx. Those of a chunk may need three
    // bytes after it.
    while count + 64 + 8 <= room
        && let Some(chunk) = text.get(at..at + 67)
    {
        // SAFETY: the chunk has more than 64 bytes, and the instruction needs no alignment.
        let bytes =
            [0, 32].map(|from| unsafe { _mm256_loadu_si256(chunk[from..].as_ptr().cast()) });
        let [low, high] = bytes.map(|bytes| {
            _mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-65))) as u32
        });
        let mut begins = u64::from(high) << 32 | u64::from(low);
        let mut length = 64;
        if let Some(latin) = &mut latin {
            let letters = members(bytes, &ALPHANUMERIC);
            if letters == 0 {
                after_gap = u64::from(is_gap(chunk[63]));
            } else {
                // A word that may go on after the chunk is left to the next, if it does not fill it.
                let cut = letters.leading_ones() as usize;
                length = if cut == 64 { 64 } else { 64 - cut };
                let gaps = members(bytes, &GAPS);
                let pairs = members(bytes, &latin.pairs[0]) & members(bytes, &latin.pairs[1]) >> 1;
                let mut starts = letters & !(letters << 1) & (gaps << 1 | after_gap);
                let (mut joined, mut inside) = (0, 0);
                while starts != 0 {
                    let start = starts & starts.wrapping_neg();
                    starts ^= start;
                    // Adding carries through the word to the character after it.
                    let after = letters.wrapping_add(start) & !letters;
                    let word = after.wrapping_sub(start);
                    let whole = (after & gaps != 0) & (word & pairs == 0) & (after != start << 1);
                    let mask = u64::from(whole).wrapping_neg();
                    joined |= start & mask;
                    inside |= word & !start & mask;
                }
                begins &= !inside;
                while joined != 0 {
                    let before = (joined & joined.wrapping_neg()) - 1;
                    latin.words[words] = (count + (begins & before).count_ones() as usize) as u32;
                    words += 1;
                    joined &= joined - 1;
                }
                if length < 64 {
                    begins &= (1 << length) - 1;
                }
                after_gap = gaps >> (length - 1) & 1;
            }
        }
        for (eight, base) in begins.to_le_bytes().into_iter().zip((at as u32..).step_by(8)) {
            count = append_set_bits(eight, base, out_offsets, count);
        }
        at += length;
    }
    if count == 0 {
        return (start, 0);
    }
    while text.get(at).is_some_and(|&byte| byte & 0xc0 == 0x80) {
        at += 1;
    }
    // The last of these have no characters of their own; they must point into the text all the same.
    let last = out_offsets[count - 1];
    out_offsets[count..count + 8].fill(last);
    for (offsets, out) in
        out_offsets[..count + 7].chunks_exact(8).zip(out_codes[..count + 7].chunks_exact_mut(8))
    {
        let out: &mut [u16; 8] = out.try_into().expect("a chunk of eight");
        // SAFETY: the chunk has eight numbers of four bytes.
        let places = unsafe { _mm256_loadu_si256(offsets.as_ptr().cast()) };
        let places = _mm256_sub_epi32(places, _mm256_set1_epi32(start as i32));
        // SAFETY: every offset was found in a chunk which three bytes follow, so that four bytes
        // from there are in the text. The instruction takes the places, which begin at `start`, as
        // signed numbers; they are below 2^31, since there are at most 2^28 characters.
        let four = unsafe { _mm256_i32gather_epi32::<1>(text[start..].as_ptr().cast(), places) };
        let and = |bits: i32, numbers| _mm256_and_si256(numbers, _mm256_set1_epi32(bits));
        let or = |a, b| _mm256_or_si256(a, b);
        let lead = and(0xff, four);
        let second = and(0x3f, _mm256_srli_epi32::<8>(four));
        let third = and(0x3f, _mm256_srli_epi32::<16>(four));
        let of_two = or(_mm256_slli_epi32::<6>(and(0x1f, four)), second);
        let high = or(_mm256_slli_epi32::<12>(and(0xf, four)), _mm256_slli_epi32::<6>(second));
        let of_three = or(high, third);
        let below = |limit: i32| _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), lead);
        let point = _mm256_blendv_epi8(of_three, of_two, below(0xe0));
        let point = _mm256_blendv_epi8(point, lead, below(0x80));
        // Two codes at a time; the number's lower bit chooses. A point is below 2^16.
        let (places, odd) = (_mm256_srli_epi32::<1>(point), and(1, point));
        // SAFETY: the table has 2^16 codes, so 2^15 pairs of them.
        let two = unsafe { _mm256_i32gather_epi32::<4>(bmp.as_ptr().cast(), places) };
        let code = and(0xffff, _mm256_srlv_epi32(two, _mm256_slli_epi32::<4>(odd)));
        let packed = _mm256_permute4x64_epi64::<0b1000>(_mm256_packus_epi32(code, code));
        // SAFETY: the array has 16 bytes, and the instruction needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm256_castsi256_si128(packed)) };
        let of_four = _mm256_movemask_ps(_mm256_castsi256_ps(below(0xf0))) as u8;
        if of_four != 0xff {
            for (code, &offset) in out.iter_mut().zip(offsets) {
                *code = scan::decode(text, offset as usize, codes).0;
            }
        }
    }
    if let Some(latin) = latin {
        for &word in &latin.words[..words] {
            out_codes[word as usize] = 0;
        }
    }
    (at, count)
}

/// ASCII letters and digits, and the ASCII characters that are in no block.
#[cfg(target_arch = "x86_64")]
static ALPHANUMERIC: AsciiSet = ascii_set(false);
#[cfg(target_arch = "x86_64")]
static GAPS: AsciiSet = ascii_set(true);

#[cfg(target_arch = "x86_64")]
const fn ascii_set(gaps: bool) -> AsciiSet {
    let (mut set, mut byte) = ([0; 16], 0);
    while byte < 128 {
        let member = if gaps { is_gap(byte) } else { byte.is_ascii_alphanumeric() };
        set[byte as usize % 16] |= (member as u8) << (byte / 16);
        byte += 1;
    }
    set
}

/// Whether this is an ASCII character that is in no block.
#[cfg(target_arch = "x86_64")]
const fn is_gap(byte: u8) -> bool {
    byte.is_ascii()
        && !byte.is_ascii_alphanumeric()
        && !matches!(byte, b'+' | b'#' | b'&' | b'.' | b'_' | b'%' | b'-')
}

/// See [`Processor::classes`].
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn classes(codes: &[u16; 64]) -> (u64, u64) {
    let number = |n: u16| _mm256_set1_epi16(n as i16);
    let (mut outside, mut alphanumeric) = (0, 0);
    for (half, codes) in codes.chunks_exact(32).enumerate() {
        // SAFETY: there are 32 codes of two bytes, and 16 are read from the first and from the 17th.
        let both =
            [0, 16].map(|start| unsafe { _mm256_loadu_si256(codes.as_ptr().add(start).cast()) });
        let mask = |lanes: [__m256i; 2]| {
            let bytes = _mm256_packs_epi16(lanes[0], lanes[1]);
            let bytes = _mm256_permute4x64_epi64::<0b1101_1000>(bytes);
            u64::from(_mm256_movemask_epi8(bytes) as u32) << (32 * half)
        };
        outside |= mask(both.map(|codes| _mm256_cmpeq_epi16(codes, number(0))));
        alphanumeric |= mask(both.map(|codes| {
            let from_start = _mm256_sub_epi16(codes, number(DIGITS_START));
            let last = number(LETTERS_END - 1 - DIGITS_START);
            _mm256_cmpeq_epi16(_mm256_min_epu16(from_start, last), from_start)
        }));
    }
    (!outside, alphanumeric)
}

/// See [`Processor::set_bits`].
#[cfg(target_arch = "x86_64")]
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

/// See [`Processor::pairs`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn find_pairs(tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>) -> usize {
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
