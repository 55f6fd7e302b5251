//! An item (a file or standard input) that a run reads, where its name comes from, and reasons not
//! to read it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::seeks::seeks;
use crate::error::FileError;
use crate::escape::printable;
use crate::stamp::Identity;

/// What a run reads: standard input or one file.
#[derive(Clone, Debug)]
pub enum Item {
    /// Standard input; its name in the output is `-`.
    Stdin,
    /// A file, and the origin of its name.
    File(PathBuf, Origin),
}

/// Where a name came from and, if they are known, device (`st_dev`) and inode of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An argument that is a regular file, and its identity; the inode is 0 if it does not matter.
    Argument(Identity),
    /// An argument that is read as a stream: a FIFO, a block device, or a name of standard input.
    Stream,
    /// A walk, which saw a regular file of this name; the device of the directory with the inode that the
    /// directory tells, and where the walk began.
    Walked(Identity, Root),
    /// A list of names; nothing is known about the file yet.
    Listed,
    /// A symbolic link, which is recorded itself and not followed; the device of its directory, if known,
    /// and where the walk began that saw it.
    Link(Option<u64>, Root),
}

/// Which part of a path is that of the directory where a walk began. The user named this directory, and
/// its path may lead through symbolic links; what comes after it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root(u32);

impl Root {
    /// For a path that no walk has found.
    pub const NONE: Self = Self(0);

    /// For the paths that a walk finds below this one.
    pub fn of(path: &Path) -> Self {
        // A path that is longer cannot be opened anyway.
        Self(u32::try_from(path.as_os_str().len()).unwrap_or(0))
    }

    /// Splits a path into that of the directory where the walk began, and the rest. `None` if no walk has
    /// found it, or if the file is in that very directory.
    pub fn split(self, path: &Path) -> Option<(&Path, &Path)> {
        let bytes = path.as_os_str().as_bytes();
        let (root, below) = bytes.split_at_checked(self.0 as usize)?;
        let below = &below[below.iter().position(|&byte| byte != b'/')?..];
        let path = |bytes| Path::new(OsStr::from_bytes(bytes));
        (!root.is_empty() && below.contains(&b'/')).then(|| (path(root), path(below)))
    }
}

/// Why an item is not read.
#[derive(Debug)]
pub enum Refused {
    /// An error.
    Failed(FileError),
    /// A rule skips the file.
    Skipped(PathBuf, Skip),
    /// Reading a list of names failed; the rest of its names is unknown.
    Broken(FileError),
}

/// The reasons for skipping a file. The files are counted for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// A symbolic link found in a directory, without `--follow`.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// A file whose size is outside the limits `--min-size` and `--max-size`.
    Size,
    /// A file that this run writes.
    Output,
}

/// Whether the path is one of the names that the system has for standard input. Standard input
/// itself is read instead of opening such a name: opening it would give a second stream, and fail
/// if standard input is a socket.
pub fn is_stdin(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path.as_os_str() == *name)
}

impl Skip {
    /// All reasons.
    pub const ALL: [Skip; 6] =
        [Skip::Symlink, Skip::Fifo, Skip::Socket, Skip::Device, Skip::Size, Skip::Output];

    /// What a file that is skipped for this reason is called, in the singular.
    pub fn name(self) -> &'static str {
        match self {
            Skip::Symlink => "symbolic link",
            Skip::Fifo => "FIFO",
            Skip::Socket => "socket",
            Skip::Device => "device",
            Skip::Size => "file by size",
            Skip::Output => "file of the output itself",
        }
    }

    /// The error if the user named a file that is skipped for this reason.
    pub fn error(self, path: PathBuf) -> FileError {
        FileError::new(path, format!("not opened: it is a {}", self.name()))
    }

    /// The reason for skipping a file that is neither regular nor a directory.
    pub fn of_special(kind: FileType) -> Self {
        match kind {
            FileType::Symlink => Skip::Symlink,
            FileType::Fifo => Skip::Fifo,
            FileType::Socket => Skip::Socket,
            _ => Skip::Device,
        }
    }
}

/// An item, or why it is not read.
pub type Found = Result<Item, Refused>;

impl Item {
    /// Whether this is a symbolic link, which is recorded itself.
    pub fn is_link(&self) -> bool {
        matches!(self, Item::File(_, Origin::Link(..)))
    }

    /// The device on which the item probably lies, if it is known without a system call.
    pub fn device(&self) -> Option<u64> {
        match self {
            Item::File(_, Origin::Argument((device, _)) | Origin::Walked((device, _), _)) => {
                Some(*device)
            }
            Item::File(_, Origin::Link(device, _)) => *device,
            Item::File(_, Origin::Listed | Origin::Stream) | Item::Stdin => None,
        }
    }

    /// The inode of a file, if it is known without a system call and its device is faster when files
    /// are read in the order of their inodes.
    pub fn spot(&self) -> Option<u64> {
        match *self {
            Item::File(
                _,
                Origin::Argument((device, inode)) | Origin::Walked((device, inode), _),
            ) => (inode > 0 && seeks(device)).then_some(inode),
            Item::File(..) | Item::Stdin => None,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Stdin => formatter.write_str("standard input"),
            Item::File(path, _) => formatter.write_str(&printable(path)),
        }
    }
}
