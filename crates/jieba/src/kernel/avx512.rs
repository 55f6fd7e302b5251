//! Turns text into the codes of its characters on CPUs with AVX-512 and VBMI2. This code collects
//! the first bytes of all characters in one vector, and the second and third bytes in two more. All
//! other passes are those for AVX2. See `scan.rs`.
#![allow(unsafe_code)]

use super::avx2::Avx2;
use super::avx2::characters::Joiner;
use super::cpu::{Cpu, Latin, Work};
use crate::builder::codes::{BMP, Codes, decode};
use std::arch::x86_64::*;

/// Proof that the CPU has AVX-512F, BW, VL and VBMI2, and what [`Avx2`] proves. Only
/// [`Avx512::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx512(Avx2);

impl Avx512 {
    /// `None` if this CPU lacks one of the extensions.
    pub fn detect() -> Option<Self> {
        use std::arch::is_x86_feature_detected as has;
        let all = has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vbmi2");
        Avx2::detect().filter(|_| all).map(Avx512)
    }

    /// Does the work with code that is compiled for CPUs with these extensions.
    pub fn run(self, work: impl Work) {
        // SAFETY: an `Avx512` exists only where the CPU has the features.
        unsafe { run(work, self) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2")]
fn run(work: impl Work, avx512: Avx512) {
    work.run(avx512);
}

impl Cpu for Avx512 {
    type Below = Avx2;

    #[inline(always)]
    fn below(self) -> Avx2 {
        self.0
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
        // SAFETY: an `Avx512` exists only where the CPU has the features.
        unsafe { characters(text, at, codes, out_codes, out_offsets, latin) }
    }
}

/// Stands for the code point of a four-byte character until the character is decoded. No character
/// has this code point.
const OF_FOUR: u16 = 0xd800;

/// The numbers from 0 to 63.
static NUMBERS: [u8; 64] = {
    let (mut numbers, mut at) = ([0; 64], 0);
    while at < 64 {
        numbers[at] = at as u8;
        at += 1;
    }
    numbers
};

/// See `Cpu::characters`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2")]
fn characters(
    text: &[u8],
    start: usize,
    codes: &Codes,
    out_codes: &mut [u16],
    out_offsets: &mut [u32],
    latin: Option<Latin<'_>>,
) -> (usize, usize) {
    let bmp: &[u16; BMP] = codes.bmp[..].try_into().expect("one code for every code point");
    let room = out_codes.len().min(out_offsets.len());
    let (mut at, mut count) = (start, 0);
    let (mut joiner, mut any_of_four) = (Joiner::new(latin), false);
    // SAFETY: the array has 64 bytes, and the instruction needs no alignment.
    let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
    // A character that begins in the last bytes of the 64 may need two bytes after them.
    while count + 64 <= room
        && let Some(chunk) = text.get(at..at + 66)
    {
        // SAFETY: the chunk has 66 bytes, and 64 are read from the third at most; the instruction needs
        // no alignment.
        let [first, second, third] =
            [0, 1, 2].map(|n| unsafe { _mm512_loadu_si512(chunk.as_ptr().add(n).cast()) });
        let halves = [_mm512_castsi512_si256(first), _mm512_extracti64x4_epi64::<1>(first)];
        let (begins, length) = joiner.begins(halves, count);
        let [first, second, third, numbers] =
            [first, second, third, numbers].map(|bytes| _mm512_maskz_compress_epi8(begins, bytes));
        let found = begins.count_ones() as usize;
        let out: &mut [u16; 64] = out_codes[count..].first_chunk_mut().expect("room for 64");
        let offsets: &mut [u32; 64] = out_offsets[count..].first_chunk_mut().expect("room for 64");
        // The first 32 characters, then the others if there are more than 32.
        for half in 0..1 + usize::from(found > 32) {
            let wide = |bytes: __m512i| match half {
                0 => _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes)),
                _ => _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(bytes)),
            };
            let (points, of_four) = points_of(wide(first), wide(second), wide(third));
            any_of_four |= of_four;
            // SAFETY: the array has room for 32 numbers of two bytes from the first and from the 33rd
            // on, and the instruction needs no alignment.
            unsafe { _mm512_storeu_si512(out[32 * half..].as_mut_ptr().cast(), points) };
            let numbers = match half {
                0 => _mm512_castsi512_si256(numbers),
                _ => _mm512_extracti64x4_epi64::<1>(numbers),
            };
            let quarters =
                [_mm256_castsi256_si128(numbers), _mm256_extracti128_si256::<1>(numbers)];
            for (quarter, offsets) in
                quarters.into_iter().zip(offsets[32 * half..].chunks_exact_mut(16))
            {
                let base = _mm512_set1_epi32((at as u32).cast_signed());
                let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(quarter), base);
                // SAFETY: the chunk has 16 numbers of four bytes, and the instruction needs no alignment.
                unsafe { _mm512_storeu_si512(offsets.as_mut_ptr().cast(), positions) };
            }
        }
        count += found;
        at += length;
    }
    if count == 0 {
        return (start, 0);
    }
    while text.get(at).is_some_and(|&byte| byte & 0xc0 == 0x80) {
        at += 1;
    }
    // The codes are looked up one at a time, which is faster than a gather instruction.
    for code in &mut out_codes[..count] {
        *code = bmp[usize::from(*code)];
    }
    if any_of_four {
        for (code, &offset) in out_codes.iter_mut().zip(&out_offsets[..count]) {
            if text[offset as usize] >= 0xf0 {
                *code = decode(text, offset as usize, codes).0;
            }
        }
    }
    joiner.finish(out_codes);
    (at, count)
}

/// The code points of 32 characters, given their first, second and third bytes, and whether there
/// are characters of four bytes.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2")]
fn points_of(first: __m512i, second: __m512i, third: __m512i) -> (__m512i, bool) {
    let number = |n: u16| _mm512_set1_epi16(n.cast_signed());
    let and = |numbers, bits| _mm512_and_si512(numbers, number(bits));
    let or = |a, b| _mm512_or_si512(a, b);
    let second = and(second, 0x3f);
    let third = or(_mm512_slli_epi16::<6>(second), and(third, 0x3f));
    // The shift by 12 leaves only the lower four bits of the first byte.
    let of_three = or(_mm512_slli_epi16::<12>(first), third);
    let of_two = or(_mm512_slli_epi16::<6>(and(first, 0x1f)), second);
    let below = |limit: u16| _mm512_cmplt_epu16_mask(first, number(limit));
    let points = _mm512_mask_mov_epi16(of_three, below(0xe0), of_two);
    let points = _mm512_mask_mov_epi16(points, below(0x80), first);
    let of_four = !below(0xf0);
    (_mm512_mask_mov_epi16(points, of_four, number(OF_FOUR)), of_four != 0)
}
