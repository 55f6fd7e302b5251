//! The MD5 compression function over many streams at once.
//!
//! In MD5 each operation depends on the one before, so a single stream leaves most of a modern core
//! idle. Here lane `i` of a vector belongs to stream `i`. `G` vectors ("groups") advance in turns,
//! so that the latency of one group hides behind the work of the others. [`compress`] is generic
//! over [`Functions`], which each instruction set implements. `schedule.rs` decides which stream is
//! in which lane.
//!
//! Source: RFC 1321, sections 3.3 and 3.4.

// This code is unused on targets where no instruction set implements `Functions`.
#![cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), allow(dead_code))]

use core::ops::Range;

use crate::schedule::{self, MAX_LANES};
use crate::vector::Vector;

/// The size of a block in bytes.
pub const BLOCK: usize = 64;

/// One message block.
pub type Block = [u8; BLOCK];

/// The chaining values of all lanes.
pub type Words = schedule::Words<u32, 4>;

/// The blocks that each lane must process.
pub type Feed<'a> = schedule::Feed<'a, BLOCK>;

/// The additive constants of RFC 1321 section 3.4, `floor(2^32 * abs(sin(i + 1)))`.
pub const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// [`SINES`], but those of the last round are 1 less, because [`Functions::i`] adds 1 too much.
const CONSTANTS: [u32; 64] = {
    let mut constants = SINES;
    let mut n = 48;
    while n < 64 {
        constants[n] = SINES[n].wrapping_sub(1);
        n += 1;
    }
    constants
};

/// A vector with the functions of MD5.
pub trait Functions: Vector<Word = u32, Block = Block> {
    /// Lane-wise wrapping difference.
    fn sub(self, other: Self) -> Self;

    /// Adds F = (b & c) | (!b & d) to `sum`. F is computed as `d ^ (b & (c ^ d))`. `b` is the
    /// newest word, the result of the step before. The fewer operations wait for `b`, the faster:
    /// `c ^ d` is known one step earlier.
    #[inline(always)]
    fn f(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(b.and(c.xor(d)).xor(d))
    }

    /// Adds G = (b & d) | (c & !d) to `sum`. The two terms have no bit in common, so they can be
    /// added one after the other. Only `b & d` waits for `b`, the result of the step before.
    #[inline(always)]
    fn g(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(c.without(d)).add(b.and(d))
    }

    /// Adds H = b ^ c ^ d to `sum`. `b`, the result of the step before, comes last.
    #[inline(always)]
    fn h(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.add(c.xor(d).xor(b))
    }

    /// Adds I + 1 to `sum`, where I = c ^ (b | !d) = !x, with x = c ^ (d & !b). Adding `!x` equals
    /// subtracting `x + 1`. So `sum - x` is `sum + I + 1`, with one operation less than `sum + I`
    /// takes. To make up for it, the constants of this round are 1 less (`CONSTANTS`).
    #[inline(always)]
    fn i(sum: Self, b: Self, c: Self, d: Self) -> Self {
        sum.sub(d.without(b).xor(c))
    }
}

/// One step of MD5 for every group of lanes. The groups take turns at each step and do not depend
/// on each other, so the CPU can execute their instructions at the same time.
macro_rules! step {
    ($round:ident $left:literal, $given:ident, $n:expr, $mul:literal, $off:literal,
     $a:ident $b:ident $c:ident $d:ident) => {
        let (proof, constants, m) = $given;
        let constant = V::splat(proof, constants[const { $n }]);
        for k in 0..G {
            let m = m[k][const { ($n * $mul + $off) % 16 }].add(constant);
            let sum = V::$round($a[k].add(m), $b[k], $c[k], $d[k]);
            $a[k] = sum.rotate::<$left, { 32 - $left }>().add($b[k]);
        }
    };
}

/// Four steps of MD5. Each step lets the four words change their names. After four steps, each word
/// has its old name again.
macro_rules! quad {
    ($round:ident [$s0:literal $s1:literal $s2:literal $s3:literal], $given:ident, $n:expr,
     $mul:literal, $off:literal, $a:ident $b:ident $c:ident $d:ident) => {
        step!($round $s0, $given, $n, $mul, $off, $a $b $c $d);
        step!($round $s1, $given, $n + 1, $mul, $off, $d $a $b $c);
        step!($round $s2, $given, $n + 2, $mul, $off, $c $d $a $b);
        step!($round $s3, $given, $n + 3, $mul, $off, $b $c $d $a);
    };
}

