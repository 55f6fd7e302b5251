//! One side of the comparison: the files of a directory or the entries of a manifest, sorted by their
//! names below the root of the side.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::results::Results;
use crate::dups::listed::is_long_enough;
use crate::dups::table::Table;
use crate::files::rules::WalkRules;
use crate::hash::Hasher;
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;
use crate::hash::packed::Packed;
use crate::manifest::View;
use crate::manifest::held::Held;
use crate::manifest::names::{key, lies_in, lies_in_one};
use crate::manifest::order::compare_bytes;
use crate::stamp::Identity;

/// A file of one side.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The name below the root.
    pub name: &'a [u8],
    /// The size in bytes.
    pub size: Option<u64>,
    /// When the file was modified last, in nanoseconds since 1970.
    pub mtime: Option<i128>,
    /// The device and inode number, if the file is in a directory that was walked.
    pub identity: Option<Identity>,
    /// The row of the file in the table of the side. `None` if the side is a manifest, or if this is a
    /// symbolic link, which is not read.
    pub row: Option<usize>,
    /// The digests: those of the manifest, or those that were computed.
    pub digests: Packed<'a>,
    /// The target, if this is a symbolic link that is compared itself.
    pub link: Option<&'a Path>,
    /// Whether the file could not be read. The failure has been reported.
    pub failed: bool,
}

impl<'a> File<'a> {
    /// The name below the root.
    pub fn path(&self) -> &'a Path {
        Path::new(OsStr::from_bytes(self.name))
    }
}

/// One side; see the module documentation.
#[derive(Default)]
pub struct Side {
    files: Files,
    /// The files in the order of their names, by their places in `files`.
    order: Vec<u32>,
    /// The algorithms of all entries if the side is a manifest, otherwise none.
    pub algorithms: Set,
    /// What was read of the files, by their indices.
    pub results: Results,
    /// The names below the root of files and directories that could not be looked at.
    failures: HashSet<Box<[u8]>>,
    /// How many entries of the manifest lie outside of the root.
    pub outside: u64,
}

/// Where the files of a side are.
enum Files {
    /// The entries of a manifest. The first so many bytes of their keys are those of the root.
    Listed { held: Box<Held>, root: usize, of_nothing: Digests },
    /// The files of a directory with this path, and the symbolic links by their rows.
    Found { root: PathBuf, table: Table, links: Vec<(usize, Box<Path>)> },
}

impl Default for Files {
    fn default() -> Self {
        Files::Found { root: PathBuf::new(), table: Table::default(), links: Vec::new() }
    }
}

impl Side {
    /// How many of the first names of a side are looked up below other roots.
    const MOST_NAMES: usize = 24;

    /// The files of a directory that was looked at. `failures` are the paths that could not be
    /// looked at, `links` the symbolic links, each with its row and target, in the order of the rows.
    pub fn of_directory(
        root: &Path,
        table: Table,
        links: Vec<(usize, Box<Path>)>,
        failures: &[Box<Path>],
    ) -> Self {
        let below = |path: &Path| key(path.strip_prefix(root).unwrap_or(path));
        let failures = failures.iter().map(|path| below(path)).collect();
        let order = (0..table.len() as u32).collect();
        let files = Files::Found { root: root.into(), table, links };
        Self { files, order, failures, ..Self::default() }.sorted()
    }

    /// The entries of a manifest that lie below `root`. Without a root, the names are taken as they
    /// are. Files that the rules would keep a walk from finding are left out.
    pub fn of_manifest(mut held: Held, root: Option<&[u8]>, rules: &WalkRules) -> Self {
        held.forget_names();
        let algorithms = held.algorithms();
        // Of a manifest without sizes, only the digests show which files are empty.
        let long = algorithms.iter().filter(|&algorithm| is_long_enough(algorithm));
        let of_nothing = Hasher::new(long).digest(b"");
        let (mut order, mut outside) = (Vec::new(), 0);
        for (place, name) in held.keys().enumerate() {
            let Some(name) = below(name, root) else {
                outside += 1;
                continue;
            };
            if !rules.skips(Path::new(""), Path::new(OsStr::from_bytes(name)), None) {
                order.push(place as u32);
            }
        }
        let root = root.map_or(0, root_length);
        let files = Files::Listed { held: Box::new(held), root, of_nothing };
        Self { files, order, algorithms, outside, ..Self::default() }.sorted()
    }

