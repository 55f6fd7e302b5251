//! `hash --update`: joins the files of a walk with the entries of the earlier manifest, by name.
//!
//! ```text
//!  walk ────────► ┐                  ┌──► file with its entry; a new file without one
//!                 ├─ join by name ───┤
//!  manifest ────► ┘                  └──► entry without a file: gone, or kept if its directory
//!                                         could not be read
//! ```
//! If the manifest is in the order of the walk, it is read line by line along with the walk.
//! Otherwise the whole manifest is loaded into memory. Whether a file still matches its entry is
//! checked in `unchanged`.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use super::known::{Known, Policy, Tally};
use super::previous::{Previous, Source, entries};
use crate::error::{FileError, reason};
use crate::files::present::{Present, no_longer};
use crate::files::rules::WalkRules;
use crate::files::{Found, Item, Origin, Refused};
use crate::hash::job::{Outcome, Task};
use crate::manifest::held::{Held, Wrong};
use crate::manifest::names::{key, lies_in_one};
use crate::manifest::order::compare;
use crate::manifest::roots::Roots;
use crate::manifest::{Entries, Entry, Problem, spelling};

/// A function that is called with the number of a line of the manifest, and what is wrong with this
/// line.
pub type Report = Box<dyn FnMut(u64, Wrong) + Send>;

/// Iterates over the files of a walk, each with its entry in the earlier manifest.
pub struct Update<N> {
    names: N,
    policy: Policy,
    modified: i128,
    /// The path of the manifest.
    path: PathBuf,
    manifest: Manifest,
    tally: Arc<Tally>,
    /// The keys (normalized names) of paths that the walk failed to read. Entries of files below
    /// these paths are kept.
    failures: HashSet<Box<[u8]>>,
    /// Items to return before the next name is read.
    due: VecDeque<Result<Task<Known>, Outcome<Known>>>,
    report: Report,
    /// The arguments PATH, if they are walked. `None` if the names come from a list.
    roots: Option<Roots>,
    /// The rules that decide which files a walk finds.
    rules: WalkRules,
    /// The names of files that are gone, and the names of new files, as far as they have several
    /// Unicode forms. They are stored in the composed form, so that equal names are found.
    spelled: [HashSet<String>; 2],
    /// After the end of the walk: the index of the first entry in memory that may have no file.
    left: Option<usize>,
    over: bool,
}

enum Manifest {
    /// A manifest in the order of the walk, which is read along with the walk.
    Streamed(Box<std::iter::Peekable<Entries<File>>>),
    /// A manifest in memory, with a flag for each entry: whether its file was found.
    Held(Box<Held>, Vec<bool>),
}

impl<N: Iterator<Item = Found>> Update<N> {
    /// Joins the names of files with the entries of the manifest. `paths` are the arguments that
    /// are walked. Entries of files outside these paths are carried over unchanged. `None` means
    /// that the names come from a list. The list counts as complete, so files in the manifest that
    /// are not in the list count as gone.
    pub fn new(
        names: N,
        previous: Previous,
        policy: Policy,
        tally: Arc<Tally>,
        report: Report,
        paths: Option<&[PathBuf]>,
        rules: WalkRules,
    ) -> Self {
        let manifest = match previous.source {
            Source::Streamed(file) => Manifest::Streamed(Box::new(entries(file).peekable())),
            Source::Held(held, seen) => Manifest::Held(held, seen),
        };
        let (failures, due) = (HashSet::new(), VecDeque::new());
        let (path, modified) = (previous.path, previous.modified);
        let roots = paths.map(Roots::new);
        let spelled = [HashSet::new(), HashSet::new()];
        Self {
            names,
            policy,
            modified,
            path,
            manifest,
            tally,
            failures,
            due,
            report,
            roots,
            rules,
            spelled,
            left: None,
            over: false,
        }
    }

    /// The entry with this name. If the manifest is read along with the walk, entries before this
    /// one have no file, so they are settled first.
    fn entry(&mut self, path: &Path) -> Option<Entry> {
        if let Manifest::Held(held, seen) = &mut self.manifest {
            let index = held.find(path)?;
            seen[index] = true;
            return Some(Entry { path: path.to_path_buf(), ..held.view(index).entry() });
        }
        loop {
            match self.next_streamed(|entry| compare(&entry.path, path) != Ordering::Greater)? {
                entry if entry.path == path => return Some(entry),
                entry => self.without_file(entry),
            }
        }
    }

    /// The next entry of a manifest that is read along with the walk, if `wanted` accepts the
    /// entry.
    fn next_streamed(&mut self, wanted: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let Manifest::Streamed(entries) = &mut self.manifest else { return None };
        loop {
            let read = entries.next_if(|read| read.as_ref().map_or(true, &wanted))?;
            match read {
                Ok(entry) => return Some(entry),
                Err(Problem::Malformed { line, reason }) => {
                    (self.report)(line, Wrong::Malformed(reason));
                }
                Err(Problem::Unread { line }) => (self.report)(line, Wrong::Unread),
                // A whole manifest has no such problem. The file is left as it is.
                Err(Problem::Seal(bad)) => {
                    let failure = FileError::new(self.path.clone(), bad.to_string());
                    self.due.push_back(Err(Outcome::from(Refused::Broken(failure))));
                    self.over = true;
                    return None;
                }
                // The rest of the manifest is unreadable. The run ends here, since files listed in
                // the rest would count as new, and a file that decayed on the disk would get a new
                // digest unnoticed.
                Err(Problem::Broken(error)) => {
                    let reason = format!("cannot be read to its end: {}", reason(&error));
                    let failure = FileError::new(self.path.clone(), reason);
                    self.due.push_back(Err(Outcome::from(Refused::Broken(failure))));
                    self.over = true;
                    return None;
                }
            }
        }
    }

