//! AVX2: eight lanes of 32 bits in a vector, or four of 64.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_add_epi64, _mm256_and_si256,
    _mm256_andnot_si256, _mm256_castsi128_si256, _mm256_inserti128_si256, _mm256_loadu_si256,
    _mm256_or_si256, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setr_epi64x,
    _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_slli_epi64, _mm256_srli_epi32,
    _mm256_srli_epi64, _mm256_storeu_si256, _mm256_sub_epi32, _mm256_unpackhi_epi32,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::{ShaVector, Vector};

/// Proof that this machine has AVX2. Only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

impl Avx2 {
    /// `None` if the CPU or the operating system does not support AVX2.
    pub fn detect() -> Option<&'static Self> {
        static FOUND: Avx2 = Avx2(());
        is_x86_feature_detected!("avx2").then_some(&FOUND)
    }
}

/// Loads 16 neighbouring bytes of each of two blocks: `low` into the lower half of the vector,
/// `high` into the upper half.
#[inline(always)]
fn pair(_: Avx2, low: &[u8; 16], high: &[u8; 16]) -> __m256i {
    // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; each pointer comes
    // from a reference to 16 bytes, all of which the unaligned load may read.
    unsafe {
        let low = _mm_loadu_si128(low.as_ptr().cast::<__m128i>());
        let high = _mm_loadu_si128(high.as_ptr().cast::<__m128i>());
        _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
    }
}

/// A vector type `$name` with `$lanes` words of the type `$word`, and what differs between words of
/// 32 and of 64 bits only in the instructions.
macro_rules! vector {
    ($(#[$about:meta])* $name:ident, $word:ty, $lanes:literal, $splat:ident, $add:ident, $left:ident,
     $right:ident, $swap:expr, $message:item) => {
        $(#[$about])*
        #[derive(Clone, Copy)]
        pub struct $name(__m256i);

        impl Vector for $name {
            type Proof = Avx2;
            type Word = $word;
            type Block = [u8; 16 * size_of::<$word>()];
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(_: Avx2, word: $word) -> Self {
                // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2.
                Self(unsafe { $splat(word.cast_signed()) })
            }

            #[inline(always)]
            fn load(_: Avx2, words: &[$word]) -> Self {
                let words: &[$word; $lanes] = words.first_chunk().expect("a word for each lane");
                // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; the
                // reference covers the 32 bytes that the unaligned load reads.
                Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast::<__m256i>()) })
            }

            #[inline(always)]
            fn store(self, words: &mut [$word]) {
                let words: &mut [$word; $lanes] =
                    words.first_chunk_mut().expect("a word for each lane");
                // SAFETY: the vector exists only on a machine with AVX2; the exclusive reference
                // covers the 32 bytes that the unaligned store writes.
                unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast::<__m256i>(), self.0) }
            }

            $message

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { _mm256_and_si256(self.0, other.0) })
            }

            #[inline(always)]
            fn without(self, mask: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { _mm256_andnot_si256(mask.0, self.0) })
            }

            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { _mm256_xor_si256(self.0, other.0) })
            }

            #[inline(always)]
            fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
                // Where LEFT is 16, LLVM turns these instructions into one byte shuffle. When a
                // byte shuffle was written here instead, LLVM turned it into two word shuffles,
                // which was 1 % slower.
                //
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { _mm256_or_si256($left::<LEFT>(self.0), $right::<RIGHT>(self.0)) })
            }
        }

        impl ShaVector for $name {
            #[inline(always)]
            fn swapped(self) -> Self {
                let [low, high] = $swap;
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe {
                    _mm256_shuffle_epi8(self.0, _mm256_setr_epi64x(low, high, low, high))
                })
            }

            #[inline(always)]
            fn shift<const RIGHT: i32>(self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX2.
                Self(unsafe { $right::<RIGHT>(self.0) })
            }
        }
    };
}

