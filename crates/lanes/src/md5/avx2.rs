//! AVX2: eight lanes in a vector.
//!
//! Offers three widths to the scheduler: three interleaved groups of eight lanes for throughput,
//! and two groups or one for the streams that remain at the end.
//!
//! Measured on one core of a Zen 3 at 3.2 GHz, in GB/s on streams of 64 KiB: one group 4.0, two
//! 6.8, three 7.6, four 5.1 (the working words of four groups no longer fit in the sixteen
//! registers).
#![allow(unsafe_code)]

use super::lanes::{Functions, compress};
use super::scalar;
use crate::engine::engine;
use crate::vector::avx2::Eight;

// Each least number of streams is measured. A width takes the same time if some of its lanes are idle,
// so with fewer streams than that the next, narrower one is faster.
engine! {
    Avx2, Engine<u32, 4, 64>, one: scalar::compress,
    24 from 22: compress::<Eight, 3>,
    16 from 10: compress::<Eight, 2>,
    8 from 2: compress::<Eight, 1>,
}

impl Functions for Eight {
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.sub(other)
    }
}
