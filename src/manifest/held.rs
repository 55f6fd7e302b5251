//! A whole manifest in memory, indexed by name and by content. An audit uses it to find moved and
//! copied files. An update uses it if the manifest is not in the order of a walk. An entry takes
//! 20 to 60 bytes beyond its name and digest, and 8 bytes more once content is looked up.

use std::fmt;
use std::io::{self, Read};
use std::mem;
use std::path::Path;
use std::sync::OnceLock;

use super::contents::Contents;
use super::entry::{Entry, Problem};
use super::forms::json::UNREAD;
use super::index::Index;
use super::merged::Entries;
use super::names::key;
use super::seal::BadSeal;
use super::store::{Store, View};
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;

/// A manifest in memory.
#[derive(Default)]
pub struct Held {
    entries: Store,
    /// The indices of the entries, by the keys of their names.
    names: Index,
    /// The indices of the entries, by their digests. Built when content is first looked up.
    contents: OnceLock<Contents>,
    /// The algorithms of all entries.
    algorithms: Set,
    /// Whether an entry is about a symbolic link.
    has_links: bool,
    /// Why the seal does not show that the manifest is whole; `None` if nothing is wrong with it.
    pub bad_seal: Option<BadSeal>,
}

/// What is wrong with a line of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The line is malformed, for this reason.
    Malformed(&'static str),
    /// The line says why its file could not be read, so it has no digest.
    Unread,
    /// The line has another digest for the same file than the earlier line with this number.
    Contradicts(u64),
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Malformed(reason) => formatter.write_str(reason),
            Wrong::Unread => formatter.write_str(UNREAD),
            Wrong::Contradicts(earlier) => {
                write!(formatter, "contradicts line {earlier}; this later line counts")
            }
        }
    }
}

impl Held {
    /// Reads a manifest to its end. Relative names are resolved against `root`. If several lines
    /// have the same name, the last one counts, and digests of other algorithms are added from the
    /// earlier lines. `report` is called with the number of each line that is malformed,
    /// has no digest, or contradicts an earlier line.
    ///
    /// # Errors
    /// When reading fails, or when the manifest is larger than all memory: 4 billion entries or 1 TiB.
    pub fn read(
        entries: Entries<impl Read>,
        root: Option<&Path>,
        mut report: impl FnMut(u64, Wrong),
    ) -> io::Result<Self> {
        let mut held = Self::default();
        for read in entries {
            match read {
                Ok(mut entry) => {
                    if let Some(root) = root.filter(|_| !entry.form.is_beside()) {
                        let path = root.join(&entry.path);
                        let name = mem::replace(&mut entry.path, path);
                        entry.written.get_or_insert(name.into());
                    }
                    if !held.entries.has_room(&entry) {
                        return Err(io::Error::other("it has too many entries for one manifest"));
                    }
                    let line = entry.line;
                    if let Some(earlier) = held.add(entry) {
                        report(line, Wrong::Contradicts(earlier));
                    }
                }
                Err(Problem::Malformed { line, reason }) => report(line, Wrong::Malformed(reason)),
                Err(Problem::Unread { line }) => report(line, Wrong::Unread),
                Err(Problem::Seal(bad)) => held.bad_seal = Some(bad),
                Err(Problem::Broken(error)) => return Err(error),
            }
        }
        Ok(held)
    }

    /// Adds an entry. If it contradicts an earlier entry, returns the line number of the earlier
    /// one.
    fn add(&mut self, mut entry: Entry) -> Option<u64> {
        self.algorithms = self.algorithms.union(entry.digests.set());
        self.has_links |= entry.link.is_some();
        let Some(index) = self.find(&entry.path) else {
            self.entries.push(&entry);
            self.names.push(|index| self.entries.key(index));
            return None;
        };
        let old = self.entries.view(index).entry();
        let given = entry.digests.set();
        let differs = |&algorithm: &_| old.digests.get(algorithm) != entry.digests.get(algorithm);
        let mut common = old.digests.set().iter().filter(|&known| given.contains(known));
        let contradicts = common.any(|algorithm| differs(&algorithm));
        let contradicted = (contradicts || old.link != entry.link).then_some(old.line);
        let both = old.link.is_none() && entry.link.is_none();
        for algorithm in old.digests.set().iter().filter(|&known| both && !given.contains(known)) {
            let digest = old.digests.get(algorithm).unwrap_or_default();
            entry.digests.insert(algorithm, digest);
        }
        entry.assumed = entry.assumed.or(old.assumed);
        self.entries.replace(index, &entry);
        contradicted
    }

    /// The algorithms of all entries.
    pub fn algorithms(&self) -> Set {
        self.algorithms
    }

    /// Whether an entry is about a symbolic link.
    pub fn has_links(&self) -> bool {
        self.has_links
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry with this index in the manifest's order.
    pub fn view(&self, index: usize) -> View<'_> {
        self.entries.view(index)
    }

    /// The key of the name of the entry with this index.
    pub fn key(&self, index: usize) -> &[u8] {
        self.entries.key(index)
    }

    /// The entries, in the manifest's order.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.len()).map(|index| self.view(index))
    }

    /// The keys of the names of the entries, in the manifest's order.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.key(index))
    }

    /// The index of the entry with this name.
    pub fn find(&self, path: &Path) -> Option<usize> {
        let key = key(path);
        self.names.find(&key, |index| self.entries.key(index) == &*key)
    }

    /// Frees what only [`Held::find`] needs, which finds nothing after that.
    pub fn forget_names(&mut self) {
        self.names = Index::default();
    }

    /// The indices of the entries whose digests agree with these. An entry that has a size must
    /// have this size.
    pub fn with_content(&self, digests: &Digests, size: u64) -> Vec<usize> {
        let contents = self.contents.get_or_init(|| {
            Contents::new(self.views().enumerate().map(|(index, entry)| (index, entry.digests)))
        });
        let mut indices = contents.find(digests);
        indices.retain(|&index| {
            let entry = self.view(index);
            entry.digests.agree_with(digests) && entry.size.is_none_or(|old| old == size)
        });
        indices
    }
}
