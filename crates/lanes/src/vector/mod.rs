//! Vectors of words, one word for each lane. The algorithms are written over these traits; each
//! instruction set implements them in a file of its own.
//!
//! Every constructor takes a [`Vector::Proof`], which only the detection of the instruction set
//! hands out. So a vector proves that this machine has the instructions, and its other methods are
//! safe to call. All methods must be `#[inline(always)]`, so that they end up in a function with
//! the right `target_feature`. Otherwise each operation costs a function call.

// This code is unused on targets where no instruction set implements `Vector`.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
#[cfg(target_arch = "x86_64")]
pub mod avx512vl;
#[cfg(target_arch = "x86_64")]
pub mod sha;

/// A vector of words, one per lane.
pub trait Vector: Copy {
    /// Proof that this machine has the instruction set.
    type Proof: Copy;
    /// A word: `u32` or `u64`.
    type Word: Copy + Default + 'static;
    /// A block of sixteen words.
    type Block;
    /// Number of lanes in one vector.
    const LANES: usize;

    /// The same word in every lane.
    fn splat(proof: Self::Proof, word: Self::Word) -> Self;
    /// The first [`Self::LANES`] words of `words`; panics if there are fewer.
    fn load(proof: Self::Proof, words: &[Self::Word]) -> Self;
    /// Stores the lanes into the first [`Self::LANES`] words of `words`; panics if there are fewer.
    fn store(self, words: &mut [Self::Word]);
    /// One block for each lane, as sixteen little-endian words: lane `l` of vector `w` is word `w`
    /// of `blocks[l]`. Panics if there are fewer than [`Self::LANES`] blocks.
    fn message(proof: Self::Proof, blocks: &[&Self::Block]) -> [Self; 16];

    /// Lane-wise wrapping sum.
    fn add(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// The bits of `self` that are not in `mask`.
    fn without(self, mask: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Rotates each lane left by `LEFT`. `RIGHT` must be the number of bits of a word less `LEFT`:
    /// the shift instructions need constants, and Rust cannot compute one constant parameter from
    /// another.
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self;
}

/// What the SHA algorithms need beyond [`Vector`].
pub trait ShaVector: Vector {
    /// Reverses the bytes of each word.
    fn swapped(self) -> Self;
    /// Shifts each lane right by `RIGHT`, and zeros in.
    fn shift<const RIGHT: i32>(self) -> Self;

    /// For each bit, that of `yes` where `self` has a one, else that of `no`.
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        self.and(yes.xor(no)).xor(no)
    }

    /// For each bit, what at least two of the three have.
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        self.xor(c).and(b.xor(c)).xor(c)
    }

    /// The exclusive or of all three.
    #[inline(always)]
    fn parity(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }

    /// The bits of `c` that are not in `b`, and these exclusive or `self`: χ of SHA-3.
    #[inline(always)]
    fn chi(self, b: Self, c: Self) -> Self {
        self.xor(c.without(b))
    }

    /// What [`theta`](Self::theta) needs of the two columns beside a column.
    #[inline(always)]
    fn theta_parts(left: Self, right: Self) -> (Self, Self) {
        (left.xor(right), right)
    }

    /// Adds two columns to a word: θ of SHA-3.
    #[inline(always)]
    fn theta(self, sum: Self, _: Self) -> Self {
        self.xor(sum)
    }
}
