//! An entry of a manifest: a file with its digests. Also helpers that the parsers of all forms share.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::seal::BadSeal;
use crate::escape::unhex;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::digests::Digests;
use crate::stamp::Identity;

/// The form of a line, such as CSV: the index of a row in the table of forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form(pub(super) u8);

/// What a manifest records about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file's name.
    pub path: PathBuf,
    /// The name as the manifest has it, if an option has changed it.
    pub written: Option<Box<Path>>,
    /// The file's digests. None if the entry is about a symbolic link.
    pub digests: Digests,
    /// The target, if the entry is about a symbolic link itself and not about a file.
    pub link: Option<Box<Path>>,
    /// The algorithm that no line names and that only the length of its digest speaks for, although
    /// other algorithms have digests of this length too. If lines with the same name have several
    /// such algorithms, that of the last line.
    pub assumed: Option<Algorithm>,
    /// The algorithms of the digests in the manifest's order if there are several, otherwise empty.
    pub several: Vec<Algorithm>,
    /// The file's size in bytes.
    pub size: Option<u64>,
    /// When the file was modified last, in nanoseconds since 1970.
    pub mtime: Option<i128>,
    /// When the file's status changed last (content, mode, links), in nanoseconds since 1970.
    pub ctime: Option<i128>,
    /// The numbers of the file's device and inode.
    pub identity: Option<Identity>,
    /// The file was read at this time or later, in nanoseconds since 1970.
    pub hashed: Option<i128>,
    /// Whether the file changed while it was read.
    pub changed: bool,
    /// The form in which the entry is written.
    pub form: Form,
    /// The number of the entry's first line, from 1.
    pub line: u64,
}

impl Entry {
    /// The name as the manifest has it.
    pub fn written(&self) -> &Path {
        self.written.as_deref().unwrap_or(&self.path)
    }

    /// The algorithms of the digests in the manifest's order.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        match &self.several[..] {
            [] => self.digests.set().iter().collect(),
            several => several.to_vec(),
        }
    }

    /// An entry with one digest. The caller sets the form and the line number.
    pub(super) fn new(name: Vec<u8>, algorithm: Algorithm, digest: &[u8]) -> Parsed<Self> {
        let mut entry = Self::empty(name)?;
        entry.digests.insert(algorithm, digest);
        Ok(entry)
    }

    /// An entry with nothing but a name. The caller sets the other fields.
    pub(crate) fn empty(name: Vec<u8>) -> Parsed<Self> {
        if name.is_empty() {
            return Err("the name is empty");
        }
        if name.contains(&0) {
            return Err("the name contains a zero byte");
        }
        Ok(Self {
            path: PathBuf::from(OsString::from_vec(name)),
            written: None,
            digests: Digests::default(),
            link: None,
            assumed: None,
            several: Vec::new(),
            size: None,
            mtime: None,
            ctime: None,
            identity: None,
            hashed: None,
            changed: false,
            form: Form::default(),
            line: 0,
        })
    }

    /// An entry about a symbolic link with this target. The caller sets the other fields.
    pub(super) fn of_link(name: Vec<u8>, target: Vec<u8>) -> Parsed<Self> {
        if target.is_empty() {
            return Err("the target of the symbolic link is empty");
        }
        if target.contains(&0) {
            return Err("the target of the symbolic link contains a zero byte");
        }
        let target = PathBuf::from(OsString::from_vec(target));
        Ok(Self { link: Some(target.into()), ..Self::empty(name)? })
    }

    /// Whether `next`, the entry on the next line, has another digest of the same file.
    pub fn goes_with(&self, next: &Self) -> bool {
        let known = self.digests.set();
        (&self.link, &next.link) == (&None, &None)
            && next.form == self.form
            && next.path == self.path
            && (next.size, next.mtime, next.ctime) == (self.size, self.mtime, self.ctime)
            && (next.identity, next.hashed, next.changed)
                == (self.identity, self.hashed, self.changed)
            && next.digests.set().iter().all(|algorithm| !known.contains(algorithm))
    }

    /// About how many bytes of heap memory the entry takes.
    pub fn weight(&self) -> usize {
        let written = self.written.as_ref().map_or(0, |name| name.as_os_str().len());
        let link = self.link.as_ref().map_or(0, |target| target.as_os_str().len());
        let name = written + self.path.as_os_str().len();
        name + link + self.digests.weight() + self.several.len()
    }
}

