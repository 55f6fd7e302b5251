//! How much of a file the system has in memory.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// The number of the system call cachestat(2), the same on all architectures that Rust knows.
const CACHESTAT: libc::c_long = 451;

/// The first parameter of cachestat(2): which bytes of the file are asked for.
#[repr(C)]
struct Range {
    offset: u64,
    length: u64,
}

/// The result of cachestat(2), in pages.
#[repr(C)]
#[derive(Default)]
struct Counts {
    cached: u64,
    dirty: u64,
    written_back: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// How many bytes of the file are in memory, rounded up to whole pages.
///
/// # Errors
/// The system does not tell: Linux before 6.5, or the file belongs to another user.
pub fn cached_bytes(file: &File) -> io::Result<u64> {
    // The length 0 stands for everything from the offset on.
    let range = Range { offset: 0, length: 0 };
    let mut counts = Counts::default();
    // SAFETY: the two structures have the layout that cachestat(2) describes, and live until the
    // call returns. The call writes to nothing but the second one.
    let result = unsafe {
        libc::syscall(CACHESTAT, file.as_raw_fd(), &raw const range, &raw mut counts, 0_u32)
    };
    if result == 0 {
        Ok(counts.cached * rustix::param::page_size() as u64)
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_was_just_written_is_in_memory() {
        let mut file = tempfile::tempfile().unwrap();
        let Ok(before) = cached_bytes(&file) else {
            return eprintln!("skipped: the system does not tell what is in memory");
        };
        assert_eq!(before, 0);
        file.write_all(&[1; 100_000]).unwrap();
        assert_eq!(cached_bytes(&file).unwrap(), 100_000_u64.next_multiple_of(4096));
    }
}
