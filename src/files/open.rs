//! Opens and reads one file. Afterwards it checks that the file did not change while it was read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use super::item::{Item, Origin, Refused, Skip, is_stdin};
use super::limit::Limit;
use super::mapping::{Mapper, Mapping};
use super::page_cache::{Behind, PageCache};
use super::retry_open::is_too_many_open;
use super::rules::Sizes;
use super::siblings::open_sibling;
use super::stdin::{Interrupt, InterruptibleStream};
use crate::error::FileError;
use crate::pipeline::{Filled, Mapped, Unopened};
use crate::retry;
use crate::stamp::{Identity, Stamp, Version};

/// Which files to open, and how.
#[derive(Debug)]
pub struct Opener {
    /// The sizes of the files to read; files of other sizes are skipped.
    pub sizes: Sizes,
    /// Whether symbolic links found by a walk are followed.
    pub follow: bool,
    /// The files that the run itself writes; they are skipped.
    pub outputs: Vec<Identity>,
    /// A file that is skipped if a walk finds it in a directory, but read if an argument or a list
    /// names it.
    pub skipped_if_walked: Option<Identity>,
    /// The file to which standard output is appended. It has earlier content, so if the user names
    /// this file as an input, that is an error; the file is not skipped without a message.
    pub appended_output: Option<Identity>,
    /// Ends the reading of streams when the run is interrupted.
    pub interrupt: Interrupt,
    /// Maps large files into memory, so that they need not be copied. `None`: all files are read.
    pub mapper: Option<Mapper>,
    /// What is done about files that the system has in memory. `None`: nothing.
    pub page_cache: Option<PageCache>,
    /// Bounds how fast the files are read.
    pub limit: Option<Arc<Limit>>,
}

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
    source: Source,
    /// Set for a file that may be mapped.
    mapping: Option<Mapping>,
    /// Set for a file that is dropped from memory behind the reader.
    behind: Option<Behind>,
    limit: Option<Arc<Limit>>,
}

#[derive(Debug)]
enum Source {
    File(File, Version),
    Stream(InterruptibleStream),
    Closed,
}

/// Why a file is not read although no error occurred.
pub(super) enum Unread {
    /// A rule skips the file.
    Skip(Skip),
    /// The name was a regular file, and is now a file of this other kind.
    Became(&'static str),
    /// The run writes its output to this file.
    Output,
}

impl Opener {
    /// Makes an opener for files of any size, which follows no symbolic links that a walk finds.
    pub fn new(interrupt: Interrupt) -> Self {
        Self {
            sizes: Sizes::default(),
            follow: false,
            outputs: Vec::new(),
            skipped_if_walked: None,
            appended_output: None,
            interrupt,
            mapper: None,
            page_cache: None,
            limit: None,
        }
    }

