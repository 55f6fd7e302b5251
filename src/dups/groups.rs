//! Puts names whose files have the same digest into groups, and the groups into their order: those
//! that waste most first, and of those that waste as much, the one whose first name comes first in
//! the input.

use std::cmp::Reverse;
use std::ops::Range;

use super::files::Files;

/// A name, and the place of the digest of its file.
#[derive(Clone, Copy, Debug)]
pub struct Digested {
    /// The first bytes of the digest. Mostly these are all that a comparison looks at.
    beginning: [u8; 4],
    name: u32,
    place: u32,
}

impl Digested {
    /// A name with this index, and the place of its digest. There are less than 2³² of each.
    pub fn new(files: &impl Files, name: usize, place: usize) -> Self {
        let beginning = files.digest(place).first_chunk().copied().unwrap_or_default();
        Self { beginning, name: name as u32, place: place as u32 }
    }

    fn name(&self) -> usize {
        self.name as usize
    }

    fn place(&self) -> usize {
        self.place as usize
    }
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
        files: &impl Files,
        hard_links: bool,
        mut distinct: impl FnMut(&[usize]) -> Vec<usize>,
    ) -> Self {
        let digest = |digested: &Digested| files.digest(digested.place());
        all.sort_unstable_by(|a, b| {
            let rest = |d: &Digested| (files.size(d.name()), files.identity(d.name()), d.name);
            let order = a.beginning.cmp(&b.beginning);
            order.then_with(|| digest(a).cmp(digest(b))).then_with(|| rest(a).cmp(&rest(b)))
        });
        // A manifest may record no size. Then the digest alone decides.
        let same = |a: &Digested, b: &Digested| {
            let is_equal = a.beginning == b.beginning && digest(a) == digest(b);
            let sizes = || files.size(a.name()).zip(files.size(b.name()));
            is_equal && sizes().is_none_or(|(a, b)| a == b)
        };
        let mut groups = Self { hard_links, ..Self::default() };
        for run in all.chunk_by(same) {
            groups.add(run, files, &mut distinct);
        }
        let Self { names, groups: list, .. } = &mut groups;
        list.sort_unstable_by_key(|group| (Reverse(group.wasted), names[group.names.start]));
        groups
    }

    /// Adds the group of these names, which have one digest, if they are of several files.
    fn add(
        &mut self,
        run: &[Digested],
        all: &impl Files,
        distinct: &mut impl FnMut(&[usize]) -> Vec<usize>,
    ) {
        let identity = |digested: &Digested| all.identity(digested.name());
        let several = |files: usize, names: usize| if self.hard_links { names } else { files } > 1;
        if !several(run.chunk_by(|a, b| identity(a) == identity(b)).count(), run.len()) {
            return;
        }
        let mut files: Vec<Vec<usize>> = run
            .chunk_by(|a, b| identity(a) == identity(b))
            .map(|names| distinct(&names.iter().map(Digested::name).collect::<Vec<_>>()))
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
        let size = run.iter().find_map(|digested| all.size(digested.name()));
        let wasted = size.unwrap_or(0).saturating_mul(files.len() as u64 - 1);
        let names = start..self.names.len();
        self.groups.push(Group { names, digest: run[0].place(), size, wasted });
    }

    /// The groups, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    /// The duplicates of a group, each with its names, of which the first stands for the others.
    pub fn files<'a, F: Files>(
        &'a self,
        group: &Group,
        files: &'a F,
    ) -> impl Iterator<Item = &'a [usize]> + use<'a, F> {
        let together =
            |&a: &usize, &b: &usize| !self.hard_links && files.identity(a) == files.identity(b);
        self.names[group.names.clone()].chunk_by(together)
    }
}
