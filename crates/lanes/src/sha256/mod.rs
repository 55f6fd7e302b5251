//! SHA-256 of many streams at once.
//!
//! The interface is that of [`md5`](crate::md5): a [`State`] for each stream, and [`update`], which
//! advances any number of streams by any amounts of data.
//!
//! The SHA instructions of a CPU wait for each other within a stream: each pair of rounds needs the
//! result of the pair before. So a single stream leaves half of the unit for them idle, and four
//! streams in turns take as long as two. With more than ten streams, the lanes of AVX-512 are
//! faster.
//!
//! Measured on one core of a Zen 5, in GB/s on streams of 64 KiB: one stream 2.1, two in turns 3.2,
//! four 3.9; sixteen lanes of AVX-512 6.4; eight of AVX2 1.8; without the SHA instructions, one
//! stream 0.55. Two groups of AVX-512 ran at 7.0 with 32 streams, two of AVX2 at
//! 1.95: too little more for another width.
//!
//! Source: FIPS 180-4, sections 5 and 6.2, <https://doi.org/10.6028/NIST.FIPS.180-4>.

pub(crate) mod constants;
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
use sha2::block_api::compress256;

/// A way to compute SHA-256: `avx512-sha`, `sha`, `avx512`, `avx2` or `single`.
pub type Kernel = kernel::Kernel<Sha256, u32, 8, 64>;

family! {
    /// The family of SHA-256 and SHA-224.
    Sha256, Engine<u32, 8, 64>,
    one: compress256, engines: Avx512Sha, Sha, Avx512, Avx2,
}

digest! {
    name: "SHA-256", kernel: Kernel, words: [u32; 8], block: 64, form: Sha, bytes: 32,
    // FIPS 180-4, section 5.3.3.
    initial: [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ],
}
