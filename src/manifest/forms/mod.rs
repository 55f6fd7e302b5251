//! The table of the forms of manifests, such as CSV. To add a form, add a module here that parses
//! and writes it, and a row in `TABLE`.

pub mod bsd;
mod comment;
pub mod csv;
mod format;
pub mod gnu;
pub mod json;

#[cfg(test)]
mod tests;

pub use bsd::NAMELESS;
pub use format::{Format, Record};

use super::entry::{Accept, Entry, Form, Parsed};
use super::options::ReadOptions;
use super::seal::Seal;
use super::untagged::Untagged;
use csv::Columns;
use gnu::OneSpace;

/// The properties of a form of manifests.
struct Row {
    /// The name of the form on the command line.
    name: &'static str,
    /// The description of the form in the help.
    about: &'static str,
    /// Whether lines of the form name the algorithms of their digests.
    names_algorithms: bool,
    /// Whether each digest of a file has a line of its own.
    line_each: bool,
    /// Whether lines of the form have sizes and times, so that such a manifest can be updated.
    has_times: bool,
    /// Whether lines of the form may end with NUL.
    may_end_with_nul: bool,
    /// Parses a line without its terminator. `None` if the line has another form.
    parse: fn(&[u8], &mut Reading) -> Option<Parsed<Entry>>,
    /// How a seal line of the form begins.
    seal: &'static [u8],
    /// Parses a line, with its terminator, that begins like a seal of the form. `None` if this
    /// program would write another line for the same seal.
    parse_seal: fn(&[u8], &Reading) -> Option<Seal>,
    /// Makes a writer of this form.
    write: fn(Writing) -> Box<dyn Format>,
}

/// Options for writing results.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writing {
    /// Whether lines end with NUL. If they do, the forms `gnu` and `bsd` do not escape names, as in
    /// md5sum.
    pub zero: bool,
    /// Whether CSV has a column for the time at which each file was read.
    pub hashed: bool,
}

/// What the lines read so far show about a manifest. How later lines are parsed depends on this.
pub struct Reading {
    /// The algorithms that are accepted.
    pub accept: Accept,
    /// What is known of lines that do not name their algorithm.
    pub untagged: Untagged,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// The columns of the CSV header that was read last.
    pub columns: Option<Columns>,
    /// Whether one or two characters stand between digest and name in md5sum lines.
    pub one_space: OneSpace,
}

impl Reading {
    /// The state before the first line.
    pub fn new(options: ReadOptions) -> Self {
        let ReadOptions { accept, path, .. } = options;
        let untagged = Untagged::new(accept, path.as_deref());
        Self { accept, untagged, zero: false, columns: None, one_space: OneSpace::default() }
    }
}

/// All forms, in the order of the help. A line is parsed as the last form first, and as `gnu` only
/// if no other form fits.
static TABLE: [Row; 4] = [
    Row {
        name: "gnu",
        about: "The lines of md5sum, with its escaping; with several algorithms, bsd is used instead",
        names_algorithms: false,
        line_each: false,
        has_times: false,
        may_end_with_nul: true,
        parse: |line, reading| {
            let Reading { untagged, zero, one_space, .. } = reading;
            Some(gnu::parse(line, untagged, *zero, one_space))
        },
        seal: comment::BEGIN,
        parse_seal: |line, reading| comment::parse(line, reading.zero),
        write: |writing| Box::new(gnu::Gnu { zero: writing.zero }),
    },
    Row {
        name: "bsd",
        about: "The lines of `md5sum --tag`, one for each digest",
        names_algorithms: true,
        line_each: true,
        has_times: false,
        may_end_with_nul: true,
        parse: |line, reading| bsd::parse(line, reading.accept, reading.zero),
        seal: comment::BEGIN,
        parse_seal: |line, reading| comment::parse(line, reading.zero),
        write: |writing| Box::new(bsd::Bsd { zero: writing.zero }),
    },
    Row {
        name: "json",
        about: "JSON Lines, one for each file: path, algorithm and digest (or digests), size, mtime in \
                nanoseconds, ino, dev, ctime",
        names_algorithms: true,
        line_each: false,
        has_times: true,
        may_end_with_nul: true,
        parse: |line, reading| json::parse(line, reading.accept),
        seal: json::SEAL,
        parse_seal: |line, reading| json::parse_seal(line, reading.zero),
        write: |writing| Box::new(json::Json { zero: writing.zero }),
    },
    Row {
        name: "csv",
        about: "CSV as in RFC 4180 with a header, one line for each digest: path, algorithm, digest, size, \
                mtime, ino, dev, ctime",
        names_algorithms: true,
        line_each: true,
        has_times: true,
        may_end_with_nul: false,
        parse: |line, reading| Some(reading.columns.as_mut()?.parse(line, reading.accept)),
        seal: csv::SEAL,
        parse_seal: |line, reading| reading.columns.as_ref()?.parse_seal(line),
        write: |writing| Box::new(csv::Csv { hashed: writing.hashed }),
    },
];

