//! Digests of many streams at once, on one core. Each stream has a lane of the vector registers. A
//! single stream cannot use several lanes, because each step of a digest needs the result of the
//! step before.
//!
//! ```text
//!  md5, sha1, sha256, sha512,
//!  sha3_256                        an algorithm each: initial value, kernels for kinds of CPU
//!  blake3          the chunks of many short streams side by side
//!  sha224, sha384, sha512_256      shorter digests by the kernels of sha256 and sha512
//!  sha2_lanes      the compression functions of sha256 and sha512 over vectors
//!  vector          vectors of words, for each instruction set
//!  kernel, digest, engine  what the algorithms have in common: the choice of a kernel, states and
//!                  updates, frames of engines
//!  schedule        which stream is in which lane, and for how long
//!  stream          what all algorithms do with the bytes of their streams
//! ```

pub mod blake3;
mod digest;
mod engine;
mod kernel;
pub mod md5;
mod schedule;
pub mod sha1;
pub mod sha224;
pub mod sha256;
mod sha2_lanes;
pub mod sha384;
pub mod sha3_256;
pub mod sha512;
pub mod sha512_256;
#[cfg(test)]
mod sha_tests;
mod stream;
#[cfg(test)]
mod testing;
mod vector;

pub use schedule::Tier;
pub use stream::Input;
