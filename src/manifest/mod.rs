//! Manifests: lists of files with their digests, as we and other programs write them. They are
//! read as a stream, line by line, and each line says by itself what form it has; only CSV begins
//! with a header. What cannot be understood is told with its line and loses nothing else.
//!
//! ```text
//!  bytes ──► lines ──► records (gnu, bsd, json, csv) ──► entries (all digests of a file)
//! ```

mod bsd;
mod csv;
mod gnu;
pub mod held;
mod json;
pub mod judge;
pub mod known;
mod lines;
mod merged;
pub mod names;
pub mod order;
pub mod present;
pub mod previous;
mod records;
pub mod resume;
pub mod roots;
pub mod spelling;
pub mod unchanged;
pub mod update;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

pub use merged::Entries;
pub use records::Records;

use crate::escape::unhex;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::digests::Digests;
use crate::stamp::Identity;

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `digest  name`
    Gnu,
    /// `MD5 (name) = digest`
    Bsd,
    /// An object.
    Json,
    /// A row.
    Csv,
}

/// What a manifest says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file's name.
    pub path: PathBuf,
    /// Its digests.
    pub digests: Digests,
    /// Their algorithms in the manifest's order, if there are several.
    pub several: Vec<Algorithm>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When it was modified last, in nanoseconds since 1970.
    pub mtime: Option<i128>,
    /// When its status changed last (content, mode, links), in the same unit.
    pub ctime: Option<i128>,
    /// The numbers of its device and inode.
    pub identity: Option<Identity>,
    /// Not before this was it read, in nanoseconds since 1970.
    pub hashed: Option<i128>,
    /// The form of its lines.
    pub form: Form,
    /// The number of its first line, from 1.
    pub line: u64,
}

impl Entry {
    /// The algorithms in the manifest's order.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        match &self.several[..] {
            [] => self.digests.set().iter().collect(),
            several => several.to_vec(),
        }
    }

    /// The bytes of memory behind the structure.
    pub fn weight(&self) -> usize {
        self.path.as_os_str().len() + self.digests.weight() + self.several.len()
    }
}

/// Why something was not read.
#[derive(Debug)]
pub enum Problem {
    /// A line that cannot be understood.
    Malformed {
        /// Its number, from 1.
        line: u64,
        /// Why.
        reason: &'static str,
    },
    /// Reading failed; nothing follows.
    Broken(io::Error),
}

/// Which algorithms the lines of a manifest may be of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accept(pub Option<Set>);

impl Accept {
    /// The algorithm of a tag or name, if lines of it are accepted.
    fn named(self, name: &[u8]) -> Option<Algorithm> {
        let algorithm = Algorithm::by_name(std::str::from_utf8(name).ok()?)?;
        self.0.is_none_or(|set| set.contains(algorithm)).then_some(algorithm)
    }

    /// The algorithm of a bare digest of so many bytes.
    fn of_length(self, bytes: usize) -> Option<Algorithm> {
        let usual = Algorithm::by_length(bytes);
        let Some(set) = self.0 else { return usual };
        let usual = usual.filter(|&algorithm| set.contains(algorithm));
        usual.or_else(|| set.iter().find(|algorithm| algorithm.bytes() == bytes))
    }
}

/// What the parser of a form makes of a line.
type Parsed<T> = Result<T, &'static str>;

/// Reads a digest of this algorithm.
fn digest_of(algorithm: Algorithm, digits: &[u8]) -> Parsed<Vec<u8>> {
    if digits.len() != 2 * algorithm.bytes() {
        return Err("the digest has the wrong length for its algorithm");
    }
    unhex(digits).ok_or("the digest holds something other than hexadecimal digits")
}

/// Reads a time in nanoseconds, also as the floating-point number that spreadsheets make of it.
fn parse_time(digits: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(digits).ok()?;
    text.parse().ok().or_else(|| time_of(text.parse().ok()?))
}

/// A floating-point number of nanoseconds, if it can be a time.
fn time_of(number: f64) -> Option<i128> {
    (number.abs() < 1e30).then_some(number as i128)
}
