//! The compression functions of SHA-256 and SHA-512 over many streams at once. They differ in the
//! size of a word, the number of rounds and the numbers of bits that words are rotated by. Lane `i`
//! of a vector belongs to stream `i`, and `G` vectors ("groups") advance in turns, so that the
//! latency of one group hides behind the work of the others.
//!
//! Source: FIPS 180-4, sections 4.1.2, 4.1.3, 6.2.2 and 6.4.2.

// This code is unused on targets where no instruction set implements `ShaVector`.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

use core::ops::Range;

use crate::schedule::{Feed, MAX_LANES, Words};
use crate::vector::ShaVector;
use crate::{sha256, sha512};

/// The functions of FIPS 180-4, sections 4.1.2 and 4.1.3, that are called Σ and σ there.
pub trait Sigmas<V: ShaVector> {
    /// The constants, one for each round.
    const CONSTANTS: &'static [V::Word];

    /// Σ0.
    fn big0(v: V) -> V;
    /// Σ1.
    fn big1(v: V) -> V;
    /// σ0.
    fn small0(v: V) -> V;
    /// σ1.
    fn small1(v: V) -> V;
}

/// The functions of SHA-256.
pub struct Sigmas32;

/// The functions of SHA-512.
pub struct Sigmas64;

macro_rules! sigmas {
    ($name:ident, $word:ty, $bits:literal, $constants:path,
     [$b00:literal $b01:literal $b02:literal], [$b10:literal $b11:literal $b12:literal],
     [$s00:literal $s01:literal $s02:literal], [$s10:literal $s11:literal $s12:literal]) => {
        impl<V: ShaVector<Word = $word>> Sigmas<V> for $name {
            const CONSTANTS: &'static [$word] = &$constants;

            #[inline(always)]
            fn big0(v: V) -> V {
                let (second, third) =
                    (v.rotate::<{ $bits - $b01 }, $b01>(), v.rotate::<{ $bits - $b02 }, $b02>());
                v.rotate::<{ $bits - $b00 }, $b00>().parity(second, third)
            }

            #[inline(always)]
            fn big1(v: V) -> V {
                let (second, third) =
                    (v.rotate::<{ $bits - $b11 }, $b11>(), v.rotate::<{ $bits - $b12 }, $b12>());
                v.rotate::<{ $bits - $b10 }, $b10>().parity(second, third)
            }

            #[inline(always)]
            fn small0(v: V) -> V {
                let second = v.rotate::<{ $bits - $s01 }, $s01>();
                v.rotate::<{ $bits - $s00 }, $s00>().parity(second, v.shift::<$s02>())
            }

            #[inline(always)]
            fn small1(v: V) -> V {
                let second = v.rotate::<{ $bits - $s11 }, $s11>();
                v.rotate::<{ $bits - $s10 }, $s10>().parity(second, v.shift::<$s12>())
            }
        }
    };
}

sigmas!(Sigmas32, u32, 32, sha256::constants::CONSTANTS, [2 13 22], [6 11 25], [7 18 3], [17 19 10]);
sigmas!(Sigmas64, u64, 64, sha512::constants::CONSTANTS, [28 34 39], [14 18 41], [1 8 7], [19 61 6]);

/// One round for every group of lanes, and, if `$more`, the word of the message that is needed
/// sixteen rounds later. The new words stand where `d` and `h` were.
macro_rules! step {
    ($more:literal, $proof:ident, $constants:ident, $m:ident, $n:literal,
     $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
        let constant = V::splat($proof, $constants[$n]);
        for k in 0..G {
            let m = &mut $m[k];
            let sum = $h[k].add(m[$n].add(constant)).add($e[k].choose($f[k], $g[k]));
            let sum = sum.add(S::big1($e[k]));
            $d[k] = $d[k].add(sum);
            $h[k] = sum.add($a[k].majority($b[k], $c[k])).add(S::big0($a[k]));
            if $more {
                let new = m[$n].add(m[($n + 9) % 16]).add(S::small0(m[($n + 1) % 16]));
                m[$n] = new.add(S::small1(m[($n + 14) % 16]));
            }
        }
    };
}

/// Sixteen rounds. After eight, each word has its old name again.
macro_rules! sixteen {
    ($more:literal, $proof:ident, $k:ident, $m:ident,
     $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
        step!($more, $proof, $k, $m, 0, $a $b $c $d $e $f $g $h);
        step!($more, $proof, $k, $m, 1, $h $a $b $c $d $e $f $g);
        step!($more, $proof, $k, $m, 2, $g $h $a $b $c $d $e $f);
        step!($more, $proof, $k, $m, 3, $f $g $h $a $b $c $d $e);
        step!($more, $proof, $k, $m, 4, $e $f $g $h $a $b $c $d);
        step!($more, $proof, $k, $m, 5, $d $e $f $g $h $a $b $c);
        step!($more, $proof, $k, $m, 6, $c $d $e $f $g $h $a $b);
        step!($more, $proof, $k, $m, 7, $b $c $d $e $f $g $h $a);
        step!($more, $proof, $k, $m, 8, $a $b $c $d $e $f $g $h);
        step!($more, $proof, $k, $m, 9, $h $a $b $c $d $e $f $g);
        step!($more, $proof, $k, $m, 10, $g $h $a $b $c $d $e $f);
        step!($more, $proof, $k, $m, 11, $f $g $h $a $b $c $d $e);
        step!($more, $proof, $k, $m, 12, $e $f $g $h $a $b $c $d);
        step!($more, $proof, $k, $m, 13, $d $e $f $g $h $a $b $c);
        step!($more, $proof, $k, $m, 14, $c $d $e $f $g $h $a $b);
        step!($more, $proof, $k, $m, 15, $b $c $d $e $f $g $h $a);
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
pub fn compress<V, S, const G: usize, const B: usize>(
    proof: V::Proof,
    words: &mut Words<V::Word, 8>,
    feed: &Feed<'_, B>,
    span: &Range<u32>,
) where
    V: ShaVector<Block = [u8; B]>,
    S: Sigmas<V>,
{
    const { assert!(0 < G && G <= 2 && G * V::LANES <= MAX_LANES) }
    // There are plain loops here instead of closures, for the reason that `md5/lanes.rs` gives.
    let mut chain = [[V::load(proof, &words.0[0]); G]; 8];
    for (vectors, words) in chain.iter_mut().zip(&words.0) {
        for (vector, words) in vectors.iter_mut().zip(words.chunks_exact(V::LANES)) {
            *vector = V::load(proof, words);
        }
    }
    let mut views: [&[[u8; B]]; MAX_LANES] = [&[]; MAX_LANES];
    for (lane, view) in views.iter_mut().enumerate().take(G * V::LANES) {
        *view = feed.due(lane, span);
    }
    // `black_box` hides the constants from the optimizer, which would otherwise add them last.
    let (constants, _) = core::hint::black_box(S::CONSTANTS).as_chunks::<16>();
    let Some((last, constants)) = constants.split_last() else { return };
    let mut m = [[chain[0][0]; 16]; G];
    for index in 0..span.len() {
        let mut blocks = [&[0; B]; MAX_LANES];
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
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = chain;
        for constants in constants {
            sixteen!(true, proof, constants, m, a b c d e f g h);
        }
        sixteen!(false, proof, last, m, a b c d e f g h);
        for (old, new) in chain.iter_mut().zip([a, b, c, d, e, f, g, h]) {
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
