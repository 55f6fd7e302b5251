//! Standard input and other streams that may never end. Each read waits for data or for an
//! interrupt, whichever comes first, so that a read never keeps a run from ending.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use batchproc_os::descriptors;

/// The error of a read that was interrupted. `ErrorKind::Interrupted` cannot be used for it,
/// because the standard library repeats such a read.
#[derive(Debug)]
struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl Error for Interrupted {}

/// Whether an interrupt ended the read.
pub fn was_interrupted(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<Interrupted>())
}

/// Ends all reads of the streams that were made with it, for good.
#[derive(Clone, Debug)]
pub struct Interrupt {
    /// The writing end of a pipe. It is open until the interrupt; closing it makes `poll` report a
    /// hang-up of `receiver`.
    sender: Arc<Mutex<Option<PipeWriter>>>,
    receiver: Arc<PipeReader>,
}

impl Interrupt {
    /// Makes an interrupt that is not triggered yet.
    ///
    /// # Errors
    /// If no pipe can be opened.
    pub fn new() -> io::Result<Self> {
        let (receiver, sender) = io::pipe()?;
        Ok(Self { sender: Arc::new(Mutex::new(Some(sender))), receiver: Arc::new(receiver) })
    }

    /// Waits for this time, or until the interrupt is triggered. Returns whether it is.
    pub fn wait(&self, time: Duration) -> bool {
        let end = Instant::now().checked_add(time);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let rest = left.and_then(|left| Timespec::try_from(left).ok());
            let receiver = self.receiver.as_fd();
            let mut waited = [PollFd::from_borrowed_fd(receiver, PollFlags::empty())];
            // An error means that a signal interrupted the wait, which then goes on.
            if matches!(poll(&mut waited, rest.as_ref()), Ok(found) if found > 0) {
                return true;
            }
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
        }
    }

    /// Ends all reads that wait now, and lets all later reads fail at once.
    pub fn trigger(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// A stream whose reads can be interrupted.
#[derive(Debug)]
pub struct InterruptibleStream {
    stream: File,
    interrupt: Interrupt,
}

impl InterruptibleStream {
    /// Makes a stream that can be read until it ends or the interrupt is triggered.
    pub fn new(stream: impl Into<OwnedFd>, interrupt: &Interrupt) -> Self {
        Self { stream: File::from(stream.into()), interrupt: interrupt.clone() }
    }

    /// Opens a list, a manifest or the like, which may be a FIFO; `-` is standard input.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: &Path, interrupt: &Interrupt) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Self::stdin(interrupt);
        }
        descriptors::check_name(path)?;
        // open(2) must not wait until another process opens the FIFO for writing, because this wait
        // could not be interrupted.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(path)?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Errno::ISDIR.into());
        }
        Ok(Self::new(file, interrupt))
    }

    /// Opens standard input.
    ///
    /// # Errors
    /// If standard input is closed.
    pub fn stdin(interrupt: &Interrupt) -> io::Result<Self> {
        Ok(Self::new(descriptors::stdin()?, interrupt))
    }

    /// Whether a read would have to wait for data.
    pub fn pauses(&self) -> bool {
        let mut waited = [PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        matches!(poll(&mut waited, Some(&now)), Ok(0))
    }
}

/// How often in a row a read may find no data although `poll` reported some, because another
/// process that shares the stream was faster. After that the read fails.
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
                // Another process that shares the stream has taken the data.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
        Err(io::Error::other("reported as readable again and again, but has no data"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn an_interrupt_ends_a_read_that_waits() {
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