vector! {
    /// A vector of eight lanes of 32 bits. The field is private, and every constructor takes an
    /// [`Avx2`]. So an `Eight` exists only on a machine with AVX2.
    Eight, u32, 8, _mm256_set1_epi32, _mm256_add_epi32, _mm256_slli_epi32, _mm256_srli_epi32,
    [0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b],

    /// Transposes eight blocks. Blocks `l` and `l + 4` are loaded into the lower and the upper half
    /// of the same vectors. So each half needs only 4x4 transpositions, with 8 shuffles for 4
    /// words.
    #[inline(always)]
    fn message(proof: Avx2, blocks: &[&[u8; 64]]) -> [Self; 16] {
        let blocks: &[&[u8; 64]; 8] = blocks.first_chunk().expect("eight blocks");
        let mut m = [Self::splat(proof, 0); 16];
        let blocks = [
            blocks[0].as_chunks().0,
            blocks[1].as_chunks().0,
            blocks[2].as_chunks().0,
            blocks[3].as_chunks().0,
            blocks[4].as_chunks().0,
            blocks[5].as_chunks().0,
            blocks[6].as_chunks().0,
            blocks[7].as_chunks().0,
        ];
        for (quarter, m) in m.chunks_exact_mut(4).enumerate() {
            let r0 = pair(proof, &blocks[0][quarter], &blocks[4][quarter]);
            let r1 = pair(proof, &blocks[1][quarter], &blocks[5][quarter]);
            let r2 = pair(proof, &blocks[2][quarter], &blocks[6][quarter]);
            let r3 = pair(proof, &blocks[3][quarter], &blocks[7][quarter]);
            // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; these
            // instructions access no memory.
            unsafe {
                let lo01 = _mm256_unpacklo_epi32(r0, r1);
                let hi01 = _mm256_unpackhi_epi32(r0, r1);
                let lo23 = _mm256_unpacklo_epi32(r2, r3);
                let hi23 = _mm256_unpackhi_epi32(r2, r3);
                m[0] = Self(_mm256_unpacklo_epi64(lo01, lo23));
                m[1] = Self(_mm256_unpackhi_epi64(lo01, lo23));
                m[2] = Self(_mm256_unpacklo_epi64(hi01, hi23));
                m[3] = Self(_mm256_unpackhi_epi64(hi01, hi23));
            }
        }
        m
    }
}

vector! {
    /// A vector of four lanes of 64 bits. The field is private, and every constructor takes an
    /// [`Avx2`]. So a `Four` exists only on a machine with AVX2.
    Four, u64, 4, _mm256_set1_epi64x, _mm256_add_epi64, _mm256_slli_epi64, _mm256_srli_epi64,
    [0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f],

    /// Transposes four blocks. Blocks `l` and `l + 2` are loaded into the lower and the upper half
    /// of the same vectors.
    #[inline(always)]
    fn message(proof: Avx2, blocks: &[&[u8; 128]]) -> [Self; 16] {
        let blocks: &[&[u8; 128]; 4] = blocks.first_chunk().expect("four blocks");
        let mut m = [Self::splat(proof, 0); 16];
        let blocks = [
            blocks[0].as_chunks().0,
            blocks[1].as_chunks().0,
            blocks[2].as_chunks().0,
            blocks[3].as_chunks().0,
        ];
        for (two, m) in m.chunks_exact_mut(2).enumerate() {
            let even = pair(proof, &blocks[0][two], &blocks[2][two]);
            let odd = pair(proof, &blocks[1][two], &blocks[3][two]);
            // SAFETY: the parameter of type `Avx2` exists only on a machine with AVX2; these
            // instructions access no memory.
            unsafe {
                m[0] = Self(_mm256_unpacklo_epi64(even, odd));
                m[1] = Self(_mm256_unpackhi_epi64(even, odd));
            }
        }
        m
    }
}

impl Eight {
    /// Lane-wise wrapping difference.
    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        // SAFETY: an `Eight` exists only on a machine with AVX2.
        Self(unsafe { _mm256_sub_epi32(self.0, other.0) })
    }

    /// The AVX2 vector itself, for code that uses newer instructions.
    #[inline(always)]
    pub fn vector(self) -> __m256i {
        self.0
    }

    /// Wraps a vector that code with newer instructions has computed.
    #[inline(always)]
    pub fn of(_: Avx2, vector: __m256i) -> Self {
        Self(vector)
    }
}
