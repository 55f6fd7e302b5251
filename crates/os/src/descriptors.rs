//! The standard descriptors, and which of them were closed when the process began.
//!
//! Rust opens /dev/null in place of a closed standard descriptor before `main`, so that no file
//! opened later gets its number. After that, the program cannot tell a closed descriptor from one
//! for which the caller gave /dev/null: the digest of a closed standard input would be that of an
//! empty file, and results for a closed standard output would disappear. So this module has a
//! function that the loader calls before Rust starts, and that function checks the descriptors.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::io::{Errno, fcntl_getfd};

/// Whether standard input, output and error were closed when the process began.
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

/// Checks whether each standard descriptor is open. This function must do nothing else, because the
/// loader calls it before Rust has started.
extern "C" fn check_open() {
    let all = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    for (closed, descriptor) in CLOSED.iter().zip(all) {
        closed.store(fcntl_getfd(descriptor) == Err(Errno::BADF), Relaxed);
    }
}

// SAFETY: the section is a table of pointers to functions without a result. The loader calls them
// one after the other, on one thread, before `main`. The C calling convention allows a function to
// ignore the arguments that the loader passes. `check_open` only makes three system calls and
// writes to atomics, so it needs nothing that Rust sets up and cannot panic.
#[used]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static CHECK_OPEN: extern "C" fn() = check_open;

/// Whether descriptor 0, 1 or 2 was closed when the process began.
///
/// # Panics
/// `number` is greater than 2.
pub fn was_closed(number: usize) -> bool {
    CLOSED[number].load(Relaxed)
}

/// A duplicate of standard input.
///
/// # Errors
/// Standard input was closed, or the process may not open another descriptor.
pub fn stdin() -> io::Result<OwnedFd> {
    if was_closed(0) {
        return Err(Errno::BADF.into());
    }
    io::stdin().as_fd().try_clone_to_owned()
}

/// A duplicate of standard output. If standard output was closed, this is a descriptor to which
/// every write fails, as to a closed one. So a closed output is an error only if there is something
/// to write.
///
/// # Errors
/// The process may not open another descriptor.
pub fn stdout() -> io::Result<OwnedFd> {
    if was_closed(1) { unwritable() } else { io::stdout().as_fd().try_clone_to_owned() }
}

/// A duplicate of standard error. If it was closed, every write to the duplicate fails, as for
/// [`stdout`].
///
/// # Errors
/// The process may not open another descriptor.
pub fn stderr() -> io::Result<OwnedFd> {
    if was_closed(2) { unwritable() } else { io::stderr().as_fd().try_clone_to_owned() }
}

/// A descriptor to which every write fails with EBADF, because it is open for reading only.
fn unwritable() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}

/// Checks that `path` is not a name, such as `/dev/stdin`, of a standard descriptor that was
/// closed.
///
/// # Errors
/// EBADF if `path` is such a name.
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
        let error = File::from(unwritable().unwrap()).write(b"x").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::BADF.raw_os_error()));
    }

    #[test]
    fn open_descriptors_were_not_closed() {
        check_open();
        let all = [0, 1, 2].map(was_closed);
        let open = [fcntl_getfd(rustix::stdio::stdin()).is_err(), false, false];
        assert_eq!(all, open);
    }
}
