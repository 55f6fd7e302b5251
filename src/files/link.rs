//! Looks at a symbolic link itself: its target, size and times. Nothing is followed.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, OFlags, fstat, readlinkat};
use rustix::io::Errno;

use super::item::{Origin, Refused, Root, Skip};
use super::long;
use super::open::{Opener, Unread};
use super::retry_open::retry_open;
use super::siblings::open_walked;
use crate::error::FileError;
use crate::stamp::Stamp;

/// A symbolic link.
#[derive(Debug)]
pub struct Link {
    /// What the link leads to, as it is written in the link.
    pub target: PathBuf,
    /// The times and identity of the link. Its size is the length of the target.
    pub stamp: Stamp,
}

impl Opener {
    /// Looks at the symbolic link with this name.
    ///
    /// # Errors
    /// Says why the link is not recorded: what has the name is no symbolic link, for example.
    pub fn link(&self, path: &Path, origin: Origin) -> Result<Link, Refused> {
        let fail = |reason| Refused::Failed(FileError::new(path.into(), reason));
        let failed = |error: &io::Error| Refused::Failed(FileError::io(path.into(), error));
        let handle = match &self.beneath {
            Some(beneath) => match beneath.find(path, false).map_err(|error| failed(&error))? {
                Ok(found) => found.handle,
                Err(leaves) => {
                    return Err(Unread::Outside(leaves.0).refused(path.into(), Origin::Listed));
                }
            },
            None => open_itself(path, origin).map_err(|error| failed(&error.into()))?,
        };
        let link = match read(&handle) {
            Ok(Ok(link)) => link,
            Ok(Err(kind)) => return Err(fail(format!("not a symbolic link: it is a {kind}"))),
            Err(error) => return Err(failed(&error.into())),
        };
        match self.sizes.exclude(link.stamp.size) {
            true => Err(Refused::Skipped(path.into(), Skip::Size)),
            false => Ok(link),
        }
    }
}

/// Opens what has this name, without following it if it is a symbolic link.
fn open_itself(path: &Path, origin: Origin) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = if let Origin::Link(_, root) = origin { root } else { Root::NONE };
    retry_open(|| open_walked(path, root, flags))
}

/// Reads a link, or returns what else it is. The link is open already, so that target and times are those
/// of one link even if another one takes its place meanwhile.
fn read(file: &OwnedFd) -> Result<Result<Link, &'static str>, Errno> {
    let stamp = Stamp::from(fstat(file)?);
    match stamp.kind {
        FileType::Symlink => {}
        FileType::RegularFile => return Ok(Err("regular file")),
        FileType::Directory => return Ok(Err("directory")),
        special => return Ok(Err(Skip::of_special(special).name())),
    }
    let target = OsString::from_vec(readlinkat(file, c"", Vec::new())?.into_bytes());
    // Some file systems, such as that of /proc, give links the size 0.
    let stamp = Stamp { size: target.len() as u64, ..stamp };
    Ok(Ok(Link { target: target.into(), stamp }))
}

/// Whether this name is that of a symbolic link. A slash at its end means what the link leads to.
pub fn is_link(path: &Path) -> bool {
    long::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::files::rules::Sizes;
    use crate::files::stdin::Interrupt;

    #[test]
    fn a_link_is_looked_at_and_not_followed() {
        let root = tempfile::TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::write(path("file"), "content").unwrap();
        symlink("file", path("link")).unwrap();
        symlink("/no/where", path("dangling")).unwrap();
        let opener = Opener::new(Interrupt::new().unwrap());
        let link = opener.link(&path("link"), Origin::Listed).unwrap();
        assert_eq!((link.target, link.stamp.size), ("file".into(), 4));
        assert_eq!(
            opener.link(&path("dangling"), Origin::Listed).unwrap().target,
            Path::new("/no/where")
        );
        let reason = |name: &str| match opener.link(&path(name), Origin::Listed) {
            Err(Refused::Failed(failure)) => failure.reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("file"), "not a symbolic link: it is a regular file");
        assert_eq!(reason("."), "not a symbolic link: it is a directory");
        assert_eq!(reason("gone"), "No such file or directory");
        let sizes = Sizes { min: Some(5), max: None };
        let opener = Opener { sizes, ..opener };
        assert!(matches!(
            opener.link(&path("link"), Origin::Listed),
            Err(Refused::Skipped(_, Skip::Size))
        ));
        assert!(is_link(&path("dangling")) && !is_link(&path("file")) && !is_link(&path("link/")));
    }
}
