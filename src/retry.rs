//! Limits how often an interrupted read or write is tried again. The standard library repeats a
//! call that a signal interrupts (EINTR) without a limit. If every repetition were interrupted too,
//! the program would hang.

use std::io::{self, Read, Write};

/// How often in a row a call may be interrupted. Signals do not interrupt it that often.
pub const MOST: u32 = 1000;

/// Passes all calls on to a reader or writer. After [`MOST`] interruptions in a row, the next
/// interruption becomes an error of another kind, after which the standard library does not repeat
/// the call.
#[derive(Debug)]
pub struct Bounded<T> {
    inner: T,
    interrupted: u32,
}

impl<T> Bounded<T> {
    /// Wraps a reader or writer.
    pub fn new(inner: T) -> Self {
        Self { inner, interrupted: 0 }
    }

    fn count<V>(&mut self, result: io::Result<V>) -> io::Result<V> {
        match &result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.interrupted += 1;
                if self.interrupted > MOST { Err(given_up()) } else { result }
            }
            _ => {
                self.interrupted = 0;
                result
            }
        }
    }
}

/// The error of a call that was interrupted more than [`MOST`] times in a row.
pub fn given_up() -> io::Error {
    io::Error::other("interrupted again and again")
}

impl<T: Read> Read for Bounded<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.count(result)
    }
}

impl<T: Write> Write for Bounded<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(buffer);
        self.count(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.count(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader and writer that interrupts this many calls, then transfers one byte in each.
    struct Interrupted(u32);

    impl Interrupted {
        fn call(&mut self) -> io::Result<usize> {
            if self.0 == 0 {
                return Ok(1);
            }
            self.0 -= 1;
            Err(io::ErrorKind::Interrupted.into())
        }
    }

    impl Read for Interrupted {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.call()
        }
    }

    impl Write for Interrupted {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.call()
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn too_many_interruptions_in_a_row_are_an_error() {
        for (times, good) in [(0, true), (MOST, true), (MOST + 1, false), (u32::MAX, false)] {
            let written = Bounded::new(Interrupted(times)).write_all(b"x");
            assert_eq!(written.is_ok(), good, "{times}");
            let read = Bounded::new(Interrupted(times)).read_exact(&mut [0]);
            assert_eq!(read.is_ok(), good, "{times}");
        }
    }
}
