//! Takes the files and their digests from manifests; no file is read.

use std::path::{Path, PathBuf};

use super::files::Files;
use super::groups::Digested;
use crate::error::FileError;
use crate::escape::printable;
use crate::hash::Hasher;
use crate::hash::algorithms::{Algorithm, Set};
use crate::manifest::View;
use crate::manifest::held::Held;
use crate::manifest::index::Index;
use crate::stamp::Identity;

/// The fewest bytes of a digest that shows that two files have the same content. Among a million
/// files, some have the same digest of 32 bits by chance, and among many millions some have one of
/// 64 bits.
const LEAST_BYTES: usize = 16;

/// The algorithms that somebody can deceive, or that do not try to prevent it.
const WEAK: [&str; 3] = ["md5", "sha1", "xxh3-128"];

/// A manifest and its name.
pub struct Manifest {
    /// The path of the manifest.
    pub path: PathBuf,
    /// Its entries.
    pub held: Held,
}

/// Whether digests of this algorithm are long enough to show that two files have the same content.
pub fn is_long_enough(algorithm: Algorithm) -> bool {
    algorithm.bytes() >= LEAST_BYTES
}

/// The strongest of the algorithms that all entries have. `None` if there is no such algorithm, or
/// none with digests that are long enough.
pub fn strongest(manifests: &[Manifest]) -> Option<Algorithm> {
    let entries = manifests.iter().flat_map(|manifest| manifest.held.views());
    let entries = entries.filter(|entry| entry.link.is_none());
    let common = entries.map(|entry| entry.digests.set()).reduce(Set::intersection)?;
    let strength = |algorithm: &Algorithm| (!WEAK.contains(&algorithm.name()), algorithm.bytes());
    common.iter().filter(|&algorithm| is_long_enough(algorithm)).max_by_key(strength)
}

/// The files of manifests.
pub struct Listed {
    manifests: Vec<Manifest>,
    algorithm: Algorithm,
    /// The manifest of each file, and the index of its entry there.
    chosen: Vec<(u32, u32)>,
}

impl Listed {
    /// Collects the entries of the manifests. Empty files are left out unless `empty` is set. `report` is
    /// called with each entry that has no digest of this algorithm, and with each file that two
    /// manifests list with different contents; then the later manifest counts.
    pub fn collect(
        manifests: Vec<Manifest>,
        algorithm: Algorithm,
        empty: bool,
        mut report: impl FnMut(FileError),
    ) -> Self {
        let mut listed = Self { manifests, algorithm, chosen: Vec::new() };
        listed.manifests.iter_mut().for_each(|manifest| manifest.held.forget_names());
        // In one manifest all names differ.
        let mut names = (listed.manifests.len() > 1).then(Index::default);
        for number in 0..listed.manifests.len() {
            for index in 0..listed.manifests[number].held.len() {
                let one = (number as u32, index as u32);
                listed.choose(one, names.as_mut(), &mut report);
            }
        }
        drop(names);
        let of_nothing = Hasher::new([algorithm]).digest(b"");
        let Self { manifests, chosen, .. } = &mut listed;
        chosen.retain(|&(number, index)| {
            let entry = manifests[number as usize].held.view(index as usize);
            let digest = entry.digests.get(algorithm);
            empty || entry.size != Some(0) && digest != of_nothing.get(algorithm)
        });
        listed
    }

    /// Takes an entry, unless a manifest before lists the same file.
    fn choose(
        &mut self,
        one: (u32, u32),
        names: Option<&mut Index>,
        report: &mut impl FnMut(FileError),
    ) {
        let Self { manifests, algorithm, chosen } = self;
        let of = |(number, _): (u32, u32)| &manifests[number as usize];
        let key = |one| of(one).held.key(one.1 as usize);
        let entry = of(one).held.view(one.1 as usize);
        // Symbolic links have no content.
        if entry.link.is_some() {
            return;
        }
        let mut fail = |reason| report(FileError::new(entry.path.to_path_buf(), reason));
        let path = || printable(&of(one).path);
        if entry.digests.get(*algorithm).is_none() {
            return fail(format!("{} has no {} digest of it", path(), algorithm.name()));
        }
        let Some(names) = names else { return chosen.push(one) };
        let Some(name) = names.find(entry.key, |name| key(chosen[name]) == entry.key) else {
            chosen.push(one);
            return names.push(|name| key(chosen[name]));
        };
        let old = chosen[name];
        if !is_same(&of(old).held.view(old.1 as usize), &entry) {
            let earlier = printable(&of(old).path);
            fail(format!("{} lists other content than {earlier} and counts", path()));
            chosen[name] = one;
        }
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// All files, with their digests.
    pub fn digested(&self) -> Vec<Digested> {
        (0..self.len()).map(|name| Digested::new(self, name, name)).collect()
    }

    fn view(&self, name: usize) -> View<'_> {
        let (number, index) = self.chosen[name];
        self.manifests[number as usize].held.view(index as usize)
    }
}

impl Files for Listed {
    fn path(&self, name: usize) -> &Path {
        self.view(name).path
    }

    fn size(&self, name: usize) -> Option<u64> {
        self.view(name).size
    }

    /// Two entries get the same identity only if their manifest says that they are names of one file.
    /// Device numbers of different manifests may be of different machines. An entry without identity is
    /// a file by itself.
    fn identity(&self, name: usize) -> (usize, Identity) {
        match self.view(name).identity {
            None => (0, (0, name as u64)),
            Some(identity) => (self.chosen[name].0 as usize + 1, identity),
        }
    }

    /// The place of a digest is the index of the name.
    fn digest(&self, place: usize) -> &[u8] {
        self.view(place).digests.get(self.algorithm).unwrap_or_default()
    }
}

/// Whether two entries for one name list the same content.
fn is_same(a: &View<'_>, b: &View<'_>) -> bool {
    a.digests.agree(b.digests) && a.size.zip(b.size).is_none_or(|(a, b)| a == b)
}

/// The error for manifests that have no algorithm for this in common.
pub fn nothing_in_common(manifests: &[Manifest]) -> String {
    let names: Vec<_> =
        manifests.iter().map(|manifest| printable(Path::new(&manifest.path))).collect();
    format!(
        "{}: no algorithm with digests of at least {} bits is in all entries; choose one with -a, and the entries without it are reported",
        names.join(", "),
        8 * LEAST_BYTES
    )
}
