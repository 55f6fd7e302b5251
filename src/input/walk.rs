//! From arguments to files: a directory is walked, everything else is itself. Paths are those
//! that `find` prints: the argument as given, joined with what lies below it.

use std::error::Error;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use ignore::{Walk, WalkBuilder};

use super::globs::Globs;
use super::{Found, Item, Origin, Refused, Skip, is_stdin};
use crate::error::{Failure, reason};
use crate::report::names::printable;

/// What is found in directories. By default: everything.
#[derive(Clone, Debug, Default)]
pub struct Rules {
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

/// Iterates over the files that the arguments name.
pub struct Files {
    arguments: std::vec::IntoIter<PathBuf>,
    rules: Rules,
    current: Option<Walk>,
    /// The devices of the directories from the present walk's root to where it is.
    devices: Vec<u64>,
}

impl Files {
    /// The files behind `arguments`, in their order.
    pub fn new(arguments: Vec<PathBuf>, rules: Rules) -> Self {
        Self { arguments: arguments.into_iter(), rules, current: None, devices: Vec::new() }
    }

    fn argument(&mut self, path: PathBuf) -> Option<Found> {
        if path.as_os_str() == "-" {
            return Some(Ok(Item::Stdin));
        }
        match fs::metadata(&path) {
            Err(error) => Some(Err(Refused::Failed(Failure::io(path, &error)))),
            Ok(metadata) if metadata.is_dir() => {
                self.current = Some(self.rules.walk(&path));
                None
            }
            Ok(metadata) if metadata.is_file() => {
                Some(Ok(Item::File(path, Origin::Argument(metadata.dev()))))
            }
            Ok(metadata) => {
                let kind = metadata.file_type();
                if kind.is_fifo() || kind.is_block_device() || is_stdin(&path) {
                    return Some(Ok(Item::File(path, Origin::Stream)));
                }
                // Somebody asked for just this file: leaving it out in silence would be wrong.
                let kind = Skip::of_special(kind).name();
                let reason = format!("is a {kind}, which is never opened (use - to read a stream)");
                Some(Err(Refused::Failed(Failure { path, reason })))
            }
        }
    }
}

impl Iterator for Files {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(walk) = &mut self.current {
                match walk.find_map(|entry| found(entry, &mut self.devices)) {
                    Some(found) => return Some(found),
                    None => self.current = None,
                }
            }
            let path = self.arguments.next()?;
            if let Some(found) = self.argument(path) {
                return Some(found);
            }
        }
    }
}

impl Rules {
    fn walk(&self, root: &Path) -> Walk {
        let mut builder = WalkBuilder::new(root);
        builder
            .standard_filters(false)
            .hidden(self.no_hidden)
            .git_ignore(self.gitignore)
            .parents(self.gitignore)
            .require_git(false)
            .max_depth(self.max_depth)
            .same_file_system(self.one_file_system)
            .follow_links(self.follow);
        if self.sorted {
            // Entries of one directory differ in their names only, and comparing whole paths as
            // bytes saves looking for where the name begins.
            builder.sort_by_file_path(|a, b| a.as_os_str().cmp(b.as_os_str()));
        }
        if let Some(wanted) = self.globs.wanted(root) {
            builder.overrides(wanted);
        }
        if let Some(filter) = self.globs.filter(root) {
            builder.filter_entry(filter);
        }
        builder.build()
    }
}

/// What an entry of a walk is to us; directories themselves are nothing but for their device. Asking
/// each directory costs little, as there are few of them and they are opened anyway.
fn found(entry: Result<ignore::DirEntry, ignore::Error>, devices: &mut Vec<u64>) -> Option<Found> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return Some(Err(Refused::Failed(failure(error)))),
    };
    let kind = entry.file_type()?;
    devices.truncate(entry.depth());
    let device = devices.last().copied().unwrap_or_default();
    if kind.is_dir() {
        devices.push(entry.metadata().map_or(device, |metadata| metadata.dev()));
        return None;
    }
    let path = entry.into_path();
    Some(if kind.is_file() {
        Ok(Item::File(path, Origin::Walked(device)))
    } else {
        Err(Refused::Skipped(path, Skip::of_special(kind)))
    })
}

/// Unwraps the layers that `ignore` puts around an error.
fn failure(error: ignore::Error) -> Failure {
    fn path_of(error: &ignore::Error) -> Option<PathBuf> {
        match error {
            ignore::Error::WithPath { path, .. } => Some(path.clone()),
            ignore::Error::Loop { child, .. } => Some(child.clone()),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                path_of(err)
            }
            _ => None,
        }
    }
    fn reason_of(error: ignore::Error) -> String {
        match error {
            ignore::Error::Loop { ancestor, .. } => {
                format!("a loop: the link leads back to {}", printable(&ancestor))
            }
            ignore::Error::WithPath { err, .. }
            | ignore::Error::WithDepth { err, .. }
            | ignore::Error::WithLineNumber { err, .. } => reason_of(*err),
            ignore::Error::Io(error) => system_reason(&error),
            other => other.to_string(),
        }
    }
    let path = path_of(&error).unwrap_or_default();
    Failure { path, reason: reason_of(error) }
}

/// The system's own words: walkdir puts a text that repeats the path around them.
fn system_reason(error: &io::Error) -> String {
    let mut inner: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = inner {
        if let Some(code) = cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return reason(&io::Error::from_raw_os_error(code));
        }
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner = wrapped.map(|wrapped| wrapped as _).or_else(|| cause.source());
    }
    error.to_string()
}
