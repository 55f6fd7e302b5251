//! SHA-512 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use sha2::block_api::compress512;

use crate::engine::engine;
use crate::sha2_lanes::{Sigmas64, compress};
use crate::vector::avx2::Four;
use crate::vector::avx512::Eight;

// Each least number of streams is measured: with fewer, the next width (at last, the code for one
// stream) is faster.
engine! {
    Avx512, Engine<u64, 8, 128>, one: compress512,
    16 from 14: compress::<Eight, Sigmas64, 2, 128>,
    8 from 2: compress::<Eight, Sigmas64, 1, 128>,
}

engine! {
    Avx2, Engine<u64, 8, 128>, one: compress512,
    8 from 7: compress::<Four, Sigmas64, 2, 128>,
    4 from 3: compress::<Four, Sigmas64, 1, 128>,
}
