//! Opens one file, by rules that say which files are read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use super::beneath::Beneath;
use super::item::{Item, Origin, Refused, Skip, is_stdin};
use super::limit::Limit;
use super::long;
use super::mapping::Mapper;
use super::no_atime::NoAtime;
pub use super::open_file::OpenFile;
use super::open_file::Source;
use super::page_cache::PageCache;
use super::retry_open::is_too_many_open;
use super::rules::Sizes;
use super::siblings::open_sibling;
use super::stdin::{Interrupt, InterruptibleStream};
use crate::error::FileError;
use crate::pipeline::Unopened;
use crate::stamp::{Identity, Stamp};

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
    /// The directory below which all names are looked up, and which no name may leave. `None`: names are
    /// looked up in the current directory, and may lead anywhere.
    pub beneath: Option<Arc<Beneath>>,
    /// Ends the reading of streams when the run is interrupted.
    pub interrupt: Interrupt,
    /// Maps large files into memory, so that they need not be copied. `None`: all files are read.
    pub mapper: Option<Mapper>,
    /// What is done about files that the system has in memory. `None`: nothing.
    pub page_cache: Option<PageCache>,
    /// Leaves access times as they are. `None`: the file system decides.
    pub no_atime: Option<Arc<NoAtime>>,
    /// Bounds how fast the files are read.
    pub limit: Option<Arc<Limit>>,
}

/// Why a file is not read although no error occurred.
pub(super) enum Unread {
    /// A rule skips the file.
    Skip(Skip),
    /// The name was a regular file, and is now a file of this other kind.
    Became(&'static str),
    /// A directory above it was replaced by a symbolic link since the walk.
    Below,
    /// The run writes its output to this file.
    Output,
    /// It is not below the directory of [`Opener::beneath`], for this reason.
    Outside(&'static str),
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
            beneath: None,
            no_atime: None,
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

    /// Opens a name below the directory of [`Opener::beneath`].
    fn open_beneath(
        &self,
        beneath: &Beneath,
        name: &Path,
    ) -> io::Result<Result<(File, Stamp), Unread>> {
        let found = match beneath.find(name, true)? {
            Ok(found) => found,
            Err(leaves) => return Ok(Err(Unread::Outside(leaves.0))),
        };
        if let Some(unread) = self.check(&found.stamp, Origin::Listed)? {
            return Ok(Err(unread));
        }
        let open = |more| beneath.open(name, &found, more);
        Ok(Ok((self.with_atime(OFlags::empty(), open)?, found.stamp)))
    }

    fn try_open(&self, path: &Path, origin: Origin) -> io::Result<Result<(File, Stamp), Unread>> {
        if let Some(beneath) = &self.beneath {
            return self.open_beneath(beneath, path);
        }
        let sized = !self.sizes.are_unlimited();
        let walked = matches!(origin, Origin::Walked(..));
        // Opening a FIFO or a device can have side effects. So if the name may be one of these, its
        // type is checked before it is opened.
        if origin == Origin::Listed || sized {
            let look = if walked && !self.follow { long::lstat } else { long::stat };
            if let Some(unread) = self.check(&look(path)?.into(), origin)? {
                return Ok(Err(unread));
            }
        }
        // With O_NONBLOCK, open(2) does not wait until another process opens the FIFO for writing;
        // this wait could not be interrupted. The first read waits instead: poll(2) reports nothing
        // before there is a writer.
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        flags.set(OFlags::NOFOLLOW, walked && !self.follow);
        let opened = self.with_atime(flags, |flags| match origin {
            Origin::Walked(_, root) => open_sibling(path, root, flags),
            _ => Ok(long::open(path, flags | OFlags::RDONLY)?.into()),
        });
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                let stamp = long::lstat(path).map(Stamp::from);
                let is_link = stamp.is_ok_and(|stamp| stamp.kind == FileType::Symlink);
                let loops = error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
                if walked && !self.follow && loops && !is_link {
                    return Ok(Err(Unread::Below));
                }
                let Ok(stamp) = stamp else { return Err(error) };
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

    /// Opens a file, with what is wanted about its access time.
    fn with_atime(
        &self,
        flags: OFlags,
        open: impl Fn(OFlags) -> io::Result<File>,
    ) -> io::Result<File> {
        match &self.no_atime {
            Some(no_atime) => no_atime.open(flags, open),
            None => open(flags),
        }
    }

    /// Returns why this file is not read, or `None` if it is. If the name was a regular file a
    /// moment ago and is a FIFO now, for example, that is an error: the regular file is missing, so
    /// it is not skipped without a message.
    pub(super) fn check(&self, stamp: &Stamp, origin: Origin) -> io::Result<Option<Unread>> {
        Ok(match stamp.kind {
            FileType::Directory => return Err(Errno::ISDIR.into()),
            FileType::Fifo | FileType::BlockDevice if origin == Origin::Stream => None,
            FileType::RegularFile
                if !matches!(origin, Origin::Walked(..))
                    && self.appended_output == Some(stamp.identity) =>
            {
                Some(Unread::Output)
            }
            FileType::RegularFile => {
                let walked = matches!(origin, Origin::Walked(..));
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
            Unread::Below => {
                "a directory above it was replaced by a symbolic link since it was read".into()
            }
            Unread::Outside(reason) => format!("not opened: {reason}"),
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
            if !matches!(origin, Origin::Walked(..)) =>
        {
            Refused::Failed(skip.error(path))
        }
        _ => Refused::Skipped(path, skip),
    }
}

#[cfg(test)]
mod tests;
