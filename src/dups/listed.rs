//! Takes the files and their digests from manifests; no file is read.

use std::path::{Path, PathBuf};

use foldhash::{HashMap, HashMapExt};

use super::groups::{Digested, Digests};
use super::table::Table;
use crate::error::FileError;
use crate::escape::printable;
use crate::hash::Hasher;
use crate::hash::algorithms::{Algorithm, Set};
use crate::manifest::Entry;
use crate::manifest::held::Held;
use crate::manifest::names::key;
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
    let entries = manifests.iter().flat_map(|manifest| manifest.held.entries());
    let entries = entries.filter(|entry| entry.link.is_none());
    let common = entries.map(|entry| entry.digests.set()).reduce(Set::intersection)?;
    let strength = |algorithm: &Algorithm| (!WEAK.contains(&algorithm.name()), algorithm.bytes());
    common.iter().filter(|&algorithm| is_long_enough(algorithm)).max_by_key(strength)
}

/// The files of manifests.
pub struct Listed {
    /// The files.
    pub table: Table,
    /// Their digests.
    pub digests: Digests,
    /// Which digest each file has.
    pub digested: Vec<Digested>,
}

/// Collects the entries of the manifests. Empty files are left out unless `empty` is set. `report` is
/// called with each entry that has no digest of this algorithm, and with each file that two manifests
/// list with different contents; then the later manifest counts.
pub fn collect(
    manifests: &[Manifest],
    algorithm: Algorithm,
    empty: bool,
    mut report: impl FnMut(FileError),
) -> Listed {
    let mut chosen: Vec<(usize, &Entry)> = Vec::new();
    let mut indices: HashMap<Box<[u8]>, usize> = HashMap::new();
    for (number, manifest) in manifests.iter().enumerate() {
        // Symbolic links have no content.
        for entry in manifest.held.entries().iter().filter(|entry| entry.link.is_none()) {
            let mut fail = |reason| report(FileError::new(entry.path.clone(), reason));
            let path = || printable(&manifest.path);
            if entry.digests.get(algorithm).is_none() {
                fail(format!("{} has no {} digest of it", path(), algorithm.name()));
                continue;
            }
            let index = *indices.entry(key(&entry.path)).or_insert(chosen.len());
            match chosen.get_mut(index) {
                None => chosen.push((number, entry)),
                Some((_, old)) if is_same(old, entry) => {}
                Some(old) => {
                    let earlier = printable(&manifests[old.0].path);
                    fail(format!("{} lists other content than {earlier} and counts", path()));
                    *old = (number, entry);
                }
            }
        }
    }
    let of_nothing = Hasher::new([algorithm]).digest(b"");
    let mut listed = Listed {
        table: Table::default(),
        digests: Digests::new(algorithm.bytes()),
        digested: Vec::new(),
    };
    let mut devices = HashMap::new();
    for (number, entry) in chosen {
        let digest = entry.digests.get(algorithm);
        if !empty && (entry.size == Some(0) || digest == of_nothing.get(algorithm)) {
            continue;
        }
        let name = listed.table.len();
        let identity = identity(entry, number, name, &mut devices);
        listed.table.push_listed(&entry.path, entry.size, identity);
        let digest = listed.digests.push(digest.unwrap_or_default());
        listed.digested.push(Digested { name, digest });
    }
    listed
}

/// Whether two entries for one name list the same content.
fn is_same(a: &Entry, b: &Entry) -> bool {
    a.digests.agree(&b.digests) && a.size.zip(b.size).is_none_or(|(a, b)| a == b)
}

/// An identity for an entry. Two entries get the same one only if their manifest says that they are
/// names of one file. Device numbers of different manifests may be of different machines, so each
/// gets a number of its own. An entry without identity is a file by itself.
fn identity(
    entry: &Entry,
    manifest: usize,
    name: usize,
    devices: &mut HashMap<(usize, u64), u64>,
) -> Identity {
    match entry.identity {
        None => (0, name as u64),
        Some((device, inode)) => {
            let next = devices.len() as u64 + 1;
            (*devices.entry((manifest, device)).or_insert(next), inode)
        }
    }
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