    fn sorted(mut self) -> Self {
        let mut order = std::mem::take(&mut self.order);
        let name = |place: &u32| self.files.name(*place as usize);
        order.sort_unstable_by(|a, b| compare_bytes(name(a), name(b)));
        Self { order, ..self }
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The name of the file with this index, in the order of the names.
    pub fn name(&self, index: usize) -> &[u8] {
        self.files.name(self.order[index] as usize)
    }

    /// The file with this index, in the order of the names.
    pub fn file(&self, index: usize) -> File<'_> {
        let place = self.order[index] as usize;
        match &self.files {
            Files::Listed { held, root, of_nothing } => {
                let View { key, size, mtime, digests, link, .. } = held.view(place);
                File {
                    name: &key[*root..],
                    size: size.or(digests.agree_with(of_nothing).then_some(0)),
                    mtime,
                    identity: None,
                    row: None,
                    digests,
                    link,
                    failed: false,
                }
            }
            Files::Found { table, links, .. } => {
                let facts = table.row(place);
                let link = links.binary_search_by_key(&place, |(row, _)| *row).ok();
                let result = self.results.get(index);
                File {
                    name: self.files.name(place),
                    size: Some(facts.size),
                    mtime: Some(facts.mtime.into()),
                    identity: Some(facts.identity),
                    row: link.is_none().then_some(place),
                    digests: result.unwrap_or_default(),
                    link: link.map(|link| &*links[link].1),
                    failed: result.is_none(),
                }
            }
        }
    }

    /// The files, in the order of their names.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        (0..self.len()).map(|index| self.file(index))
    }

    /// The files of the directory with their full paths, if the side is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.files {
            Files::Found { table, .. } => Some(table),
            Files::Listed { .. } => None,
        }
    }

    /// Whether any of the files is a symbolic link.
    pub fn has_links(&self) -> bool {
        match &self.files {
            Files::Found { links, .. } => !links.is_empty(),
            Files::Listed { held, .. } => {
                held.has_links() && self.files().any(|file| file.link.is_some())
            }
        }
    }

    /// Whether a file of this name may exist although this side does not have it, because its
    /// directory, or the file itself, could not be looked at.
    pub fn may_have(&self, name: &[u8]) -> bool {
        !self.failures.is_empty() && lies_in_one(name, &self.failures)
    }

    /// The directory of this side below which one of its first names is a name of the other side.
    pub fn root_in(&self, other: &Self) -> Option<&Path> {
        let has = |name: &Path| {
            let name = name.as_os_str().as_bytes();
            let place = |place: &u32| other.files.name(*place as usize);
            other.order.binary_search_by(|one| compare_bytes(place(one), name)).is_ok()
        };
        let names = (0..self.len().min(Self::MOST_NAMES)).map(|index| self.name(index));
        let names = names.map(|name| Path::new(OsStr::from_bytes(name)));
        names.flat_map(|name| name.ancestors().skip(1).map(move |root| (name, root))).find_map(
            |(name, root)| {
                let below = name.strip_prefix(root).ok()?;
                (!root.as_os_str().is_empty() && has(below)).then_some(root)
            },
        )
    }
}

impl Files {
    /// The name below the root of the file at this place.
    fn name(&self, place: usize) -> &[u8] {
        match self {
            Files::Listed { held, root, .. } => &held.key(place)[*root..],
            Files::Found { root, table, .. } => {
                let path = table.path(place).as_os_str().as_bytes();
                let root = root.as_os_str().as_bytes();
                let is_end = |rest: &&[u8]| root.ends_with(b"/") || rest.starts_with(b"/");
                let below = path.strip_prefix(root).filter(is_end).unwrap_or(path);
                &below[below.iter().position(|&byte| byte != b'/').unwrap_or(0)..]
            }
        }
    }
}

/// Whether a manifest has a name below this root.
pub fn has_names_below(held: &Held, root: &[u8]) -> bool {
    held.keys().any(|name| below(name, Some(root)).is_some())
}

/// The part of a name below the root; both are keys. `None` if the name is not below the root.
fn below<'a>(name: &'a [u8], root: Option<&[u8]>) -> Option<&'a [u8]> {
    match root {
        None => Some(name),
        Some(root) if !lies_in(name, root) => None,
        Some(root) => name.get(root_length(root)..),
    }
}

/// How many bytes of a name come before its part below the root.
fn root_length(root: &[u8]) -> usize {
    match root {
        b"." => 0,
        b"/" => 1,
        root => root.len() + 1,
    }
}
