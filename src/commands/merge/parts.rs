//! The parts that are merged: what their descriptions say, whether all are there and belong together,
//! and how one is read.

use std::cell::RefCell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::cli::MergeArgs;
use crate::commands::part::{Kind, Name, Part, Work};
use crate::error::{Fatal, reason};
use crate::escape::{printable, push_hex};
use crate::files::arguments::open_stream;
use crate::files::stdin::{Interrupt, InterruptibleStream};
use crate::run::console::Console;

/// How many missing shards a message names.
const NAMED: usize = 10;

/// The parts, in the order of their shards.
pub(super) struct Parts {
    all: Vec<(PathBuf, Option<Part>)>,
}

impl Parts {
    /// Finds the descriptions of the parts.
    ///
    /// # Errors
    /// If the parts are not those of all shards of one work.
    pub(super) fn find(arguments: &MergeArgs) -> Result<Self, Fatal> {
        let read = arguments.parts.iter().map(|path| Ok((path.clone(), Part::of(path)?)));
        let mut all = read.collect::<Result<Vec<_>, Fatal>>()?;
        let described = all.iter().filter(|(_, part)| part.is_some()).count();
        if described > 0 {
            if let Some((path, _)) = all.iter().find(|(_, part)| part.is_none()) {
                let name = printable(path);
                return Err(Fatal(format!(
                    "there is no {name}.shard, which says what {name} is a part of; keep it beside the part"
                )));
            }
            all.sort_by_key(|(_, part)| part.as_ref().map(|part| part.shard));
            check(&all)?;
        }
        let parts = Self { all };
        if let Some(work) = parts.work()
            && !arguments.paths.is_empty()
        {
            let given = arguments.paths.iter().map(|path| Name::from(&**path));
            if work.paths != Some(given.collect()) {
                let other = "the parts were made with other PATHs than --paths says";
                return Err(wrong(&parts.all[0].0, other));
            }
        }
        Ok(parts)
    }

    /// Whether there are descriptions.
    pub(super) fn are_described(&self) -> bool {
        self.work().is_some()
    }

    /// What is the same in all descriptions.
    pub(super) fn work(&self) -> Option<&Work> {
        self.all.first().and_then(|(_, part)| part.as_ref()).map(|part| &part.work)
    }

    /// What the parts hold.
    pub(super) fn kind(&self) -> Kind {
        self.work().map_or(Kind::Manifest, |work| work.kind)
    }

    /// The paths of the parts and their descriptions.
    pub(super) fn all(&self) -> &[(PathBuf, Option<Part>)] {
        &self.all
    }

    /// Reports the parts that lack files which failed. Returns whether there are any.
    pub(super) fn failed(&self, console: &Console) -> bool {
        let mut failed = false;
        for (path, part) in &self.all {
            if let Some(count @ 1..) = part.as_ref().map(|part| part.failed) {
                failed = true;
                let files = if count == 1 { "1 file" } else { &format!("{count} files") };
                console.line(&format!("{}: {files} failed when it was made", printable(path)));
            }
        }
        failed
    }

    /// Opens a part.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn open(&self, index: usize, interrupt: &Interrupt) -> Result<Reading, Fatal> {
        let (path, part) = &self.all[index];
        let stream = open_stream("part", path, interrupt)?;
        let expected = part.as_ref().map(|part| part.sha256.clone());
        Ok(Reading { stream, path: path.clone(), expected, seen: Rc::default() })
    }
}

/// Checks that the parts are those of all shards of one work. They are sorted by their shards.
fn check(all: &[(PathBuf, Option<Part>)]) -> Result<(), Fatal> {
    let parts = || all.iter().filter_map(|(path, part)| Some((path, part.as_ref()?)));
    let Some((first_path, first)) = parts().next() else { return Ok(()) };
    for (path, part) in parts() {
        let (work, expected) = (&part.work, &first.work);
        let differs = [
            (part.of != first.of, "the number of shards"),
            (work.version != expected.version, "the version of batchproc"),
            (work.kind != expected.kind || work.form != expected.form, "the kind of the result"),
            (work.paths != expected.paths, "the PATHs"),
            (work.files != expected.files, "the files or their sizes"),
            (work != expected, "the options"),
        ];
        if let Some((_, what)) = differs.into_iter().find(|(differs, _)| *differs) {
            let [path, first] = [path, first_path].map(|path| printable(path));
            return Err(Fatal(format!(
                "{path} and {first} are not parts of one result: {what} differ"
            )));
        }
    }
    let mut missing = Vec::new();
    let mut next = 1;
    let mut last = first_path;
    for (path, part) in parts() {
        if part.shard < next {
            let [path, last] = [path, last].map(|path| printable(path));
            let Part { shard, of, .. } = part;
            return Err(Fatal(format!("{last} and {path} are both shard {shard}/{of}")));
        }
        missing.extend((next..part.shard).take(NAMED));
        (next, last) = (part.shard + 1, path);
    }
    missing.extend((next..=first.of).take(NAMED));
    if missing.is_empty() {
        return Ok(());
    }
    let count = first.of - all.len() as u64;
    let named: Vec<_> = missing.iter().take(NAMED).map(ToString::to_string).collect();
    let more = if count > named.len() as u64 { " and others" } else { "" };
    let (what, are) = if count == 1 { ("shard", "is") } else { ("shards", "are") };
    Err(Fatal(format!("of {} shards, {what} {}{more} {are} missing", first.of, named.join(", "))))
}

/// A part that is being read.
pub(super) struct Reading {
    stream: InterruptibleStream,
    path: PathBuf,
    expected: Option<String>,
    seen: Rc<RefCell<Seen>>,
}

/// What was read of a part.
#[derive(Default)]
pub(super) struct Seen {
    sha256: Sha256,
    /// The number of bytes.
    pub(super) bytes: u64,
}

impl Reading {
    /// What was read of the part, which another owner can look at.
    pub(super) fn seen(&self) -> End {
        let (path, expected) = (self.path.clone(), self.expected.clone());
        End { path, expected, seen: self.seen.clone() }
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        let mut seen = self.seen.borrow_mut();
        seen.bytes += count as u64;
        if self.expected.is_some() {
            seen.sha256.update(&buffer[..count]);
        }
        Ok(count)
    }
}

/// Judges a part at its end.
pub(super) struct End {
    pub(super) path: PathBuf,
    expected: Option<String>,
    pub(super) seen: Rc<RefCell<Seen>>,
}

impl End {
    /// Checks that the part, which was read to its end, is the one that its description describes.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn check(&self) -> Result<(), Fatal> {
        let Some(expected) = &self.expected else { return Ok(()) };
        let mut digits = Vec::new();
        push_hex(&self.seen.borrow().sha256.clone().finalize(), &mut digits);
        if digits == expected.as_bytes() {
            return Ok(());
        }
        let name = printable(&self.path);
        Err(Fatal(format!("{name} is torn or altered: it is not what {name}.shard describes")))
    }

    /// The error if the part cannot be read.
    pub(super) fn unreadable(&self, error: &io::Error) -> Fatal {
        unreadable(&self.path, error)
    }
}

/// An error about a part.
pub(super) fn wrong(part: &Path, what: &str) -> Fatal {
    Fatal(format!("{}: {what}", printable(part)))
}

fn unreadable(path: &Path, error: &io::Error) -> Fatal {
    Fatal(format!("cannot read the part {}: {}", printable(path), reason(error)))
}
