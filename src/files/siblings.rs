//! Opens many files of the same directory fast. From the third file on, files are opened relative
//! to the open directory, so that the kernel need not look up the directories above the file again.
//!
//! Each thread keeps the directory of its last file open. Meanwhile another process may move or
//! replace the directory. Therefore this module opens only files that a walk found in the
//! directory. A name from a list must be looked up anew, because it stands for the file that has
//! this name now. If the limit on open files is low, no directory is kept open.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::below::{Links, open_below};
use super::item::Root;
use super::long;
use batchproc_os::open_files;

/// The number of files of a directory that are opened by their full paths before the directory
/// itself is opened. For so few files, opening the directory costs as much time as it saves.
const FILES_BEFORE: usize = 2;

/// The directory of the file that a thread opened last.
struct Last {
    directory: Vec<u8>,
    /// The number of files of this directory that the thread has opened in a row.
    files: usize,
    opened: Option<OwnedFd>,
}

thread_local! {
    static LAST: RefCell<Last> =
        const { RefCell::new(Last { directory: Vec::new(), files: 0, opened: None }) };
    static BEGIN: RefCell<Begin> = const { RefCell::new(Begin { path: Vec::new(), opened: None }) };
}

/// The directory where a walk began that found the last file of a thread.
struct Begin {
    path: Vec<u8>,
    opened: Option<OwnedFd>,
}

/// Opens a file for reading with additional flags. With `NOFOLLOW`, no directory between `root` and the
/// file may be a symbolic link either.
///
/// # Errors
/// The errors of open(2).
pub fn open_sibling(path: &Path, root: Root, flags: OFlags) -> io::Result<File> {
    let root = if flags.contains(OFlags::NOFOLLOW) { root } else { Root::NONE };
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC;
    let bytes = path.as_os_str().as_bytes();
    let file = match bytes.iter().rposition(|&byte| byte == b'/') {
        // For a file in `/` or in the working directory there are no directories to look up.
        None | Some(0) => openat(CWD, path, flags, Mode::empty()),
        Some(slash) => LAST.with_borrow_mut(|last| {
            let name = OsStr::from_bytes(&bytes[slash + 1..]);
            let by_name = last
                .directory(&bytes[..slash], root)
                .map(|directory| openat(directory, name, flags, Mode::empty()));
            match by_name {
                // The open directory may itself use the last free descriptor, so it is closed
                // before the file is tried again.
                Some(Err(Errno::MFILE | Errno::NFILE)) | None => {
                    last.opened = None;
                    open_walked(path, root, flags)
                }
                Some(opened) => opened,
            }
        }),
    };
    Ok(file?.into())
}

/// Opens a path. No directory between `root` and its last part may be a symbolic link, or the error is
/// `ELOOP`. The thread keeps the directory of `root` open, so that the next paths below it are found from
/// there; if the limit on open files is low, it does not.
pub fn open_walked(path: &Path, root: Root, flags: OFlags) -> Result<OwnedFd, Errno> {
    let Some((root, below)) = root.split(path) else { return long::open(path, flags) };
    BEGIN.with_borrow_mut(|begin| {
        let root = root.as_os_str().as_bytes();
        let directory = match begin.opened.take() {
            Some(opened) if begin.path == root => opened,
            // The directory of another walk is closed first, as it may have the last free descriptor.
            other => {
                drop(other);
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
                long::open(Path::new(OsStr::from_bytes(root)), flags)?
            }
        };
        let opened = open_below(directory.as_fd(), below, flags, Links::None);
        if !open_files::are_few() {
            if begin.path != root {
                begin.path.clear();
                begin.path.extend_from_slice(root);
            }
            begin.opened = Some(directory);
        }
        opened
    })
}

impl Last {
    /// Returns the open directory of this path, or `None` if files are still opened by their full
    /// paths.
    fn directory(&mut self, path: &[u8], root: Root) -> Option<&OwnedFd> {
        if self.directory != path {
            self.directory.clear();
            self.directory.extend_from_slice(path);
            (self.files, self.opened) = (0, None);
        }
        if self.files == FILES_BEFORE && !open_files::are_few() {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            self.opened = open_walked(Path::new(OsStr::from_bytes(path)), root, flags).ok();
        }
        self.files += 1;
        self.opened.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir, rename, write};
    use std::io::Read;

    #[test]
    fn every_file_is_the_one_of_its_path() {
        let root = tempfile::TempDir::new().unwrap();
        let open = |path: &str| {
            let mut text = String::new();
            open_sibling(&root.path().join(path), Root::NONE, OFlags::NOFOLLOW)?
                .read_to_string(&mut text)?;
            io::Result::Ok(text)
        };
        for directory in ["a", "b", "a/c"] {
            create_dir(root.path().join(directory)).unwrap();
            for name in ["1", "2", "3", "4", "5"] {
                let path = format!("{directory}/{name}");
                write(root.path().join(&path), &path).unwrap();
            }
        }
        for run in [1, 4, 5] {
            for directory in ["a", "b", "a/c", "a"] {
                for name in 1..=run {
                    let path = format!("{directory}/{name}");
                    assert_eq!(open(&path).unwrap(), path);
                }
            }
        }
        // If open(2) refuses the full path, opening its last component relative to the directory
        // fails too.
        for path in ["a/none", "a/1/", "a/1/x"] {
            assert!(open(path).is_err(), "{path}");
        }
        // After a few files, names are looked up in the directory that is open, even if it is
        // renamed.
        assert!((1..=3).all(|name| open(&format!("b/{name}")).is_ok()));
        rename(root.path().join("b"), root.path().join("d")).unwrap();
        assert_eq!(open("b/4").unwrap(), "b/4");
        assert!(open("a/1").is_ok() && open("b/5").is_err());
    }
}
