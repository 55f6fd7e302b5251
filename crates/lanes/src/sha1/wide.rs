//! SHA-1 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use super::lanes::compress;
use crate::engine::engine;
use crate::vector::avx2::Eight;
use crate::vector::avx512::Sixteen;
use sha1::block_api::compress as one;

// Each least number of streams is measured: with fewer, the next width (at last, the code for one
// stream) is faster.
engine! {
    Avx512, Engine<u32, 5, 64>, one: one,
    16 from 2: compress::<Sixteen, 1>,
}

engine! {
    Avx2, Engine<u32, 5, 64>, one: one,
    16 from 14: compress::<Eight, 2>,
    8 from 3: compress::<Eight, 1>,
}

engine! {
    Avx512Sha, Engine<u32, 5, 64>, one: one,
    16 from 8,
    4 from 4,
    2 from 2,
}
