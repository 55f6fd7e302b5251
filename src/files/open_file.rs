//! An open file or stream: reads or maps it, and checks at its end that it did not change meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::limit::Limit;
use super::mapping::Mapping;
use super::page_cache::Behind;
use super::stdin::InterruptibleStream;
use crate::error::FileError;
use crate::pipeline::{Filled, Mapped};
use crate::retry;
use crate::stamp::{Stamp, Version};

/// An open file or stream that is being read.
#[derive(Debug)]
pub struct OpenFile {
    /// The name of the file.
    pub path: PathBuf,
    /// The number of bytes read so far.
    pub size: u64,
    /// The metadata of the file when it was opened; `None` for a stream.
    pub stamp: Option<Stamp>,
    /// The error because of which the content that was read cannot be trusted.
    pub failure: Option<FileError>,
    /// Whether that error is that the file changed while it was read.
    pub changed: bool,
    pub(super) source: Source,
    /// Set for a file that may be mapped.
    pub(super) mapping: Option<Mapping>,
    /// Set for a file that is dropped from memory behind the reader.
    pub(super) behind: Option<Behind>,
    pub(super) limit: Option<Arc<Limit>>,
}

/// Where the bytes of an open file come from.
#[derive(Debug)]
pub(super) enum Source {
    File(File, Version),
    Stream(InterruptibleStream),
    Closed,
}

impl OpenFile {
    /// Whether [`OpenFile::map`] may return bytes.
    pub fn may_map(&self) -> bool {
        let rest = (self.expected() as u64).saturating_sub(self.size);
        self.mapping.as_ref().is_some_and(|mapping| mapping.may_go_on(rest))
    }

    /// The next part of the file, at most `most` bytes, if it can be mapped. Otherwise it must be
    /// read. [`OpenFile::end`] must be called after the last part was used.
    pub fn map(&mut self, most: usize) -> Option<Mapped> {
        let (Source::File(file, (size, _)), Some(mapping)) = (&self.source, &mut self.mapping)
        else {
            return None;
        };
        let rest = usize::try_from(size - self.size).unwrap_or(usize::MAX);
        let bytes = mapping.next(file, self.size, rest.min(most))?;
        self.size += bytes.len() as u64;
        Some(Mapped { bytes, last: self.size == *size })
    }

    /// Called when nothing more of the file is read, also before its end. Checks a file of which parts
    /// were mapped, after these were used.
    pub fn end(&mut self) {
        if let (Some(behind), Source::File(file, _)) = (&mut self.behind, &self.source) {
            behind.read(file, self.size, true);
        }
        if self.failure.is_some() || !self.mapping.as_ref().is_some_and(Mapping::is_used) {
            return;
        }
        let damaged = self.mapping.as_ref().is_some_and(Mapping::is_damaged);
        let checked = self.verify().and_then(|()| match &self.source {
            Source::File(file, _) if damaged => Err(first_error(file)),
            _ => Ok(()),
        });
        self.failure = checked.err().map(|error| FileError::io(self.path.clone(), &error));
        self.source = Source::Closed;
    }

    /// Fills the buffer. At the end of the file, checks that the file has not changed since it was
    /// opened.
    pub fn read(&mut self, buffer: &mut [u8]) -> Filled {
        self.read_while(buffer, |_| true)
    }

    /// Like [`OpenFile::read`], but a stream is read only as far as data is available; if there is
    /// none, waits for at least one byte.
    pub fn read_available(&mut self, buffer: &mut [u8]) -> Filled {
        self.read_while(buffer, |source| matches!(source, Source::File(..)))
    }

