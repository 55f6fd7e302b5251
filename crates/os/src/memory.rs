//! The system's allocator, except that the process ends with a line and exit code 2 when there is
//! no memory left. By default, Rust would abort the process. The run cannot continue, because
//! whatever it does next needs memory too.

use std::alloc::{GlobalAlloc, Layout, System};

/// Passes each call to the system's allocator, and ends the process when no memory is left.
#[derive(Debug)]
pub struct Allocator;

// SAFETY: every call goes to the system's allocator with the same arguments, and the caller gets
// its result. If the result is null, the process ends and the caller gets nothing.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `alloc`, which is the same for `System`.
        or_end(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `alloc_zeroed`, which is the same for `System`.
        or_end(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `realloc`, which is the same for `System`.
        // `memory` came from `System`, like all memory that this allocator returns.
        or_end(unsafe { System.realloc(memory, layout, size) }, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller fulfils the contract of `dealloc`, which is the same for `System`.
        // `memory` came from `System`, like all memory that this allocator returns.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[inline(always)]
fn or_end(memory: *mut u8, bytes: usize) -> *mut u8 {
    if memory.is_null() {
        end(bytes);
    }
    memory
}

#[cold]
#[inline(never)]
fn end(bytes: usize) -> ! {
    let mut line = [0; 80];
    let length = message(bytes, &mut line);
    crate::panics::end(&line[..length])
}

/// Writes the message into `line` without allocating memory, since none is left. Returns its
/// length.
fn message(bytes: usize, line: &mut [u8; 80]) -> usize {
    let mut digits = [0; 20];
    let (mut rest, mut first) = (bytes, digits.len());
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let mut length = 0;
    for part in [b"batchproc: out of memory: no room for ", &digits[first..], b" bytes\n"] {
        line[length..][..part.len()].copy_from_slice(part);
        length += part.len();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_from_the_system_grows_and_goes_back() {
        let small = Layout::from_size_align(100, 64).unwrap();
        // SAFETY: the layouts are not empty, and each call gets the memory that the call before
        // returned.
        let (zeroed, grown) = unsafe {
            let memory = Allocator.alloc_zeroed(small);
            let zeroed = (0..100).all(|index| *memory.add(index) == 0);
            *memory = 7;
            let memory = Allocator.realloc(memory, small, 10_000);
            let grown = *memory == 7 && memory.align_offset(64) == 0;
            Allocator.dealloc(memory, Layout::from_size_align(10_000, 64).unwrap());
            (zeroed, grown)
        };
        assert!(zeroed && grown);
    }

    #[test]
    fn the_line_has_room_for_every_number() {
        for bytes in [0, 10, 4_202_496, usize::MAX] {
            let mut line = [0; 80];
            let length = message(bytes, &mut line);
            let expected = format!("batchproc: out of memory: no room for {bytes} bytes\n");
            assert_eq!(line[..length], *expected.as_bytes());
        }
    }
}
