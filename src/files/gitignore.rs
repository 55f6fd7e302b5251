//! Applies the rules of .gitignore files (`--gitignore`). The files are read from the directories
//! of a walk and from the directories above them. Rules of a deeper directory take precedence over
//! the rules of the directories above it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::io::Errno;

use super::long;
use super::retry_open::{is_too_many_open, retry_open};
use crate::error::{FileError, reason};

/// The rules that apply to a walk.
pub(super) struct GitignoreRules {
    /// The root of the walk as given, and its canonical path.
    root: PathBuf,
    real: PathBuf,
    /// The rules of the directories above the root of the walk, the nearest directory first.
    above: Vec<Gitignore>,
}

/// The rules of one directory.
#[derive(Default)]
pub(super) struct DirectoryRules(Option<Gitignore>);

impl GitignoreRules {
    /// Reads the .gitignore files of the directories above the root of a walk.
    pub(super) fn above(root: &Path) -> (Self, Vec<FileError>) {
        let mut failures = Vec::new();
        let real = fs::canonicalize(root).unwrap_or_else(|error| {
            failures.push(FileError::io(root.to_path_buf(), &error));
            root.to_path_buf()
        });
        let above = real
            .ancestors()
            .skip(1)
            .filter_map(|directory| rules(directory, directory.join(".gitignore"), &mut failures));
        let above = above.collect();
        (Self { root: root.to_path_buf(), real, above }, failures)
    }

    /// Reads the .gitignore file of a directory of the walk.
    pub(super) fn read(&self, directory: &Path) -> (DirectoryRules, Vec<FileError>) {
        let mut failures = Vec::new();
        let file = directory.join(".gitignore");
        (DirectoryRules(rules(&self.real(directory), file, &mut failures)), failures)
    }

    /// Whether the rules exclude a path; `None` if no rule matches. `here` are the rules of the
    /// directories between the root of the walk and the path, the nearest directory first.
    pub(super) fn decide<'a>(
        &'a self,
        here: impl Iterator<Item = &'a DirectoryRules>,
        path: &Path,
        is_directory: bool,
    ) -> Option<bool> {
        let real = self.real(path);
        let here = here.filter_map(|here| here.0.as_ref());
        here.chain(&self.above).find_map(|rules| match rules.matched(&real, is_directory) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        })
    }

    /// The path, with the root of the walk replaced by the root's canonical path.
    fn real(&self, path: &Path) -> PathBuf {
        self.real.join(path.strip_prefix(&self.root).unwrap_or(path))
    }
}

/// Reads the rules of a directory. An invalid rule is an error and excludes nothing. A file that
/// cannot be read is an error too.
fn rules(directory: &Path, file: PathBuf, failures: &mut Vec<FileError>) -> Option<Gitignore> {
    match long::metadata(&file) {
        // Reading a FIFO, for example, would never end.
        Ok(metadata) if !metadata.is_file() => return None,
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            failures.push(FileError::io(file, &error));
            return None;
        }
    }
    let mut builder = GitignoreBuilder::new(directory);
    let added = retry_open(|| match builder.add(&file) {
        Some(error) if error.io_error().is_some_and(is_too_many_open) => Err(Errno::MFILE),
        added => Ok(added),
    });
    match added {
        Ok(None) => {}
        Ok(Some(error)) => collect(&error, &file, None, failures),
        Err(error) => failures.push(FileError::io(file.clone(), &error.into())),
    }
    match builder.build() {
        Ok(rules) => Some(rules).filter(|rules| !rules.is_empty()),
        Err(error) => {
            collect(&error, &file, None, failures);
            None
        }
    }
}

/// Splits an error that may consist of several errors, and adds the line number to each where it is
/// known.
fn collect(error: &ignore::Error, file: &Path, line: Option<u64>, failures: &mut Vec<FileError>) {
    let why = match error {
        ignore::Error::Partial(errors) => {
            return errors.iter().for_each(|error| collect(error, file, line, failures));
        }
        ignore::Error::WithLineNumber { line, err } => {
            return collect(err, file, Some(*line), failures);
        }
        ignore::Error::WithPath { err, .. } | ignore::Error::WithDepth { err, .. } => {
            return collect(err, file, line, failures);
        }
        ignore::Error::Io(error) => reason(error),
        ignore::Error::Glob { glob, err } => {
            let glob = glob.as_deref().unwrap_or_default().escape_debug();
            format!("bad glob '{glob}': {err}")
        }
        other => other.to_string(),
    };
    let reason = match line {
        Some(line) => format!("line {line}: {why}"),
        None => why,
    };
    failures.push(FileError::new(file.to_path_buf(), reason));
}