    /// The first bytes of the file, as many as `buffer` can take. None of a stream, which would lose
    /// them.
    pub fn head<'b>(&self, buffer: &'b mut [u8]) -> &'b [u8] {
        let read = match &self.source {
            Source::File(file, _) => file.read_at(buffer, 0).unwrap_or(0),
            Source::Stream(_) | Source::Closed => 0,
        };
        &buffer[..read]
    }

    /// Goes to this byte of the file, so that it is the next one that is read.
    pub fn go_to(&mut self, offset: u64) {
        if let Source::File(file, _) = &mut self.source {
            match file.seek(SeekFrom::Start(offset)) {
                Ok(at) => self.size = at,
                Err(error) => self.failure = Some(FileError::io(self.path.clone(), &error)),
            }
        }
    }

    /// Reads bytes from this offset on, which does not change where the next read begins: as many as
    /// `buffer` can take, or fewer at the end of the file. Nothing of a stream.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read_from(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Source::File(file, _) = &self.source else { return Ok(0) };
        let mut bytes = 0;
        while bytes < buffer.len() {
            match file.read_at(&mut buffer[bytes..], offset + bytes as u64) {
                Ok(0) => break,
                Ok(count) => bytes += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    /// Ends the reading before the end of the file, after a check that the file has not changed since
    /// it was opened.
    pub fn stop(&mut self) {
        if let Err(error) = self.verify() {
            self.failure.get_or_insert(FileError::io(self.path.clone(), &error));
        }
        self.source = Source::Closed;
    }

    /// The size of the file when it was opened, in bytes; 0 for a stream.
    pub fn expected(&self) -> usize {
        match &self.source {
            Source::File(_, (size, _)) => usize::try_from(*size).unwrap_or(usize::MAX),
            Source::Stream(_) | Source::Closed => 0,
        }
    }

    /// Goes to this byte of a file of which nothing was read. A stream stays where it is.
    ///
    /// # Errors
    /// If the file cannot be positioned.
    pub fn seek(&mut self, byte: u64) -> io::Result<()> {
        if let Source::File(file, _) = &mut self.source {
            self.size = file.seek(SeekFrom::Start(byte))?;
            self.mapping = None;
        }
        Ok(())
    }

    /// Whether this is a stream whose next read would wait for more data.
    pub fn pauses(&self) -> bool {
        matches!(&self.source, Source::Stream(stream) if stream.pauses())
    }

    /// Reads at least once, and then again as long as the buffer has room and `go_on` returns true.
    fn read_while(&mut self, buffer: &mut [u8], go_on: impl Fn(&Source) -> bool) -> Filled {
        let (mut bytes, mut interrupted) = (0, 0);
        let end = loop {
            if bytes == buffer.len() || (bytes > 0 && !go_on(&self.source)) {
                break Ok(false);
            }
            let allowed = self.allowed(bytes as u64, buffer.len() - bytes);
            let room = &mut buffer[bytes..bytes + allowed];
            let read = match &mut self.source {
                // The file's own position is not where the last mapped part has ended.
                Source::File(file, _) if self.mapping.as_ref().is_some_and(Mapping::is_used) => {
                    file.read_at(room, self.size + bytes as u64)
                }
                Source::File(file, _) => file.read(room),
                Source::Stream(stream) => stream.read(room),
                Source::Closed => Ok(0),
            };
            if let Some(limit) = &self.limit {
                limit.give_back(allowed - read.as_ref().map_or(0, |&count| count));
            }
            match read {
                Ok(0) => break Ok(true),
                Ok(count) => {
                    interrupted = 0;
                    bytes += count;
                    if self.at_end(bytes as u64, bytes < buffer.len()) {
                        break Ok(true);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    interrupted += 1;
                    if interrupted > retry::MOST {
                        break Err(retry::given_up());
                    }
                }
                Err(error) => break Err(error),
            }
        };
        self.size += bytes as u64;
        if let (Some(behind), Source::File(file, _)) = (&mut self.behind, &self.source) {
            behind.read(file, self.size, !matches!(end, Ok(false)));
        }
        match end.and_then(|over| if over { self.verify().map(|()| true) } else { Ok(false) }) {
            Ok(last) => {
                // A file of which parts were mapped is checked again when these have been used.
                if last && !self.mapping.as_ref().is_some_and(Mapping::is_used) {
                    self.source = Source::Closed;
                }
                Filled { bytes, last }
            }
            Err(error) => {
                self.failure = Some(FileError::io(self.path.clone(), &error));
                self.source = Source::Closed;
                Filled { bytes, last: true }
            }
        }
    }

    /// How many bytes the next read may have, after `bytes` in this buffer. Waits until they are
    /// allowed.
    fn allowed(&self, bytes: u64, room: usize) -> usize {
        let Some(limit) = &self.limit else { return room };
        // A small file must not take the time of a whole buffer from the other readers.
        let left = match &self.source {
            Source::File(_, (size, _)) => size.saturating_sub(self.size + bytes).max(1),
            Source::Stream(_) => u64::MAX,
            Source::Closed => return room,
        };
        limit.take(usize::try_from(left).unwrap_or(usize::MAX).min(room))
    }

    /// Whether the last read reached the end of the file: the bytes read so far are as many as the
    /// file had when it was opened, and the read left room in the buffer, which a regular file does
    /// only at its end. This saves one more read, which would return 0. If there was no room, looks
    /// whether another byte follows, so that a file that fills its buffer needs no second one.
    fn at_end(&self, bytes: u64, room: bool) -> bool {
        match &self.source {
            Source::File(file, (size, ..)) if self.size + bytes == *size => {
                room || matches!(file.read_at(&mut [0], *size), Ok(0))
            }
            _ => false,
        }
    }

    fn verify(&mut self) -> io::Result<()> {
        let Source::File(file, before) = &self.source else { return Ok(()) };
        let after = Stamp::from(rustix::fs::fstat(file)?).version();
        if after == *before {
            return Ok(());
        }
        let what = if after.0 == before.0 {
            "it was written to".to_string()
        } else {
            format!("its size was {} and is {} bytes", before.0, after.0)
        };
        self.changed = true;
        Err(io::Error::other(format!("changed while it was read: {what}")))
    }
}

/// Reads a file in which mapped bytes were missing, and returns the error of the system.
fn first_error(file: &File) -> io::Error {
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    loop {
        match file.read_at(&mut buffer, offset) {
            Ok(0) => return io::Error::other("a part of it could not be read for a while"),
            Ok(bytes) => offset += bytes as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error,
        }
    }
}
