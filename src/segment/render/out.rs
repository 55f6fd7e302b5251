//! The output of a block while it is written. Most pieces of it have a few bytes. Such a piece is
//! copied as an array of fixed size, which is faster, since it needs no loop. The next piece
//! overwrites the excess bytes.

use super::spare::Spare;

/// When the room is used up, it grows by this many bytes more than are needed. The new bytes must be
/// zeroed, which is fast as long as they fit into the nearest cache.
const AHEAD: usize = 8 << 10;

/// A shorter output is copied out of its buffer, which the next one uses again. The outputs of many small
/// files wait for each other, and each would hold all the memory that was made ready for it.
const SHORT: usize = 16 << 10;

/// Output that is being written.
#[derive(Debug)]
pub(super) struct Out {
    /// The output, and behind it room for more.
    bytes: Vec<u8>,
    /// The length of the output.
    length: usize,
}

impl Out {
    /// No output yet. It is best if `expected` is the length that it will have, or a bit more.
    pub fn new(expected: usize, spare: &Spare) -> Self {
        Self { bytes: spare.take(expected + AHEAD), length: 0 }
    }

    /// Makes room for this many bytes.
    #[inline(always)]
    pub fn reserve(&mut self, more: usize) {
        if self.bytes.len() - self.length < more {
            grow(&mut self.bytes, self.length + more);
        }
    }

    /// Appends the first `length` bytes of an array. There must be room for the whole array.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, array: &[u8; N], length: usize) {
        self.bytes[self.length..][..N].copy_from_slice(array);
        self.length += length;
    }

    /// Appends bytes. There must be room for them. This is not inlined, since the compiler would
    /// make one loop of it and of the copies of fixed size beside it.
    #[inline(never)]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        self.bytes[self.length..][..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Removes the last bytes.
    #[inline(always)]
    pub fn take_back(&mut self, count: usize) {
        self.length -= count;
    }

    /// The length of the output.
    #[inline(always)]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The whole output.
    pub fn into_bytes(mut self, spare: &Spare) -> Vec<u8> {
        if self.length < SHORT {
            let output = self.bytes[..self.length].to_vec();
            spare.give(self.bytes);
            return output;
        }
        self.bytes.truncate(self.length);
        self.bytes
    }
}

#[cold]
#[inline(never)]
fn grow(bytes: &mut Vec<u8>, needed: usize) {
    if needed > bytes.capacity() {
        bytes.reserve(needed + AHEAD - bytes.len());
    }
    bytes.resize((needed + AHEAD).min(bytes.capacity()), 0);
}
