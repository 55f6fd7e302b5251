//! Decides which files of directories must be read, and with which algorithms.

use foldhash::{HashMap, HashMapExt};

use super::side::{File, Side};
use crate::hash::algorithms::Set;

/// Files with the same name on both sides, and files that only one side has.
pub type Pairs = [(Option<usize>, Option<usize>)];

/// The algorithms for each file of each side; an empty set for a file that is not read.
pub struct Plan {
    /// For the files of both sides.
    pub algorithms: [Vec<Set>; 2],
}

impl Plan {
    /// Makes the plan. `own` are the algorithms if both sides are directories.
    pub fn new(old: &Side, new: &Side, pairs: &Pairs, own: Set) -> Self {
        let mut plan =
            Self { algorithms: [old, new].map(|side| vec![Set::default(); side.files.len()]) };
        // The algorithms of a file that must be comparable with all files of the other side.
        let all = match old.algorithms.union(new.algorithms) {
            listed if listed.is_empty() => own,
            listed => listed,
        };
        for pair in pairs {
            let &(Some(a), Some(b)) = pair else { continue };
            let (from, to) = (&old.files[a], &new.files[b]);
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

    /// Adds the files that may have been moved or copied: new ones, and old ones of the same size.
    fn read_for_moves(&mut self, old: &Side, new: &Side, pairs: &Pairs, all: Set) {
        let mut by_size: HashMap<Option<u64>, Vec<usize>> = HashMap::new();
        // An equal target does not show that a symbolic link was moved.
        let is_file = |file: &File| file.link.is_none();
        for (index, file) in old.files.iter().enumerate().filter(|(_, file)| is_file(file)) {
            by_size.entry(file.size).or_default().push(index);
        }
        let added = pairs.iter().filter(|(a, _)| a.is_none()).filter_map(|&(_, b)| b);
        let mut sizes: Vec<Option<u64>> = Vec::new();
        for index in added {
            let file = &new.files[index];
            // All empty files have the same content, so nothing shows that one was moved.
            if file.size == Some(0) || !is_file(file) {
                continue;
            }
            let is_possible = match file.size {
                None => !old.files.is_empty(),
                size => by_size.contains_key(&size) || by_size.contains_key(&None),
            };
            if is_possible {
                self.read(1, index, file, all);
                sizes.push(file.size);
            }
        }
        sizes.sort_unstable();
        sizes.dedup();
        let any = sizes.contains(&None);
        for (size, indices) in &by_size {
            if size.is_none() || any || sizes.binary_search(size).is_ok() {
                indices.iter().for_each(|&index| self.read(0, index, &old.files[index], all));
            }
        }
    }

    /// Plans to read a file with these algorithms too, if it is in a directory.
    fn read(&mut self, side: usize, index: usize, file: &File, set: Set) {
        if file.row.is_some() {
            let planned = &mut self.algorithms[side][index];
            *planned = planned.union(set);
        }
    }
}

/// Whether two files with the same name need no digest: their sizes differ, they are one file, or one of
/// them is a symbolic link.
pub fn is_decided(old: &File, new: &File) -> bool {
    old.link.is_some()
        || new.link.is_some()
        || have_different_sizes(old, new)
        || are_one_file(old, new)
}

/// Whether the sizes of both files are known and differ.
pub fn have_different_sizes(old: &File, new: &File) -> bool {
    old.size.zip(new.size).is_some_and(|(a, b)| a != b)
}

/// Whether both are names of one file (hard links).
pub fn are_one_file(old: &File, new: &File) -> bool {
    old.identity.is_some() && old.identity == new.identity
}
