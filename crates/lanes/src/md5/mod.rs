//! MD5 of many streams at once.
//!
//! The public interface is a [`State`] for each stream, and [`update`], which advances any number
//! of streams by any amounts of data. Streams advance side by side in vector registers, with an
//! instruction set chosen at run time ([`Kernel`]).
//!
//! | file                 | its job                                                  |
//! |----------------------|----------------------------------------------------------|
//! | `mod.rs`             | public interface, choice of kernel                       |
//! | `lanes.rs`           | the compression function, generic over a vector of lanes |
//! | `sse2.rs`            | vectors for every x86-64                                 |
//! | `avx2.rs`            | widths of AVX2                                           |
//! | `avx512.rs`          | the AVX2 vectors with newer instructions                 |
//! | `neon.rs`            | vectors for every AArch64                                |
//! | `scalar.rs`          | the compression function for one stream                  |
//! | `tests.rs`           | tests of all kernels through the public interface        |
//! | `tests/inside.rs`    | tests of the internals                                   |
//!
//! Source: RFC 1321, <https://www.rfc-editor.org/rfc/rfc1321>. MD5 does not protect against
//! somebody who makes two files with the same digest on purpose.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(test)]
mod tests;

use crate::digest::digest;
use crate::kernel::{self, Family};
use crate::schedule::Engine;
#[cfg(target_arch = "x86_64")]
use crate::vector::avx2::Avx2;
use lanes::{BLOCK, Block};

/// A way to compute MD5: `avx512`, `avx2`, `sse2`, `neon` or `scalar`.
pub type Kernel = kernel::Kernel<Md5, u32, 4, BLOCK>;

/// The family of MD5 alone.
#[derive(Debug)]
pub struct Md5;

impl Family<u32, 4, BLOCK> for Md5 {
    const SINGLE: &'static dyn Engine<u32, 4, BLOCK> = &Scalar;

    fn engines() -> impl IntoIterator<Item = Option<&'static dyn Engine<u32, 4, BLOCK>>> {
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        return [];
        #[cfg(target_arch = "aarch64")]
        return [Some(&neon::Neon as _)];
        #[cfg(target_arch = "x86_64")]
        [
            crate::vector::avx512vl::Avx512Vl::detect().map(|engine| engine as _),
            Avx2::detect().map(|engine| engine as _),
            Some(&sse2::Sse2 as _),
        ]
    }
}

/// The scalar engine, without SIMD: it processes one stream at a time.
#[derive(Clone, Copy, Debug)]
struct Scalar;

impl Engine<u32, 4, BLOCK> for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

digest! {
    name: "MD5", kernel: Kernel, words: [u32; 4], block: 64, form: Md5, bytes: 16,
    // RFC 1321, section 3.3.
    initial: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476],
}
