//! `hash --update`: the names of a walk beside the manifest of an earlier one, so that each file
//! comes with what was known of it.
//!
//! ```text
//!  walk ────────► ┐  in step if both are in order,   ┌──► file + its entry, or none: new
//!  manifest ────► ┴─ else the manifest is held ──────┴──► entry without a file: gone, or kept if
//!                                                         its directory could not be read
//! ```
//! Whether a file is as its entry says is found in `unchanged`.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::held::{Held, Wrong};
use super::names::{key, lies_in_one};
use super::order::compare;
use super::previous::{Previous, Source, entries, lies_in_any};
use super::{Entries, Entry, Problem};
use crate::hash::algorithms::Set;
use crate::hash::job::{Context, Outcome, Task};
use crate::input::{Found, Item, Origin, Refused};

/// A clock that stamps files may be this far behind, in nanoseconds; 100 ticks a second are the
/// fewest that kernels are built with.
const TICK: i128 = 10_000_000;

/// What is known of a file before it is read.
#[derive(Debug)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// An interrupted run wrote its result: these bytes.
    Done(Box<[u8]>),
    /// What the manifest says. With `true` it is to be read whatever its size and time are.
    Old(Box<Entry>, bool),
    /// Entries of files that are as they were.
    Carried(Vec<Entry>),
    /// What the manifest says, and whether it still holds cannot be found out.
    Kept(Box<Entry>),
}

impl Context for Known {
    fn is_settled(&self) -> bool {
        matches!(self, Known::Done(_))
    }

    fn weight(&self) -> usize {
        match self {
            Known::Nothing => 0,
            Known::Done(bytes) => bytes.len(),
            Known::Carried(entries) => {
                entries.iter().map(|entry| size_of::<Entry>() + entry.weight()).sum()
            }
            Known::Old(entry, _) | Known::Kept(entry) => size_of::<Entry>() + entry.weight(),
        }
    }
}

/// What became of the files of the manifest and of the tree.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Tally {
    pub unchanged: AtomicU64,
    pub changed: AtomicU64,
    pub renewed: AtomicU64,
    pub new: AtomicU64,
    pub gone: AtomicU64,
    pub kept: AtomicU64,
    pub corrupt: AtomicU64,
    /// Lines of the manifest whose names do not lie below any PATH.
    pub elsewhere: AtomicU64,
    /// Names that were both found and in the manifest; not counted in the line.
    pub met: AtomicU64,
    /// Lines with which something is wrong; not counted in the line.
    pub wrong: AtomicU64,
}

impl Tally {
    /// `5 unchanged, 1 changed, 1 new, 2 gone`
    pub fn line(&self) -> String {
        let counts = [
            (&self.unchanged, "unchanged"),
            (&self.changed, "changed"),
            (&self.renewed, "read again"),
            (&self.new, "new"),
            (&self.gone, "gone"),
            (&self.kept, "kept unread"),
            (&self.corrupt, "corrupt"),
            (&self.elsewhere, "elsewhere"),
        ];
        let counts = counts.map(|(count, word)| (count.load(Relaxed), word));
        let told = counts.iter().filter(|(count, word)| *count > 0 || *word == "unchanged");
        told.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// When files that have not changed are read nevertheless.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// All of them.
    pub all: bool,
    /// Those that were read before this time, in nanoseconds since 1970.
    pub before: Option<i128>,
    /// The digests that are wanted, or with `own` those of new files.
    pub algorithms: Set,
    /// Whether each file of the manifest keeps the algorithms of its line.
    pub own: bool,
    /// The sizes that are wanted.
    pub sizes: (Option<u64>, Option<u64>),
}

impl Policy {
    /// Whether the file has to be read, whatever its size and time are.
    fn wants(&self, entry: &Entry) -> bool {
        let (Some(hashed), Some(mtime), Some(size)) = (entry.hashed, entry.mtime, entry.size)
        else {
            return true;
        };
        let (least, most) = self.sizes;
        self.all
            || self.before.is_some_and(|before| hashed < before)
            // Written in the same tick of the clock as it was read, or later.
            || mtime > hashed - TICK
            || !self.own && !entry.digests.set().includes(self.algorithms)
            || least.is_some_and(|least| size < least)
            || most.is_some_and(|most| size > most)
    }
}

/// Now, in nanoseconds since 1970.
pub fn now() -> i128 {
    nanoseconds(SystemTime::now())
}

/// A time, in nanoseconds since 1970.
pub(super) fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds_of(after),
        Err(error) => -nanoseconds_of(error.duration()),
    }
}