/// The sixteen steps of one round. Step `n` takes message word `n * mul + off` modulo 16.
macro_rules! round {
    ($round:ident $shifts:tt, $given:ident, $n:literal, $mul:literal, $off:literal,
     $a:ident $b:ident $c:ident $d:ident) => {
        quad!($round $shifts, $given, $n, $mul, $off, $a $b $c $d);
        quad!($round $shifts, $given, $n + 4, $mul, $off, $a $b $c $d);
        quad!($round $shifts, $given, $n + 8, $mul, $off, $a $b $c $d);
        quad!($round $shifts, $given, $n + 12, $mul, $off, $a $b $c $d);
    };
}

/// Advances the first `G * V::LANES` lanes of `words` by the blocks that `feed` has for the times
/// in `span`.
///
/// This function must be inlined into a function with the `target_feature` of the vector type. `G`
/// is at most 3.
///
/// # Panics
///
/// If one of these lanes has no block for a time in `span`.
#[inline(always)]
pub fn compress<V: Functions, const G: usize>(
    proof: V::Proof,
    words: &mut Words,
    feed: &Feed<'_>,
    span: &Range<u32>,
) {
    const { assert!(0 < G && G <= 3 && G * V::LANES <= MAX_LANES) }
    // This function and the vectors use plain loops instead of closures. A closure is a function
    // without the target feature, and the optimizer may choose not to inline it.
    let mut chain = [[V::splat(proof, 0); G]; 4];
    for (vectors, words) in chain.iter_mut().zip(&words.0) {
        for (vector, words) in vectors.iter_mut().zip(words.chunks_exact(V::LANES)) {
            *vector = V::load(proof, words);
        }
    }
    // The blocks of each lane in this span of time. They are found before the loop, because
    // computing the index of every block from `feed` took 5 % longer. The bounds check that remains
    // in the loop costs no measurable time.
    let count = span.len();
    let mut views: [&[Block]; MAX_LANES] = [&[]; MAX_LANES];
    for (lane, view) in views.iter_mut().enumerate().take(G * V::LANES) {
        *view = feed.due(lane, span);
    }
    // `black_box` hides the constants from the optimizer, which would otherwise add each constant
    // last, after the newest word. That would be one more operation that each step waits for.
    // Hiding the constants gained 4 % at all widths.
    let constants = core::hint::black_box(&CONSTANTS);
    let mut m = [[V::splat(proof, 0); 16]; G];
    for index in 0..count {
        let mut blocks = [&[0; BLOCK]; MAX_LANES];
        for (block, view) in blocks.iter_mut().zip(&views).take(G * V::LANES) {
            *block = &view[index];
        }
        // These calls are not written as a loop: the compiler would not unroll the loop, and would
        // copy `m` once more in memory. The index is taken modulo `G`, so that the lines for a
        // second and a third group compile even if there is only one group.
        m[0] = V::message(proof, &blocks);
        if G > 1 {
            m[1 % G] = V::message(proof, &blocks[V::LANES..]);
        }
        if G > 2 {
            m[2 % G] = V::message(proof, &blocks[2 * V::LANES..]);
        }
        let given = (proof, constants, &m);
        let [mut a, mut b, mut c, mut d] = chain;
        round!(f [7 12 17 22], given, 0, 1, 0, a b c d);
        round!(g [5 9 14 20], given, 16, 5, 1, a b c d);
        round!(h [4 11 16 23], given, 32, 3, 5, a b c d);
        round!(i [6 10 15 21], given, 48, 7, 0, a b c d);
        for (old, new) in chain.iter_mut().zip([a, b, c, d]) {
            for (old, new) in old.iter_mut().zip(new) {
                *old = old.add(new);
            }
        }
    }
    for (vectors, words) in chain.iter().zip(&mut words.0) {
        for (vector, words) in vectors.iter().zip(words.chunks_exact_mut(V::LANES)) {
            vector.store(words);
        }
    }
}
