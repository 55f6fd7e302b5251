//! What is found in directories.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::globs::Globs;

/// See the module's head. By default: everything.
#[derive(Clone, Debug, Default)]
pub struct WalkRules {
    /// The globs that files must match, or must not.
    pub globs: Globs,
    /// Whether .gitignore files have effect.
    pub gitignore: bool,
    /// Whether names that begin with a dot are left out.
    pub no_hidden: bool,
    /// The number of directories to descend below an argument.
    pub max_depth: Option<usize>,
    /// Whether to stay on the argument's file system.
    pub one_file_system: bool,
    /// Whether to follow symbolic links met in directories.
    pub follow: bool,
    /// Whether the names inside a directory come sorted by their bytes. That needs all names of
    /// one directory in memory; without, they come as the file system has them.
    pub sorted: bool,
}

impl WalkRules {
    /// Whether these rules leave out a file, whatever is there now, by its path below an argument and the
    /// device on which it was. What .gitignore files say is not known without the walk.
    pub fn skips(&self, root: &Path, below: &Path, device: Option<u64>) -> bool {
        if below.as_os_str().is_empty() {
            return false;
        }
        let globs = self.globs.below(Path::new(""));
        let depth = below.components().count();
        let elsewhere = self.one_file_system
            && device.zip(fs::metadata(root).ok()).is_some_and(|(was, now)| was != now.dev());
        let mut ancestors = below.ancestors().take_while(|path| !path.as_os_str().is_empty());
        elsewhere
            || self.max_depth.is_some_and(|most| depth > most)
            || ancestors.any(|path| {
                let is_directory = path != below;
                let wanted = globs.as_ref().and_then(|globs| globs.want(path, is_directory));
                let name = path.file_name().unwrap_or_default().as_bytes();
                let hidden = self.no_hidden && name.starts_with(b".");
                let excluded =
                    || globs.as_ref().is_some_and(|globs| globs.excludes(path, is_directory));
                !wanted.unwrap_or(!hidden) || excluded()
            })
    }
}
