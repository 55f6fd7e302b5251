//! The pipeline that reads unchanged files again under a budget: its source gives the files in the order
//! of their times of reading, and its sink puts the new times into the manifest.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use super::sink::{CORRUPT, record};
use crate::error::{Fatal, FileError, reason};
use crate::escape::printable;
use crate::files::present::is_gone;
use crate::files::{Item, Origin, Refused, Root};
use crate::hash::file_digest::FileDigest;
use crate::hash::job::{Context, Outcome, Task};
use crate::hash::until::Until;
use crate::manifest::differences::differences;
use crate::manifest::judge::{Content, Ignored, judge};
use crate::manifest::{Entry, Format, Record};
use crate::output::WriteError;
use crate::pipeline::Sink;
use crate::run::reporter::Reporter;
use crate::update::known::Tally;
use crate::update::unread::{Place, Places, Unread};

/// What is known about a file that is read again: its entry, and where that stands in the new
/// manifest.
#[derive(Debug)]
pub struct Again {
    entry: Box<Entry>,
    place: Place,
    /// How many bytes were subtracted from the budget.
    paid: u64,
}

impl Context for Again {
    fn weight(&self) -> usize {
        size_of::<Entry>() + self.entry.weight()
    }
}

/// Gives the files in the order of their times of reading, until the budget is used.
pub struct Oldest {
    places: std::vec::IntoIter<Place>,
    entries: Places,
    /// The name of the manifest.
    name: PathBuf,
    /// How many bytes may still be read.
    left: Option<u64>,
    /// Whether the next file may be larger than what is left.
    first: bool,
    /// Whether any file was given.
    pub given: bool,
    until: Until,
    over: bool,
}

impl Oldest {
    /// The files whose entries are at these places.
    pub fn new(
        places: Vec<Place>,
        entries: Places,
        name: PathBuf,
        left: Option<u64>,
        until: Until,
    ) -> Self {
        let places = places.into_iter();
        Self { places, entries, name, left, first: true, given: false, until, over: false }
    }

    /// The places of the files that were not given.
    pub fn rest(&self) -> impl Iterator<Item = &Place> {
        self.places.as_slice().iter()
    }

    /// Pays for a file of this size and returns how many bytes were paid. `None` if not enough are left.
    /// A file that is larger than the whole sample is read if it comes first, since otherwise it would
    /// never be read.
    fn pay(&mut self, size: u64) -> Option<u64> {
        let first = std::mem::take(&mut self.first);
        let Some(left) = &mut self.left else { return Some(0) };
        if *left == 0 || size > *left && !first {
            return None;
        }
        let paid = size.min(*left);
        *left -= paid;
        Some(paid)
    }

    /// Takes back these bytes, which were paid for files that keep their times because they are corrupt
    /// or cannot be read. Such files come first in every run, and would otherwise keep all others from
    /// being read. `first` says whether no other file was read yet. Returns whether further files may
    /// be read now.
    pub fn take_back(&mut self, bytes: u64, first: bool) -> bool {
        let Some(left) = self.left.as_mut().filter(|_| bytes > 0) else { return false };
        *left += bytes;
        (self.first, self.over) = (first, false);
        !self.places.as_slice().is_empty() && !self.until.is_over()
    }
}

impl Iterator for Oldest {
    type Item = Result<Task<Again>, Outcome<Again>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over || self.until.is_over() {
            return None;
        }
        let place = *self.places.as_slice().first()?;
        let entry = match self.entries.entry(place) {
            Ok(entry) => Box::new(entry),
            Err(error) => {
                self.over = true;
                let failure = FileError::io(self.name.clone(), &error);
                return Some(Err(Outcome::from(Refused::Broken(failure))));
            }
        };
        // To look at a symbolic link costs nothing.
        let paid = if entry.link.is_some() { Some(0) } else { self.pay(entry.size.unwrap_or(0)) };
        let Some(paid) = paid else {
            self.over = true;
            return None;
        };
        self.places.next();
        self.given = true;
        let device = entry.identity.map_or(0, |(device, _)| device);
        let origin = match entry.link {
            Some(_) => Origin::Link(Some(device), Root::NONE),
            // Those that were read longest ago come first, wherever they lie.
            None => Origin::Argument((device, 0)),
        };
        let item = Item::File(entry.path.clone(), origin);
        let algorithms = entry.digests.set();
        Some(Ok(Task { item, algorithms, context: Again { entry, place, paid } }))
    }
}

