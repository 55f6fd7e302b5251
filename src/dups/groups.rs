//! Puts names whose files have the same digest into groups, and the groups into their order: those
//! that waste most first, and of those that waste as much, the one whose first name comes first in
//! the input.

use std::cmp::Reverse;
use std::ops::Range;

use super::table::Table;

/// The digests of files, one after another in one buffer.
#[derive(Debug)]
pub struct Digests {
    width: usize,
    bytes: Vec<u8>,
}

impl Digests {
    /// No digest yet; each will have `width` bytes.
    pub fn new(width: usize) -> Self {
        Self { width, bytes: Vec::new() }
    }

    /// Adds a digest and returns its place.
    pub fn push(&mut self, digest: &[u8]) -> usize {
        self.bytes.extend_from_slice(digest);
        self.bytes.len() / self.width - 1
    }

    /// The digest at a place.
    pub fn get(&self, place: usize) -> &[u8] {
        &self.bytes[place * self.width..(place + 1) * self.width]
    }
}

/// A name, and the place of the digest of its file.
#[derive(Clone, Copy, Debug)]
pub struct Digested {
    /// The index of the name in the table.
    pub name: usize,
    /// The place of the digest.
    pub digest: usize,
}

/// Names of files with the same content.
#[derive(Debug)]
pub struct Group {
    /// Where the names are in [`Groups::names`].
    names: Range<usize>,
    /// The place of the digest.
    pub digest: usize,
    /// The size of each file, if it is known.
    pub size: Option<u64>,
    /// How many bytes would be free if only one of the files were left. Names of one file waste
    /// nothing.
    pub wasted: u64,
}

/// All groups, in their order.
#[derive(Debug, Default)]
pub struct Groups {
    names: Vec<usize>,
    groups: Vec<Group>,
    hard_links: bool,
}

impl Groups {
    /// Makes groups of these names. With `hard_links`, the names of one file count as duplicates.
    /// `distinct` is called with the names of each file, and returns those that count.
    pub fn new(
        mut all: Vec<Digested>,
        table: &Table,
        digests: &Digests,
        hard_links: bool,
        mut distinct: impl FnMut(&[usize]) -> Vec<usize>,
    ) -> Self {
        let digest = |digested: &Digested| digests.get(digested.digest);
        all.sort_unstable_by(|a, b| {
            let rest = |d: &Digested| (table.row(d.name).size, table.row(d.name).identity, d.name);
            digest(a).cmp(digest(b)).then_with(|| rest(a).cmp(&rest(b)))
        });
        // A manifest may record no size. Then the digest alone decides.
        let same = |a: &Digested, b: &Digested| {
            let sizes = table.row(a.name).size.zip(table.row(b.name).size);
            digest(a) == digest(b) && sizes.is_none_or(|(a, b)| a == b)
        };
        let mut groups = Self { hard_links, ..Self::default() };
        for run in all.chunk_by(same) {
            groups.add(run, table, &mut distinct);
        }
        let Self { names, groups: list, .. } = &mut groups;
        list.sort_unstable_by_key(|group| (Reverse(group.wasted), names[group.names.start]));
        groups
    }

    /// Adds the group of these names, which have one digest, if they are of several files.
    fn add(
        &mut self,
        run: &[Digested],
        table: &Table,
        distinct: &mut impl FnMut(&[usize]) -> Vec<usize>,
    ) {
        let identity = |digested: &Digested| table.row(digested.name).identity;
        let several = |files: usize, names: usize| if self.hard_links { names } else { files } > 1;
        if !several(run.chunk_by(|a, b| identity(a) == identity(b)).count(), run.len()) {
            return;
        }
        let mut files: Vec<Vec<usize>> = run
            .chunk_by(|a, b| identity(a) == identity(b))
            .map(|names| distinct(&names.iter().map(|digested| digested.name).collect::<Vec<_>>()))
            .filter(|names| !names.is_empty())
            .collect();
        files.sort_unstable();
        if !several(files.len(), files.iter().map(Vec::len).sum()) {
            return;
        }
        let start = self.names.len();
        self.names.extend(files.iter().flatten());
        if self.hard_links {
            self.names[start..].sort_unstable();
        }
        let size = run.iter().find_map(|digested| table.row(digested.name).size);
        let wasted = size.unwrap_or(0).saturating_mul(files.len() as u64 - 1);
        let names = start..self.names.len();
        self.groups.push(Group { names, digest: run[0].digest, size, wasted });
    }

    /// The groups, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    /// The duplicates of a group, each with its names, of which the first stands for the others.
    pub fn files<'a>(
        &'a self,
        group: &Group,
        table: &'a Table,
    ) -> impl Iterator<Item = &'a [usize]> {
        let together = |&a: &usize, &b: &usize| {
            !self.hard_links && table.row(a).identity == table.row(b).identity
        };
        self.names[group.names.clone()].chunk_by(together)
    }
}
