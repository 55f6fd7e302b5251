//! Turns text into the codes of its characters, eight characters at a time; see `scan.rs`.
#![allow(unsafe_code)]

use super::sets::append_set_bits;
use crate::builder::codes::{BMP, Codes, decode};
use crate::builder::layout::AsciiSet;
use crate::kernel::cpu::Latin;
use std::arch::x86_64::*;

/// See `Cpu::characters`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn find(
    text: &[u8],
    start: usize,
    codes: &Codes,
    out_codes: &mut [u16],
    out_offsets: &mut [u32],
    latin: Option<Latin<'_>>,
) -> (usize, usize) {
    let bmp: &[u16; BMP] = codes.bmp[..].try_into().expect("one code for every code point");
    // Offsets from `start` must stay below 2^31. A character, or a word that is read as one
    // character, has at most 64 bytes, so there may be 2^24 of them.
    let room = out_codes.len().min(out_offsets.len()).min(1 << 24);
    let (mut at, mut count) = (start, 0);
    let mut joiner = Joiner::new(latin);
    // A character that begins in the last of 64 bytes may need three bytes after them.
    while count + 64 + 8 <= room
        && let Some(chunk) = text.get(at..at + 67)
    {
        // SAFETY: the chunk has more than 64 bytes, and the instruction needs no alignment.
        let bytes =
            [0, 32].map(|from| unsafe { _mm256_loadu_si256(chunk[from..].as_ptr().cast()) });
        let (begins, length) = joiner.begins(bytes, count);
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
    // Fill the last group of eight. The spare entries after the last offset are read too, so they
    // must point into the text.
    let last = out_offsets[count - 1];
    out_offsets[count..count + 8].fill(last);
    let mut below_four = _mm256_set1_epi8(-1);
    for (offsets, out) in
        out_offsets[..count + 7].chunks_exact(8).zip(out_codes[..count + 7].chunks_exact_mut(8))
    {
        let out: &mut [u16; 8] = out.try_into().expect("a chunk of eight");
        // SAFETY: the chunk has eight numbers of four bytes.
        let positions = unsafe { _mm256_loadu_si256(offsets.as_ptr().cast()) };
        let positions = _mm256_sub_epi32(positions, _mm256_set1_epi32(start as i32));
        // SAFETY: each offset lies in a chunk that three more bytes follow, so four bytes from
        // there are in the text. The instruction takes the positions, which are relative to
        // `start`, as signed numbers. They are below 2^31, because there are at most 2^24, of at
        // most 64 bytes each.
        let four = unsafe { _mm256_i32gather_epi32::<1>(text[start..].as_ptr().cast(), positions) };
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
        // All code points here are below 2^16. Characters of four bytes are decoded later.
        let packed = _mm256_permute4x64_epi64::<0b1000>(_mm256_packus_epi32(point, point));
        // SAFETY: the array has 16 bytes, and the instruction needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm256_castsi256_si128(packed)) };
        below_four = _mm256_and_si256(below_four, below(0xf0));
    }
    // The codes are looked up one at a time, which is faster than a gather instruction.
    for code in &mut out_codes[..count] {
        *code = bmp[usize::from(*code)];
    }
    if _mm256_movemask_epi8(below_four) != -1 {
        for (code, &offset) in out_codes.iter_mut().zip(&out_offsets[..count]) {
            if text[offset as usize] >= 0xf0 {
                *code = decode(text, offset as usize, codes).0;
            }
        }
    }
    joiner.finish(out_codes);
    (at, count)
}

/// Finds where characters begin, 64 bytes at a time. With `latin`, it also joins ASCII words: the
/// code after it sees one character in place of each.
pub struct Joiner<'a> {
    latin: Option<Latin<'a>>,
    /// Whether an ASCII gap precedes the next 64 bytes.
    after_gap: bool,
    /// The number of words joined so far.
    joined: usize,
}

impl<'a> Joiner<'a> {
    /// A joiner for a text that follows a gap.
    pub fn new(latin: Option<Latin<'a>>) -> Self {
        Joiner { latin, after_gap: true, joined: 0 }
    }

