//! Opens nothing but what lies below one directory, whatever names a stranger's manifest has: no `..`, no
//! absolute names, and no symbolic link that leads out.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat, openat2};
use rustix::io::Errno;

use super::retry_open::retry_open;
use crate::stamp::Stamp;

/// How often a lookup is repeated while directories are renamed at the same time.
const TRIES: usize = 100;

/// A directory beneath which files are opened.
#[derive(Debug)]
pub struct Beneath {
    directory: OwnedFd,
    path: PathBuf,
}

impl Beneath {
    /// Only what lies below the directory of this path is opened.
    ///
    /// # Errors
    /// If the directory cannot be opened.
    pub fn new(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = retry_open(|| open(path, flags, Mode::empty()))?;
        Ok(Self { directory, path: path.into() })
    }

    /// The handle of what has this path, which begins with that of the directory. Nothing is opened for
    /// reading yet. `last` are flags for the last part of the path.
    ///
    /// # Errors
    /// If there is nothing, or if it lies elsewhere.
    pub(super) fn look(&self, path: &Path, last: OFlags) -> io::Result<OwnedFd> {
        let below = path.strip_prefix(&self.path).map_err(|_| outside())?;
        let mut parts = below.components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let flags = OFlags::PATH | OFlags::CLOEXEC | last;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let open = || openat2(&self.directory, below, flags, Mode::empty(), resolve);
        for _ in 0..TRIES {
            match retry_open(open) {
                // Somebody renamed a directory on the way.
                Err(Errno::AGAIN) => {}
                Err(Errno::XDEV) => return Err(outside()),
                // A Linux before 5.6, or a container that forbids the call.
                Err(Errno::NOSYS | Errno::PERM) => return self.step(below),
                looked => return Ok(looked?),
            }
        }
        Err(Errno::AGAIN.into())
    }

    /// Goes down part by part, and follows no symbolic link at all.
    fn step(&self, below: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at = retry_open(|| openat(&self.directory, ".", flags, Mode::empty()))?;
        for part in below.components() {
            at = retry_open(|| openat(&at, part.as_os_str(), flags, Mode::empty()))?;
            if Stamp::from(fstat(&at)?).kind == FileType::Symlink {
                let reason =
                    "a symbolic link is in the way, and this system cannot tell where it leads";
                return Err(io::Error::other(reason));
            }
        }
        Ok(at)
    }
}

/// Opens for reading what the handle stands for, even if something else has its name by now.
pub(super) fn reopen(looked: &OwnedFd, flags: OFlags) -> io::Result<File> {
    let path = format!("/proc/self/fd/{}", looked.as_raw_fd());
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

fn outside() -> io::Error {
    io::Error::other("leads out of the directory of --beneath")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_but_what_lies_below_is_found() {
        let root = tempfile::TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("d/sub")).unwrap();
        fs::write(path("secret"), "secret").unwrap();
        fs::write(path("d/sub/f"), "inside").unwrap();
        for (target, name) in [
            ("sub/f", "d/good"),
            ("sub", "d/dir"),
            ("../d/sub/f", "d/around"),
            ("../secret", "d/out"),
            ("..", "d/up"),
            ("/etc/passwd", "d/absolute"),
            ("/proc/self/root", "d/magic"),
        ] {
            symlink(target, path(name)).unwrap();
        }
        let beneath = Beneath::new(&path("d")).unwrap();
        let read = |looked: OwnedFd| {
            let mut text = String::new();
            reopen(&looked, OFlags::NONBLOCK).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let look = |name: &str| beneath.look(&path(name), OFlags::empty()).map(read);
        for name in ["d/sub/f", "d/good", "d/dir/f", "d/./sub//f"] {
            assert_eq!(look(name).unwrap(), "inside", "{name}");
        }
        for name in [
            "d/out",
            "d/up/secret",
            "d/absolute",
            "d/magic/etc/passwd",
            "secret",
            "d/../secret",
            "d/sub/../sub/f",
            "d/around",
            "d/none",
            "/etc/passwd",
        ] {
            assert!(look(name).is_err(), "{name}");
        }
        let step = |name: &str| beneath.step(Path::new(name)).map(read);
        assert_eq!(step("sub/f").unwrap(), "inside");
        for name in ["good", "dir/f", "out", "up/secret", "absolute", "none", "sub/f/x"] {
            assert!(step(name).is_err(), "{name}");
        }
    }
}
