//! What the scheduler hands to the kernels of SHA-1.

use crate::schedule;

/// The size of a block in bytes.
pub const BLOCK: usize = 64;

/// One message block.
pub type Block = [u8; BLOCK];

/// The chaining values of all lanes.
pub type Words = schedule::Words<u32, 5>;

/// The blocks that each lane must process.
pub type Feed<'a> = schedule::Feed<'a, BLOCK>;
