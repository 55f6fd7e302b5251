//! The manifest that `hash --update` starts from: opened, and looked at for its order. In the order
//! of a walk it is read in step with it, otherwise it is held in memory.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::manifest::forms::json;
use crate::manifest::held::{Held, Wrong};
use crate::manifest::lines::{Line, Lines};
use crate::manifest::order::compare_bytes;
use crate::manifest::roots::Roots;
use crate::manifest::{Accept, Entries, Entry, Problem, Records};
use crate::stamp::nanoseconds;
use batchproc_os::early;

/// The manifest of an earlier run.
pub struct Previous {
    /// Its first entry.
    pub first: Option<Entry>,
    /// When the manifest was written, for entries that do not tell when their file was read.
    pub(super) modified: i128,
    pub(super) source: Source,
    /// Whether there are lines in it of which none was understood.
    pub garbage: bool,
    /// What it is: its size, time and inode.
    pub version: (u64, i128, u64),
}

pub(super) enum Source {
    /// Entries come in the order of a walk.
    InStep(File),
    /// They are in memory.
    Held(Held, Vec<bool>),
}

impl Previous {
    /// Opens a manifest; with `in_order`, the walk will be in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, in_order: bool, mut told: impl FnMut(u64, Wrong)) -> io::Result<Self> {
        let mut file = early::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(rustix::io::Errno::ISDIR.into());
        }
        let modified = metadata.modified().map_or(0, nanoseconds);
        let version = version(&metadata);
        if metadata.is_file() {
            let mut malformed = false;
            let first = entries(&file).find_map(|read| {
                malformed |= matches!(read, Err(Problem::Malformed { .. }));
                read.ok()
            });
            let garbage = malformed && first.is_none();
            file.rewind()?;
            let in_order = in_order && are_in_order(&file)?;
            file.rewind()?;
            if in_order {
                return Ok(Self {
                    first,
                    modified,
                    source: Source::InStep(file),
                    garbage,
                    version,
                });
            }
        }
        let mut malformed = false;
        let held = Held::read(entries(&file), None, |line, wrong| {
            malformed |= matches!(wrong, Wrong::Malformed(_));
            told(line, wrong);
        })?;
        let seen = vec![false; held.entries().len()];
        let first = held.entries().first().cloned();
        let garbage = malformed && first.is_none();
        Ok(Self { first, modified, source: Source::Held(held, seen), garbage, version })
    }

    /// The first name in it that lies below one of these, where a walk would find it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn first_below(&mut self, paths: &[PathBuf]) -> io::Result<Option<PathBuf>> {
        let roots = Roots::new(paths);
        match &mut self.source {
            Source::Held(held, _) => {
                let mut names = held.entries().iter().map(|entry| &entry.path);
                Ok(names.find(|path| roots.hold(path)).cloned())
            }
            Source::InStep(file) => {
                let mut names = entries(&*file).filter_map(Result::ok).map(|entry| entry.path);
                let found = names.find(|path| roots.hold(path));
                file.rewind()?;
                Ok(found)
            }
        }
    }

    /// How many entries are in memory, if they are.
    pub fn held(&self) -> Option<usize> {
        match &self.source {
            Source::InStep(_) => None,
            Source::Held(held, _) => Some(held.entries().len()),
        }
    }
}

/// What a manifest is now: its size, time and inode.
pub fn version(metadata: &fs::Metadata) -> (u64, i128, u64) {
    (metadata.len(), metadata.modified().map_or(0, nanoseconds), metadata.ino())
}

/// The entries of a manifest that is to be updated.
pub(super) fn entries<R: io::Read>(reader: R) -> Entries<R> {
    Entries::new(Records::new(reader, Accept::default(), None))
}

/// Whether the entries are in the order of a walk.
fn are_in_order(mut file: &File) -> io::Result<bool> {
    let follows =
        |last: &[u8], name: &[u8]| last.is_empty() || compare_bytes(last, name) == Ordering::Less;
    // Names without escapes need no parsing, which takes most of the time.
    let (mut lines, mut line, mut last) = (Lines::new(file, Some(false)), Vec::new(), Vec::new());
    loop {
        line.clear();
        if lines.next(&mut line)? == Line::End {
            return Ok(true);
        }
        let Some(name) = json::plain_path(&line) else { break };
        if !follows(&last, name) {
            return Ok(false);
        }
        last.clear();
        last.extend(name);
    }
    file.rewind()?;
    let mut last = Vec::new();
    for read in entries(file) {
        match read {
            Ok(entry) if follows(&last, entry.path.as_os_str().as_bytes()) => {
                last = entry.path.into_os_string().into_encoded_bytes();
            }
            Ok(_) => return Ok(false),
            Err(Problem::Malformed { .. }) => {}
            Err(Problem::Broken(error)) => return Err(error),
        }
    }
    Ok(true)
}
