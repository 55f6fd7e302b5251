//! `FILE.partial.run`: which command wrote FILE.partial. Only the same command can continue it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::retry::Bounded;

/// Identifies the command of a run: only runs with equal `arguments` can continue each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// A digest of all options, of the current directory, and of the version of this program.
    pub arguments: String,
    /// The start time, in nanoseconds since 1970. A resumed run has the start time of the first
    /// run.
    pub begun: i128,
}

impl Run {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|line| *line == HEAD)?;
        let arguments = lines.next()?.strip_prefix("arguments ")?.to_string();
        let begun = lines.next()?.strip_prefix("begun ")?.parse().ok()?;
        Some(Self { arguments, begun })
    }

    /// Reads a description (`FILE.partial.run`). Returns `None` if there is none, or if it is
    /// incomplete.
    ///
    /// # Errors
    /// Says why the file is not a description that this program wrote.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, &'static str> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(named) if named.is_file() => {}
            _ => return Err(NOT_A_FILE),
        }
        let opened = File::options().read(true).custom_flags(no_follow()).open(path);
        let mut bytes = Vec::new();
        let read = opened
            .and_then(|file| Bounded::new(file).take(MAX_DESCRIPTION).read_to_end(&mut bytes));
        // The journal of the run may follow, in which names are in any encoding.
        let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        if let Some((end, _)) = ends.nth(DESCRIPTION_LINES - 1) {
            bytes.truncate(end + 1);
        }
        let text = read.ok().and_then(|_| std::str::from_utf8(&bytes).ok()).ok_or(FOREIGN)?;
        if text.starts_with(HEAD) || HEAD.starts_with(text) {
            return Ok(Self::parse(text));
        }
        Err(FOREIGN)
    }

    /// Notes in a description that its run has ended by itself, so that nothing is said about it later.
    /// Nothing but that depends on it.
    pub(super) fn note_end(path: &Path) {
        let opened = File::options().append(true).custom_flags(no_follow()).open(path);
        let _ = opened.and_then(|mut file| file.write_all(ENDED.as_bytes()));
    }

    /// Whether the description says that its run has ended by itself.
    pub(super) fn has_ended(path: &Path) -> bool {
        let opened = File::options().read(true).custom_flags(no_follow()).open(path);
        let mut text = String::new();
        let read = opened.and_then(|file| file.take(MAX_DESCRIPTION).read_to_string(&mut text));
        let mut lines = text.split_inclusive('\n').skip(DESCRIPTION_LINES);
        read.is_ok() && lines.next() == Some(ENDED) && lines.next().is_none()
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        // `read` has checked that an existing description is from this program, so it can be
        // removed. If another program creates a file of this name just now, `create_new` fails and
        // does not overwrite that file.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::create_new(path)?;
        let text = format!("{HEAD}\narguments {}\nbegun {}\n", self.arguments, self.begun);
        Bounded::new(&file).write_all(text.as_bytes())?;
        // If the description were lost in a power failure, `FILE.partial` could not be resumed.
        file.sync_all()
    }
}

/// Says how the arguments of the interrupted run differ from those of this one. Either may be made
/// of parts, `name=digest` with semicolons between them, and then the names of those that differ are
/// said.
pub(super) fn difference(old: &str, new: &str) -> String {
    let parts = |text: &str| -> Option<BTreeMap<String, String>> {
        let part = |part: &str| part.split_once('=').map(|(name, it)| (name.into(), it.into()));
        text.split(';').map(part).collect()
    };
    let (Some(old), Some(new)) = (parts(old), parts(new)) else {
        return "it is from a run with other arguments, from another directory, or of another version".into();
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let other = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let other: Vec<&str> = other.map(String::as_str).collect();
    format!("it is from a run with another value of: {}", other.join(", "))
}

/// Flags for opening a file: links are not followed, and opening a pipe does not wait for a writer.
pub(super) fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

pub(super) const NOT_A_FILE: &str = "it is not a regular file";
pub(super) const FOREIGN: &str = "it is not from an interrupted run";

/// The most bytes of a description that are read. Every description is shorter.
const MAX_DESCRIPTION: u64 = 16 << 10;
/// How many lines a description has.
pub(super) const DESCRIPTION_LINES: usize = 3;

/// What follows a description if its run ended by itself, such as when its result could not replace FILE.
const ENDED: &str = "ended\n";

/// The first line of each description (`FILE.partial.run`).
const HEAD: &str = "batchproc run 1";
