//! AVX-512: sixteen lanes of 32 bits in a vector, or eight of 64. It has one instruction for any
//! function of three bits, and one for a rotation.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, __m512i, _mm_loadu_si128, _mm512_add_epi32, _mm512_add_epi64, _mm512_and_si512,
    _mm512_andnot_si512, _mm512_castsi128_si512, _mm512_inserti32x4, _mm512_loadu_si512,
    _mm512_rol_epi32, _mm512_rol_epi64, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setr_epi64,
    _mm512_shuffle_epi8, _mm512_srlv_epi32, _mm512_srlv_epi64, _mm512_storeu_si512,
    _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::{ShaVector, Vector};

/// Proof that this machine has AVX-512F and AVX-512BW. Only [`Avx512::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512(());

impl Avx512 {
    /// `None` if the CPU or the operating system lacks one of these extensions.
    pub fn detect() -> Option<&'static Self> {
        static FOUND: Avx512 = Avx512(());
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has.then_some(&FOUND)
    }
}

/// Loads 16 neighbouring bytes of each of four blocks, into the four quarters of a vector.
#[inline(always)]
fn four(_: Avx512, parts: [&[u8; 16]; 4]) -> __m512i {
    // SAFETY: the parameter of type `Avx512` exists only on a machine with AVX-512F; each pointer
    // comes from a reference to 16 bytes, all of which the unaligned load may read.
    unsafe {
        let first = _mm_loadu_si128(parts[0].as_ptr().cast::<__m128i>());
        let second = _mm_loadu_si128(parts[1].as_ptr().cast::<__m128i>());
        let third = _mm_loadu_si128(parts[2].as_ptr().cast::<__m128i>());
        let fourth = _mm_loadu_si128(parts[3].as_ptr().cast::<__m128i>());
        let vector = _mm512_castsi128_si512(first);
        let vector = _mm512_inserti32x4::<1>(vector, second);
        let vector = _mm512_inserti32x4::<2>(vector, third);
        _mm512_inserti32x4::<3>(vector, fourth)
    }
}

/// A vector type `$name` with `$lanes` words of the type `$word`, and what differs between words of
/// 32 and of 64 bits only in the instructions.
macro_rules! vector {
    ($(#[$about:meta])* $name:ident, $word:ty, $lanes:literal, $splat:ident, $add:ident, $left:ident,
     $right:ident, $swap:expr, $message:item) => {
        $(#[$about])*
        #[derive(Clone, Copy)]
        pub struct $name(__m512i);

        impl Vector for $name {
            type Proof = Avx512;
            type Word = $word;
            type Block = [u8; 16 * size_of::<$word>()];
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(_: Avx512, word: $word) -> Self {
                // SAFETY: the parameter of type `Avx512` exists only on a machine with AVX-512F.
                Self(unsafe { $splat(word.cast_signed()) })
            }

            #[inline(always)]
            fn load(_: Avx512, words: &[$word]) -> Self {
                let words: &[$word; $lanes] = words.first_chunk().expect("a word for each lane");
                // SAFETY: the parameter of type `Avx512` exists only on a machine with AVX-512F;
                // the reference covers the 64 bytes that the unaligned load reads.
                Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast::<__m512i>()) })
            }

            #[inline(always)]
            fn store(self, words: &mut [$word]) {
                let words: &mut [$word; $lanes] =
                    words.first_chunk_mut().expect("a word for each lane");
                // SAFETY: the vector exists only on a machine with AVX-512F; the exclusive
                // reference covers the 64 bytes that the unaligned store writes.
                unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast::<__m512i>(), self.0) }
            }

            $message

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { _mm512_and_si512(self.0, other.0) })
            }

            #[inline(always)]
            fn without(self, mask: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { _mm512_andnot_si512(mask.0, self.0) })
            }

            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { _mm512_xor_si512(self.0, other.0) })
            }

            #[inline(always)]
            fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { $left::<LEFT>(self.0) })
            }
        }

        impl $name {
            /// Applies a bitwise function to three vectors, of which `self` is the first. `TABLE`
            /// defines the function: bit `4 a + 2 b + c` of `TABLE` is its value for the bits a, b
            /// and c.
            #[inline(always)]
            fn ternary<const TABLE: i32>(self, b: Self, c: Self) -> Self {
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { _mm512_ternarylogic_epi32::<TABLE>(self.0, b.0, c.0) })
            }
        }

        impl ShaVector for $name {
            #[inline(always)]
            fn swapped(self) -> Self {
                let [low, high] = $swap;
                // SAFETY: the vector exists only on a machine with AVX-512F and AVX-512BW.
                Self(unsafe {
                    let order = _mm512_setr_epi64(low, high, low, high, low, high, low, high);
                    _mm512_shuffle_epi8(self.0, order)
                })
            }

            #[inline(always)]
            fn shift<const RIGHT: i32>(self) -> Self {
                // The instruction with a constant wants one of another type. The compiler takes it
                // here, too.
                //
                // SAFETY: the vector exists only on a machine with AVX-512F.
                Self(unsafe { $right(self.0, $splat(RIGHT.into())) })
            }

            #[inline(always)]
            fn choose(self, yes: Self, no: Self) -> Self {
                self.ternary::<0b1100_1010>(yes, no)
            }

            #[inline(always)]
            fn majority(self, b: Self, c: Self) -> Self {
                self.ternary::<0b1110_1000>(b, c)
            }

            #[inline(always)]
            fn parity(self, b: Self, c: Self) -> Self {
                self.ternary::<0b1001_0110>(b, c)
            }

            #[inline(always)]
            fn chi(self, b: Self, c: Self) -> Self {
                self.ternary::<0b1101_0010>(b, c)
            }

            #[inline(always)]
            fn theta_parts(left: Self, right: Self) -> (Self, Self) {
                (left, right)
            }

            #[inline(always)]
            fn theta(self, left: Self, right: Self) -> Self {
                self.parity(left, right)
            }
        }
    };
}

