//! Turns arguments into files: a directory is walked, any other argument is the file itself. Paths
//! look like those of `find`: the argument as given, joined with the path below it.
//!
//! The walk is our own code, in `tree`. The crates `ignore` and walkdir are not used for it (only
//! the globs and .gitignore rules of `ignore` are), because their errors of a failed listing have
//! no name, they check only links for loops, and they lose a directory when too many files are
//! open. Our walk is also faster: for 60,000 files in 600 directories it takes 27 ms of CPU time
//! instead of 33 (unsorted: 26 instead of 29; medians of 15 pairs), and 3,400 system calls instead
//! of 4,000. Directories are opened by their full paths. Paths relative to open directories could
//! be longer than the limit of the system, but the files are opened by full paths anyway.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

use rustix::fs::FileType;

use super::item::{Found, Item, Origin, Refused, Skip, is_stdin};
use super::rules::WalkRules;
use super::tree::Tree;
use crate::error::FileError;
use crate::stamp::{Identity, identity};

/// Iterates over the files that the arguments stand for.
pub struct Files {
    arguments: std::vec::IntoIter<PathBuf>,
    rules: WalkRules,
    current: Option<Tree>,
    /// The streams among the arguments so far, by device and inode.
    streams: HashSet<Identity>,
}

impl Files {
    /// Makes the iterator; the files come in the order of `arguments`.
    pub fn new(arguments: Vec<PathBuf>, rules: WalkRules) -> Self {
        Self { arguments: arguments.into_iter(), rules, current: None, streams: HashSet::new() }
    }

    fn argument(&mut self, path: PathBuf) -> Option<Found> {
        if path.as_os_str() == "-" {
            return Some(self.stdin(path, Item::Stdin));
        }
        if is_stdin(&path) {
            return Some(self.stdin(path.clone(), Item::File(path, Origin::Stream)));
        }
        match fs::metadata(&path) {
            Err(error) => Some(Err(Refused::Failed(FileError::io(path, &error)))),
            Ok(metadata) if metadata.is_dir() => {
                self.current = Some(Tree::new(path, self.rules.clone()));
                None
            }
            Ok(metadata) if metadata.is_file() => {
                Some(Ok(Item::File(path, Origin::Argument(metadata.dev()))))
            }
            Ok(metadata) => {
                let kind = metadata.file_type();
                if kind.is_fifo() || kind.is_block_device() {
                    let again = kind.is_fifo() && !self.is_first(identity(&metadata));
                    return Some(if again {
                        read_already(path)
                    } else {
                        Ok(Item::File(path, Origin::Stream))
                    });
                }
                // The user named this file, so it is not skipped without a message.
                let kind = Skip::of_special(FileType::from_raw_mode(metadata.mode())).name();
                let reason = format!(
                    "not opened: it is a {kind} (to read a stream, redirect it to standard input)"
                );
                Some(Err(Refused::Failed(FileError::new(path, reason))))
            }
        }
    }
}

impl Files {
    /// Standard input, which can be read only once. If its metadata cannot be read, opening it
    /// reports the error.
    fn stdin(&mut self, path: PathBuf, item: Item) -> Found {
        let facts = rustix::fs::fstat(rustix::stdio::stdin());
        match facts {
            Ok(facts) if !self.is_first((facts.st_dev, facts.st_ino)) => read_already(path),
            _ => Ok(item),
        }
    }

    fn is_first(&mut self, stream: Identity) -> bool {
        self.streams.insert(stream)
    }
}

/// The error for a stream that is named twice: two readers would each get only parts of it.
fn read_already(path: PathBuf) -> Found {
    let reason = "is named more than once, and a stream can be read only once".into();
    Err(Refused::Failed(FileError::new(path, reason)))
}

impl Iterator for Files {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(tree) = &mut self.current {
                match tree.next() {
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
