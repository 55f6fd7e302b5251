//! BLAKE3 of many short streams at once.
//!
//! The interface is that of [`md5`](crate::md5): a [`State`] for each stream, and [`update`], which
//! advances any number of streams. The crate blake3 processes each stream by itself, with a chunk of
//! 1,024 bytes in each lane. So a stream of a few chunks leaves most lanes idle. Here, the chunks of
//! several short streams share the lanes; streams that are longer, or come in several parts, are left
//! to the crate.
//!
//! ```text
//!  tree    the chunks and parents of several messages, as nodes that do not need each other
//!  engine  what an instruction set computes at once
//!  nodes   the nodes of a vector's lanes side by side
//!  wide    the nodes in the lanes of AVX-512 and AVX2
//! ```
//!
//! Measured on one core of a Zen 5, in GB/s: 128 streams of 0 to 4 KiB, some of 24 KiB, 7.9 with AVX-512
//! and 3.8 with AVX2, by the crate 1.5; streams of 32 KiB 8.8, by the crate 9.7.
//!
//! Source: <https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf>, section 2.

mod engine;
// Unused on targets without a vector kernel.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
mod nodes;
#[cfg(test)]
mod tests;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
mod tree;
#[cfg(target_arch = "x86_64")]
mod wide;

use core::fmt;

use blake3::Hasher;

use crate::schedule::Tier;
#[cfg(target_arch = "x86_64")]
use crate::vector::{avx2::Avx2, avx512::Avx512};
use engine::{Engine, Single};
use nodes::CHUNK;

/// The longest stream, in bytes, whose chunks share the lanes with others.
const LONGEST: usize = 32 * CHUNK;

/// A way to compute BLAKE3: `avx512`, `avx2` or `single`. A `Kernel` exists only on a machine that
/// supports its instructions.
#[derive(Clone, Copy)]
pub struct Kernel(&'static dyn Engine);

impl Kernel {
    /// The fastest kernel on this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or_else(Self::single)
    }

    /// The kernel that processes one stream at a time. Every machine supports it.
    #[must_use]
    pub fn single() -> Self {
        Self(&Single)
    }

    /// The kernel with this [name](Self::name). `None` if it does not exist or this machine does not
    /// support it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kernel| kernel.name() == name)
    }

    /// The name of the kernel, such as `avx2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// All kernels that this machine supports, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = [
            Avx512::detect().map(|engine| engine as &dyn Engine),
            Avx2::detect().map(|engine| engine as &dyn Engine),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let wide: [Option<&dyn Engine>; 0] = [];
        wide.into_iter().flatten().chain([&Single as &dyn Engine]).map(Self)
    }

    /// How many chunks of short streams this kernel computes side by side.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.0.lanes()
    }

    /// No widths: a long stream needs no other beside it, since its chunks fill all lanes.
    #[must_use]
    pub fn tiers(self) -> &'static [Tier] {
        &[]
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Kernel {}

impl fmt::Debug for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Kernel").field(&self.name()).finish()
    }
}

/// The next part of a stream of BLAKE3.
pub type Input<'a> = crate::stream::Input<'a, State>;

/// One stream of BLAKE3, without a key, with a digest of 256 bits.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What has processed the first parts of the stream; `None` before its first part.
    hasher: Option<Box<Hasher>>,
    /// The digest, when the stream has ended.
    digest: [u8; 32],
}

impl State {
    /// The state of a stream before its first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of the stream. It is valid only after an [`Input`] that is marked as `last`.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// Advances the stream of every input by the data of that input, and finishes those that are `last`.
/// The inputs may have any mixture of lengths. Streams of up to 32 KiB that come in one part are the
/// faster the more there are, up to a few times the lanes of the kernel.
pub fn update(kernel: Kernel, inputs: &mut [Input<'_>]) {
    let mut short = Vec::new();
    for Input { state, data, last } in inputs {
        match (&mut state.hasher, *last) {
            (None, true) if kernel.lanes() > 1 && data.len() <= LONGEST => {
                short.push((&mut state.digest, *data));
            }
            (None, true) => state.digest = *blake3::hash(data).as_bytes(),
            (hasher, last) => {
                let hasher = hasher.get_or_insert_default();
                hasher.update(data);
                if last {
                    state.digest = *hasher.finalize().as_bytes();
                }
            }
        }
    }
    match &mut short[..] {
        [] => {}
        [(digest, data)] => **digest = *blake3::hash(data).as_bytes(),
        _ => tree::digests(kernel.0, short),
    }
}
