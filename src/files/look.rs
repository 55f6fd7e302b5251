//! Looks at a file without opening it: what it is, or why it would not be read.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::item::{Origin, Refused};
use super::long;
use super::open::{Opener, Unread};
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
            Ok(Ok(stamp)) => stamp,
            Ok(Err(unread)) => return Err(unread.refused(path, origin)),
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
    fn stamp(&self, path: &Path, origin: Origin) -> io::Result<Result<Stamp, Unread>> {
        if let Some(beneath) = &self.beneath {
            let found = beneath.find(path, true)?;
            return Ok(found.map(|found| found.stamp).map_err(|leaves| Unread::Outside(leaves.0)));
        }
        let walked = matches!(origin, Origin::Walked(..));
        let look = if walked && !self.follow { long::lstat } else { long::stat };
        Ok(Ok(look(path)?.into()))
    }
}
