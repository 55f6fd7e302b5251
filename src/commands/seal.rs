//! Judges the seal of a manifest before the run begins its work.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::manifest::seal::BadSeal;
use crate::manifest::{ReadOptions, sealed};

/// Judges the seal of the manifest with this path. `open` opens it to be read to its end; this is
/// needed only if the manifest has a seal. `None` if the manifest is not a regular file: its seal
/// can be judged only while it is read.
///
/// # Errors
/// If the manifest cannot be read.
pub fn judge<R: Read>(
    path: &Path,
    options: ReadOptions,
    open: impl FnOnce() -> io::Result<R>,
) -> io::Result<Option<Result<(), BadSeal>>> {
    // `-` is standard input even if a file has this name.
    if path.as_os_str() == "-" || !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    if !sealed::is_at_end(&File::open(path)?)? {
        return Ok(Some(Err(BadSeal::Missing)));
    }
    sealed::verify(open()?, options).map(Some)
}