/// Compares the files with their entries, and puts the new time of reading into the entries of those
/// that are as they were.
pub struct Renew<'a> {
    /// The new manifest.
    pub file: File,
    /// The name of the manifest.
    pub name: PathBuf,
    pub format: Box<dyn Format>,
    /// The new time of reading: when the run began.
    pub begun: i128,
    pub ignored: Ignored,
    pub tally: &'a Tally,
    pub reporter: Reporter,
    /// Knows which lines keep their times.
    pub unread: Unread,
    /// How many files were as they were, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// How many files changed after the update had looked at them. They are left to the next run.
    pub left: u64,
    /// How many bytes were paid for files that are corrupt or cannot be read.
    pub unused: u64,
}

impl Renew<'_> {
    fn digest(&mut self, digest: &FileDigest, again: &Again) -> Result<(), Fatal> {
        let Again { entry, place, paid } = again;
        let same = |stamp| differences(entry, &stamp, self.ignored).is_empty();
        let same = digest.stamp.is_some_and(same) && !digest.changed;
        match judge(entry, digest, self.ignored) {
            Content::Same | Content::Touched if same => {
                self.tally.renewed.fetch_add(1, Relaxed);
                self.tally.unchanged.fetch_sub(1, Relaxed);
                self.files += 1;
                self.bytes += digest.size;
                self.renew(entry, *place)?;
                log::debug!("read again: {}", printable(&entry.path));
            }
            Content::Corrupt if same => {
                self.unused += paid;
                self.tally.corrupt.fetch_add(1, Relaxed);
                self.tally.unchanged.fetch_sub(1, Relaxed);
                self.unread.stays(*place);
                self.reporter.report(&FileError::new(entry.path.clone(), CORRUPT.into()));
            }
            _ => {
                self.left += 1;
                self.unread.stays(*place);
            }
        }
        Ok(())
    }

    /// Replaces the entry at this place by one with the new time of reading.
    fn renew(&self, entry: &Entry, place: Place) -> Result<(), Fatal> {
        let algorithms = entry.algorithms();
        let old = record(&entry.path, entry, &algorithms);
        let mut bytes = Vec::new();
        self.format.record(&Record { hashed: Some(self.begun), ..old }, &mut bytes);
        let name = printable(&self.name);
        if bytes.len() != place.length as usize {
            return Err(Fatal(format!("cannot put a new time into a line of {name}")));
        }
        let written = self.file.write_all_at(&bytes, place.offset);
        written.map_err(|error| Fatal(format!("cannot write to {name}: {}", reason(&error))))
    }

    fn refused(&mut self, refused: Refused, again: Option<Again>) -> Result<(), Fatal> {
        let paid = again.as_ref().map_or(0, |again| again.paid);
        if let Some(Again { place, .. }) = again {
            self.unread.stays(place);
        }
        match refused {
            Refused::Broken(failure) => {
                return Err(Fatal(format!("cannot read what was written: {failure}")));
            }
            Refused::Failed(failure) if !is_gone(&failure.path) => {
                self.unused += paid;
                self.reporter.failed(&failure);
                self.tally.kept.fetch_add(1, Relaxed);
                self.tally.unchanged.fetch_sub(1, Relaxed);
            }
            Refused::Failed(_) | Refused::Skipped(..) => self.left += 1,
        }
        Ok(())
    }
}

impl Sink<Outcome<Again>> for Renew<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Again>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, again) => self.digest(&digest, &again)?,
            Outcome::Settled(_, again) => self.unread.stays(again.place),
            Outcome::Refused(refused, again) => self.refused(refused, again)?,
            Outcome::Carried(_) => {}
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
