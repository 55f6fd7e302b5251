//! Maps a part of a file into memory, to read it once. Unlike a read, this copies nothing.
//!
//! The part is in memory when it is mapped ([`map`] fails otherwise), but another process may cut
//! the file off while the part is in use. Then the system sends SIGBUS to the thread that uses it.
//! The handler puts zeros in the place of what is missing and marks the part as damaged, so that
//! the thread can go on; whoever mapped the part learns it when the part is dropped. The library
//! libwayland does the same for memory that it shares with its clients.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::{Arc, Once};

use memmap2::{Advice, Mmap, MmapOptions};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use crate::bus_error;

/// The most parts that may be mapped at the same time.
const MOST: usize = 256;
/// The value of [`Place::start`] in a place that was taken and is not filled in yet. No address is
/// as high.
const TAKEN: usize = usize::MAX;

/// The parts that are mapped now, where the signal handler finds them.
static PLACES: [Place; MOST] = [const { Place::new() }; MOST];

struct Place {
    /// The first address of the part; 0 if this place is free.
    start: AtomicUsize,
    /// The address after its last byte.
    end: AtomicUsize,
    /// Whether some of the bytes are zeros in place of what could not be read.
    damaged: AtomicBool,
}

impl Place {
    const fn new() -> Self {
        Self {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            damaged: AtomicBool::new(false),
        }
    }

    /// Takes a free place for memory at these addresses.
    fn take(addresses: &std::ops::Range<*const u8>) -> Option<&'static Self> {
        let is_free =
            |place: &&Place| place.start.compare_exchange(0, TAKEN, AcqRel, Relaxed).is_ok();
        let place = PLACES.iter().find(is_free)?;
        place.end.store(addresses.end as usize, Relaxed);
        place.start.store(addresses.start as usize, Release);
        Some(place)
    }

    /// Gives the place back. Returns whether the part was damaged.
    fn free(&self) -> bool {
        let damaged = self.damaged.swap(false, Relaxed);
        self.start.store(0, Release);
        damaged
    }

    fn contains(&self, address: usize) -> bool {
        let start = self.start.load(Acquire);
        start != 0 && (start..self.end.load(Relaxed)).contains(&address)
    }
}

/// A part of a file in memory.
struct Window {
    map: Mmap,
    place: &'static Place,
    /// Set when the part is dropped, if it was damaged.
    damaged: Arc<AtomicBool>,
}

impl Deref for Window {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.map
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if self.place.free() {
            self.damaged.store(true, Release);
        }
    }
}

/// Maps `length` bytes of the file from `offset` on. The bytes are read from the disk first if they
/// are not in memory. If some of them turn out to be missing while they are in use, they read as
/// zeros, and `damaged` is set as soon as the returned value is dropped.
///
/// # Errors
/// The bytes cannot be read or mapped. Then they should be read in the ordinary way, which tells
/// the reason. The same if too many parts are mapped already.
pub fn map(
    file: &File,
    offset: u64,
    length: usize,
    damaged: &Arc<AtomicBool>,
) -> io::Result<Box<dyn Deref<Target = [u8]> + Send>> {
    static REMEDY: Once = Once::new();
    REMEDY.call_once(|| bus_error::add(mend));
    bus_error::install()?;
    // SAFETY: the bytes must not change while they are borrowed, which no program can promise for a
    // file that others may write to. Whoever uses them computes digests, where no address and no
    // branch depends on the bytes: a change can only lead to another digest. What was mapped is
    // compared with the state of the file afterwards, so such a digest is not used.
    let map = unsafe { MmapOptions::new().offset(offset).len(length).map(file) }?;
    // This reports bytes that cannot be read as an error; MAP_POPULATE would not.
    map.advise(Advice::PopulateRead)?;
    let place = Place::take(&map.as_ptr_range());
    let place = place.ok_or_else(|| io::Error::other("too many parts of files are mapped"))?;
    Ok(Box::new(Window { map, place, damaged: damaged.clone() }))
}

/// Puts zeros in the place of a page that cannot be read, and of all later pages of the same part.
/// Returns whether the address belongs to a part that is mapped.
fn mend(address: usize) -> bool {
    let Some(place) = PLACES.iter().find(|place| place.contains(address)) else { return false };
    let page = rustix::param::page_size();
    let start = address / page * page;
    let length = place.end.load(Relaxed) - start;
    place.damaged.store(true, Relaxed);
    // SAFETY: the range begins in this part and ends with it, so it belongs to the mapping of a
    // `Window`, which is alive, since a thread has just read from it. New pages can take the place
    // of those without data. The mapping ends as a whole when the window is dropped.
    let zeros = unsafe {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        mmap_anonymous(ptr::without_provenance_mut(start), length, ProtFlags::READ, flags)
    };
    zeros.is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Acquire;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    const WINDOW: usize = 1 << 20;

    /// One of the tests takes all places, so they run one after the other.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, content).unwrap();
        file
    }

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index / 7 % 251) as u8 + 1).collect()
    }

    #[test]
    fn a_part_has_the_bytes_of_the_file() {
        let _alone = alone();
        let content = content(WINDOW + 5000);
        let (file, damaged) = (file(&content), Arc::default());
        for (offset, length) in [(0, WINDOW), (4096, 5), (WINDOW as u64, 5000), (1, 1)] {
            let window = map(&file, offset, length, &damaged).unwrap();
            assert_eq!(**window, content[offset as usize..][..length]);
        }
        assert!(!damaged.load(Acquire));
    }

    #[test]
    fn what_is_cut_off_while_it_is_mapped_reads_as_zeros_and_is_reported() {
        let _alone = alone();
        let content = content(WINDOW);
        let (file, damaged, other) = (file(&content), Arc::default(), Arc::default());
        let window = map(&file, 0, WINDOW, &damaged).unwrap();
        let untouched = map(&file, 0, 4096, &other).unwrap();
        file.set_len(300_000).unwrap();
        let end = 300_000_usize.next_multiple_of(rustix::param::page_size());
        assert_eq!(window[..300_000], content[..300_000]);
        assert!(window[300_000..end].iter().all(|&byte| byte == 0), "the rest of the last page");
        assert!(!damaged.load(Acquire));
        assert!(window[end..].iter().all(|&byte| byte == 0));
        drop(window);
        assert!(damaged.load(Acquire));
        assert_eq!(**untouched, content[..4096]);
        drop(untouched);
        assert!(!other.load(Acquire), "another part of the same file");
    }

    #[test]
    fn a_part_beyond_the_end_of_the_file_is_an_error() {
        let _alone = alone();
        let (file, damaged) = (file(&content(5000)), Arc::default());
        assert!(map(&file, 0, WINDOW, &damaged).is_err());
        assert!(!damaged.load(Acquire));
    }

    #[test]
    fn more_parts_than_there_are_places_are_an_error_until_one_is_dropped() {
        let _alone = alone();
        let (file, damaged) = (file(&content(5000)), Arc::default());
        let mut windows: Vec<_> =
            std::iter::from_fn(|| map(&file, 0, 5000, &damaged).ok()).take(MOST + 1).collect();
        assert_eq!(windows.len(), MOST);
        windows.clear();
        assert_eq!(**map(&file, 0, 5000, &damaged).unwrap(), content(5000));
    }
}