    /// Returns which of these 64 bytes begin a character or a joined word, and how many of the
    /// bytes are done. `count` is the number of characters before these bytes.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub fn begins(&mut self, bytes: [__m256i; 2], count: usize) -> (u64, usize) {
        // Every byte that is not 0b10xxxxxx begins a character.
        let [low, high] = bytes.map(|bytes| {
            _mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-65))) as u32
        });
        let begins = u64::from(high) << 32 | u64::from(low);
        let Some(latin) = &mut self.latin else { return (begins, 64) };
        let (mut words, begins, length) =
            join_words(bytes, latin.pairs, &mut self.after_gap, begins);
        while words != 0 {
            let before = (words & words.wrapping_neg()) - 1;
            latin.words[self.joined] = (count + (begins & before).count_ones() as usize) as u32;
            self.joined += 1;
            words &= words - 1;
        }
        (begins, length)
    }

    /// Sets the codes of joined words to 0. Called when all other codes are known.
    pub fn finish(self, out_codes: &mut [u16]) {
        if let Some(latin) = self.latin {
            for &word in &latin.words[..self.joined] {
                out_codes[word as usize] = 0;
            }
        }
    }
}

/// Joins the ASCII words among 64 bytes, so that each is read as one character. A word is joined if
/// ASCII gaps surround it and no dictionary word begins in it. `after_gap` says whether a gap
/// precedes the bytes, and is updated for the next call. `begins` marks the bytes that begin
/// characters.
///
/// Returns the first bytes of joined words, the bytes that begin a character or a joined word, and
/// how many bytes are done. A word that may go on after the 64 bytes is left for the next call.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn join_words(
    bytes: [__m256i; 2],
    pairs: &[AsciiSet; 2],
    after_gap: &mut bool,
    begins: u64,
) -> (u64, u64, usize) {
    let letters = members(bytes, &ALPHANUMERIC);
    let gaps = members(bytes, &GAPS);
    let was_after_gap = u64::from(*after_gap);
    let length = match letters.leading_ones() as usize {
        64 => 64,
        unfinished => 64 - unfinished,
    };
    *after_gap = gaps >> (length - 1) & 1 == 1;
    if letters == 0 {
        return (0, begins, length);
    }
    let pairs = members(bytes, &pairs[0]) & (members(bytes, &pairs[1]) >> 1);
    let mut starts = letters & !(letters << 1) & (gaps << 1 | was_after_gap);
    let (mut words, mut inside) = (0, 0);
    while starts != 0 {
        let start = starts & starts.wrapping_neg();
        starts ^= start;
        // Adding the first bit of a word carries through the word, into the bit of the character
        // after it, if that is among the 64.
        let after = letters.wrapping_add(start) & !letters;
        let word = after.wrapping_sub(start);
        let whole = (after & gaps != 0) & (word & pairs == 0) & (after != start << 1);
        let mask = u64::from(whole).wrapping_neg();
        words |= start & mask;
        inside |= word & !start & mask;
    }
    (words, begins & !inside & (u64::MAX >> (64 - length)), length)
}

/// Which of these bytes are in a set of ASCII characters. The low half of a byte selects a byte of
/// the set, and the high half selects a bit in it.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn members(bytes: [__m256i; 2], set: &AsciiSet) -> u64 {
    let half = |half: &[u8]| i64::from_le_bytes(half.try_into().expect("eight bytes"));
    let highs_of_low =
        _mm256_broadcastsi128_si256(_mm_set_epi64x(half(&set[8..]), half(&set[..8])));
    // Indexed by the high half of a byte: the bit that it selects. It is 0 for bytes that are not
    // ASCII.
    let bit_of_high = _mm256_broadcastsi128_si256(_mm_set_epi64x(
        0,
        i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]),
    ));
    let low_half = _mm256_set1_epi8(0xf);
    bytes
        .map(|bytes| {
            // Bytes above 0x7f need no special care, because their high half has no bit.
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

/// The ASCII letters and digits.
static ALPHANUMERIC: AsciiSet = ascii_set(false);
/// The ASCII characters that can be in no word.
static GAPS: AsciiSet = ascii_set(true);

const fn ascii_set(gaps: bool) -> AsciiSet {
    let (mut set, mut byte) = ([0; 16], 0);
    while byte < 128 {
        let member = if gaps { is_gap(byte) } else { byte.is_ascii_alphanumeric() };
        set[byte as usize % 16] |= (member as u8) << (byte / 16);
        byte += 1;
    }
    set
}

/// Whether this is an ASCII character that can be in no word.
const fn is_gap(byte: u8) -> bool {
    byte.is_ascii()
        && !byte.is_ascii_alphanumeric()
        && !matches!(byte, b'+' | b'#' | b'&' | b'.' | b'_' | b'%' | b'-')
}
