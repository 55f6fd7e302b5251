//! Keccak-f\[1600\] over many streams at once. Lane `i` of a vector belongs to stream `i`. Word
//! `x + 5 y` of the state is what FIPS 202 calls lane (x, y). The 25 words do not wait for each
//! other within a step of a round, so one group of vectors keeps a core busy.
//!
//! Source: FIPS 202, section 3.2.

use core::ops::Range;

use super::BLOCK;
use crate::schedule::{Feed, MAX_LANES, Words};
use crate::vector::ShaVector;

/// The constants of ι, one for each round: FIPS 202, section 3.2.5.
#[rustfmt::skip]
pub static CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
    0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
    0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
    0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
    0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
    0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
];

/// Row `$y` of the state after a round. For each of its words: the word from which ρ and π make it,
/// and by how many bits to the left ρ rotates that.
macro_rules! row {
    ($old:ident, $new:ident, $left:ident, $right:ident, $y:literal,
     $($from:literal $turn:literal),*) => {
        let row = [$(
            $old[$from]
                .theta($left[$from % 5], $right[$from % 5])
                .rotate::<$turn, { (64 - $turn) % 64 }>()
        ),*];
        for x in 0..5 {
            $new[5 * $y + x] = row[x].chi(row[(x + 1) % 5], row[(x + 2) % 5]);
        }
    };
}

/// One round with this constant.
#[inline(always)]
fn round<V: ShaVector>(old: &[V; 25], constant: V) -> [V; 25] {
    let mut columns = [constant; 5];
    for x in 0..5 {
        columns[x] = old[x].parity(old[x + 5], old[x + 10]).parity(old[x + 15], old[x + 20]);
    }
    // What θ adds to the words of column x: the column to the left, and that to the right, rotated.
    let mut left = columns;
    let mut right = columns;
    for x in 0..5 {
        (left[x], right[x]) =
            V::theta_parts(columns[(x + 4) % 5], columns[(x + 1) % 5].rotate::<1, 63>());
    }
    let mut new = *old;
    row!(old, new, left, right, 0, 0 0, 6 44, 12 43, 18 21, 24 14);
    row!(old, new, left, right, 1, 3 28, 9 20, 10 3, 16 45, 22 61);
    row!(old, new, left, right, 2, 1 1, 7 6, 13 25, 19 8, 20 18);
    row!(old, new, left, right, 3, 4 27, 5 36, 11 10, 17 15, 23 56);
    row!(old, new, left, right, 4, 2 62, 8 55, 14 39, 15 41, 21 2);
    new[0] = new[0].xor(constant);
    new
}

/// Advances the first `V::LANES` lanes of `words` by the blocks that `feed` has for the times in
/// `span`.
///
/// This function must be inlined into a function with the `target_feature` of the vector type.
///
/// # Panics
///
/// If one of these lanes has no block for a time in `span`.
#[inline(always)]
pub fn compress<V: ShaVector<Word = u64, Block = [u8; 128]>>(
    proof: V::Proof,
    words: &mut Words<u64, 25>,
    feed: &Feed<'_, BLOCK>,
    span: &Range<u32>,
) {
    // There are plain loops here instead of closures, for the reason that `md5/lanes.rs` gives.
    let mut state = [V::splat(proof, 0); 25];
    for (vector, words) in state.iter_mut().zip(&words.0) {
        *vector = V::load(proof, words);
    }
    let mut views: [&[[u8; BLOCK]]; MAX_LANES] = [&[]; MAX_LANES];
    for (lane, view) in views.iter_mut().enumerate().take(V::LANES) {
        *view = feed.due(lane, span);
    }
    for index in 0..span.len() {
        // A block has seventeen words: sixteen and the last.
        let mut starts = [&[0; 128]; MAX_LANES];
        let mut ends = [0; MAX_LANES];
        let parts = starts.iter_mut().zip(&mut ends).zip(&views);
        for ((start, end), view) in parts.take(V::LANES) {
            let block = &view[index];
            if let (Some(first), Some(last)) = (block.first_chunk(), block.last_chunk()) {
                *start = first;
                *end = u64::from_le_bytes(*last);
            }
        }
        let message = V::message(proof, &starts);
        for (word, message) in state.iter_mut().zip(message) {
            *word = word.xor(message);
        }
        state[16] = state[16].xor(V::load(proof, &ends));
        for constant in &CONSTANTS {
            state = round(&state, V::splat(proof, *constant));
        }
    }
    for (vector, words) in state.iter().zip(&mut words.0) {
        vector.store(words);
    }
}