    /// Opens a file or standard input.
    ///
    /// # Errors
    /// Says why the item is not read. If too many files are open and `may_wait` is set, returns the
    /// item itself, so that the caller can try again later.
    pub fn open(&self, item: Item, may_wait: bool) -> Result<OpenFile, Unopened<Item, Refused>> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => return self.open_stdin(PathBuf::from("-"), Item::Stdin, may_wait),
        };
        if origin == Origin::Stream && is_stdin(&path) {
            return self.open_stdin(path.clone(), Item::File(path, origin), may_wait);
        }
        match self.try_open(&path, origin) {
            Ok(Ok((file, stamp))) if stamp.kind != FileType::RegularFile => {
                Ok(self.stream(path, InterruptibleStream::new(file, &self.interrupt)))
            }
            Ok(Ok((file, stamp))) => {
                let behind = match self.page_cache.map(|cache| cache.begin(&file)).transpose() {
                    Ok(behind) => behind.flatten(),
                    Err(error) => return Err(Refused::Failed(FileError::io(path, &error)).into()),
                };
                // Mapped bytes would pass by the limit.
                let mapper = self.mapper.as_ref();
                let mapper = mapper.filter(|_| self.page_cache.is_none() && self.limit.is_none());
                Ok(OpenFile {
                    path,
                    size: 0,
                    stamp: Some(stamp),
                    failure: None,
                    changed: false,
                    mapping: mapper.and_then(|mapper| mapper.begin(&file, &stamp)),
                    source: Source::File(file, stamp.version()),
                    behind,
                    limit: self.limit.clone(),
                })
            }
            Ok(Err(unread)) => Err(unread.refused(path, origin).into()),
            Err(error) if may_wait && is_too_many_open(&error) => {
                Err(Unopened::Later(Item::File(path, origin)))
            }
            Err(error) => Err(Refused::Failed(FileError::io(path, &error)).into()),
        }
    }

    fn stream(&self, path: PathBuf, stream: InterruptibleStream) -> OpenFile {
        let (source, limit) = (Source::Stream(stream), self.limit.clone());
        OpenFile {
            path,
            size: 0,
            stamp: None,
            failure: None,
            changed: false,
            source,
            mapping: None,
            behind: None,
            limit,
        }
    }

    fn open_stdin(
        &self,
        path: PathBuf,
        item: Item,
        may_wait: bool,
    ) -> Result<OpenFile, Unopened<Item, Refused>> {
        match InterruptibleStream::stdin(&self.interrupt) {
            Ok(stream) => Ok(self.stream(path, stream)),
            Err(error) if may_wait && is_too_many_open(&error) => Err(Unopened::Later(item)),
            Err(error) => Err(Refused::Failed(FileError::io(path, &error)).into()),
        }
    }

    fn try_open(&self, path: &Path, origin: Origin) -> io::Result<Result<(File, Stamp), Unread>> {
        let sized = !self.sizes.are_unlimited();
        let walked = matches!(origin, Origin::Walked(_));
        // Opening a FIFO or a device can have side effects. So if the name may be one of these, its
        // type is checked before it is opened.
        if origin == Origin::Listed || sized {
            let look = if walked && !self.follow { rustix::fs::lstat } else { rustix::fs::stat };
            if let Some(unread) = self.check(&look(path)?.into(), origin)? {
                return Ok(Err(unread));
            }
        }
        // With O_NONBLOCK, open(2) does not wait until another process opens the FIFO for writing;
        // this wait could not be interrupted. The first read waits instead: poll(2) reports nothing
        // before there is a writer.
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = if walked {
            flags.set(OFlags::NOFOLLOW, !self.follow);
            open_sibling(path, flags)
        } else {
            File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
        };
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                let Ok(stamp) = rustix::fs::lstat(path).map(Stamp::from) else { return Err(error) };
                if self.outputs.contains(&stamp.identity) {
                    return Ok(Err(Unread::Skip(Skip::Output)));
                }
                // If the name is a symbolic link that was followed, the error is that of the link's
                // target.
                let followed = stamp.kind == FileType::Symlink && (self.follow || !walked);
                let known = matches!(stamp.kind, FileType::RegularFile | FileType::Directory);
                if known || followed || origin == Origin::Listed {
                    return Err(error);
                }
                return Ok(Err(Unread::Became(Skip::of_special(stamp.kind).name())));
            }
        };
        let stamp = Stamp::from(rustix::fs::fstat(&file)?);
        Ok(match self.check(&stamp, origin)? {
            Some(skip) => Err(skip),
            None => Ok((file, stamp)),
        })
    }

    /// Returns why this file is not read, or `None` if it is. If the name was a regular file a
    /// moment ago and is a FIFO now, for example, that is an error: the regular file is missing, so
    /// it is not skipped without a message.
    pub(super) fn check(&self, stamp: &Stamp, origin: Origin) -> io::Result<Option<Unread>> {
        Ok(match stamp.kind {
            FileType::Directory => return Err(Errno::ISDIR.into()),
            FileType::Fifo | FileType::BlockDevice if origin == Origin::Stream => None,
            FileType::RegularFile
                if !matches!(origin, Origin::Walked(_))
                    && self.appended_output == Some(stamp.identity) =>
            {
                Some(Unread::Output)
            }
            FileType::RegularFile => {
                let walked = matches!(origin, Origin::Walked(_));
                let is_output = self.outputs.contains(&stamp.identity)
                    || walked && self.skipped_if_walked == Some(stamp.identity);
                let size = self.sizes.exclude(stamp.size);
                is_output.then_some(Skip::Output).or(size.then_some(Skip::Size)).map(Unread::Skip)
            }
            special => {
                let skip = Skip::of_special(special);
                Some(if matches!(origin, Origin::Listed | Origin::Stream) {
                    Unread::Skip(skip)
                } else {
                    Unread::Became(skip.name())
                })
            }
        })
    }
}

impl Unread {
    /// Why the file with this name is not read, for the caller of the opener.
    pub(super) fn refused(self, path: PathBuf, origin: Origin) -> Refused {
        let reason = match self {
            Unread::Skip(skip) => return refused(path, skip, origin),
            Unread::Became(kind) => {
                format!("was a regular file when its directory was read, and is a {kind} now")
            }
            Unread::Output => {
                "this run writes its output to this file, so it cannot be an input".into()
            }
        };
        Refused::Failed(FileError::new(path, reason))
    }
}

/// Handles a file that a rule skips. If the user named the file, it must not be skipped without a
/// message, so this is an error. Exceptions are rules that an option asked for, and the output
/// file.
fn refused(path: PathBuf, skip: Skip, origin: Origin) -> Refused {
    match skip {
        Skip::Symlink | Skip::Fifo | Skip::Socket | Skip::Device
            if !matches!(origin, Origin::Walked(_)) =>
        {
            Refused::Failed(skip.error(path))
        }
        _ => Refused::Skipped(path, skip),
    }
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

    /// Checks a file of which parts were mapped, after these were used.
    pub fn end(&mut self) {
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

    /// The size of the file when it was opened, in bytes; 0 for a stream.
    pub fn expected(&self) -> usize {
        match &self.source {
            Source::File(_, (size, _)) => usize::try_from(*size).unwrap_or(usize::MAX),
            Source::Stream(_) | Source::Closed => 0,
        }
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

#[cfg(test)]
mod tests;
