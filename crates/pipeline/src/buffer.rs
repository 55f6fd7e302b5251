//! The buffers that carry data from readers to workers. Their number bounds memory: a reader that
//! finds no free buffer waits until a worker gives one back.

use std::ops::{Deref, DerefMut};

use crate::job::Bytes;

/// The size of a page. On Zen 3, `read(2)` is five times slower into memory that starts 8 or 16
/// bytes after a page boundary, which is where `malloc` puts every large block.
const PAGE: usize = 4096;
/// How much later in its page each buffer starts than the buffer before it, in bytes. This is an
/// odd number of cache lines, so that the buffers start at each line of a page in turn.
const STAGGER: usize = 17 * 64;

/// Memory of a fixed length that begins at the start of a cache line. A buffer may have mapped
/// bytes instead; then it is read-only, and its own memory is not used.
pub(crate) struct Buffer {
    memory: Vec<u8>,
    start: usize,
    length: usize,
    mapped: Option<Bytes>,
}

impl Buffer {
    /// Makes the buffer with this index in its pool. The buffer starts on a cache line, so never at
    /// an offset to which `read(2)` copies slowly. Up to 64 buffers each start at a different line
    /// of their page, because streams that are processed side by side at the same offsets in their
    /// pages compete for the same lines of the cache (24 streams took a fifth longer).
    fn new(index: usize, length: usize) -> Self {
        let memory = vec![0; length + 2 * PAGE];
        let page = memory.as_ptr().align_offset(PAGE);
        assert!(page < PAGE, "a byte pointer can always be aligned");
        let start = page + index * STAGGER % PAGE;
        Self { memory, start, length, mapped: None }
    }
}

impl Buffer {
    /// The same buffer, of which only the first `length` bytes are used until it is given back to
    /// its pool.
    pub(crate) fn shortened(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    /// Puts mapped bytes in the place of the buffer's own memory.
    pub(crate) fn map(&mut self, bytes: Bytes) {
        self.mapped = Some(bytes);
    }

    /// Drops the mapped bytes, if there are any. Returns whether there were.
    pub(crate) fn unmap(&mut self) -> bool {
        self.mapped.take().is_some()
    }
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        if let Some(mapped) = &self.mapped {
            return mapped;
        }
        &self.memory[self.start..][..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..][..self.length]
    }
}

/// A limited number of buffers of the same length, each made when it is first needed. The buffer
/// that was given back last is handed out first, since it is the most likely to be in a cache. The
/// pool also counts how many of the buffers may have mapped bytes.
pub(crate) struct Pool {
    free: Vec<Buffer>,
    /// How many buffers may still be made.
    unmade: usize,
    length: usize,
    /// How many more buffers may have mapped bytes.
    unmapped: usize,
}

impl Pool {
    pub(crate) fn new(limit: usize, length: usize, mapped: usize) -> Self {
        Self { free: Vec::new(), unmade: limit, length, unmapped: mapped }
    }

    pub(crate) fn has_one(&self) -> bool {
        !self.free.is_empty() || self.unmade > 0
    }

    pub(crate) fn take(&mut self) -> Option<Buffer> {
        self.free.pop().or_else(|| {
            self.unmade = self.unmade.checked_sub(1)?;
            Some(Buffer::new(self.unmade, self.length))
        })
    }

    pub(crate) fn give_back(&mut self, buffer: Buffer) {
        self.free.push(buffer.shortened(self.length));
    }

    /// Whether another buffer may have mapped bytes. If so, it counts as one that has until
    /// [`Pool::unmap`].
    pub(crate) fn may_map(&mut self) -> bool {
        let left = self.unmapped.checked_sub(1);
        self.unmapped = left.unwrap_or(0);
        left.is_some()
    }

    /// Records that this many buffers have no mapped bytes any more.
    pub(crate) fn unmap(&mut self, buffers: usize) {
        self.unmapped += buffers;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_hands_out_no_more_than_its_limit_and_takes_them_back() {
        let mut pool = Pool::new(2, 100, 0);
        let first = pool.take().unwrap();
        let second = pool.take().unwrap();
        assert!(!pool.has_one() && pool.take().is_none());
        pool.give_back(first);
        pool.give_back(second);
        assert!(pool.take().is_some() && pool.take().is_some() && pool.take().is_none());
    }

    #[test]
    fn a_buffer_with_mapped_bytes_shows_these_until_it_is_unmapped() {
        let mut pool = Pool::new(1, 100, 1);
        let mut buffer = pool.take().unwrap();
        buffer.fill(1);
        assert!(pool.may_map() && !pool.may_map());
        buffer.map(Box::new(vec![2; 300]));
        assert_eq!(*buffer, [2; 300]);
        assert!(buffer.unmap() && !buffer.unmap());
        assert_eq!(*buffer, [1; 100]);
        pool.unmap(1);
        assert!(pool.may_map() && !pool.may_map());
    }

    #[test]
    fn buffers_begin_on_different_cache_lines_and_have_the_asked_length() {
        let mut pool = Pool::new(64, 70_000, 0);
        let mut lines = Vec::new();
        while let Some(mut buffer) = pool.take() {
            let address = buffer.as_ptr() as usize;
            assert_eq!(address % 64, 0);
            lines.push(address % 4096 / 64);
            buffer.fill(1);
            assert_eq!(buffer.len(), 70_000);
        }
        // Each of 64 buffers begins at a line of its own.
        lines.sort();
        assert!(lines.into_iter().eq(0..64));
    }
}
