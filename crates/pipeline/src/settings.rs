//! The settings of a run, and how they divide a bound on memory.

use crate::order::Order;

/// About how many bytes an item takes that is in progress, with its name. A result takes little less, so
/// if more items were in progress, their results would not fit into the window.
const ITEM: usize = 512;
/// The size of one buffer in bytes.
const BUFFER: usize = 256 << 10;
/// How many bytes of a stream are read and processed at a time when several long streams are read
/// side by side. They are few enough that the bytes that a worker processes side by side are still
/// in a cache near the core.
const CHUNK: usize = 128 << 10;

/// How many bytes of a stream are mapped together.
const MAP: usize = 1 << 20;
/// With less memory than this, nothing is mapped: there would be too few parts to fill the lanes.
const MAPS_FROM: usize = 128 << 20;

/// The most bytes of a block of text, the unit of work on text, if the memory allows that many.
pub const LONGEST_BLOCK: usize = 4 << 20;

/// How many items the source is ahead of the readers.
const QUEUE: usize = 1024;

/// The number of reader threads for each device: at first, and the highest that is tried. Where all
/// files are cached, three readers are best on two cores: readers process small files themselves, and
/// each reader more uses new memory.
const FIRST_READERS: usize = 3;
const MOST_READERS: usize = 64;

/// The settings of a run. All numbers are at least 1.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Workers: how many threads compute.
    pub threads: usize,
    /// Readers: how many threads read at first.
    pub readers: usize,
    /// The most readers that a run may try for each device. If this equals `readers`, the number is
    /// fixed, and all devices together have that many readers.
    pub most_readers: usize,
    /// The order of the results.
    pub order: Order,
    /// The size of a buffer in bytes, a multiple of 64.
    pub buffer_bytes: usize,
    /// How many bytes are read at a time where a whole buffer would be too much: when more long
    /// streams are read side by side than the job has [lanes](crate::Job::lanes), and at the
    /// beginning of a stream of parts. A multiple of 64, and at most `buffer_bytes`.
    pub chunk_bytes: usize,
    /// The most buffers that may exist.
    pub buffers: usize,
    /// The most bytes of a stream that are mapped together, a multiple of 64.
    pub map_bytes: usize,
    /// The most such parts of streams that may be mapped at once.
    pub maps: usize,
    /// The most items that the source has yielded and the sink has not written yet.
    pub window_items: usize,
    /// How many bytes of results may wait to be written. When this many wait, no new stream is
    /// started.
    pub window_bytes: usize,
    /// How many items the source may be ahead of the readers.
    pub queue_items: usize,
    /// The same where items have [spots](crate::Job::spot), unless it is less: the more of them are known,
    /// the shorter is the way from one to the next.
    pub sweep_items: usize,
    /// The most streams that may be open at once, in addition to the one whose result the sink must
    /// write next.
    pub most_open: usize,
}

impl Settings {
    /// The bound on memory that suits most machines, in bytes.
    pub const DEFAULT_MEMORY: usize = 256 << 20;
    /// The smallest bound on memory that leaves room for buffers, in bytes.
    pub const MIN_MEMORY: usize = 8 << 20;

    /// Returns settings that divide `memory` bytes among the needs of a run. Buffers get as much as
    /// the threads and their lanes can use, and what is mapped gets the rest of three quarters. Results
    /// that wait to be written get one eighth, and items in progress the other one. If `readers` is
    /// `None`, the run finds the number of readers itself.
    pub fn for_memory(
        memory: usize,
        threads: usize,
        readers: Option<usize>,
        lanes: usize,
        order: Order,
    ) -> Self {
        let (first, most) = readers.map_or((FIRST_READERS, MOST_READERS), |fixed| (fixed, fixed));
        // Two buffers for each lane of each worker, one to be processed while the next is read, and
        // four buffers for the small items of each reader. More buffers would only push each other
        // out of the caches.
        let useful = 4 * most + 2 * threads * lanes.max(2);
        let reserved = if memory < MAPS_FROM { 0 } else { memory / 4 };
        let buffers = useful.min((memory / 4 * 3 - reserved) / BUFFER).max(1);
        let window_bytes = memory / 8;
        let maps = match reserved {
            0 => 0,
            _ => (memory / 4 * 3).saturating_sub(buffers * (BUFFER + 2 * 4096)) / MAP,
        };
        Self {
            threads,
            readers: first,
            most_readers: most,
            order,
            buffer_bytes: BUFFER,
            chunk_bytes: CHUNK,
            buffers,
            map_bytes: MAP,
            maps,
            window_items: (window_bytes / ITEM).max(1),
            window_bytes,
            queue_items: QUEUE,
            sweep_items: window_bytes / 4096,
            most_open: usize::MAX,
        }
    }

