//! Looks at a file without opening it: what it is, or why it would not be read.

use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::item::{Origin, Refused};
use super::open::Opener;
use crate::error::FileError;
use crate::stamp::Stamp;

impl Opener {
    /// Returns the stamp of the regular file with this name.
    ///
    /// # Errors
    /// Says why the file would not be read. A stream is such a file: nothing is known about it
    /// before it is read.
    pub fn look(&self, path: PathBuf, origin: Origin) -> Result<(PathBuf, Stamp), Refused> {
        let stamp = match self.stamp(&path, origin) {
            Ok(stamp) => stamp,
            Err(error) => return Err(Refused::Failed(FileError::io(path, &error))),
        };
        match self.check(&stamp, origin) {
            Ok(None) if stamp.kind == FileType::RegularFile => Ok((path, stamp)),
            Ok(None) => {
                let reason = "is a stream, which cannot be compared without reading it";
                Err(Refused::Failed(FileError::new(path, reason.into())))
            }
            Ok(Some(unread)) => Err(unread.refused(path, origin)),
            Err(error) => Err(Refused::Failed(FileError::io(path, &error))),
        }
    }

    /// The stamp of what this name stands for. Symbolic links are followed as in
    /// [`Opener::open`].
    fn stamp(&self, path: &Path, origin: Origin) -> std::io::Result<Stamp> {
        let walked = matches!(origin, Origin::Walked(_));
        let look = if walked && !self.follow { rustix::fs::lstat } else { rustix::fs::stat };
        Ok(look(path)?.into())
    }
}
