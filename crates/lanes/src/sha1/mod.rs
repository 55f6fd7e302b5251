//! SHA-1 of many streams at once. The interface is that of [`md5`](crate::md5).
//!
//! Measured on one core of a Zen 5, in GB/s on streams of 64 KiB, by the SHA instructions: one stream
//! 2.2, two in turns 4.0, four 5.4; in lanes: sixteen of AVX-512 12.2, eight of AVX2 4.0, twice eight
//! 4.8; without the SHA instructions, one stream 1.1. Two groups of AVX-512 ran at 12.9, which is
//! too little more for another width.
//!
//! Source: FIPS 180-4, sections 5 and 6.1, <https://doi.org/10.6028/NIST.FIPS.180-4>. SHA-1 does not
//! protect against somebody who makes two files with the same digest on purpose.

mod lanes;
#[cfg(target_arch = "x86_64")]
mod sha;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod wide;

use crate::digest::digest;
use crate::engine::family;
use crate::kernel;
#[cfg(target_arch = "x86_64")]
use crate::vector::{
    avx2::Avx2,
    avx512::Avx512,
    sha::{Avx512Sha, Sha},
};

/// A way to compute SHA-1: `avx512-sha`, `sha`, `avx512`, `avx2` or `single`.
pub type Kernel = kernel::Kernel<Sha1, u32, 5, 64>;

family! {
    /// The family of SHA-1 alone.
    Sha1, Engine<u32, 5, 64>,
    one: sha1::block_api::compress, engines: Avx512Sha, Sha, Avx512, Avx2,
}

digest! {
    name: "SHA-1", kernel: Kernel, words: [u32; 5], block: 64, form: Sha, bytes: 20,
    // FIPS 180-4, section 5.3.1.
    initial: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0],
}
