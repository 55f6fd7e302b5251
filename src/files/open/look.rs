//! Looks at a file without opening it: its size, times and identity.

use std::path::PathBuf;

use super::{Opener, Unread, refused};
use crate::error::FileError;
use crate::files::item::{Item, Origin, Refused};
use crate::stamp::Stamp;

impl Opener {
    /// Looks at a file, by the same rules as [`Opener::open`].
    ///
    /// # Errors
    /// Says why the file is not looked at, or what the system reported.
    pub fn look(&self, item: Item) -> Result<(PathBuf, Stamp), Refused> {
        let stream = |path| {
            let reason = "is a stream, which cannot be compared without reading it".into();
            Err(Refused::Failed(FileError::new(path, reason)))
        };
        let (path, origin) = match item {
            Item::Stdin => return stream("-".into()),
            Item::File(path, Origin::Stream) => return stream(path),
            Item::File(path, origin) => (path, origin),
        };
        let is_walked = matches!(origin, Origin::Walked(_));
        let look = if is_walked && !self.follow { rustix::fs::lstat } else { rustix::fs::stat };
        let looked = look(&path).map_err(Into::into).and_then(|stat| {
            let stamp = Stamp::from(stat);
            self.check(&stamp, origin).map(|unread| (stamp, unread))
        });
        match looked {
            Ok((stamp, None)) => Ok((path, stamp)),
            Ok((_, Some(Unread::Skip(skip)))) => Err(refused(path, skip, origin)),
            Ok((_, Some(Unread::Became(kind)))) => {
                let reason =
                    format!("was a regular file when its directory was read, and is a {kind} now");
                Err(Refused::Failed(FileError::new(path, reason)))
            }
            // Nothing is lost if the output is appended to this file, since it is not read.
            Ok((stamp, Some(Unread::Output))) => Ok((path, stamp)),
            Err(error) => Err(Refused::Failed(FileError::io(path, &error))),
        }
    }
}
