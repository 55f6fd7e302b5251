//! Finds out which files lie in the directory of `--output-dir`, as seen from their paths without
//! symbolic links. Most files of a run lie in the same directory as the file before, so the answers
//! for the directories on the way to that file are kept. Then a tree is no slower the deeper it is:
//! each directory is looked at once.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, lstat};

use crate::stamp::{Identity, Stamp};

/// Answers whether files lie in the directory; see the module documentation.
pub struct Inside {
    /// The canonical path of the directory, without symbolic links.
    real: PathBuf,
    identity: Identity,
    /// The directory of the last file, as its path was written.
    last: Vec<u8>,
    /// For each directory on the way to the last file, the end of its path in `last`, and whether
    /// it lies in the directory of the results.
    levels: Vec<(usize, bool)>,
}

impl Inside {
    /// Answers for the directory with this canonical path.
    pub(super) fn new(real: PathBuf, identity: Identity) -> Self {
        Self { real, identity, last: Vec::new(), levels: Vec::new() }
    }

    /// Whether the file lies in the directory. `may_be_link` is false if the file is known not to
    /// be a symbolic link.
    ///
    /// # Errors
    /// If a directory on the way to the file, or the target of a link, cannot be looked at.
    pub fn has(&mut self, path: &Path, may_be_link: bool) -> io::Result<bool> {
        if may_be_link && Stamp::from(lstat(path)?).kind == FileType::Symlink {
            return self.resolve(path);
        }
        let bytes = path.as_os_str().as_bytes();
        match bytes.iter().rposition(|&byte| byte == b'/') {
            // The file is in the root directory or in the working directory.
            Some(0) => self.resolve(Path::new("/")),
            None => self.directory(b"."),
            Some(slash) => self.directory(&bytes[..slash]),
        }
    }

    /// The answer for a directory.
    fn directory(&mut self, path: &[u8]) -> io::Result<bool> {
        if path == self.last
            && let Some((_, inside)) = self.levels.last()
        {
            return Ok(*inside);
        }
        let is_on_the_way = |&(end, _): &(usize, bool)| {
            path.get(..end) == Some(&self.last[..end]) && matches!(path.get(end), None | Some(b'/'))
        };
        let known = self.levels.iter().take_while(|level| is_on_the_way(level)).count();
        self.levels.truncate(known);
        self.last.clear();
        self.last.extend_from_slice(path);
        let mut end = self.levels.last().map_or(0, |(end, _)| *end);
        while end < path.len() || self.levels.is_empty() {
            let from = end + 1;
            let slash = path.get(from..).and_then(|rest| memchr::memchr(b'/', rest));
            end = slash.map_or(path.len(), |slash| from + slash);
            match self.level(Path::new(OsStr::from_bytes(&path[..end]))) {
                Ok(inside) => self.levels.push((end, inside)),
                Err(error) => {
                    self.last.truncate(self.levels.last().map_or(0, |(end, _)| *end));
                    return Err(error);
                }
            }
        }
        Ok(self.levels.last().is_some_and(|(_, inside)| *inside))
    }

    /// The answer for the directory below the last of `levels`.
    fn level(&self, path: &Path) -> io::Result<bool> {
        // Without a directory above it in `levels`, or if its name does not say where it lies, the
        // path must be resolved.
        let Some((_, above)) = self.levels.last() else { return self.resolve(path) };
        if path.as_os_str().as_bytes().ends_with(b"/..") {
            return self.resolve(path);
        }
        let facts = Stamp::from(lstat(path)?);
        if facts.kind == FileType::Symlink {
            return self.resolve(path);
        }
        // The same directory can be mounted at two places, so its identity alone does not decide.
        if !above && facts.identity == self.identity {
            return self.resolve(path);
        }
        Ok(*above)
    }

    fn resolve(&self, path: &Path) -> io::Result<bool> {
        Ok(path.canonicalize()?.starts_with(&self.real))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, create_dir_all, write};
    use std::os::unix::fs::symlink;

    #[test]
    fn the_answers_are_those_of_canonical_paths() {
        let root = tempfile::TempDir::new().unwrap();
        let at = |path: &str| root.path().join(path);
        for directory in ["a/out/b/c", "a/b/out", "d/e", "outer"] {
            create_dir_all(at(directory)).unwrap();
        }
        for (target, link) in [
            ("../a/out", "d/into"),
            ("../../d", "a/out/away"),
            ("out", "a/beside"),
            ("../a/out/b/f", "d/file"),
            ("../../d/f", "a/out/other"),
            (".", "a/out/b/self"),
        ] {
            symlink(target, at(link)).unwrap();
        }
        let names = [
            "a/f",
            "a/out/f",
            "a/out/b/f",
            "a/out/b/c/f",
            "a/out/b/c/../f",
            "a/out/../f",
            "a/b/f",
            "a/b/out/f",
            "a/beside/f",
            "a/beside/b/f",
            "d/f",
            "d/into/f",
            "d/into/b/c/f",
            "d/e/f",
            "d/into/../f",
            "d/file",
            "a/out/other",
            "a/out/away/f",
            "a/out/away/e/f",
            "outer/f",
            "a//out/f",
            "a/./out/f",
            "./f",
            "a/out/b/self/f",
            "a/out/b/self/c/f",
        ];
        for name in names {
            if fs::symlink_metadata(at(name)).is_err() {
                write(at(name), "").unwrap();
            }
        }
        let real = at("a/out").canonicalize().unwrap();
        let identity = crate::stamp::identity(&fs::metadata(&real).unwrap());
        let mut inside = Inside::new(real.clone(), identity);
        let mut seen = [0; 2];
        // Every name after every other name.
        for first in names {
            for second in names {
                for name in [first, second] {
                    let expected = at(name).canonicalize().unwrap().starts_with(&real);
                    assert_eq!(inside.has(&at(name), true).unwrap(), expected, "{name}");
                    seen[usize::from(expected)] += 1;
                }
            }
        }
        assert!(seen.iter().all(|&seen| seen > 100), "{seen:?}");
        let missing = inside.has(&at("none/f"), false).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        // An error is not taken for an answer.
        assert!(
            inside.has(&at("none/f"), false).is_err() && inside.has(&at("a/out/f"), false).unwrap()
        );
    }
}