impl Form {
    /// `digest  name`
    pub const GNU: Self = Self(0);
    /// `MD5 (name) = digest`
    pub const BSD: Self = Self(1);
    /// `{"path":"name",…}`
    pub const JSON: Self = Self(2);
    /// `name,algorithm,digest,…`
    pub const CSV: Self = Self(3);

    fn row(self) -> &'static Row {
        &TABLE[usize::from(self.0)]
    }

    /// All forms, in the order of the help.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len() as u8).map(Self)
    }

    /// The form with this name on the command line.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|form| form.name() == name)
    }

    /// The name of the form on the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The description of the form in the help.
    pub fn about(self) -> &'static str {
        self.row().about
    }

    /// Whether lines of the form name the algorithms of their digests.
    pub fn names_algorithms(self) -> bool {
        self.row().names_algorithms
    }

    /// Whether each digest of a file has a line of its own.
    pub fn line_each(self) -> bool {
        self.row().line_each
    }

    /// Whether lines of the form have sizes and times, so that such a manifest can be updated.
    pub fn has_times(self) -> bool {
        self.row().has_times
    }

    /// Whether lines of the form may end with NUL.
    pub fn may_end_with_nul(self) -> bool {
        self.row().may_end_with_nul
    }

    /// Makes a writer of the form.
    pub fn writer(self, writing: Writing) -> Box<dyn Format> {
        (self.row().write)(writing)
    }
}

/// Parses a line without its terminator. The forms are tried from the last to the first in the
/// table, and the first that succeeds counts.
///
/// # Errors
/// When no form succeeds. The error is from the first form that recognized the line as its own.
pub fn parse(line: &[u8], reading: &mut Reading) -> Parsed<Entry> {
    let mut refused = None;
    for form in (0..TABLE.len() as u8).rev().map(Form) {
        match (form.row().parse)(line, reading) {
            Some(Ok(entry)) => {
                if form.names_algorithms() {
                    reading.untagged.note(entry.digests.set());
                }
                return Ok(Entry { form, ..entry });
            }
            Some(Err(reason)) => refused = refused.or(Some(reason)),
            None => {}
        }
    }
    Err(refused.unwrap_or("the line has no known form"))
}

/// Whether a line begins like a seal.
pub fn begins_seal(line: &[u8]) -> bool {
    TABLE.iter().any(|row| line.starts_with(row.seal))
}

/// Parses a line, with its terminator, that begins like a seal. `None` if this program would write
/// another line for the same seal.
pub fn parse_seal(line: &[u8], reading: &Reading) -> Option<Seal> {
    let row = TABLE.iter().find(|row| line.starts_with(row.seal))?;
    (row.parse_seal)(line, reading)
}

/// Whether these last bytes of a manifest are the first bytes of a seal line.
pub fn may_become_seal(end: &[u8]) -> bool {
    !end.is_empty() && TABLE.iter().any(|row| row.seal.starts_with(end))
}

/// Whether these bytes hold the beginning of a seal line at any place.
pub fn holds_seal(bytes: &[u8]) -> bool {
    TABLE.iter().any(|row| bytes.windows(row.seal.len()).any(|window| window == row.seal))
}
