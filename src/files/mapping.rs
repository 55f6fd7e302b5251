//! Decides which files are mapped into memory instead of read, which saves copying them: regular
//! files on local file systems, whose content the system has in memory already, where mapping is
//! faster. Everything else is read; a read of a file on a slow disk or a network can fail or wait as it
//! should.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering::Acquire};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::pipeline::Bytes;
use crate::stamp::Stamp;

/// Files with fewer bytes are read. To map and unmap them costs more than to copy them.
const LEAST: u64 = 1 << 20;
/// Whether mapping is faster is measured when the files of a device have this many bytes together. The
/// measurement takes about as long as hashing a few of these.
const WORTH: u64 = 64 << 20;
/// How often each way is measured. The shortest time counts.
const TRIES: usize = 3;
/// A rest of a file with fewer bytes is read.
const LEAST_REST: usize = 128 << 10;
/// Whether bytes are in memory is looked up for one byte of this many.
const STRIDE: u64 = 512 << 10;
/// The local file systems whose files are mapped, by the numbers that statfs(2) gives: ext2 to ext4,
/// XFS, Btrfs, F2FS, bcachefs, overlayfs and tmpfs.
const LOCAL: [u64; 7] =
    [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0xCA45_1A4E, 0x794C_7630, 0x0102_1994];

/// Maps bytes of a file, from an offset on and of a length. If some of them turn out to be missing
/// while they are in use, the last parameter is set when the bytes are dropped.
pub type MapFile = fn(&File, u64, usize, &Arc<AtomicBool>) -> io::Result<Bytes>;

/// What all files of a run share.
#[derive(Debug)]
pub struct Mapper {
    map: MapFile,
    /// Whether it is found out first if mapping is faster than reading.
    measures: bool,
    devices: Mutex<Vec<Device>>,
}

/// A device that holds files.
#[derive(Debug)]
struct Device {
    name: u64,
    /// Whether its files are mapped; `None` while that is not known.
    maps: Option<bool>,
    /// The bytes of the large files that were opened so far.
    bytes: u64,
}

impl Mapper {
    /// Maps where that is faster. The environment variable `BATCHPROC_MAP` says `always` or `never`
    /// instead; tests use it.
    #[cfg(feature = "map-files")]
    pub fn usual() -> Option<Self> {
        use batchproc_os::windows;
        let wish = std::env::var_os("BATCHPROC_MAP");
        match wish.as_ref().and_then(|wish| wish.to_str()) {
            Some("never") => None,
            Some("always") => Some(Self::always(windows::map)),
            _ => Some(Self::new(windows::map)),
        }
    }

    /// Makes a mapper that maps with this function where that is faster than reading.
    pub fn new(map: MapFile) -> Self {
        Self { map, measures: true, devices: Mutex::new(Vec::new()) }
    }

    /// The same without a measurement: all large files of local file systems are mapped.
    pub fn always(map: MapFile) -> Self {
        Self { measures: false, ..Self::new(map) }
    }

    /// What is needed to map this regular file; `None` if the file is to be read.
    pub(super) fn begin(&self, file: &File, stamp: &Stamp) -> Option<Mapping> {
        if stamp.size < LEAST || !self.is_mapped(file, stamp) {
            return None;
        }
        Some(Mapping { map: self.map, damaged: Arc::default(), used: false, failed: false })
    }

    fn is_mapped(&self, file: &File, stamp: &Stamp) -> bool {
        let devices = &mut *self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, _) = stamp.identity;
        let at = devices.iter().position(|device| device.name == name).unwrap_or_else(|| {
            let kind = rustix::fs::fstatfs(file).map(|status| status.f_type);
            let local = kind.is_ok_and(|kind| LOCAL.contains(&kind.cast_unsigned()));
            let maps = if local && self.measures { None } else { Some(local) };
            devices.push(Device { name, maps, bytes: 0 });
            devices.len() - 1
        });
        let device = &mut devices[at];
        device.bytes += stamp.size;
        // Other readers wait meanwhile, which keeps them from disturbing the measurement.
        if device.maps.is_none() && device.bytes >= WORTH {
            device.maps = is_faster(self.map, file);
        }
        device.maps == Some(true)
    }
}

/// Whether it takes less than half as long to map a part of this file as to copy it. Mapping must gain
/// that much, because what was copied is in a cache afterwards. `None` if the part is not in memory.
///
/// On machines whose system has files in large pieces of memory, mapping is several times faster. On
/// others, such as virtual machines with small pages, it is twice as slow.
fn is_faster(map: MapFile, file: &File) -> Option<bool> {
    let part = usize::try_from(LEAST).ok()?;
    if !is_in_memory(file, 0, LEAST) {
        return None;
    }
    let mut buffer = vec![0; part];
    let mut best = [Duration::MAX; 2];
    for _ in 0..TRIES {
        let begun = Instant::now();
        drop(map(file, 0, part, &Arc::default()).ok()?);
        best[0] = best[0].min(begun.elapsed());
        let begun = Instant::now();
        file.read_exact_at(&mut buffer, 0).ok()?;
        best[1] = best[1].min(begun.elapsed());
    }
    let [mapped, read] = best;
    log::debug!("1 MiB was mapped in {mapped:?} and read in {read:?}");
    Some(2 * mapped < read)
}

/// The mapping of one file, part by part.
#[derive(Debug)]
pub(super) struct Mapping {
    map: MapFile,
    damaged: Arc<AtomicBool>,
    /// Whether a part was mapped.
    used: bool,
    /// Whether a part could not be mapped. Then the rest of the file is read.
    failed: bool,
}

impl Mapping {
    /// Whether a part of the file was mapped.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    /// Whether the next part may be mapped if `rest` bytes of the file are left.
    pub(super) fn may_go_on(&self, rest: u64) -> bool {
        !self.failed && rest >= LEAST_REST as u64
    }

    /// Whether bytes of a mapped part were missing. All parts must have been dropped.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.load(Acquire)
    }

    /// Maps a part of the file, if it is in memory.
    pub(super) fn next(&mut self, file: &File, offset: u64, length: usize) -> Option<Bytes> {
        if !is_in_memory(file, offset, length as u64) {
            return None;
        }
        let part = (self.map)(file, offset, length, &self.damaged);
        self.failed |= part.is_err();
        self.used |= part.is_ok();
        part.ok()
    }
}

/// Whether the system has these bytes of the file in memory. This looks at some of them only; the
/// others are read from the disk when they are mapped, if they must be.
fn is_in_memory(file: &File, offset: u64, length: u64) -> bool {
    let end = offset + length - 1;
    (offset..end).step_by(STRIDE as usize).chain([end]).all(|at| {
        let mut byte = [0];
        let read = preadv2(file, &mut [IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT);
        // A file system that only lives in memory may not support this kind of read.
        matches!(read, Ok(1) | Err(Errno::OPNOTSUPP))
    })
}

#[cfg(test)]
mod tests;
