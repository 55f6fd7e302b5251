//! Opens and reads one file. Afterwards it checks that the file did not change while it was read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use super::item::{Item, Origin, Refused, Skip, is_stdin};
use super::retry_open::is_too_many_open;
use super::rules::Sizes;
use super::siblings::open_sibling;
use super::stdin::{Interrupt, InterruptibleStream};
use crate::error::FileError;
use crate::pipeline::{Filled, Unopened};
use crate::retry;
use crate::stamp::{Identity, Stamp, Version};

/// Which files to open, and how.
#[derive(Debug)]
pub struct Opener {
    /// Files of other sizes are skipped.
    pub sizes: Sizes,
    /// Whether symbolic links found by a walk are followed.
    pub follow: bool,
    /// Files that the run itself writes; they are skipped.
    pub outputs: Vec<Identity>,
    /// A file that is skipped if a walk finds it, but read if it is named.
    pub skipped_if_walked: Option<Identity>,
    /// The file that standard output is appended to. It has content, so if the user names it, it is
    /// an error and not skipped.
    pub appended_output: Option<Identity>,
    /// Ends the reading of streams.
    pub interrupt: Interrupt,
}

/// A file or a stream while it is read.
#[derive(Debug)]
pub struct OpenFile {
    /// The name of the file.
    pub path: PathBuf,
    /// Bytes read so far.
    pub size: u64,
    /// The metadata of the file when it was opened; `None` for a stream.
    pub stamp: Option<Stamp>,
    /// The error that makes the content unreliable.
    pub failure: Option<FileError>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(File, Version),
    Stream(InterruptibleStream),
    Closed,
}

/// Why a file is not read although no error occurred.
enum Unread {
    /// A rule skips it.
    Skip(Skip),
    /// It is no longer a regular file but one of this kind.
    Became(&'static str),
    /// The run writes its output to it.
    Output,
}

impl Opener {
    /// Opens files of any size, and follows no links found by a walk.
    pub fn new(interrupt: Interrupt) -> Self {
        Self {
            sizes: Sizes::default(),
            follow: false,
            outputs: Vec::new(),
            skipped_if_walked: None,
            appended_output: None,
            interrupt,
        }
    }

    /// Opens an item that is to be read.
    ///
    /// # Errors
    /// Says why the item is not read. If too many files are open and `may_wait` is set, returns the
    /// item, to be tried again later.
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
                Ok(OpenFile::stream(path, InterruptibleStream::new(file, &self.interrupt)))
            }
            Ok(Ok((file, stamp))) => Ok(OpenFile {
                path,
                size: 0,
                stamp: Some(stamp),
                failure: None,
                source: Source::File(file, stamp.version()),
            }),
            Ok(Err(Unread::Skip(skip))) => Err(refused(path, skip, origin).into()),
            Ok(Err(Unread::Became(kind))) => {
                let reason = format!("was a file when its directory was read, and is a {kind} now");
                Err(Refused::Failed(FileError::new(path, reason)).into())
            }
            Ok(Err(Unread::Output)) => {
                let reason = "is written to by this run".into();
                Err(Refused::Failed(FileError::new(path, reason)).into())
            }
            Err(error) if may_wait && is_too_many_open(&error) => {
                Err(Unopened::Later(Item::File(path, origin)))
            }
            Err(error) => Err(Refused::Failed(FileError::io(path, &error)).into()),
        }
    }

    fn open_stdin(
        &self,
        path: PathBuf,
        item: Item,
        may_wait: bool,
    ) -> Result<OpenFile, Unopened<Item, Refused>> {
        match InterruptibleStream::stdin(&self.interrupt) {
            Ok(stream) => Ok(OpenFile::stream(path, stream)),
            Err(error) if may_wait && is_too_many_open(&error) => Err(Unopened::Later(item)),
            Err(error) => Err(Refused::Failed(FileError::io(path, &error)).into()),
        }
    }

    fn try_open(&self, path: &Path, origin: Origin) -> io::Result<Result<(File, Stamp), Unread>> {
        let sized = !self.sizes.are_unlimited();
        let walked = matches!(origin, Origin::Walked(_));
        // Opening a FIFO or a device can have side effects, so a name that may be one is checked
        // first.
        if origin == Origin::Listed || sized {
            let look = if walked && !self.follow { rustix::fs::lstat } else { rustix::fs::stat };
            if let Some(unread) = self.check(&look(path)?.into(), origin)? {
                return Ok(Err(unread));
            }
        }
        // With O_NONBLOCK, opening a FIFO does not wait for a writer; such a wait could not be
        // interrupted. The later read waits instead: poll(2) reports nothing before the first
        // writer.
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
                // The error of a followed link is that of its target.
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

    /// Returns why this file is not read, if so. A name that was a regular file a moment ago is not
    /// skipped because of what it is now: the file that it named is missing, which is an error.
    fn check(&self, stamp: &Stamp, origin: Origin) -> io::Result<Option<Unread>> {
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

/// Handles a file that a rule skips. If the user named it, a skip without a message would be wrong,
/// so it is an error, unless an option asked for the rule or the file is the output.
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
    fn stream(path: PathBuf, stream: InterruptibleStream) -> Self {
        Self { path, size: 0, stamp: None, failure: None, source: Source::Stream(stream) }
    }

    /// Fills the buffer. At the end of the file, checks that the file is the same as when it was
    /// opened.
    pub fn read(&mut self, buffer: &mut [u8]) -> Filled {
        self.read_while(buffer, |_| true)
    }

    /// Like [`OpenFile::read`], but from a stream it reads only what is available, at least one
    /// byte.
    pub fn read_available(&mut self, buffer: &mut [u8]) -> Filled {
        self.read_while(buffer, |source| matches!(source, Source::File(..)))
    }

    /// The size of the file when it was opened, in bytes; 0 for a stream.
    pub fn expected(&self) -> usize {
        match &self.source {
            Source::File(_, (size, _)) => usize::try_from(*size).unwrap_or(usize::MAX),
            Source::Stream(_) | Source::Closed => 0,
        }
    }

    /// Whether the next read would wait for the writer of the stream.
    pub fn pauses(&self) -> bool {
        matches!(&self.source, Source::Stream(stream) if stream.pauses())
    }

    /// Reads at least once, then continues while there is room and `go_on` returns true.
    fn read_while(&mut self, buffer: &mut [u8], go_on: impl Fn(&Source) -> bool) -> Filled {
        let (mut bytes, mut interrupted) = (0, 0);
        let end = loop {
            if bytes == buffer.len() || (bytes > 0 && !go_on(&self.source)) {
                break Ok(false);
            }
            let read = match &mut self.source {
                Source::File(file, _) => file.read(&mut buffer[bytes..]),
                Source::Stream(stream) => stream.read(&mut buffer[bytes..]),
                Source::Closed => Ok(0),
            };
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
        match end.and_then(|over| if over { self.verify().map(|()| true) } else { Ok(false) }) {
            Ok(last) => {
                if last {
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

    /// Whether the last read reached the end: the file has its expected size, and the read left
    /// room in the buffer. A regular file returns less than requested only at its end. Saves the
    /// system call that would return 0.
    fn at_end(&self, bytes: u64, room: bool) -> bool {
        match &self.source {
            Source::File(_, (size, ..)) => room && self.size + bytes == *size,
            _ => false,
        }
    }

    fn verify(&self) -> io::Result<()> {
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
        Err(io::Error::other(format!("changed while it was read: {what}")))
    }
}

#[cfg(test)]
mod tests;
