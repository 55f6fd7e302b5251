//! Opens what lies below a directory that is open already, and never leaves that directory through a
//! symbolic link, whatever other processes do to the tree meanwhile.
//!
//! Linux 5.6 and newer see to this themselves (openat2). Without that, each part of a name is opened by
//! itself, and no symbolic link is followed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, openat, openat2, statat};
use rustix::io::Errno;

use super::long::in_steps;

/// How often a name is looked up again if directories were moved meanwhile, so that the system could not
/// tell whether the name stayed below the directory.
const TRIES: u32 = 100;

/// Which symbolic links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// None: the error is `ELOOP`.
    None,
    /// Those that stay below the directory; for others the error is `EXDEV`. If the system cannot tell,
    /// none is followed.
    Inside,
}

/// Opens a name below a directory. The name must be relative and without `..`.
///
/// # Errors
/// Those of openat2(2).
pub fn open_below(
    directory: BorrowedFd<'_>,
    name: &Path,
    flags: OFlags,
    links: Links,
) -> Result<OwnedFd, Errno> {
    let resolve = match links {
        Links::None => ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
        Links::Inside => ResolveFlags::BENEATH,
    };
    in_steps(directory, name, flags, |directory, name, flags| {
        for _ in 0..TRIES {
            match openat2(directory, name, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // The system lacks the call, or a sandbox that does not know it refuses it.
                Err(Errno::NOSYS | Errno::PERM) => return by_parts(directory, name, flags),
                opened => return opened,
            }
        }
        Err(Errno::AGAIN)
    })
}

/// Opens a name part by part, and follows no symbolic link.
fn by_parts(directory: BorrowedFd<'_>, name: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut above: Option<OwnedFd> = None;
    let mut parts = name.iter().peekable();
    while let Some(part) = parts.next() {
        let directory = above.as_ref().map_or(directory, |above| above.as_fd());
        let last = parts.peek().is_none();
        // A slash at the end means a directory.
        let flags = match last {
            true if name.as_os_str().as_bytes().ends_with(b"/") => flags | OFlags::DIRECTORY,
            true => flags,
            false => OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        };
        let opened = openat(directory, part, flags | OFlags::NOFOLLOW, Mode::empty());
        let opened = opened.map_err(|error| {
            // For a symbolic link where a directory is wanted, the error is that it is no directory.
            let facts = statat(directory, part, AtFlags::SYMLINK_NOFOLLOW);
            let is_link =
                facts.is_ok_and(|facts| FileType::from_raw_mode(facts.st_mode).is_symlink());
            if is_link { Errno::LOOP } else { error }
        })?;
        if last {
            return Ok(opened);
        }
        above = Some(opened);
    }
    Err(Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use rustix::fs::open;

    use super::*;

    #[test]
    fn the_walk_by_parts_finds_the_same_files_and_follows_no_link() {
        let root = tempfile::TempDir::new().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/b/file"), "").unwrap();
        symlink("a", at("link")).unwrap();
        symlink("b/file", at("a/to-file")).unwrap();
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let directory = open(root.path(), flags, Mode::empty()).unwrap();
        for name in
            ["a", "a/b/file", "./a/./b", "a/", "a/none", "a/b/file/", "a/b/file/x", "none/x"]
        {
            let (name, flags) = (Path::new(name), OFlags::RDONLY);
            let parts = by_parts(directory.as_fd(), name, flags).map(drop);
            let whole = open_below(directory.as_fd(), name, flags, Links::None).map(drop);
            assert_eq!(parts, whole, "{name:?}");
        }
        for name in ["link", "link/b/file", "a/to-file"] {
            let (name, flags) = (Path::new(name), OFlags::RDONLY);
            assert_eq!(by_parts(directory.as_fd(), name, flags).err(), Some(Errno::LOOP));
            let whole = open_below(directory.as_fd(), name, flags, Links::None);
            assert_eq!(whole.err(), Some(Errno::LOOP));
        }
    }
}
