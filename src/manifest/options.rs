//! The options for reading a manifest.

use std::path::{Path, PathBuf};

use super::entry::Accept;

/// How to read a manifest. The defaults accept every algorithm and let the manifest show the rest.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The algorithms that are accepted.
    pub accept: Accept,
    /// Whether lines end with NUL. `None` lets the first bytes of the manifest decide.
    pub zero: Option<bool>,
    /// The path of the manifest, whose name may show the form of the lines and their algorithm.
    /// `None` for standard input.
    pub path: Option<PathBuf>,
}

impl ReadOptions {
    /// The options for the manifest with this path, where `-` is standard input.
    pub fn of(path: &Path) -> Self {
        let path = (path.as_os_str() != "-").then(|| path.to_path_buf());
        Self { path, ..Self::default() }
    }

    /// Whether the name of the manifest ends in `.sfv`.
    pub fn is_sfv(&self) -> bool {
        let ending = self.path.as_ref().and_then(|path| path.extension());
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("sfv"))
    }
}
