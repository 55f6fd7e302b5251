//! Closes a file and says whether that worked. A network file system may report only then that something
//! could not be written, and dropping a file hides it.

use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

/// Closes this descriptor.
///
/// # Errors
/// The system could not store what was written to the file. The descriptor is closed nevertheless.
pub fn close(descriptor: OwnedFd) -> io::Result<()> {
    let number = descriptor.into_raw_fd();
    // SAFETY: `into_raw_fd` gives the only owner of this open descriptor away, so nothing else closes or
    // uses it. `close` touches no memory.
    if unsafe { libc::close(number) } == 0 {
        return Ok(());
    }
    match io::Error::last_os_error() {
        // Linux has closed the descriptor before it was interrupted.
        error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_closed_pipe_has_ended() {
        let (mut reader, writer) = io::pipe().unwrap();
        close(writer.into()).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }
}
