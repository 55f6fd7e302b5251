//! From arguments to files: a directory is walked, everything else is itself. Paths are those
//! that `find` prints: the argument as given, joined with what lies below it.
//!
//! The walk itself is our own, in `tree`, and not that of the crates `ignore` and walkdir, whose globs and
//! .gitignore rules are used. Their errors of a failed listing have no name, they look only at links for
//! loops, and a directory that cannot be opened for now is lost. Ours also costs less: of 60,000 files in
//! 600 directories, the walk alone takes 27 ms of processor time instead of 33 (26 instead of 29 unsorted;
//! medians of 15 pairs), in 3,400 system calls instead of 4,000. Directories are opened by their paths: those
//! of descriptors could be longer than the system's limit, but the files in them are opened by their paths too.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

use rustix::fs::FileType;

use super::item::{Found, Item, Origin, Refused, Skip, is_stdin};
use super::rules::WalkRules;
use super::tree::Tree;
use crate::error::FileError;
use crate::stamp::Identity;

/// Iterates over the files that the arguments name.
pub struct Files {
    arguments: std::vec::IntoIter<PathBuf>,
    rules: WalkRules,
    current: Option<Tree>,
    /// The streams that were named, by device and inode.
    streams: HashSet<Identity>,
}

impl Files {
    /// The files behind `arguments`, in their order.
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
                    let again = kind.is_fifo() && !self.is_first((metadata.dev(), metadata.ino()));
                    return Some(if again {
                        read_already(path)
                    } else {
                        Ok(Item::File(path, Origin::Stream))
                    });
                }
                // Somebody asked for just this file: leaving it out in silence would be wrong.
                let kind = Skip::of_special(FileType::from_raw_mode(metadata.mode())).name();
                let reason = format!("is a {kind}, which is never opened (use - to read a stream)");
                Some(Err(Refused::Failed(FileError::new(path, reason))))
            }
        }
    }
}

impl Files {
    /// Standard input, which can be read once. Where it cannot be looked at, opening it tells why.
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

/// Two readers of one stream would each get pieces of it.
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
