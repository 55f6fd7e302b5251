//! One thing to read, where its name comes from, and why it may not be read.

use std::fmt;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use crate::error::FileError;
use crate::escape::printable;

/// One thing to read.
#[derive(Clone, Debug)]
pub enum Item {
    /// Standard input, `-` in the output.
    Stdin,
    /// A file and where its name comes from.
    File(PathBuf, Origin),
}

/// Where a name comes from, and the device (`st_dev`) where that tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An argument, known to be a regular file, and its device.
    Argument(u64),
    /// An argument that is read as a stream: a FIFO, a block device, or a name of standard input.
    Stream,
    /// A directory that was walked, which said that it is a regular file; the directory's device.
    Walked(u64),
    /// A list of names, about which nothing is known yet.
    Listed,
}

/// Why there is nothing to read.
#[derive(Debug)]
pub enum Refused {
    /// An error.
    Failed(FileError),
    /// Left out by rule.
    Skipped(PathBuf, Skip),
    /// A list of names broke off: what else it would have named is not known.
    Broken(FileError),
}

/// The rules by which a file is left out, each counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// A symbolic link met in a directory, without `--follow`.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// Outside `--min-size` and `--max-size`.
    Size,
    /// The file that this run writes.
    Output,
}

/// Whether the name is that of standard input among the devices. If that is no regular file, opening
/// the name would give something else, or nothing for a socket, so the stream itself is read.
pub fn is_stdin(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path.as_os_str() == *name)
}

impl Skip {
    /// All rules.
    pub const ALL: [Skip; 6] =
        [Skip::Symlink, Skip::Fifo, Skip::Socket, Skip::Device, Skip::Size, Skip::Output];

    /// What was skipped, in the singular.
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

    /// The rule for what is neither a regular file nor a directory.
    pub fn of_special(kind: FileType) -> Self {
        match kind {
            FileType::Symlink => Skip::Symlink,
            FileType::Fifo => Skip::Fifo,
            FileType::Socket => Skip::Socket,
            _ => Skip::Device,
        }
    }
}

/// An item, or why there is none.
pub type Found = Result<Item, Refused>;

impl Item {
    /// The device on which it most likely lies, as far as can be told without looking.
    pub fn device(&self) -> Option<u64> {
        match self {
            Item::File(_, Origin::Argument(device) | Origin::Walked(device)) => Some(*device),
            Item::File(_, Origin::Listed | Origin::Stream) | Item::Stdin => None,
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
