//! From the arguments to the names of files: walks, lists and standard input.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use super::session::{Ended, Session};
use crate::cli::InputArgs;
use crate::config;
use crate::console::Console;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::input::file::Opener;
use crate::input::list::List;
use crate::input::stdin::{Alarm, Patient};
use crate::input::walk::{Files, Rules};
use crate::input::{Found, Item, Origin};
use crate::output::place::Place;
use crate::pipeline::{Control, Order};
use crate::progress::Total;
use crate::stamp::Identity;
use crate::system::descriptors;

/// The names that a run reads, one after another.
pub type Names = Box<dyn Iterator<Item = Found> + Send>;
/// Counts what a run will read.
pub type Count = Box<dyn FnOnce() -> Option<Total> + Send>;

/// What a command reads.
pub struct Inputs<'a> {
    arguments: &'a InputArgs,
    rules: Rules,
}

impl<'a> Inputs<'a> {
    /// Checks what was typed.
    ///
    /// # Errors
    /// Options that do not go together, and globs that cannot be understood.
    pub fn new(arguments: &'a InputArgs, order: Order) -> Result<Self, Fatal> {
        if arguments.null && arguments.files_from.is_none() {
            let reason = "--null says how the names of --files-from end; there is none";
            return Err(Fatal(reason.into()));
        }
        if arguments.files_from.is_some() && arguments.walk.asks_for_directories() {
            let reason = "the names of --files-from are files, to which only --min-size and --max-size apply";
            return Err(Fatal(reason.into()));
        }
        let rules = config::walk_rules(&arguments.walk, order)?;
        Ok(Self { arguments, rules })
    }

    /// What opens the files; `own` are those that the run itself writes.
    pub fn opener(&self, own: Vec<Identity>, alarm: &Alarm) -> Opener {
        let walk = &self.arguments.walk;
        Opener {
            min_size: walk.min_size,
            max_size: walk.max_size,
            follow: walk.follow,
            own,
            own_if_walked: None,
            own_stream: None,
            alarm: alarm.clone(),
        }
    }

    /// All that is to be read, if that is one file of at most `most` bytes.
    pub fn single_file(&self, most: u64) -> Option<Item> {
        if self.arguments.files_from.is_some() {
            return None;
        }
        let (metadata, item) = match &self.arguments.paths[..] {
            [] => (stdin_metadata(), Item::Stdin),
            [path] if path.as_os_str() == "-" => (stdin_metadata(), Item::Stdin),
            [path] => {
                let metadata = fs::metadata(path);
                let device = metadata.as_ref().map_or(0, MetadataExt::dev);
                (metadata, Item::File(path.clone(), Origin::Argument(device)))
            }
            _ => return None,
        };
        let metadata = metadata.ok().filter(fs::Metadata::is_file)?;
        (metadata.len() <= most).then_some(item)
    }

    /// What is found in directories.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The arguments; none if there is a list.
    pub fn paths(&self) -> &[PathBuf] {
        &self.arguments.paths
    }

    /// Whether this file is an argument, standard input if there are none.
    ///
    /// # Errors
    /// When that cannot be found out. `name` is the file's for the message.
    pub fn include(&self, file: Identity, name: &str) -> Result<bool, Fatal> {
        let dash = Path::new("-");
        let stdin = self.arguments.paths.is_empty() && self.arguments.files_from.is_none();
        let paths = self.arguments.paths.iter().map(AsRef::as_ref);
        for path in paths.chain(stdin.then_some(dash)) {
            if is_named(path, file, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The walk over what the arguments name; `None` for standard input and lists of names.
    pub fn walk(&self) -> Option<Files> {
        let InputArgs { paths, files_from, .. } = self.arguments;
        let walks = files_from.is_none() && !paths.is_empty();
        walks.then(|| Files::new(paths.clone(), self.rules.clone()))
    }

    /// The names.
    ///
    /// # Errors
    /// When the list cannot be opened.
    pub fn names(&self, alarm: &Alarm, console: &Console) -> Result<Names, Fatal> {
        if let Some(list) = &self.arguments.files_from {
            let reader = open_stream("list", list, alarm)?;
            return Ok(Box::new(List::new(
                reader,
                list.clone(),
                self.arguments.null,
                console.clone(),
            )));
        }
        let stdin = || Files::new(vec![PathBuf::from("-")], self.rules.clone());
        Ok(Box::new(self.walk().unwrap_or_else(stdin)))
    }

    /// Tells the globs that have matched nothing in the whole run, and counts what was to be found.
    pub fn tell_unmatched(&self, session: &Session, ended: &Ended) {
        if !ended.is_complete() || session.control.is_stopped() {
            return;
        }
        let all = session.running.summary;
        for (line, failure) in self.rules.globs.unmatched(&self.arguments.paths, all) {
            session.console.line(&line);
            session.counters.failed.fetch_add(u64::from(failure), Relaxed);
        }
    }

    /// Counts what the walk will find, for the remaining time. A list cannot be read twice.
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
                    // The length of a stream is not known, and looking for it could wait.
                    Ok(Item::Stdin | Item::File(_, Origin::Stream)) => return None,
                    Ok(Item::File(path, _)) => {
                        total.files += 1;
                        total.bytes += fs::metadata(path).map_or(0, |metadata| metadata.len());
                    }
                    Err(_) => {}
                }
            }
            Some(total)
        }))
    }
}

/// Whether the argument is this file, `-` being standard input; what does not exist is not.
///
/// # Errors
/// When that cannot be found out.
pub fn is_file(path: &Path, file: Identity) -> io::Result<bool> {
    let metadata = if path.as_os_str() == "-" { stdin_metadata() } else { fs::metadata(path) };
    match metadata {
        Ok(metadata) => Ok((metadata.dev(), metadata.ino()) == file),
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Refuses an output that would replace one of the files that the run reads for what is in them; each
/// comes with what it is to the run.
///
/// # Errors
/// When it would, and when that cannot be found out.
pub fn keep<'a>(
    place: &Place,
    read: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Fatal> {
    let Some((_, old)) = place.old() else { return Ok(()) };
    let (name, file) = (place.name(), (old.dev(), old.ino()));
    for (path, what) in read {
        if is_named(path, file, name)? {
            return Err(Fatal(format!(
                "{name} is both the output (-o) and {what}: it would be lost"
            )));
        }
    }
    Ok(())
}

/// Whether the argument is this file, whose name is for the message.
///
/// # Errors
/// When that cannot be found out.
pub fn is_named(path: &Path, file: Identity, name: &str) -> Result<bool, Fatal> {
    is_file(path, file).map_err(|error| cannot_compare(path, name, &error))
}

/// What [`is_file`] ends with, if that cannot be found out.
pub fn cannot_compare(path: &Path, name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot compare {} with {name}: {}", printable(path), reason(error)))
}

fn stdin_metadata() -> io::Result<fs::Metadata> {
    File::from(descriptors::stdin()?).metadata()
}

/// Opens a list or manifest, which may be a FIFO; `-` is standard input. `kind` is for messages.
///
/// # Errors
/// When it cannot be opened.
pub fn open_stream(kind: &str, path: &Path, alarm: &Alarm) -> Result<Patient, Fatal> {
    Patient::open(path, alarm).map_err(|error| {
        Fatal(format!("cannot read the {kind} {}: {}", printable(path), reason(&error)))
    })
}
