//! The SHA-1 compression function over many streams at once. Lane `i` of a vector belongs to stream
//! `i`, and `G` vectors ("groups") advance in turns, so that the latency of one group hides behind
//! the work of the others.
//!
//! Source: FIPS 180-4, section 6.1.2.

// This code is unused on targets where no instruction set implements `ShaVector`.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

use core::ops::Range;

use crate::schedule::{Feed, MAX_LANES, Words};
use crate::vector::ShaVector;

/// The constants of FIPS 180-4, section 4.2.1.
static CONSTANTS: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

/// One step for every group of lanes. The new word stands where `e` was. What does not need `a`,
/// the result of the step before, is added first.
macro_rules! step {
    ($function:ident, $k:ident, $m:ident, $n:expr,
     $a:ident $b:ident $c:ident $d:ident $e:ident) => {
        for g in 0..G {
            let m = &mut $m[g];
            let n = const { $n % 16 };
            if const { $n >= 16 } {
                let three = m[(n + 13) % 16].parity(m[(n + 8) % 16], m[(n + 2) % 16]);
                m[n] = three.xor(m[n]).rotate::<1, 31>();
            }
            let sum = $e[g].add(m[n].add($k)).add($b[g].$function($c[g], $d[g]));
            $e[g] = sum.add($a[g].rotate::<5, 27>());
            $b[g] = $b[g].rotate::<30, 2>();
        }
    };
}

/// Five steps. Each step lets the five words change their names. After five steps, each word has its
/// old name again.
macro_rules! five {
    ($function:ident, $k:ident, $m:ident, $n:expr,
     $a:ident $b:ident $c:ident $d:ident $e:ident) => {
        step!($function, $k, $m, $n, $a $b $c $d $e);
        step!($function, $k, $m, $n + 1, $e $a $b $c $d);
        step!($function, $k, $m, $n + 2, $d $e $a $b $c);
        step!($function, $k, $m, $n + 3, $c $d $e $a $b);
        step!($function, $k, $m, $n + 4, $b $c $d $e $a);
    };
}

/// The twenty steps that have a function and a constant in common.
macro_rules! twenty {
    ($function:ident, $k:expr, $m:ident, $n:literal,
     $a:ident $b:ident $c:ident $d:ident $e:ident) => {
        let k = $k;
        five!($function, k, $m, $n, $a $b $c $d $e);
        five!($function, k, $m, $n + 5, $a $b $c $d $e);
        five!($function, k, $m, $n + 10, $a $b $c $d $e);
        five!($function, k, $m, $n + 15, $a $b $c $d $e);
    };
}

/// Advances the first `G * V::LANES` lanes of `words` by the blocks that `feed` has for the times
/// in `span`.
///
/// This function must be inlined into a function with the `target_feature` of the vector type. `G`
/// is at most 2.
///
/// # Panics
///
/// If one of these lanes has no block for a time in `span`.
#[inline(always)]
pub fn compress<V: ShaVector<Word = u32, Block = [u8; 64]>, const G: usize>(
    proof: V::Proof,
    words: &mut Words<u32, 5>,
    feed: &Feed<'_, 64>,
    span: &Range<u32>,
) {
    const { assert!(0 < G && G <= 2 && G * V::LANES <= MAX_LANES) }
    // There are plain loops here instead of closures, for the reason that `md5/lanes.rs` gives.
    let mut chain = [[V::splat(proof, 0); G]; 5];
    for (vectors, words) in chain.iter_mut().zip(&words.0) {
        for (vector, words) in vectors.iter_mut().zip(words.chunks_exact(V::LANES)) {
            *vector = V::load(proof, words);
        }
    }
    let mut views: [&[[u8; 64]]; MAX_LANES] = [&[]; MAX_LANES];
    for (lane, view) in views.iter_mut().enumerate().take(G * V::LANES) {
        *view = feed.due(lane, span);
    }
    // `black_box` hides the constants from the optimizer, which would otherwise add them last.
    let constants = core::hint::black_box(&CONSTANTS);
    let mut m = [[V::splat(proof, 0); 16]; G];
    for index in 0..span.len() {
        let mut blocks = [&[0; 64]; MAX_LANES];
        for (block, view) in blocks.iter_mut().zip(&views).take(G * V::LANES) {
            *block = &view[index];
        }
        // No loop, and the index modulo `G`: see `md5/lanes.rs`.
        m[0] = V::message(proof, &blocks);
        if G > 1 {
            m[1 % G] = V::message(proof, &blocks[V::LANES..]);
        }
        for m in &mut m {
            for word in m {
                *word = word.swapped();
            }
        }
        let [mut a, mut b, mut c, mut d, mut e] = chain;
        twenty!(choose, V::splat(proof, constants[0]), m, 0, a b c d e);
        twenty!(parity, V::splat(proof, constants[1]), m, 20, a b c d e);
        twenty!(majority, V::splat(proof, constants[2]), m, 40, a b c d e);
        twenty!(parity, V::splat(proof, constants[3]), m, 60, a b c d e);
        for (old, new) in chain.iter_mut().zip([a, b, c, d, e]) {
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
