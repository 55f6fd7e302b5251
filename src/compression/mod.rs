//! Compressed text: the formats gzip, zstd, xz and bzip2.

mod decoder;
#[cfg(feature = "cli")]
mod encoder;
mod format;

pub use decoder::{Damage, Decoder, Progress};
#[cfg(feature = "cli")]
pub use encoder::Encoder;
pub use format::{Format, Guess};
