//! Standard input and other streams that may pause for ever. Reading them must not keep a run
//! from ending, so each read waits for data or for the alarm, whichever comes first.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use batchproc_os::descriptors;

/// Why a patient stream was not read to its end. The standard library's `Interrupted` would be tried
/// again.
#[derive(Debug)]
struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl Error for Interrupted {}

/// Whether it was the alarm that ended the reading.
pub fn was_interrupted(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<Interrupted>())
}

/// Wakes all readers of patient streams, for good.
#[derive(Clone, Debug)]
pub struct Interrupt {
    /// Open until the alarm goes off; then `receiver` reports a hang-up.
    sender: Arc<Mutex<Option<PipeWriter>>>,
    receiver: Arc<PipeReader>,
}

impl Interrupt {
    /// A silent alarm.
    ///
    /// # Errors
    /// When the process may not open a pipe.
    pub fn new() -> io::Result<Self> {
        let (receiver, sender) = io::pipe()?;
        Ok(Self { sender: Arc::new(Mutex::new(Some(sender))), receiver: Arc::new(receiver) })
    }

    /// Ends all waiting, now and later.
    pub fn trigger(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// A stream that can be given up while nothing comes.
#[derive(Debug)]
pub struct InterruptibleStream {
    stream: File,
    interrupt: Interrupt,
}

impl InterruptibleStream {
    /// Reads from `stream` until its end or the alarm.
    pub fn new(stream: impl Into<OwnedFd>, interrupt: &Interrupt) -> Self {
        Self { stream: File::from(stream.into()), interrupt: interrupt.clone() }
    }

    /// Opens a list, a manifest or the like, which may be a FIFO; `-` is standard input.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, interrupt: &Interrupt) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Self::stdin(interrupt);
        }
        descriptors::check_name(path)?;
        // Opening a FIFO must not wait for its writer, as nothing could end that.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(path)?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Errno::ISDIR.into());
        }
        Ok(Self::new(file, interrupt))
    }

    /// Reads from standard input.
    ///
    /// # Errors
    /// When it is closed.
    pub fn stdin(interrupt: &Interrupt) -> io::Result<Self> {
        Ok(Self::new(descriptors::stdin()?, interrupt))
    }

    /// Whether a read would wait now.
    pub fn pauses(&self) -> bool {
        let mut waited = [PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        matches!(poll(&mut waited, Some(&now)), Ok(0))
    }
}

/// Somebody else may be faster so often, in a row.
const MAX_RACES: u32 = 100_000;

impl Read for InterruptibleStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for _ in 0..MAX_RACES {
            let mut waited = [
                PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.interrupt.receiver.as_fd(), PollFlags::empty()),
            ];
            poll(&mut waited, None)?;
            if !waited[1].revents().is_empty() {
                return Err(io::Error::other(Interrupted));
            }
            match self.stream.read(buffer) {
                // Somebody else, with whom we share the stream, was faster.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
        Err(io::Error::other("said to have data again and again, and has none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_read_that_waits_ends_with_the_alarm() {
        let interrupt = Interrupt::new().unwrap();
        let (receiver, mut sender) = io::pipe().unwrap();
        let mut patient = InterruptibleStream::new(receiver, &interrupt);
        sender.write_all(b"abc").unwrap();
        let mut buffer = [0; 10];
        assert_eq!(patient.read(&mut buffer).unwrap(), 3);

        let waiting = std::thread::spawn(move || patient.read(&mut [0; 10]));
        interrupt.trigger();
        let error = waiting.join().unwrap().unwrap_err();
        assert!(was_interrupted(&error) && error.to_string() == "interrupted");
        drop(sender);
    }
}