/// A span of time.
pub fn nanoseconds_of(span: Duration) -> i128 {
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

/// Told the number of a line with which something is wrong, and what.
pub type Told = Box<dyn FnMut(u64, Wrong) + Send>;

/// The names of a walk with what the manifest knows.
pub struct Update<N> {
    names: N,
    policy: Policy,
    modified: i128,
    step: Step,
    tally: Arc<Tally>,
    /// What could not be read; what is below it is not gone.
    failures: HashSet<Box<[u8]>>,
    /// What is due before the next name.
    due: VecDeque<Result<Task<Known>, Outcome<Known>>>,
    told: Told,
    /// The arguments, if they are walked; a list has none.
    roots: Option<Vec<Box<[u8]>>>,
    over: bool,
}

enum Step {
    InStep(Box<std::iter::Peekable<Entries<File>>>),
    Held(Held, Vec<bool>),
}

impl<N: Iterator<Item = Found>> Update<N> {
    /// Puts names and manifest side by side. `paths` are the arguments that are walked; what lies
    /// elsewhere is carried over. A list of names is all that there is.
    pub fn new(
        names: N,
        previous: Previous,
        policy: Policy,
        tally: Arc<Tally>,
        told: Told,
        paths: Option<&[PathBuf]>,
    ) -> Self {
        let step = match previous.source {
            Source::InStep(file) => Step::InStep(Box::new(entries(file).peekable())),
            Source::Held(held, seen) => Step::Held(held, seen),
        };
        let (failures, due) = (HashSet::new(), VecDeque::new());
        let modified = previous.modified;
        let roots = paths.map(|paths| paths.iter().map(|path| key(path)).collect());
        Self { names, policy, modified, step, tally, failures, due, told, roots, over: false }
    }

    /// The entry of this name, after all entries before it were dealt with.
    fn entry(&mut self, path: &Path) -> Option<Entry> {
        if let Step::Held(held, seen) = &mut self.step {
            let place = held.find(path)?;
            seen[place] = true;
            let entry = &held.entries()[place];
            return Some(Entry { path: path.to_path_buf(), ..entry.clone() });
        }
        loop {
            match self.in_step(|entry| compare(&entry.path, path) != Ordering::Greater)? {
                entry if entry.path == path => return Some(entry),
                entry => self.without_file(entry),
            }
        }
    }

    /// The next entry of the manifest, if it is wanted.
    fn in_step(&mut self, wanted: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let Step::InStep(entries) = &mut self.step else { return None };
        loop {
            let read = entries.next_if(|read| read.as_ref().map_or(true, &wanted))?;
            match read {
                Ok(entry) => return Some(entry),
                Err(Problem::Malformed { line, reason }) => {
                    (self.told)(line, Wrong::Malformed(reason));
                }
                // Read whole a moment ago; what is left is new then.
                Err(Problem::Broken(_)) => {
                    (self.told)(0, Wrong::Malformed("it could not be read to its end"));
                }
            }
        }
    }

    /// Deals with an entry whose file the walk has not found.
    fn without_file(&mut self, entry: Entry) {
        let elsewhere = self.roots.as_ref().is_some_and(|roots| !lies_in_any(&entry.path, roots));
        let kept = !self.failures.is_empty() && lies_in_one(&key(&entry.path), &self.failures);
        if elsewhere || kept {
            let count = if elsewhere { &self.tally.elsewhere } else { &self.tally.kept };
            count.fetch_add(1, Relaxed);
            let item = Item::File(entry.path.clone(), Origin::Listed);
            let entry = self.dated(entry);
            self.due.push_back(Err(Outcome::Settled(item, Known::Kept(Box::new(entry)))));
        } else {
            self.tally.gone.fetch_add(1, Relaxed);
        }
    }

    /// The entry with a time of reading: that of the manifest if it has none.
    fn dated(&self, mut entry: Entry) -> Entry {
        entry.hashed.get_or_insert(self.modified);
        entry
    }

    fn task(&mut self, item: Item) -> Task<Known> {
        let entry = match &item {
            Item::File(path, _) => self.entry(path),
            Item::Stdin => None,
        };
        let Some(entry) = entry.map(|entry| self.dated(entry)) else {
            return Task { item, algorithms: self.policy.algorithms, context: Known::Nothing };
        };
        self.tally.met.fetch_add(1, Relaxed);
        // The recorded ones too: no digest is given up for another one without being compared.
        let recorded = entry.digests.set();
        let algorithms =
            if self.policy.own { recorded } else { recorded.union(self.policy.algorithms) };
        let read = self.policy.wants(&entry);
        Task { item, algorithms, context: Known::Old(Box::new(entry), read) }
    }
}

impl<N: Iterator<Item = Found>> Iterator for Update<N> {
    type Item = Result<Task<Known>, Outcome<Known>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(due) = self.due.pop_front() {
                return Some(due);
            }
            if self.over {
                return None;
            }
            let next = match self.names.next() {
                Some(Ok(item)) => Ok(self.task(item)),
                Some(Err(refused)) => {
                    if let Refused::Failed(failure) = &refused {
                        self.failures.insert(key(&failure.path));
                    }
                    Err(Outcome::from(refused))
                }
                None => {
                    self.over = true;
                    while let Some(entry) = self.in_step(|_| true) {
                        self.without_file(entry);
                    }
                    if let Step::Held(held, seen) = &self.step {
                        let unseen = held.entries().iter().zip(seen).filter(|(_, seen)| !**seen);
                        for entry in unseen.map(|(entry, _)| entry.clone()).collect::<Vec<_>>() {
                            self.without_file(entry);
                        }
                    }
                    continue;
                }
            };
            self.due.push_back(next);
        }
    }
}

/// Whether nothing has this name.
pub fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
