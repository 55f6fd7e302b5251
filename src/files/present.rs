//! Checks what exists now under a name that a manifest lists and that a walk did not find.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::FileType;

use super::item::Skip;
use super::long;

/// What exists under a name.
#[derive(Debug)]
pub enum Present {
    /// What the manifest lists: a regular file, or a symbolic link.
    File,
    /// A file of this other kind.
    Other(&'static str),
    /// Nothing has this name.
    Gone,
    /// The system reported an error.
    Unknown(io::Error),
}

impl Present {
    /// Checks the path of an entry, which is about a symbolic link if `link` is set. With `follow`,
    /// a symbolic link stands for its target unless the entry is about the link. Without it, nothing
    /// exists behind a symbolic link to a directory, which `is_behind_link` tells.
    pub fn of(path: &Path, follow: bool, link: bool, is_behind_link: impl Fn() -> bool) -> Self {
        let found = match Self::at(path, follow && !link) {
            Present::File if link => Present::Other("regular file"),
            Present::Other(kind) if link && kind == Skip::Symlink.name() => Present::File,
            found => found,
        };
        match found {
            Present::File | Present::Other(_) if !follow && is_behind_link() => Present::Gone,
            found => found,
        }
    }

    /// Checks the path of a file. With `follow`, a symbolic link stands for its target.
    pub fn at(path: &Path, follow: bool) -> Self {
        let looked = if follow { long::metadata(path) } else { long::symlink_metadata(path) };
        match looked {
            Ok(metadata) if metadata.is_file() => Present::File,
            Ok(metadata) if metadata.is_dir() => Present::Other("directory"),
            Ok(metadata) => {
                let kind = FileType::from_raw_mode(metadata.mode());
                Present::Other(Skip::of_special(kind).name())
            }
            Err(error) if is_absence(&error) => {
                // The target does not exist, but the link itself does, so the name is not gone.
                match long::symlink_metadata(path) {
                    Ok(metadata) if follow && metadata.is_symlink() => {
                        Present::Other("broken symbolic link")
                    }
                    _ => Present::Gone,
                }
            }
            Err(error) => Present::Unknown(error),
        }
    }
}

/// Says that what an entry lists is a file of another kind now. `link` says whether the entry is about
/// a symbolic link.
pub fn no_longer(link: bool, kind: &str) -> String {
    let what = if link { "symbolic link" } else { "regular file" };
    format!("no longer a {what}: it is a {kind}")
}

/// Whether the error says that nothing has this name.
pub fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether no file has this name.
pub fn is_gone(path: &Path) -> bool {
    matches!(Present::at(path, false), Present::Gone)
}
