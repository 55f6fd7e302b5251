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
//! | `sse2.rs`, `avx2.rs` | the vectors                                              |
//! | `avx512.rs`          | the AVX2 vectors with newer instructions                 |
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
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(test)]
mod tests;

use crate::schedule::Engine;
use crate::stream::{self, Stream, pad_64};
use lanes::{BLOCK, Block};

/// One MD5 stream: its chaining value, and the number of bytes processed.
#[derive(Clone, Debug)]
pub struct State(Stream<u32, 4>);

impl AsMut<Stream<u32, 4>> for State {
    fn as_mut(&mut self) -> &mut Stream<u32, 4> {
        &mut self.0
    }
}

impl State {
    /// The state of a stream before its first byte.
    #[must_use]
    pub fn new() -> Self {
        // The initial value of RFC 1321, section 3.3.
        Self(Stream::new([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]))
    }

    /// The digest of the stream. It is valid only after an [`Input`] that is marked as `last`.
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.0.words) {
            *bytes = word.to_le_bytes();
        }
        digest
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

/// The next part of an MD5 stream. Unless it is the last one, the number of its bytes must be a
/// multiple of 64.
pub type Input<'a> = stream::Input<'a, State>;

/// An instruction set that computes MD5. A `Kernel` exists only on a machine that supports its
/// instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Choice);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Sse2(sse2::Sse2),
    Scalar(OneByOne),
}

/// The scalar engine, without SIMD: it processes one stream at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OneByOne;

impl Engine<u32, 4, BLOCK> for OneByOne {
    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

impl Kernel {
    /// The fastest kernel on this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or_else(Self::scalar)
    }

    /// The kernel without vector instructions. Every machine supports it, and for a single stream
    /// no other kernel is faster.
    #[must_use]
    pub fn scalar() -> Self {
        Self(Choice::Scalar(OneByOne))
    }

    /// The kernel with this [name](Self::name). `None` if it does not exist or this machine does
    /// not support it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kernel| kernel.name() == name)
    }

    /// The name of the kernel: `avx512`, `avx2`, `sse2` or `scalar`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Choice::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Choice::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Choice::Sse2(_) => "sse2",
            Choice::Scalar(_) => "scalar",
        }
    }

    /// All kernels that this machine supports, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let choices = [
            #[cfg(target_arch = "x86_64")]
            avx512::Avx512::detect().map(Choice::Avx512),
            #[cfg(target_arch = "x86_64")]
            avx2::Avx2::detect().map(Choice::Avx2),
            #[cfg(target_arch = "x86_64")]
            Some(Choice::Sse2(sse2::Sse2)),
            Some(Choice::Scalar(OneByOne)),
        ];
        choices.into_iter().flatten().map(Self)
    }

    /// The largest number of streams that this kernel advances side by side.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.engine().tiers().first().map_or(1, |tier| tier.width)
    }

    fn engine(&self) -> &dyn Engine<u32, 4, BLOCK> {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Choice::Avx512(engine) => engine,
            #[cfg(target_arch = "x86_64")]
            Choice::Avx2(engine) => engine,
            #[cfg(target_arch = "x86_64")]
            Choice::Sse2(engine) => engine,
            Choice::Scalar(engine) => engine,
        }
    }
}

/// Advances the stream of every input by the data of that input. If an input is `last`, also pads
/// and finishes its stream. The inputs may have any mixture of lengths. The more inputs there are,
/// up to a few times [`Kernel::lanes`], the less time each of them takes.
///
/// Buffers whose addresses differ by multiples of 4 KiB compete for the same few lines of the
/// cache: 24 streams whose buffers were 64 KiB apart were hashed at 6.4 GB/s, and those whose
/// buffers were 64 KiB + 1088 bytes apart at 7.8 GB/s. So do not put the buffers at multiples of a
/// power of two in one allocation.
///
/// # Panics
///
/// If an input is not `last`, and the length of its data is not a multiple of 64 bytes.
pub fn update(kernel: Kernel, inputs: &mut [Input<'_>]) {
    // RFC 1321, sections 3.1 and 3.2: the length is the number of bits modulo 2^64.
    stream::update(kernel.engine(), inputs, |rest, length, blocks| {
        pad_64(rest, length, blocks, u64::to_le_bytes)
    });
}
