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
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use super::known::{Known, Policy, Tally};
use super::previous::{Previous, Source, entries};
use crate::error::FileError;
use crate::files::present::Present;
use crate::files::rules::WalkRules;
use crate::files::{Found, Item, Origin, Refused};
use crate::hash::job::{Outcome, Task};
use crate::manifest::held::{Held, Wrong};
use crate::manifest::names::{key, lies_in_one};
use crate::manifest::order::compare;
use crate::manifest::roots::Roots;
use crate::manifest::{Entries, Entry, Problem, spelling};

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
    roots: Option<Roots>,
    /// What is found below them.
    rules: WalkRules,
    /// Names that are gone or new and have another form in Unicode, in the composed one.
    spelled: [HashSet<String>; 2],
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
        rules: WalkRules,
    ) -> Self {
        let step = match previous.source {
            Source::InStep(file) => Step::InStep(Box::new(entries(file).peekable())),
            Source::Held(held, seen) => Step::Held(held, seen),
        };
        let (failures, due) = (HashSet::new(), VecDeque::new());
        let modified = previous.modified;
        let roots = paths.map(Roots::new);
        let spelled = [HashSet::new(), HashSet::new()];
        Self {
            names,
            policy,
            modified,
            step,
            tally,
            failures,
            due,
            told,
            roots,
            rules,
            spelled,
            over: false,
        }
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
        let tally = &self.tally;
        let elsewhere = self.roots.as_ref().is_some_and(|roots| !roots.hold(&entry.path));
        let unread = !self.failures.is_empty() && lies_in_one(&key(&entry.path), &self.failures);
        let present = match &self.roots {
            _ if elsewhere || unread => Present::File,
            // Nobody looked whether it is there: its disk may be away for that very reason.
            Some(roots) if self.leaves_out(roots, &entry) => Present::File,
            Some(_) => Present::at(&entry.path, self.policy.follow),
            // A list is all that there is.
            None => Present::Gone,
        };
        let count = match &present {
            _ if elsewhere => &tally.elsewhere,
            _ if unread => &tally.kept,
            Present::File if self.policy.forget => &tally.forgotten,
            Present::File => &tally.left_out,
            Present::Unknown(_) => &tally.kept,
            Present::Gone | Present::Other(_) => &tally.gone,
        };
        count.fetch_add(1, Relaxed);
        let gone = matches!(present, Present::Gone | Present::Other(_));
        match &mut self.roots {
            Some(roots) if gone => roots.lost(&entry.path),
            Some(roots) if !elsewhere => roots.found(&entry.path),
            _ => {}
        }
        match present {
            Present::File if self.policy.forget && !elsewhere && !unread => {}
            Present::File => self.keep(entry),
            Present::Unknown(error) => {
                let failure = FileError::io(entry.path.clone(), &error);
                self.due.push_back(Err(Outcome::from(Refused::Failed(failure))));
                self.keep(entry);
            }
            Present::Other(kind) => {
                let item = Item::File(entry.path, Origin::Listed);
                self.due.push_back(Err(Outcome::Settled(item, Known::NoFile(kind))));
            }
            Present::Gone => self.spelled[0].extend(spelling::composed(&entry.path)),
        }
    }

    /// Whether options leave the file out, there or not.
    fn leaves_out(&self, roots: &Roots, entry: &Entry) -> bool {
        let device = entry.identity.map(|(device, _)| device);
        self.policy.leaves_out(entry.size)
            || roots.leave_out(&entry.path, |root, below| self.rules.skips(root, below, device))
    }

    /// Keeps the line of an entry.
    fn keep(&mut self, entry: Entry) {
        let item = Item::File(entry.path.clone(), Origin::Listed);
        let entry = self.dated(entry);
        self.due.push_back(Err(Outcome::Settled(item, Known::Kept(Box::new(entry)))));
    }

    /// The entry with a time of reading: that of the manifest if it has none.
    fn dated(&self, mut entry: Entry) -> Entry {
        entry.hashed.get_or_insert(self.modified);
        entry
    }

    /// Tells what only shows at the end.
    fn sum_up(&self) {
        let [gone, new] = &self.spelled;
        self.tally.respelled.store(gone.intersection(new).count() as u64, Relaxed);
        let emptied = self.roots.as_ref().and_then(Roots::emptied).map(Path::to_path_buf);
        *self.tally.emptied.lock().unwrap_or_else(PoisonError::into_inner) = emptied;
    }

    fn task(&mut self, item: Item) -> Task<Known> {
        let entry = match &item {
            Item::File(path, _) => self.entry(path),
            Item::Stdin => None,
        };
        let Some(entry) = entry.map(|entry| self.dated(entry)) else {
            if let Item::File(path, _) = &item {
                self.spelled[1].extend(spelling::composed(path));
            }
            return Task { item, algorithms: self.policy.algorithms, context: Known::Nothing };
        };
        self.tally.met.fetch_add(1, Relaxed);
        if let Some(roots) = &mut self.roots {
            roots.found(&entry.path);
        }
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
                    self.sum_up();
                    continue;
                }
            };
            self.due.push_back(next);
        }
    }
}
