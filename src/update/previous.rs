//! Opens the manifest that `hash --update` starts from. If the manifest is in the order of the
//! walk, it is read line by line along with the walk. Otherwise the whole manifest is loaded into
//! memory.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::hash::algorithms::Algorithm;
use crate::manifest::forms::{begins_seal, json};
use crate::manifest::held::{Held, Wrong};
use crate::manifest::lines::{Line, Lines};
use crate::manifest::order::compare_bytes;
use crate::manifest::roots::Roots;
use crate::manifest::seal::BadSeal;
use crate::manifest::{Entries, Entry, Problem, ReadOptions, Records};
use crate::stamp::nanoseconds;
use batchproc_os::early;

/// The manifest of an earlier run.
pub struct Previous {
    /// The path of the manifest.
    pub(super) path: PathBuf,
    /// The first entry of the manifest.
    pub first: Option<Entry>,
    /// The algorithms of the first entry that has digests. None if there is no such entry.
    pub algorithms: Vec<Algorithm>,
    /// Whether the manifest lists symbolic links.
    pub has_links: bool,
    /// When the manifest was modified last, in nanoseconds since 1970. An entry that does not
    /// record when its file was read uses this time.
    pub(super) modified: i128,
    pub(super) source: Source,
    /// Whether the manifest has lines and all of them are malformed.
    pub garbage: bool,
    /// What was concluded about the seal while the manifest was read. `None` for a regular file
    /// about which nothing was concluded.
    pub seal: Option<Result<(), BadSeal>>,
    /// The size, modification time and inode number of the manifest. They show whether another
    /// process changed it.
    pub version: (u64, i128, u64),
}

pub(super) enum Source {
    /// The entries are in the order of the walk, so they are read from this file along with the
    /// walk.
    Streamed(File),
    /// The entries are in memory, with a flag for each: whether its file was found.
    Held(Box<Held>, Vec<bool>),
}

impl Previous {
    /// Opens a manifest. `in_order` says whether the walk finds files in the order in which a
    /// manifest may be read along with it. If the manifest is loaded into memory, `report` is
    /// called for each line that is malformed or contradicts an earlier line.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn open(
        path: &Path,
        in_order: bool,
        mut report: impl FnMut(u64, Wrong),
    ) -> io::Result<Self> {
        let mut file = early::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(rustix::io::Errno::ISDIR.into());
        }
        let modified = metadata.modified().map_or(0, nanoseconds);
        let version = version(&metadata);
        if metadata.is_file() {
            let mut malformed = false;
            let first = first(&file, |_| true, || malformed = true)?;
            let garbage = malformed && first.is_none();
            file.rewind()?;
            let order = if in_order { look_at_order(&file)? } else { None };
            file.rewind()?;
            if let Some(has_links) = order {
                let algorithms = match &first {
                    Some(entry) if entry.link.is_some() => {
                        let file_entry = self::first(&file, |entry| entry.link.is_none(), || ())?;
                        file.rewind()?;
                        file_entry.map(|entry| entry.algorithms())
                    }
                    first => first.as_ref().map(Entry::algorithms),
                };
                let algorithms = algorithms.unwrap_or_default();
                return Ok(Self {
                    path: path.to_path_buf(),
                    first,
                    algorithms,
                    has_links,
                    modified,
                    source: Source::Streamed(file),
                    garbage,
                    seal: None,
                    version,
                });
            }
        }
        let mut malformed = false;
        let is_pipe = !metadata.is_file();
        let mut records = Records::new(&file, ReadOptions::default());
        if is_pipe {
            records = records.watch_seal(true);
        }
        let held = Held::read(Entries::new(records), None, |line, wrong| {
            malformed |= matches!(wrong, Wrong::Malformed(_));
            report(line, wrong);
        })?;
        let seen = vec![false; held.len()];
        let first = held.views().next().map(|entry| entry.entry());
        let with_digests = held.views().find(|entry| entry.link.is_none());
        let algorithms = with_digests.map(|entry| entry.entry().algorithms()).unwrap_or_default();
        let has_links = held.has_links();
        let garbage = malformed && first.is_none();
        let seal = held.bad_seal.map(Err).or(is_pipe.then_some(Ok(())));
        let (path, source) = (path.to_path_buf(), Source::Held(Box::new(held), seen));
        Ok(Self { path, first, algorithms, has_links, modified, source, garbage, seal, version })
    }

    /// The first name in the manifest that lies below one of these paths.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn first_below(&mut self, paths: &[PathBuf]) -> io::Result<Option<PathBuf>> {
        let roots = Roots::new(paths);
        match &mut self.source {
            Source::Held(held, _) => {
                let found = held.views().find(|entry| roots.hold_key(entry.key));
                Ok(found.map(|entry| entry.path.to_path_buf()))
            }
            Source::Streamed(file) => {
                let found = first(file, |entry| roots.hold(&entry.path), || ())?;
                file.rewind()?;
                Ok(found.map(|entry| entry.path))
            }
        }
    }

    /// The number of entries in memory. `None` if the manifest is read along with the walk.
    pub fn held(&self) -> Option<usize> {
        match &self.source {
            Source::Streamed(_) => None,
            Source::Held(held, _) => Some(held.len()),
        }
    }
}

