//! SHA3-256 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use super::compress_one;
use super::lanes::compress;
use crate::engine::engine;
use crate::vector::{avx2, avx512};

// Each least number of streams is measured: with fewer, the code for one stream is faster.
engine! {
    Avx512, Engine<u64, 25, 136>, one: compress_one,
    8 from 2: compress::<avx512::Eight>,
}

engine! {
    Avx2, Engine<u64, 25, 136>, one: compress_one,
    4 from 2: compress::<avx2::Four>,
}
