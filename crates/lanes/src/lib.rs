//! Digests of many streams at once, on one core. Each stream has a lane of the vector registers. A
//! single stream cannot use several lanes, because each step of a digest needs the result of the
//! step before.
//!
//! ```text
//!  md5, sha256     an algorithm each: initial value, padding, kernels for kinds of CPU
//!  schedule        which stream is in which lane, and for how long
//!  stream          what all algorithms do with the bytes of their streams
//! ```

mod digest;
mod kernel;
pub mod md5;
mod schedule;
pub mod sha1;
pub mod sha224;
pub mod sha256;
mod sha2_lanes;
pub mod sha384;
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
