//! Turns the arguments of a command into the names of files: walks directories, and reads lists of
//! names.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::item::{Found, Item, Origin};
use super::list::{List, Notify};
use super::long;
use super::open::Opener;
use super::rules::{Sizes, WalkRules};
use super::stdin::{Interrupt, InterruptibleStream};
use super::walk::Files;
use crate::error::{Fatal, opens_nothing, reason};
use crate::escape::printable;
use crate::pipeline::Control;
use crate::stamp::{Identity, identity};
use batchproc_os::descriptors;

/// The names that a run reads, in order.
pub type Source = Box<dyn Iterator<Item = Found> + Send>;
/// Counts the files and bytes that a run will read; returns `None` if they cannot be known.
pub type Count = Box<dyn FnOnce() -> Option<Total> + Send>;

/// The amount of work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// The number of files.
    pub files: u64,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
}

/// The inputs of a command.
pub struct Inputs {
    /// Files and directories.
    pub paths: Vec<PathBuf>,
    /// A list of names, used instead of the paths.
    pub list: Option<NameList>,
    /// The rules for finding files in directories.
    pub rules: WalkRules,
    /// The sizes of the files to read; files of other sizes are skipped.
    pub sizes: Sizes,
}

/// A list of names.
pub struct NameList {
    /// The path of the list; `-` is standard input.
    pub path: PathBuf,
    /// Whether each name ends with NUL instead of a newline.
    pub null: bool,
}

impl Inputs {
    /// Makes the opener of the input files from the opener of the run. `outputs` are the files that
    /// the run itself writes.
    pub fn opener(&self, outputs: Vec<Identity>, opener: Opener) -> Opener {
        Opener { sizes: self.sizes, follow: self.rules.follow, outputs, ..opener }
    }

    /// The only input, if that is one regular file of at most `most` bytes.
    pub fn single_file(&self, most: u64) -> Option<Item> {
        if self.list.is_some() || self.rules.links {
            return None;
        }
        let (metadata, item) = match &self.paths[..] {
            [] => (stdin_metadata(), Item::Stdin),
            [path] if path.as_os_str() == "-" => (stdin_metadata(), Item::Stdin),
            [path] => {
                let metadata = long::metadata(path);
                let identity = metadata.as_ref().map_or((0, 0), identity);
                (metadata, Item::File(path.clone(), Origin::Argument(identity)))
            }
            _ => return None,
        };
        let metadata = metadata.ok().filter(fs::Metadata::is_file)?;
        (metadata.len() <= most).then_some(item)
    }

    /// Whether nothing is named, so that standard input is read.
    pub fn names_nothing(&self) -> bool {
        self.paths.is_empty() && self.list.is_none()
    }

    /// Whether this file is one of the inputs: an argument, or standard input if there are no
    /// arguments.
    ///
    /// # Errors
    /// If an input cannot be compared with the file. `name` is the name of the file in the error
    /// message.
    pub fn include(&self, file: Identity, name: &str) -> Result<bool, Fatal> {
        let dash = Path::new("-");
        let paths = self.paths.iter().map(AsRef::as_ref);
        for path in paths.chain(self.names_nothing().then_some(dash)) {
            if is_named(path, file, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An iterator over the files that the arguments stand for; `None` if there are no arguments,
    /// or if a list of names is used instead.
    pub fn walk(&self) -> Option<Files> {
        let walks = self.list.is_none() && !self.paths.is_empty();
        walks.then(|| Files::new(self.paths.clone(), self.rules.clone()))
    }

    /// Returns the names of the files. Remarks about a list of names are passed to `notify`.
    ///
    /// # Errors
    /// If the list cannot be opened.
    pub fn names(&self, interrupt: &Interrupt, notify: Notify) -> Result<Source, Fatal> {
        if let Some(NameList { path, null }) = &self.list {
            let reader = open_stream("list", path, interrupt)?;
            let names = List::new(reader, path.clone(), *null, notify);
            let Some(shard) = self.rules.shard else { return Ok(Box::new(names)) };
            return Ok(Box::new(names.filter(move |found| match found {
                Ok(Item::File(path, _)) => shard.holds(path.as_os_str().as_encoded_bytes()),
                Ok(Item::Stdin) | Err(_) => true,
            })));
        }
        let stdin = || Files::new(vec![PathBuf::from("-")], self.rules.clone());
        Ok(Box::new(self.walk().unwrap_or_else(stdin)))
    }

    /// Returns a message about each glob that matched nothing in the whole run, and whether that is
    /// a failure. With `all`, includes the unmatched globs that are not a failure.
    pub fn unmatched(&self, all: bool) -> Vec<(String, bool)> {
        self.rules.globs.unmatched(&self.paths, all)
    }

    /// Returns a function that counts the files that a walk will find; the progress display needs
    /// the count to estimate the remaining time. Returns `None` for a list of names, which cannot
    /// be read twice.
    pub fn count(&self, control: &Control) -> Option<Count> {
        let files = self.walk()?;
        let control = control.clone();
        Some(Box::new(move || {
            let mut total = Total::default();
            for found in files {
                if control.is_stopped() {
                    return None;
                }
                match found {
                    // The length of a stream is unknown, and asking for it could block.
                    Ok(Item::Stdin | Item::File(_, Origin::Stream)) => return None,
                    Ok(Item::File(_, Origin::Link(..))) => total.files += 1,
                    Ok(Item::File(path, _)) => {
                        total.files += 1;
                        total.bytes += long::metadata(&path).map_or(0, |metadata| metadata.len());
                    }
                    Err(_) => {}
                }
            }
            Some(total)
        }))
    }
}

/// Whether the argument names this file. `-` is standard input; a name by which nothing can be
/// opened gives `false`.
///
/// # Errors
/// If the metadata cannot be read.
pub fn is_file(path: &Path, file: Identity) -> io::Result<bool> {
    let metadata = if path.as_os_str() == "-" { stdin_metadata() } else { long::metadata(path) };
    match metadata {
        Ok(metadata) => Ok(identity(&metadata) == file),
        Err(error) if opens_nothing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Like [`is_file`], but returns an error message for the user; `name` is the name of the file in
/// this message.
///
/// # Errors
/// If the metadata cannot be read.
pub fn is_named(path: &Path, file: Identity, name: &str) -> Result<bool, Fatal> {
    is_file(path, file).map_err(|error| cannot_compare(path, name, &error))
}

/// The error for the user when [`is_file`] fails.
pub fn cannot_compare(path: &Path, name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot compare {} with {name}: {}", printable(path), reason(error)))
}

fn stdin_metadata() -> io::Result<fs::Metadata> {
    File::from(descriptors::stdin()?).metadata()
}

/// Opens a list or a manifest, which may be a FIFO; `-` is standard input. `kind` says in messages
/// which of these the file is.
///
/// # Errors
/// If the file cannot be opened.
pub fn open_stream(
    kind: &str,
    path: &Path,
    interrupt: &Interrupt,
) -> Result<InterruptibleStream, Fatal> {
    InterruptibleStream::open(path, interrupt).map_err(|error| {
        Fatal(format!("cannot read the {kind} {}: {}", printable(path), reason(&error)))
    })
}
