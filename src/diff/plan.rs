//! Decides which files of directories must be read, and with which algorithms.

use super::pairs::Pairs;
use super::side::{File, Side};
use crate::hash::algorithms::Set;

/// The algorithms for each file of each side; an empty set for a file that is not read.
pub struct Plan {
    /// For the files of both sides. None for a manifest, of which nothing is read.
    pub algorithms: [Vec<Set>; 2],
}

impl Plan {
    /// Makes the plan. `own` are the algorithms if both sides are directories.
    pub fn new(old: &Side, new: &Side, pairs: &Pairs, own: Set) -> Self {
        let files = |side: &Side| side.table().map_or(0, |_| side.len());
        let mut plan =
            Self { algorithms: [old, new].map(|side| vec![Set::default(); files(side)]) };
        if plan.algorithms.iter().all(Vec::is_empty) {
            return plan;
        }
        // The algorithms of a file that must be comparable with all files of the other side.
        let all = match old.algorithms.union(new.algorithms) {
            listed if listed.is_empty() => own,
            listed => listed,
        };
        for pair in pairs.iter() {
            let (Some(a), Some(b)) = pair else { continue };
            let (from, to) = (&old.file(a), &new.file(b));
            if is_decided(from, to) {
                continue;
            }
            let listed = from.digests.set().union(to.digests.set());
            let set = if listed.is_empty() { own } else { listed };
            plan.read(0, a, from, set);
            plan.read(1, b, to, set);
        }
        plan.read_for_moves(old, new, pairs, all);
        plan
    }

    /// Whether a file of a side is read.
    pub fn is_read(&self, side: usize, file: usize) -> bool {
        self.algorithms[side].get(file).is_some_and(|set| !set.is_empty())
    }

    /// Adds the files that may have been moved or copied: new ones, and old ones of the same size.
    fn read_for_moves(&mut self, old: &Side, new: &Side, pairs: &Pairs, all: Set) {
        // An equal target does not show that a symbolic link was moved.
        let old_files = || old.files().enumerate().filter(|(_, file)| file.link.is_none());
        let old_sizes = Sizes::of(old_files().map(|(_, file)| file.size));
        let added = pairs.iter().filter(|(a, _)| a.is_none()).filter_map(|(_, b)| b);
        let mut sizes: Vec<Option<u64>> = Vec::new();
        for index in added {
            let file = &new.file(index);
            // All empty files have the same content, so nothing shows that one was moved.
            if file.size == Some(0) || file.link.is_some() {
                continue;
            }
            let is_possible = match file.size {
                None => old.len() > 0,
                size => old_sizes.may_have(size),
            };
            if is_possible {
                self.read(1, index, file, all);
                sizes.push(file.size);
            }
        }
        if sizes.is_empty() {
            // Files of unknown size, which only a manifest has, are not read.
            return;
        }
        let sizes = Sizes::of(sizes.into_iter());
        for (index, file) in old_files().filter(|(_, file)| sizes.may_have(file.size)) {
            self.read(0, index, &file, all);
        }
    }

    /// Plans to read a file with these algorithms too, if it is in a directory.
    fn read(&mut self, side: usize, index: usize, file: &File<'_>, set: Set) {
        if file.row.is_some() {
            let planned = &mut self.algorithms[side][index];
            *planned = planned.union(set);
        }
    }
}

/// Sizes of files.
struct Sizes {
    /// Sorted, each once.
    known: Vec<u64>,
    /// Whether there is a file of unknown size.
    any: bool,
}

impl Sizes {
    fn of(sizes: impl Iterator<Item = Option<u64>>) -> Self {
        let (mut known, mut any) = (Vec::new(), false);
        for size in sizes {
            known.extend(size);
            any |= size.is_none();
        }
        known.sort_unstable();
        known.dedup();
        Self { known, any }
    }

    /// Whether a file of this size may have the content of one of these files.
    fn may_have(&self, size: Option<u64>) -> bool {
        self.any || size.is_none_or(|size| self.known.binary_search(&size).is_ok())
    }
}

/// Whether two files with the same name need no digest: their sizes differ, they are one file, or one of
/// them is a symbolic link.
pub fn is_decided(old: &File<'_>, new: &File<'_>) -> bool {
    old.link.is_some()
        || new.link.is_some()
        || have_different_sizes(old, new)
        || are_one_file(old, new)
}

/// Whether the sizes of both files are known and differ.
pub fn have_different_sizes(old: &File<'_>, new: &File<'_>) -> bool {
    old.size.zip(new.size).is_some_and(|(a, b)| a != b)
}

/// Whether both are names of one file (hard links).
pub fn are_one_file(old: &File<'_>, new: &File<'_>) -> bool {
    old.identity.is_some() && old.identity == new.identity
}