    /// The next entry whose file the walk did not find, after its end. In memory, `first` is the index of
    /// the first that was not looked at yet.
    fn next_left(&mut self, first: usize) -> Option<Entry> {
        let Manifest::Held(held, seen) = &self.manifest else {
            return self.next_streamed(|_| true);
        };
        let index = first + seen[first..].iter().position(|seen| !seen)?;
        self.left = Some(index + 1);
        Some(held.view(index).entry())
    }

    /// Settles an entry whose file the walk did not find: counts the file as gone, or keeps its
    /// line in the manifest.
    fn without_file(&mut self, entry: Entry) {
        if !self.is_of_shard(&entry.path) {
            self.of_other_shard(&entry);
            return;
        }
        let tally = &self.tally;
        let elsewhere = self.roots.as_ref().is_some_and(|roots| !roots.hold(&entry.path));
        let unread = !self.failures.is_empty() && lies_in_one(&key(&entry.path), &self.failures);
        let cut = self.tally.cut.load(Relaxed);
        let present = match &self.roots {
            _ if elsewhere || unread || cut => Present::File,
            // A file that options exclude is not looked up: the user may exclude its disk because
            // the disk is not connected.
            Some(roots) if self.leaves_out(roots, &entry) => Present::File,
            Some(roots) => {
                let behind = || roots.is_behind_link(&entry.path);
                Present::of(&entry.path, self.policy.follow, entry.link.is_some(), behind)
            }
            // The names come from a list, which counts as complete. So the file is gone.
            None => Present::Gone,
        };
        let count = match &present {
            _ if elsewhere => &tally.elsewhere,
            _ if cut => &tally.unreached,
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
            Present::File if self.policy.forget && !elsewhere && !unread && !cut => {}
            Present::File => self.keep(entry),
            Present::Unknown(error) => {
                let failure = FileError::io(entry.path.clone(), &error);
                self.due.push_back(Err(Outcome::from(Refused::Failed(failure))));
                self.keep(entry);
            }
            Present::Other(kind) => {
                let reason = no_longer(entry.link.is_some(), kind);
                let item = Item::File(entry.path, Origin::Listed);
                self.due.push_back(Err(Outcome::Settled(item, Known::NoFile(reason))));
            }
            Present::Gone => self.spelled[0].extend(spelling::composed(&entry.path)),
        }
    }

    /// Whether a name of the manifest belongs to the shard of this run.
    fn is_of_shard(&self, path: &Path) -> bool {
        let Some(shard) = self.rules.shard else { return true };
        match &self.roots {
            Some(roots) => shard.holds(&roots.shard_name(path)),
            None => shard.holds(path.as_os_str().as_bytes()),
        }
    }

    /// Passes over an entry of another shard, whose run keeps or drops its line. If its file exists,
    /// the disk below its PATH is mounted, although this shard may have no file there.
    fn of_other_shard(&mut self, entry: &Entry) {
        let Some(roots) = &mut self.roots else {
            // A list counts as complete, whatever its shards have.
            self.tally.of_others.fetch_add(1, Relaxed);
            return;
        };
        if roots.is_found(&entry.path) {
            return;
        }
        if let Present::File = Present::at(&entry.path, self.policy.follow) {
            roots.found(&entry.path);
            self.tally.of_others.fetch_add(1, Relaxed);
        }
    }

    /// Whether options exclude the file of this entry. It makes no difference whether the file
    /// exists.
    fn leaves_out(&self, roots: &Roots, entry: &Entry) -> bool {
        let device = entry.identity.map(|(device, _)| device);
        entry.size.is_some_and(|size| self.policy.sizes.exclude(size))
            || roots.leave_out(&key(&entry.path), device, |root, below, device| {
                self.rules.skips(root, below, device)
            })
    }

    /// Passes on an entry so that its line stays in the manifest.
    fn keep(&mut self, entry: Entry) {
        let item = Item::File(entry.path.clone(), Origin::Listed);
        let entry = self.dated(entry);
        self.due.push_back(Err(Outcome::Settled(item, Known::Kept(Box::new(entry)))));
    }

    /// The entry with the time at which its file was read. If the entry has no such time, the time
    /// when the manifest was modified is used.
    fn dated(&self, mut entry: Entry) -> Entry {
        entry.hashed.get_or_insert(self.modified);
        entry
    }

    /// Stores the counts that are known only at the end.
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
        // Digests of the recorded algorithms are computed too. So even if the user chose another
        // algorithm, the new content is compared with the old digests before they are replaced.
        let recorded = entry.digests.set();
        let keeps = self.policy.own && entry.link.is_none();
        let algorithms = if keeps { recorded } else { recorded.union(self.policy.algorithms) };
        let read = self.policy.must_read(&entry);
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
            if let Some(first) = self.left {
                match self.next_left(first) {
                    Some(entry) => self.without_file(entry),
                    None => {
                        self.over = true;
                        self.sum_up();
                    }
                }
                continue;
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
                    self.left = Some(0);
                    continue;
                }
            };
            self.due.push_back(next);
        }
    }
}
