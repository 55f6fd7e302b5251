//! Opens and looks at files by paths of any length. Linux takes at most 4095 bytes at once, so a longer path
//! is followed in steps, from one open directory to the next.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, Stat, fstat, openat};
use rustix::io::{Errno, retry_on_intr};

/// The most bytes of a path that Linux takes, with the zero at its end (`PATH_MAX`).
const PATH_MAX: usize = 4096;

/// What open(2) does.
///
/// # Errors
/// Those of open(2). `ENAMETOOLONG` only if one name in the path is too long.
pub fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    in_steps(CWD, path, flags, |directory, path, flags| {
        retry_on_intr(|| openat(directory, path, flags, Mode::empty()))
    })
}

/// What stat(2) does.
///
/// # Errors
/// As for [`open()`].
pub fn stat(path: &Path) -> Result<Stat, Errno> {
    match rustix::fs::stat(path) {
        Err(Errno::NAMETOOLONG) => fstat(open(path, OFlags::PATH)?),
        known => known,
    }
}

/// What lstat(2) does.
///
/// # Errors
/// As for [`open()`].
pub fn lstat(path: &Path) -> Result<Stat, Errno> {
    match rustix::fs::lstat(path) {
        Err(Errno::NAMETOOLONG) => fstat(open(path, OFlags::PATH | OFlags::NOFOLLOW)?),
        known => known,
    }
}

/// What [`fs::metadata`] does.
///
/// # Errors
/// As for [`open()`].
pub fn metadata(path: &Path) -> io::Result<Metadata> {
    match fs::metadata(path) {
        Err(error) if is_too_long(&error) => File::from(open(path, OFlags::PATH)?).metadata(),
        known => known,
    }
}

/// What [`fs::symlink_metadata`] does.
///
/// # Errors
/// As for [`open()`].
pub fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    match fs::symlink_metadata(path) {
        Err(error) if is_too_long(&error) => {
            File::from(open(path, OFlags::PATH | OFlags::NOFOLLOW)?).metadata()
        }
        known => known,
    }
}

fn is_too_long(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NAMETOOLONG)
}

/// Calls `open` with the whole path; or, if that is too long, first with its beginning, and with the rest
/// from there. Directories in between are opened with `O_PATH`, and the last step with these flags; all with
/// `O_CLOEXEC`.
///
/// # Errors
/// Those of `open`.
pub fn in_steps(
    directory: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    open: impl Fn(BorrowedFd<'_>, &Path, OFlags) -> Result<OwnedFd, Errno>,
) -> Result<OwnedFd, Errno> {
    let mut reached: Option<OwnedFd> = None;
    let mut rest = path;
    loop {
        let from = reached.as_ref().map_or(directory, AsFd::as_fd);
        let Some((first, behind)) = split(rest) else {
            return open(from, rest, flags | OFlags::CLOEXEC);
        };
        reached = Some(open(from, first, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC)?);
        rest = behind;
    }
}

/// The longest beginning of a path that Linux takes and that leads to a directory, and the rest. `None` if it
/// takes the whole path, or if a name in the path is too long.
fn split(path: &Path) -> Option<(&Path, &Path)> {
    let bytes = path.as_os_str().as_bytes();
    let beginning = bytes.get(..PATH_MAX)?;
    let at = beginning.iter().rposition(|&byte| byte == b'/').filter(|&at| at > 0)?;
    let rest = &bytes[at..];
    let rest = &rest[rest.iter().position(|&byte| byte != b'/')?..];
    let path = |bytes| Path::new(OsStr::from_bytes(bytes));
    Some((path(&bytes[..at]), path(rest)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::path::PathBuf;

    use rustix::fs::mkdirat;

    use super::*;

    #[test]
    fn a_path_is_split_where_linux_takes_its_beginning() {
        let long = |length: usize, slash: usize, slashes: usize| {
            let mut path = vec![b'x'; length];
            path[slash..slash + slashes].fill(b'/');
            PathBuf::from(OsStr::from_bytes(&path))
        };
        let lengths =
            |path: &Path| split(path).map(|(a, b)| (a.as_os_str().len(), b.as_os_str().len()));
        assert_eq!(lengths(&long(4095, 4000, 1)), None);
        assert_eq!(lengths(&long(4096, 4000, 1)), Some((4000, 95)));
        assert_eq!(lengths(&long(5000, 4095, 1)), Some((4095, 904)));
        assert_eq!(lengths(&long(5000, 4096, 1)), None, "a name is too long");
        assert_eq!(lengths(&long(5000, 4090, 10)), Some((4095, 900)));
        assert_eq!(lengths(&long(5000, 4990, 10)), None);
        assert_eq!(lengths(&long(5000, 0, 3)), Some((2, 4997)), "the name behind it is too long");
        assert_eq!(lengths(&long(5000, 0, 1)), None);
    }

    #[test]
    fn a_long_path_leads_to_the_same_file_as_steps_of_a_user() {
        let root = tempfile::tempdir().unwrap();
        let name = "d".repeat(250);
        let mut path = root.path().to_path_buf();
        let mut directory = open(&path, OFlags::PATH | OFlags::DIRECTORY).unwrap();
        for _ in 0..40 {
            mkdirat(&directory, &*name, Mode::RWXU).unwrap();
            let flags = OFlags::PATH | OFlags::DIRECTORY;
            directory = openat(&directory, &*name, flags, Mode::empty()).unwrap();
            path.push(&name);
        }
        let flags = OFlags::WRONLY | OFlags::CREATE;
        let file = openat(&directory, "file", flags, Mode::RUSR | Mode::WUSR).unwrap();
        rustix::io::write(&file, b"abc").unwrap();
        rustix::fs::symlinkat("file", &directory, "link").unwrap();
        let (file, link) = (path.join("file"), path.join("link"));
        let inode = fstat(openat(&directory, "file", OFlags::PATH, Mode::empty()).unwrap());
        let inode = inode.unwrap().st_ino;

        let mut opened = File::from(open(&file, OFlags::RDONLY).unwrap());
        assert_eq!(io::read_to_string(&mut opened).unwrap(), "abc");
        for followed in [&file, &link] {
            assert_eq!(stat(followed).unwrap().st_ino, inode);
            assert_eq!(metadata(followed).unwrap().ino(), inode);
        }
        assert!(lstat(&link).unwrap().st_ino != inode && lstat(&file).unwrap().st_ino == inode);
        assert!(symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(open(&link, OFlags::RDONLY | OFlags::NOFOLLOW).err(), Some(Errno::LOOP));
        for wrong in ["none", "file/none"] {
            let expected = openat(&directory, wrong, OFlags::RDONLY, Mode::empty()).err();
            assert_eq!(open(&path.join(wrong), OFlags::RDONLY).err(), expected, "{wrong}");
            assert_eq!(stat(&path.join(wrong)).err(), expected, "{wrong}");
        }
    }
}
