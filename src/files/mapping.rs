//! Decides which files are mapped into memory instead of read, which saves copying them: regular
//! files on local file systems, whose content the system has in memory already. Everything else is
//! read; a read of a file on a slow disk or a network can fail or wait as it should.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::sync::atomic::{AtomicBool, Ordering::Acquire};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::pipeline::Bytes;
use crate::stamp::Stamp;

/// Files with fewer bytes are read. To map and unmap them costs more than to copy them.
const LEAST: u64 = 1 << 20;
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
    /// The devices that were seen, and whether their files are mapped.
    devices: Mutex<Vec<(u64, bool)>>,
}

impl Mapper {
    /// Makes a mapper that maps with this function.
    pub fn new(map: MapFile) -> Self {
        Self { map, devices: Mutex::new(Vec::new()) }
    }

    /// What is needed to map this regular file; `None` if the file is to be read.
    pub(super) fn begin(&self, file: &File, stamp: &Stamp) -> Option<Mapping> {
        let (device, _) = stamp.identity;
        if stamp.size < LEAST {
            return None;
        }
        let devices = &mut *self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        let known = devices.iter().find(|(name, _)| *name == device).map(|(_, local)| *local);
        let local = known.unwrap_or_else(|| {
            let kind = rustix::fs::fstatfs(file).map(|status| status.f_type);
            let local = kind.is_ok_and(|kind| LOCAL.contains(&kind.cast_unsigned()));
            devices.push((device, local));
            local
        });
        local.then(|| Mapping {
            map: self.map,
            damaged: Arc::default(),
            used: false,
            failed: false,
        })
    }
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