    /// How many bytes the source may need to sort names, beside what [`Settings::for_memory`] divides.
    pub fn names_memory(memory: usize) -> usize {
        memory / 16
    }

    /// Makes the buffers long enough for blocks of text. A block fills a whole buffer where the
    /// text cannot be divided earlier; most blocks use only the beginning of their buffer. Returns
    /// the most bytes that a block can have.
    pub fn hold_blocks(&mut self) -> usize {
        // `for_memory` gave one eighth of the memory to `window_bytes`. Three quarters are for
        // buffers.
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
                let maps = settings.maps * settings.map_bytes;
                let data = settings.buffers * (settings.buffer_bytes + 8192) + maps;
                assert!(data + settings.window_bytes <= memory, "{settings:?}");
                assert!(settings.buffers >= 1 && settings.window_items >= 1);
                let mut settings = settings;
                let block = settings.hold_blocks();
                let data = settings.buffers * (block + 8192);
                assert!(data + settings.window_bytes <= memory, "{settings:?}");
            }
        }
    }

    /// Worked out by hand from the documentation of `for_memory` and `hold_blocks`, for a run that finds
    /// the number of readers itself (two threads, 16 lanes), and for others at the borders: memory that
    /// is not a power of two, the least that is mapped, and memory too small for one buffer.
    #[test]
    fn the_shares_are_those_that_were_worked_out_by_hand() {
        // Memory, threads, readers, lanes; then buffers, maps, bytes and items of the window; then bytes of
        // a block, and buffers for blocks.
        let cases = [
            ((256 << 20, 2, None, 16), (320, 109, 32 << 20, 65_536), (4 << 20, 48)),
            ((8 << 20, 2, Some(5), 1), (24, 0, 1 << 20, 2048), (512 << 10, 11)),
            ((128 << 20, 1, Some(1), 1), (8, 93, 16 << 20, 32_768), (4 << 20, 5)),
            ((64 << 20, 1, Some(1), 1), (8, 0, 8 << 20, 16_384), (4 << 20, 5)),
            ((10_000_001, 64, Some(64), 16), (28, 0, 1_250_000, 2441), (624_960, 12)),
            ((100_000, 1, Some(1), 1), (1, 0, 12_500, 24), (6208, 5)),
        ];
        for ((memory, threads, readers, lanes), shares, (block, blocks)) in cases {
            let mut settings = Settings::for_memory(memory, threads, readers, lanes, Order::Input);
            let Settings { buffers, maps, window_bytes, window_items, .. } = settings;
            assert_eq!((buffers, maps, window_bytes, window_items), shares, "{memory}");
            assert_eq!((settings.buffer_bytes, settings.chunk_bytes), (256 << 10, 128 << 10));
            assert_eq!(settings.readers, readers.unwrap_or(3));
            assert_eq!(settings.most_readers, readers.unwrap_or(64));
            assert_eq!(settings.hold_blocks(), block, "{memory}");
            let chunk = block.min(256 << 10);
            let Settings { buffers, buffer_bytes, chunk_bytes, .. } = settings;
            assert_eq!((buffers, buffer_bytes, chunk_bytes), (blocks, block, chunk), "{memory}");
        }
    }
}
