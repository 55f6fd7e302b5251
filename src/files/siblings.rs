//! Opens files of one directory after another: from the third on by their last names, which spares the
//! kernel the way through all directories above.
//!
//! Each thread keeps the directory of its last file open. While it does, the directory may be moved, or
//! another one put in its place; so this is for names that were read from the directory themselves, and not
//! for names from a list, which may be of what is there now. Where few files may be open, none is kept.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, open, openat};
use rustix::io::Errno;

use batchproc_os::open_files;

/// Opening a directory takes as long as its path spares for a few files.
const FILES_BEFORE: usize = 2;

/// The directory of the last file that a thread opened.
struct Last {
    directory: Vec<u8>,
    /// How many files of it were opened.
    files: usize,
    opened: Option<OwnedFd>,
}

thread_local! {
    static LAST: RefCell<Last> =
        const { RefCell::new(Last { directory: Vec::new(), files: 0, opened: None }) };
}

/// Opens a file for reading, with further flags.
///
/// # Errors
/// As open(2).
pub fn open_sibling(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC;
    let bytes = path.as_os_str().as_bytes();
    let file = match bytes.iter().rposition(|&byte| byte == b'/') {
        // Of a name in the root or in the working directory nothing is spared.
        None | Some(0) => openat(CWD, path, flags, Mode::empty()),
        Some(slash) => LAST.with_borrow_mut(|last| {
            let name = OsStr::from_bytes(&bytes[slash + 1..]);
            let by_name = last
                .directory(&bytes[..slash])
                .map(|directory| openat(directory, name, flags, Mode::empty()));
            match by_name {
                // The directory may be what there was a descriptor for.
                Some(Err(Errno::MFILE | Errno::NFILE)) | None => {
                    last.opened = None;
                    openat(CWD, path, flags, Mode::empty())
                }
                Some(opened) => opened,
            }
        }),
    };
    Ok(file?.into())
}

impl Last {
    /// The directory of that path, if it is worth having.
    fn directory(&mut self, path: &[u8]) -> Option<&OwnedFd> {
        if self.directory != path {
            self.directory.clear();
            self.directory.extend_from_slice(path);
            (self.files, self.opened) = (0, None);
        }
        if self.files == FILES_BEFORE && !open_files::are_few() {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            self.opened = open(OsStr::from_bytes(path), flags, Mode::empty()).ok();
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
            open_sibling(&root.path().join(path), OFlags::NOFOLLOW)?.read_to_string(&mut text)?;
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
        // What open(2) refuses by the path is refused by the last name too.
        for path in ["a/none", "a/1/", "a/1/x"] {
            assert!(open(path).is_err(), "{path}");
        }
        // After a few files it is the directory that counts, and not its name.
        assert!((1..=3).all(|name| open(&format!("b/{name}")).is_ok()));
        rename(root.path().join("b"), root.path().join("d")).unwrap();
        assert_eq!(open("b/4").unwrap(), "b/4");
        assert!(open("a/1").is_ok() && open("b/5").is_err());
    }
}
