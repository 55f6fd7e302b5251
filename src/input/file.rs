//! One open file: what it was when it was opened, its bytes, and whether it stayed the same.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::stdin::{Alarm, Patient};
use super::{Item, Origin, Refused, Skip};
use crate::error::Failure;
use crate::pipeline::Filled;
use crate::report::output::Identity;

/// Which files are opened, and how.
#[derive(Debug)]
pub struct Opener {
    /// Files smaller than this are left out.
    pub min_size: Option<u64>,
    /// Files larger than this are left out.
    pub max_size: Option<u64>,
    /// Whether a walked name may be a symbolic link.
    pub follow: bool,
    /// Files that the run itself writes.
    pub own: Vec<Identity>,
    /// What ends the reading of standard input.
    pub alarm: Alarm,
}

/// A file or standard input while it is read.
#[derive(Debug)]
pub struct OpenFile {
    /// The name.
    pub path: PathBuf,
    /// Bytes read so far.
    pub size: u64,
    /// When the file was modified last, in nanoseconds since 1970; none for standard input.
    pub mtime: Option<i128>,
    /// Why its content is not to be trusted.
    pub failure: Option<Failure>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(File, Version),
    Stream(Patient),
    Closed,
}

/// What changes when a file is written to.
type Version = (u64, i64, i64);

fn version(metadata: &Metadata) -> Version {
    (metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

impl Opener {
    /// Opens an item, if it is to be read.
    ///
    /// # Errors
    /// Why there is nothing to read.
    pub fn open(&self, item: Item) -> Result<OpenFile, Refused> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => return self.open_stdin(),
        };
        match self.try_open(&path, origin) {
            Ok(Ok((file, metadata))) => Ok(OpenFile {
                path,
                size: 0,
                mtime: Some(
                    i128::from(metadata.mtime()) * 1_000_000_000
                        + i128::from(metadata.mtime_nsec()),
                ),
                failure: None,
                source: Source::File(file, version(&metadata)),
            }),
            Ok(Err(skip)) => Err(Refused::Skipped(path, skip)),
            Err(error) => Err(Refused::Failed(Failure::io(path, &error))),
        }
    }

    fn open_stdin(&self) -> Result<OpenFile, Refused> {
        let path = PathBuf::from("-");
        match Patient::stdin(&self.alarm) {
            Ok(stream) => Ok(OpenFile {
                path,
                size: 0,
                mtime: None,
                failure: None,
                source: Source::Stream(stream),
            }),
            Err(error) => Err(Refused::Failed(Failure::io(path, &error))),
        }
    }

    fn try_open(&self, path: &Path, origin: Origin) -> io::Result<Result<(File, Metadata), Skip>> {
        let sized = self.min_size.is_some() || self.max_size.is_some();
        // Opening a FIFO or a device can have effects, so what may be one is looked at first.
        if origin == Origin::Listed || sized {
            let metadata = fs::metadata(path)?;
            if let Some(skip) = self.check(&metadata)? {
                return Ok(Err(skip));
            }
        }
        // O_NONBLOCK: if it became a FIFO meanwhile, opening it must not wait for a writer.
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        if origin == Origin::Walked && !self.follow {
            flags |= OFlags::NOFOLLOW;
        }
        let opened = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                let own = fs::symlink_metadata(path).is_ok_and(|found| self.is_own(&found));
                return if own { Ok(Err(Skip::Output)) } else { Err(error) };
            }
        };
        let metadata = file.metadata()?;
        Ok(match self.check(&metadata)? {
            Some(skip) => Err(skip),
            None => Ok((file, metadata)),
        })
    }

    /// The rule that leaves this file out, if there is one.
    fn check(&self, metadata: &Metadata) -> io::Result<Option<Skip>> {
        if metadata.is_dir() {
            return Err(rustix::io::Errno::ISDIR.into());
        }
        let size = metadata.size();
        Ok(if !metadata.is_file() {
            Some(Skip::of_special(metadata.file_type()))
        } else if self.is_own(metadata) {
            Some(Skip::Output)
        } else if self.min_size.is_some_and(|least| size < least)
            || self.max_size.is_some_and(|most| size > most)
        {
            Some(Skip::Size)
        } else {
            None
        })
    }

    fn is_own(&self, metadata: &Metadata) -> bool {
        self.own.contains(&(metadata.dev(), metadata.ino()))
    }
}

impl OpenFile {
    /// Fills the buffer, and at the end of the file looks whether it is still what it was when it
    /// was opened.
    pub fn read(&mut self, buffer: &mut [u8]) -> Filled {
        let mut bytes = 0;
        let end = loop {
            if bytes == buffer.len() {
                break Ok(false);
            }
            let read = match &mut self.source {
                Source::File(file, _) => file.read(&mut buffer[bytes..]),
                Source::Stream(stream) => stream.read(&mut buffer[bytes..]),
                Source::Closed => Ok(0),
            };
            match read {
                Ok(0) => break Ok(true),
                Ok(count) => bytes += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
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
                self.failure = Some(Failure::io(self.path.clone(), &error));
                self.source = Source::Closed;
                Filled { bytes, last: true }
            }
        }
    }

    fn verify(&self) -> io::Result<()> {
        let Source::File(file, before) = &self.source else { return Ok(()) };
        let after = version(&file.metadata()?);
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
