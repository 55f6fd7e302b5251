//! The numbers of a run, and how a bound on memory is divided.

use crate::order::Order;

/// The bytes of one buffer.
const BUFFER: usize = 256 << 10;
/// The bytes of a step where several long streams advance side by side: a step in each lane should
/// still be in a cache near the core when it is worked.
const CHUNK: usize = 128 << 10;

/// The longest block of a text, if there is memory for that.
const LONGEST_BLOCK: usize = 4 << 20;

/// Readers to begin with, and to try at most. Four are best where everything is cached.
const FIRST_READERS: usize = 4;
const MOST_READERS: usize = 64;

/// The numbers of a run. All of them are at least 1.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Workers: how many threads compute.
    pub threads: usize,
    /// Readers: how many threads read at first.
    pub readers: usize,
    /// Up to this many may be tried while running; `readers`, if their number is fixed.
    pub most_readers: usize,
    /// The order of the results.
    pub order: Order,
    /// Bytes of a buffer, a multiple of 64.
    pub buffer_bytes: usize,
    /// Bytes that are read at a time from streams that advance side by side, and from the beginnings
    /// of streams of parts; a multiple of 64 and at most `buffer_bytes`.
    pub chunk_bytes: usize,
    /// Buffers that may exist.
    pub buffers: usize,
    /// Items between the source and the sink.
    pub window_items: usize,
    /// Bytes of results that may wait for their turn before no new stream is started.
    pub window_bytes: usize,
    /// Items that the source may be ahead of the readers.
    pub queue_items: usize,
    /// Streams that may be open at once, beside the one that the sink waits for.
    pub most_open: usize,
}

impl Settings {
    /// Divides `memory` bytes: buffers for the threads and their lanes but at most three quarters,
    /// and an eighth for results that wait. The rest is for names and for what threads and the
    /// allocator need. Without a fixed number of readers it is found while running.
    pub fn for_memory(
        memory: usize,
        threads: usize,
        readers: Option<usize>,
        lanes: usize,
        order: Order,
    ) -> Self {
        let (first, most) = readers.map_or((FIRST_READERS, MOST_READERS), |fixed| (fixed, fixed));
        // Two steps a lane, one being worked while the next is read, and some for each reader's
        // small items. More would only push each other out of the caches.
        let useful = 4 * most + 2 * threads * lanes.max(2);
        let buffers = useful.min(memory / 4 * 3 / BUFFER).max(1);
        let window_bytes = memory / 8;
        Self {
            threads,
            readers: first,
            most_readers: most,
            order,
            buffer_bytes: BUFFER,
            chunk_bytes: CHUNK,
            buffers,
            window_items: (window_bytes / 256).max(1),
            window_bytes,
            queue_items: 1024,
            most_open: usize::MAX,
        }
    }

    /// Gives the buffers room for blocks of text, which can grow to a buffer's length where a text
    /// cannot be divided. Most blocks touch only the beginning of theirs. Returns the longest block.
    pub fn hold_blocks(&mut self) -> usize {
        // An eighth of the memory waits for its turn; three quarters are in buffers.
        let memory = self.window_bytes * 8;
        self.buffer_bytes = (memory / 16).min(LONGEST_BLOCK) / 64 * 64;
        self.chunk_bytes = BUFFER.min(self.buffer_bytes);
        let useful = self.most_readers + 2 * self.threads + 2;
        self.buffers = useful.min(memory / 4 * 3 / self.buffer_bytes).max(1);
        self.buffer_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_together_stay_below_the_bound() {
        for memory in [8 << 20, 16 << 20, 256 << 20, 1 << 40] {
            for threads in [1, 2, 64] {
                let settings = Settings::for_memory(memory, threads, None, 16, Order::Input);
                let data = settings.buffers * (settings.buffer_bytes + 8192);
                assert!(data + settings.window_bytes <= memory, "{settings:?}");
                assert!(settings.buffers >= 1 && settings.window_items >= 1);
                let mut settings = settings;
                let block = settings.hold_blocks();
                let data = settings.buffers * (block + 8192);
                assert!(data + settings.window_bytes <= memory, "{settings:?}");
            }
        }
    }
}