/// Why a part of a manifest could not be read.
#[derive(Debug)]
pub enum Problem {
    /// A line is malformed.
    Malformed {
        /// The number of the line, from 1.
        line: u64,
        /// Why the line is malformed.
        reason: &'static str,
    },
    /// A line says why its file could not be read, and so it has no digest.
    Unread {
        /// The number of the line, from 1.
        line: u64,
    },
    /// The seal does not show that the manifest is whole. This comes after all entries.
    Seal(BadSeal),
    /// Reading failed. No further entries follow.
    Broken(io::Error),
}

/// The algorithms that are accepted in a manifest; `None` accepts all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accept(pub Option<Set>);

impl Accept {
    /// The algorithm with this name, if it is accepted.
    pub(super) fn named(self, name: &[u8]) -> Option<Algorithm> {
        self.only(Algorithm::by_name(std::str::from_utf8(name).ok()?)?)
    }

    /// The algorithm, if it is accepted.
    pub(super) fn only(self, algorithm: Algorithm) -> Option<Algorithm> {
        self.0.is_none_or(|set| set.contains(algorithm)).then_some(algorithm)
    }
}

/// The result of a parser. The error says why the line is malformed.
pub(super) type Parsed<T> = Result<T, &'static str>;

/// Parses the hexadecimal digits of a digest.
pub(super) fn digest_of(algorithm: Algorithm, digits: &[u8]) -> Parsed<Vec<u8>> {
    if digits.len() != 2 * algorithm.bytes() {
        return Err("the digest has the wrong length for its algorithm");
    }
    unhex(digits).ok_or("the digest has characters that are not hexadecimal digits")
}

/// Parses a time in nanoseconds. It may be a floating-point number, since spreadsheets convert
/// large integers.
pub(super) fn parse_time(digits: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(digits).ok()?;
    // Almost all times fit into 64 bits, which are read faster.
    let short = text.parse::<i64>().ok().map(i128::from);
    short.or_else(|| text.parse().ok()).or_else(|| time_of(text.parse().ok()?))
}

/// Converts a floating-point number of nanoseconds. `None` if it is too large for a time, or NaN.
fn time_of(number: f64) -> Option<i128> {
    (number.abs() < 1e30).then_some(number as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of a form with a name and all facts.
    fn entry(algorithm: &str) -> Entry {
        let algorithm = Algorithm::by_name(algorithm).unwrap();
        let mut entry = Entry::new(b"a".to_vec(), algorithm, &vec![7; algorithm.bytes()]).unwrap();
        (entry.size, entry.mtime, entry.ctime) = (Some(1), Some(2), Some(3));
        (entry.identity, entry.hashed, entry.form) = (Some((4, 5)), Some(6), Form::CSV);
        entry
    }

    #[test]
    fn two_lines_are_of_one_file_only_if_all_but_the_digest_is_the_same() {
        let (first, next) = (entry("md5"), entry("sha1"));
        assert!(first.goes_with(&next));
        assert!(!first.goes_with(&first), "the same digest twice");
        let changes: [fn(&mut Entry); 9] = [
            |entry| entry.path = "b".into(),
            |entry| entry.form = Form::JSON,
            |entry| entry.link = Some(PathBuf::from("there").into()),
            |entry| entry.size = None,
            |entry| entry.mtime = Some(0),
            |entry| entry.ctime = None,
            |entry| entry.identity = Some((4, 0)),
            |entry| entry.hashed = Some(0),
            |entry| entry.changed = true,
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut other = entry("sha1");
            change(&mut other);
            assert!(!first.goes_with(&other) && !other.goes_with(&first), "change {at}");
        }
    }

    #[test]
    fn the_weight_counts_every_name_once() {
        let mut entry = entry("md5");
        let digests = entry.digests.weight();
        assert_eq!(entry.weight(), 1 + digests);
        entry.path = "ten bytes.".into();
        assert_eq!(entry.weight(), 10 + digests);
        entry.written = Some(PathBuf::from("twenty bytes or so..").into());
        entry.link = Some(PathBuf::from("thirty bytes, and no more.....").into());
        assert_eq!(entry.weight(), 60 + digests);
        entry.several = entry.digests.set().iter().collect();
        assert_eq!(entry.weight(), 61 + digests);
    }
}
