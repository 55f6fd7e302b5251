//! The standard descriptors, and which of them were closed when the process began.
//!
//! Rust opens /dev/null in place of a closed one before `main`, so that a file which is opened later
//! never takes its number. Afterwards nobody can tell it from a /dev/null that somebody gave: the
//! digest of a closed standard input would be that of nothing, and results for a closed standard
//! output would vanish. So the look comes before Rust's start, in a function that the loader calls.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::io::{Errno, fcntl_getfd};

/// Whether standard input, output and error were closed.
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

/// Asks for each descriptor whether it is open, and does nothing else: Rust is not ready yet.
extern "C" fn look() {
    let all = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    for (closed, descriptor) in CLOSED.iter().zip(all) {
        closed.store(fcntl_getfd(descriptor) == Err(Errno::BADF), Relaxed);
    }
}

// SAFETY: the section is a table of pointers to functions without a result, which the loader calls
// one after another, on one thread, before `main`; what arguments it passes may be ignored in the C
// calling convention. The function only makes three system calls and writes to atomics, so that it
// needs nothing of Rust's start-up and cannot panic.
#[used]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static LOOK: extern "C" fn() = look;

/// Whether the descriptor with this number, 0, 1 or 2, was closed when the process began.
pub fn was_closed(number: usize) -> bool {
    CLOSED[number].load(Relaxed)
}

/// Standard input, as a descriptor of our own.
///
/// # Errors
/// When it was closed.
pub fn stdin() -> io::Result<OwnedFd> {
    if was_closed(0) {
        return Err(Errno::BADF.into());
    }
    io::stdin().as_fd().try_clone_to_owned()
}

/// Standard output, as a descriptor of our own. If it was closed, this is one that cannot be written
/// to, with the same error: that nobody can write does not matter to who writes nothing.
///
/// # Errors
/// When the process may not have another descriptor.
pub fn stdout() -> io::Result<OwnedFd> {
    if was_closed(1) { refusing() } else { io::stdout().as_fd().try_clone_to_owned() }
}

/// Standard error, in the same way.
///
/// # Errors
/// When the process may not have another descriptor.
pub fn stderr() -> io::Result<OwnedFd> {
    if was_closed(2) { refusing() } else { io::stderr().as_fd().try_clone_to_owned() }
}

/// A descriptor whose every write fails with EBADF, as it is open for reading only.
fn refusing() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}

/// Checks that this is not another name of a standard descriptor that was closed.
///
/// # Errors
/// When it is.
pub fn check_name(path: &Path) -> io::Result<()> {
    let names = [
        ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"],
        ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"],
        ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"],
    ];
    let number = names.iter().position(|names| names.iter().any(|name| path == Path::new(name)));
    match number {
        Some(number) if was_closed(number) => Err(Errno::BADF.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_descriptor_in_place_of_a_closed_one_refuses_to_be_written_to() {
        let error = File::from(refusing().unwrap()).write(b"x").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::BADF.raw_os_error()));
    }

    #[test]
    fn open_descriptors_were_not_closed() {
        look();
        let all = [0, 1, 2].map(was_closed);
        let open = [fcntl_getfd(rustix::stdio::stdin()).is_err(), false, false];
        assert_eq!(all, open);
    }
}