vector! {
    /// A vector of sixteen lanes of 32 bits. The field is private, and every constructor takes an
    /// [`Avx512`]. So a `Sixteen` exists only on a machine with AVX-512F and AVX-512BW.
    Sixteen, u32, 16, _mm512_set1_epi32, _mm512_add_epi32, _mm512_rol_epi32, _mm512_srlv_epi32,
    [0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b],

    /// Transposes sixteen blocks. Blocks `l`, `l + 4`, `l + 8` and `l + 12` are loaded into the
    /// quarters of the same vectors. So each quarter needs only 4x4 transpositions, with 8 shuffles
    /// for 4 words.
    #[inline(always)]
    fn message(proof: Avx512, blocks: &[&[u8; 64]]) -> [Self; 16] {
        let blocks: &[&[u8; 64]; 16] = blocks.first_chunk().expect("sixteen blocks");
        let mut m = [Self::splat(proof, 0); 16];
        for (quarter, m) in m.chunks_exact_mut(4).enumerate() {
            let mut r = [m[0].0; 4];
            for (row, r) in r.iter_mut().enumerate() {
                *r = four(proof, [
                    &blocks[row].as_chunks().0[quarter],
                    &blocks[row + 4].as_chunks().0[quarter],
                    &blocks[row + 8].as_chunks().0[quarter],
                    &blocks[row + 12].as_chunks().0[quarter],
                ]);
            }
            // SAFETY: the parameter of type `Avx512` exists only on a machine with AVX-512F; these
            // instructions access no memory.
            unsafe {
                let lo01 = _mm512_unpacklo_epi32(r[0], r[1]);
                let hi01 = _mm512_unpackhi_epi32(r[0], r[1]);
                let lo23 = _mm512_unpacklo_epi32(r[2], r[3]);
                let hi23 = _mm512_unpackhi_epi32(r[2], r[3]);
                m[0] = Self(_mm512_unpacklo_epi64(lo01, lo23));
                m[1] = Self(_mm512_unpackhi_epi64(lo01, lo23));
                m[2] = Self(_mm512_unpacklo_epi64(hi01, hi23));
                m[3] = Self(_mm512_unpackhi_epi64(hi01, hi23));
            }
        }
        m
    }
}

vector! {
    /// A vector of eight lanes of 64 bits. The field is private, and every constructor takes an
    /// [`Avx512`]. So an `Eight` exists only on a machine with AVX-512F and AVX-512BW.
    Eight, u64, 8, _mm512_set1_epi64, _mm512_add_epi64, _mm512_rol_epi64, _mm512_srlv_epi64,
    [0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f],

    /// Transposes eight blocks. Blocks `l`, `l + 2`, `l + 4` and `l + 6` are loaded into the
    /// quarters of the same vectors.
    #[inline(always)]
    fn message(proof: Avx512, blocks: &[&[u8; 128]]) -> [Self; 16] {
        let blocks: &[&[u8; 128]; 8] = blocks.first_chunk().expect("eight blocks");
        let mut m = [Self::splat(proof, 0); 16];
        for (two, m) in m.chunks_exact_mut(2).enumerate() {
            let mut r = [m[0].0; 2];
            for (row, r) in r.iter_mut().enumerate() {
                *r = four(proof, [
                    &blocks[row].as_chunks().0[two],
                    &blocks[row + 2].as_chunks().0[two],
                    &blocks[row + 4].as_chunks().0[two],
                    &blocks[row + 6].as_chunks().0[two],
                ]);
            }
            // SAFETY: the parameter of type `Avx512` exists only on a machine with AVX-512F; these
            // instructions access no memory.
            unsafe {
                m[0] = Self(_mm512_unpacklo_epi64(r[0], r[1]));
                m[1] = Self(_mm512_unpackhi_epi64(r[0], r[1]));
            }
        }
        m
    }
}
