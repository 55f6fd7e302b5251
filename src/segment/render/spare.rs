//! Buffers for output that were used before. A large buffer that is allocated for each block, and
//! freed in another thread, costs time: the system provides its memory anew, page by page.

use std::sync::{Mutex, PoisonError};

/// Only buffers of this size are kept. Smaller ones are allocated fast, and larger ones are rare.
const KEPT: std::ops::Range<usize> = 32 << 10..4 << 20;

/// At most this many buffers are kept.
const MOST: usize = 4;

/// Buffers that are free.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// An empty buffer with room for this many bytes.
    pub fn take(&self, size: usize) -> Vec<u8> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A buffer that is much too large would hold memory for nothing.
        let fits = |buffer: &Vec<u8>| (size..=2 * size).contains(&buffer.capacity());
        let kept = if size < KEPT.start / 2 { None } else { lock().pop().filter(fits) };
        kept.unwrap_or_else(|| Vec::with_capacity(size))
    }

    /// Keeps a buffer whose bytes are no longer needed.
    pub fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if KEPT.contains(&buffer.capacity()) && kept.len() < MOST {
            kept.push(buffer);
        }
    }
}
