//! Whether the paths of an audit and its manifest belong together. If they do not, there would be no
//! verdicts, or only that everything is new.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::link::is_link;
use crate::files::long;
use crate::manifest::held::Held;
use crate::manifest::names::{key, lies_in};

/// Why the paths of an audit do not fit its manifest.
#[derive(Debug)]
pub enum Misfit<'a> {
    /// This path cannot be looked at, and the manifest lists nothing below it.
    Unknown(&'a Path, io::Error),
    /// The manifest lists nothing below any of the paths.
    NothingListed,
}

/// Whether the manifest lists files below this path.
pub fn is_known(held: &Held, path: &Path) -> bool {
    let root = key(path);
    held.keys().any(|name| lies_in(name, &root))
}

/// Why these paths do not fit a manifest; `None` if they do, or if it lists nothing. `links` says whether
/// symbolic links are compared themselves. The path `-` is standard input.
pub fn misfit<'a>(held: &Held, paths: &'a [PathBuf], links: bool) -> Option<Misfit<'a>> {
    if held.is_empty() {
        return None;
    }
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    for path in paths {
        // Files below a path that does not exist are missing, if the manifest lists some.
        if let Err(error) = long::metadata(path)
            && !is_stdin(path)
            && !(links && is_link(path))
            && !is_known(held, path)
        {
            return Some(Misfit::Unknown(path, error));
        }
    }
    let fits = paths.iter().any(|path| is_stdin(path) || is_known(held, path));
    (!fits).then_some(Misfit::NothingListed)
}
