//! A whole manifest in memory, indexed by name and by content. An audit uses it to find moved and
//! copied files. An update uses it if the manifest is not in the order of a walk. An entry takes
//! about 350 bytes plus its name.

use std::fmt;
use std::io::{self, Read};
use std::mem;
use std::path::Path;
use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};

use super::entry::{Entry, Problem};
use super::forms::json::UNREAD;
use super::merged::Entries;
use super::names::key;
use super::seal::BadSeal;
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;

/// A manifest in memory.
#[derive(Default)]
pub struct Held {
    entries: Vec<Entry>,
    /// The index of the entry of each name.
    names: HashMap<Box<[u8]>, usize>,
    /// For the first 8 bytes of a digest: the indices of the entries with such a digest. Built when
    /// content is first looked up.
    contents: OnceLock<HashMap<u64, Vec<usize>>>,
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
    /// When reading fails.
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
        match self.names.get(&key(&entry.path)) {
            Some(&index) => {
                let old = &self.entries[index];
                let given = entry.digests.set();
                let differs =
                    |&algorithm: &_| old.digests.get(algorithm) != entry.digests.get(algorithm);
                let mut common = old.digests.set().iter().filter(|&known| given.contains(known));
                let contradicts = common.any(|algorithm| differs(&algorithm));
                let contradicted = (contradicts || old.link != entry.link).then_some(old.line);
                let both = old.link.is_none() && entry.link.is_none();
                for algorithm in
                    old.digests.set().iter().filter(|&known| both && !given.contains(known))
                {
                    let digest = old.digests.get(algorithm).unwrap_or_default();
                    entry.digests.insert(algorithm, digest);
                }
                entry.assumed = entry.assumed.or(old.assumed);
                self.entries[index] = entry;
                contradicted
            }
            None => {
                self.names.insert(key(&entry.path), self.entries.len());
                self.entries.push(entry);
                None
            }
        }
    }

    /// The algorithms of all entries.
    pub fn algorithms(&self) -> Set {
        self.algorithms
    }

    /// Whether an entry is about a symbolic link.
    pub fn has_links(&self) -> bool {
        self.has_links
    }

    /// The entries, in the manifest's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The index, in [`Held::entries`], of the entry with this name.
    pub fn find(&self, path: &Path) -> Option<usize> {
        self.names.get(&key(path)).copied()
    }

    /// The indices of the entries whose digests agree with these. An entry that has a size must
    /// have this size.
    pub fn with_content(&self, digests: &Digests, size: u64) -> Vec<usize> {
        let contents = self.contents.get_or_init(|| {
            let mut contents: HashMap<u64, Vec<usize>> = HashMap::new();
            for (index, entry) in self.entries.iter().enumerate() {
                for piece in pieces(&entry.digests) {
                    contents.entry(piece).or_default().push(index);
                }
            }
            contents
        });
        let found = pieces(digests).filter_map(|piece| contents.get(&piece));
        let mut indices: Vec<usize> = found.flatten().copied().collect();
        indices.sort_unstable();
        indices.dedup();
        indices.retain(|&index| {
            let entry = &self.entries[index];
            entry.digests.agree(digests) && entry.size.is_none_or(|old| old == size)
        });
        indices
    }
}

/// The first 8 bytes of each digest, as a number. Entries that share such a number are then
/// compared in full.
fn pieces(digests: &Digests) -> impl Iterator<Item = u64> {
    digests.set().iter().map(|algorithm| {
        let digest = digests.get(algorithm).unwrap_or_default();
        let mut piece = [0; 8];
        for (byte, digit) in piece.iter_mut().zip(digest) {
            *byte = *digit;
        }
        u64::from_le_bytes(piece)
    })
}
