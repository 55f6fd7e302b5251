//! What a name of a manifest is now, where a walk has not found it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::FileType;

use super::item::Skip;

/// See the module's head.
#[derive(Debug)]
pub enum Present {
    /// A regular file.
    File,
    /// Something else, of this kind.
    Other(&'static str),
    /// Nothing.
    Gone,
    /// That could not be found out.
    Unknown(io::Error),
}

impl Present {
    /// Looks. With `follow`, what a link leads to counts.
    pub fn at(path: &Path, follow: bool) -> Self {
        let looked = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) };
        match looked {
            Ok(metadata) if metadata.is_file() => Present::File,
            Ok(metadata) if metadata.is_dir() => Present::Other("directory"),
            Ok(metadata) => {
                let kind = FileType::from_raw_mode(metadata.mode());
                Present::Other(Skip::of_special(kind).name())
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                // A link that leads nowhere is something.
                match fs::symlink_metadata(path) {
                    Ok(metadata) if follow && metadata.is_symlink() => {
                        Present::Other("symbolic link that leads nowhere")
                    }
                    _ => Present::Gone,
                }
            }
            Err(error) => Present::Unknown(error),
        }
    }
}

/// Whether nothing has this name.
pub fn is_gone(path: &Path) -> bool {
    matches!(Present::at(path, false), Present::Gone)
}
