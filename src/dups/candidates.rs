//! Decides which files must be read: those whose size, and then whose first bytes, another file has
//! too. Of the names of one file (hard links), only the first is read.

use super::prefix::WHOLE;
use super::table::Table;

/// The bytes of a digest that are kept of the beginning of a file.
pub type Beginning = [u8; 16];

/// The names whose size other files have too.
pub struct Candidates {
    /// All these names, by size, file and place in the input. The first name of each file is the
    /// one that is read.
    names: Vec<usize>,
    /// Whether the names of one file count as duplicates.
    hard_links: bool,
}

impl Candidates {
    /// The candidates among all files of the table.
    pub fn of(table: &Table, hard_links: bool) -> Self {
        let mut names: Vec<usize> = (0..table.len()).collect();
        names.sort_unstable_by_key(|&name| (table.size(name), table.row(name).identity, name));
        let mut kept = Vec::new();
        for same_size in names.chunk_by(|&a, &b| table.size(a) == table.size(b)) {
            let identity = |name: &usize| table.row(*name).identity;
            let several = match hard_links {
                true => same_size.len() > 1,
                false => same_size.first().map(identity) != same_size.last().map(identity),
            };
            if several {
                kept.extend_from_slice(same_size);
            }
        }
        Self { names: kept, hard_links }
    }

    /// The names of each file.
    pub fn files<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a [usize]> {
        self.names.chunk_by(|&a, &b| table.row(a).identity == table.row(b).identity)
    }

    /// The files whose first bytes are to be compared, in the order of the input.
    pub fn large(&self, table: &Table) -> Vec<usize> {
        self.first_names(table, |names| table.size(names[0]) > WHOLE)
    }

    /// The files that are to be read whole, in the order of the input. `beginnings` are the digests
    /// of the first bytes of the large files.
    pub fn whole(&self, table: &Table, mut beginnings: Vec<(usize, Beginning)>) -> Vec<usize> {
        // The files of which several names exist: if these count, each is read in any case.
        let is_linked = |names: &[usize]| self.hard_links && names.len() > 1;
        let linked = self.first_names(table, is_linked);
        let mut whole = self.first_names(table, |names| table.size(names[0]) <= WHOLE);
        beginnings.sort_unstable_by_key(|&(file, digest)| (table.size(file), digest, file));
        let same = |a: &(usize, Beginning), b: &(usize, Beginning)| {
            table.size(a.0) == table.size(b.0) && a.1 == b.1
        };
        for same in beginnings.chunk_by(same) {
            let several = same.len() > 1 || linked.binary_search(&same[0].0).is_ok();
            whole.extend(same.iter().filter(|_| several).map(|(file, _)| *file));
        }
        whole.sort_unstable();
        whole
    }

    /// The first names of the files that `wanted` accepts, in the order of the input.
    fn first_names(&self, table: &Table, wanted: impl Fn(&[usize]) -> bool) -> Vec<usize> {
        let mut first: Vec<usize> =
            self.files(table).filter(|names| wanted(names)).map(|names| names[0]).collect();
        first.sort_unstable();
        first
    }
}
