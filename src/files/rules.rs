//! The rules of a walk, which say which files in directories it returns.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::globs::Globs;
use super::long;
use super::shard::Shard;

/// The rules of a walk. With the default rules, it returns every file.
#[derive(Clone, Debug, Default)]
pub struct WalkRules {
    /// The globs that files must match, or must not match.
    pub globs: Globs,
    /// Whether .gitignore files are obeyed.
    pub gitignore: bool,
    /// Whether names that begin with a dot are skipped.
    pub no_hidden: bool,
    /// The number of levels to descend below an argument; `None`: no limit.
    pub max_depth: Option<usize>,
    /// Whether the walk stays on the file system of the argument.
    pub one_file_system: bool,
    /// Whether symbolic links found in directories are followed.
    pub follow: bool,
    /// Whether symbolic links are found themselves, and those given as arguments too. Links are not
    /// followed then, whatever `follow` says. Without this they are skipped in directories.
    pub links: bool,
    /// Whether the names in a directory are sorted by their bytes. Unsorted names come in the order of the
    /// file system.
    pub sorted: bool,
    /// How many bytes of memory the names of one directory may need, each 18 more than it has. Others go to
    /// a temporary file as long as the directory is walked. `None`: no limit.
    pub names_memory: Option<usize>,
    /// Whether the access times of directories stay as they are, if the system allows it.
    pub no_atime: bool,
    /// The shard of files that the walk returns, by their paths below the argument. An argument that
    /// is a file counts by its own path. `None`: all files.
    pub shard: Option<Shard>,
}

/// The limits on the sizes of the files that are read, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Smaller files are skipped.
    pub min: Option<u64>,
    /// Larger files are skipped.
    pub max: Option<u64>,
}

impl Sizes {
    /// Whether files of every size are read.
    pub fn are_unlimited(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    /// Whether a file of this size is skipped.
    pub fn exclude(&self, size: u64) -> bool {
        self.min.is_some_and(|min| size < min) || self.max.is_some_and(|max| size > max)
    }
}

impl WalkRules {
    /// Whether these rules skip a file, which need not exist. Only the path of the file `below` the
    /// argument `root` and the device on which the file was are considered. The rules of .gitignore
    /// files are not applied, because only a walk reads these files.
    pub fn skips(&self, root: &Path, below: &Path, device: Option<u64>) -> bool {
        let named = if below.as_os_str().is_empty() { root } else { below };
        if self.shard.is_some_and(|shard| !shard.holds(named.as_os_str().as_bytes())) {
            return true;
        }
        if below.as_os_str().is_empty() {
            return false;
        }
        let globs = self.globs.below(Path::new(""));
        let depth = below.components().count();
        let elsewhere = self.one_file_system
            && device.zip(long::metadata(root).ok()).is_some_and(|(was, now)| was != now.dev());
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
