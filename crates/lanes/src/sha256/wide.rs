//! SHA-256 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use sha2::block_api::compress256;

use crate::engine::engine;
use crate::sha2_lanes::{Sigmas32, compress};
use crate::vector::avx2::Eight;
use crate::vector::avx512::Sixteen;

// Each least number of streams is measured: with fewer, the next width (at last, the code for one
// stream) is faster.
engine! {
    Avx512, Engine<u32, 8, 64>, one: compress256,
    16 from 2: compress::<Sixteen, Sigmas32, 1, 64>,
}

engine! {
    Avx2, Engine<u32, 8, 64>, one: compress256,
    8 from 3: compress::<Eight, Sigmas32, 1, 64>,
}

engine! {
    Avx512Sha, Engine<u32, 8, 64>, one: compress256,
    16 from 10,
    4 from 4,
    2 from 2,
}
