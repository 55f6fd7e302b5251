//! One side of the comparison: the files of a directory or the entries of a manifest, sorted by their
//! names below the root of the side.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::dups::listed::is_long_enough;
use crate::dups::table::Table;
use crate::files::rules::WalkRules;
use crate::hash::Hasher;
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;
use crate::manifest::held::Held;
use crate::manifest::names::{key, lies_in, lies_in_one};
use crate::manifest::order::compare_bytes;
use crate::stamp::Identity;

/// A file of one side.
#[derive(Clone, Debug)]
pub struct File {
    /// The name below the root.
    pub name: Box<[u8]>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// When the file was modified last, in nanoseconds since 1970.
    pub mtime: Option<i128>,
    /// The device and inode number, if the file is in a directory that was walked.
    pub identity: Option<Identity>,
    /// The row of the file in the table of the side. `None` if the side is a manifest.
    pub row: Option<usize>,
    /// The digests: those of the manifest, or those that were computed.
    pub digests: Digests,
    /// The target, if this is a symbolic link that is compared itself.
    pub link: Option<Box<Path>>,
    /// Whether the file could not be read. The failure has been reported.
    pub failed: bool,
}

impl File {
    /// The name below the root.
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.name))
    }
}

/// One side; see the module documentation.
#[derive(Debug, Default)]
pub struct Side {
    /// The files, sorted by name.
    pub files: Vec<File>,
    /// The algorithms of all entries if the side is a manifest, otherwise none.
    pub algorithms: Set,
    /// The files of the directory, with their full paths.
    pub table: Table,
    /// The names below the root of files and directories that could not be looked at.
    failures: HashSet<Box<[u8]>>,
    /// How many entries of the manifest lie outside of the root.
    pub outside: u64,
}

impl Side {
    /// The files of a directory that was looked at. `failures` are the paths that could not be
    /// looked at, `links` the symbolic links, each with its row and target.
    pub fn of_directory(
        root: &Path,
        table: Table,
        links: Vec<(usize, Box<Path>)>,
        failures: &[Box<Path>],
    ) -> Self {
        let below = |path: &Path| key(path.strip_prefix(root).unwrap_or(path));
        let file = |row: usize| {
            let facts = table.row(row);
            File {
                name: below(table.path(row)),
                size: facts.size,
                mtime: Some(facts.mtime.into()),
                identity: Some(facts.identity),
                row: Some(row),
                digests: Digests::default(),
                link: None,
                failed: false,
            }
        };
        let mut files: Vec<File> = (0..table.len()).map(file).collect();
        for (row, target) in links {
            // A link is not read.
            (files[row].row, files[row].link) = (None, Some(target));
        }
        let files = sorted(files);
        let failures = failures.iter().map(|path| below(path)).collect();
        Self { files, failures, table, ..Self::default() }
    }

    /// The entries of a manifest that lie below `root`. Without a root, the names are taken as they
    /// are. Files that the rules would keep a walk from finding are left out.
    pub fn of_manifest(held: &Held, root: Option<&[u8]>, rules: &WalkRules) -> Self {
        let mut side = Self { algorithms: held.algorithms(), ..Self::default() };
        // Of a manifest without sizes, only the digests show which files are empty.
        let long = held.algorithms().iter().filter(|&algorithm| is_long_enough(algorithm));
        let of_nothing = Hasher::new(long).digest(b"");
        for entry in held.entries() {
            let name = key(&entry.path);
            let Some(name) = below(&name, root) else {
                side.outside += 1;
                continue;
            };
            let path = Path::new(OsStr::from_bytes(name));
            if rules.skips(Path::new(""), path, None) {
                continue;
            }
            side.files.push(File {
                name: name.into(),
                size: entry.size.or(entry.digests.agree(&of_nothing).then_some(0)),
                mtime: entry.mtime,
                identity: None,
                row: None,
                digests: entry.digests.clone(),
                link: entry.link.clone(),
                failed: false,
            });
        }
        side.files = sorted(side.files);
        side
    }

    /// Whether any of the files is a symbolic link.
    pub fn has_links(&self) -> bool {
        self.files.iter().any(|file| file.link.is_some())
    }

    /// Whether a file of this name may exist although this side does not have it, because its
    /// directory, or the file itself, could not be looked at.
    pub fn may_have(&self, name: &[u8]) -> bool {
        !self.failures.is_empty() && lies_in_one(name, &self.failures)
    }
}

impl Side {
    /// How many of the first names of a side are looked up below other roots.
    const MOST_NAMES: usize = 24;

    /// The directory of this side below which one of its first names is a name of the other side.
    pub fn root_in(&self, other: &Self) -> Option<&Path> {
        let has = |name: &Path| {
            let name = name.as_os_str().as_bytes();
            other.files.binary_search_by(|file| compare_bytes(&file.name, name)).is_ok()
        };
        let names = self.files.iter().take(Self::MOST_NAMES).map(File::path);
        names.flat_map(|name| name.ancestors().skip(1).map(move |root| (name, root))).find_map(
            |(name, root)| {
                let below = name.strip_prefix(root).ok()?;
                (!root.as_os_str().is_empty() && has(below)).then_some(root)
            },
        )
    }
}

/// Whether a manifest has a name below this root.
pub fn has_names_below(held: &Held, root: &[u8]) -> bool {
    held.entries().iter().any(|entry| below(&key(&entry.path), Some(root)).is_some())
}

/// The part of a name below the root; both are keys. `None` if the name is not below the root.
fn below<'a>(name: &'a [u8], root: Option<&[u8]>) -> Option<&'a [u8]> {
    match root {
        None => Some(name),
        Some(root) if !lies_in(name, root) => None,
        Some(b".") => Some(name),
        Some(b"/") => name.get(1..),
        Some(root) => name.get(root.len() + 1..),
    }
}

fn sorted(mut files: Vec<File>) -> Vec<File> {
    files.sort_by(|a, b| compare_bytes(&a.name, &b.name));
    files
}

/// The indices of the files with the same name on both sides, and of those that only one side has,
/// in the order of the names.
pub fn pairs(old: &Side, new: &Side) -> Vec<(Option<usize>, Option<usize>)> {
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::with_capacity(old.files.len().max(new.files.len()));
    loop {
        let order = match (old.files.get(a), new.files.get(b)) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => compare_bytes(&old.name, &new.name),
        };
        pairs.push((order.is_le().then_some(a), order.is_ge().then_some(b)));
        a += usize::from(order.is_le());
        b += usize::from(order.is_ge());
    }
}