/// Finds the first entry for which `wanted` returns true. `malformed` is called for each invalid line
/// before it.
///
/// # Errors
/// When the manifest cannot be read up to that entry.
fn first(
    file: &File,
    wanted: impl Fn(&Entry) -> bool,
    mut malformed: impl FnMut(),
) -> io::Result<Option<Entry>> {
    for read in entries(file) {
        match read {
            Ok(entry) if wanted(&entry) => return Ok(Some(entry)),
            Ok(_) => {}
            Err(Problem::Malformed { .. }) => malformed(),
            Err(Problem::Unread { .. } | Problem::Seal(_)) => {}
            Err(Problem::Broken(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// The size, modification time and inode number of a manifest.
pub fn version(metadata: &fs::Metadata) -> (u64, i128, u64) {
    (metadata.len(), metadata.modified().map_or(0, nanoseconds), metadata.ino())
}

/// Reads the entries of a manifest.
pub(super) fn entries<R: io::Read>(reader: R) -> Entries<R> {
    Entries::new(Records::new(reader, ReadOptions::default()))
}

/// Looks whether the entries of a manifest are in the order of a walk. If they are, returns whether any
/// is about a symbolic link.
fn look_at_order(mut file: &File) -> io::Result<Option<bool>> {
    let follows =
        |last: &[u8], name: &[u8]| last.is_empty() || compare_bytes(last, name) == Ordering::Less;
    // Parsing a line takes most of the time. It is not needed for JSON lines whose names have no
    // escapes, so these are tried first.
    let (mut lines, mut line, mut last) = (Lines::new(file, Some(false)), Vec::new(), Vec::new());
    let mut has_links = false;
    loop {
        line.clear();
        if lines.next(&mut line)? == Line::End {
            return Ok(Some(has_links));
        }
        if begins_seal(&line) {
            continue;
        }
        let Some((name, is_link)) = json::plain_path(&line) else { break };
        if !follows(&last, name) {
            return Ok(None);
        }
        has_links |= is_link;
        last.clear();
        last.extend(name);
    }
    file.rewind()?;
    let (mut last, mut has_links) = (Vec::new(), false);
    for read in entries(file) {
        match read {
            Ok(entry) if follows(&last, entry.path.as_os_str().as_bytes()) => {
                has_links |= entry.link.is_some();
                last = entry.path.into_os_string().into_encoded_bytes();
            }
            Ok(_) => return Ok(None),
            Err(Problem::Malformed { .. } | Problem::Unread { .. } | Problem::Seal(_)) => {}
            Err(Problem::Broken(error)) => return Err(error),
        }
    }
    Ok(Some(has_links))
}
