//! What the scheduler hands to the kernels of SHA-512.

use crate::schedule;

/// The size of a block in bytes.
pub const BLOCK: usize = 128;

/// One message block.
pub type Block = [u8; BLOCK];

/// The chaining values of all lanes.
pub type Words = schedule::Words<u64, 8>;

/// The blocks that each lane must process.
pub type Feed<'a> = schedule::Feed<'a, BLOCK>;
