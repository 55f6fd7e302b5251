//! Buffers for output that were used before. A large buffer that is allocated for each block, and
//! freed in another thread, costs time: the system provides its memory anew, page by page.

use std::sync::{Mutex, PoisonError};

/// Only buffers of this size are kept. Larger ones are rare.
const KEPT: std::ops::Range<usize> = 32 << 10..4 << 20;

/// At most this many buffers are kept.
const MOST: usize = 4;

/// Buffers that are free.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// A buffer with room for this many bytes. It may hold bytes of its last use, which need not be
    /// zeroed then.
    pub fn take(&self, size: usize) -> Vec<u8> {
        let size = size.max(KEPT.start);
        // A buffer that is much too large would hold memory for nothing.
        let fits = |buffer: &Vec<u8>| (size..=2 * size).contains(&buffer.capacity());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = kept.iter().position(fits).map(|index| kept.remove(index));
        drop(kept);
        fitting.unwrap_or_else(|| Vec::with_capacity(size))
    }

    /// Keeps a buffer whose bytes are no longer needed.
    pub fn give(&self, buffer: Vec<u8>) {
        if !KEPT.contains(&buffer.capacity()) {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (kept.len() == MOST).then(|| kept.remove(0));
        kept.push(buffer);
        drop(kept);
        drop(oldest);
    }
}
