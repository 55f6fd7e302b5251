//! SHA-256 of many streams at once.
//!
//! The interface is that of [`md5`](crate::md5): a [`State`] for each stream, and [`update`], which
//! advances any number of streams by any amounts of data.
//!
//! The SHA instructions of a CPU wait for each other within a stream: each pair of rounds needs the
//! result of the pair before. So a single stream leaves most of the unit for them idle, and four
//! streams in turns take as long as one.
//!
//! Source: FIPS 180-4, sections 5 and 6.2, <https://doi.org/10.6028/NIST.FIPS.180-4>.

#[cfg(target_arch = "x86_64")]
mod sha;
#[cfg(test)]
mod tests;
mod types;

use crate::schedule::Engine;
use crate::stream::{self, Stream, pad_64};
use sha2::block_api::compress256;
use types::{BLOCK, Block};

/// The next part of a SHA-256 stream. Unless it is the last one, the number of its bytes must be a
/// multiple of 64.
pub type Input<'a> = stream::Input<'a, State>;

/// One SHA-256 stream: its chaining value, and the number of bytes processed.
#[derive(Clone, Debug)]
pub struct State(Stream<u32, 8>);

impl AsMut<Stream<u32, 8>> for State {
    fn as_mut(&mut self) -> &mut Stream<u32, 8> {
        &mut self.0
    }
}

impl State {
    /// The state of a stream before its first byte.
    #[must_use]
    pub fn new() -> Self {
        // The initial value of FIPS 180-4, section 5.3.3.
        Self(Stream::new([
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ]))
    }

    /// The digest of the stream. It is valid only after an [`Input`] that is marked as `last`.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.0.words) {
            *bytes = word.to_be_bytes();
        }
        digest
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

/// A way to compute SHA-256. A `Kernel` exists only on a machine that has its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Choice);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    #[cfg(target_arch = "x86_64")]
    Sha(sha::Sha),
    Single(OneByOne),
}

/// The engine that processes one stream at a time, with the best code of the crate sha2 for this
/// machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OneByOne;

impl Engine<u32, 8, BLOCK> for OneByOne {
    fn compress_one(&self, words: &mut [u32; 8], blocks: &[Block]) {
        compress256(words, blocks);
    }
}

impl Kernel {
    /// The fastest kernel on this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self(Choice::Single(OneByOne)))
    }

    /// The kernel with this [name](Self::name). `None` if it does not exist or this machine does
    /// not have its instructions.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kernel| kernel.name() == name)
    }

    /// The name of the kernel: `sha` or `single`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Choice::Sha(_) => "sha",
            Choice::Single(_) => "single",
        }
    }

    /// All kernels that this machine can run, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let choices = [
            #[cfg(target_arch = "x86_64")]
            sha::Sha::detect().map(Choice::Sha),
            Some(Choice::Single(OneByOne)),
        ];
        choices.into_iter().flatten().map(Self)
    }

    /// The largest number of streams that this kernel advances side by side.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.engine().tiers().first().map_or(1, |tier| tier.width)
    }

    fn engine(&self) -> &dyn Engine<u32, 8, BLOCK> {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Choice::Sha(engine) => engine,
            Choice::Single(engine) => engine,
        }
    }
}

/// Advances the stream of every input by the data of that input. If an input is `last`, also pads
/// and finishes its stream. The inputs may have any mixture of lengths.
///
/// # Panics
///
/// If an input is not `last`, and the length of its data is not a multiple of 64 bytes.
pub fn update(kernel: Kernel, inputs: &mut [Input<'_>]) {
    // FIPS 180-4, section 5.1.1.
    stream::update(kernel.engine(), inputs, |rest, length, blocks| {
        pad_64(rest, length, blocks, u64::to_be_bytes)
    });
}
