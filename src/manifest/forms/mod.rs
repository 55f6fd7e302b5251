//! The table of the forms of manifests, such as CSV. To add a form, add a module here that parses
//! and writes it, and a row in `TABLE`.

mod base64;
mod beside;
pub mod bsd;
pub mod certutil;
mod comment;
pub mod csv;
mod format;
pub mod gnu;
mod hashdeep;
pub mod json;
mod reading;
mod sfv;

#[cfg(test)]
mod tests;

pub use bsd::NAMELESS;
pub use format::{Format, Record};
pub use reading::Reading;

use super::entry::{Entry, Form, Parsed};
use super::seal::Seal;
use crate::hash::algorithms::Algorithm;

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
    /// How the form is written. `None` if it is only read.
    written: Option<Written>,
}

/// How a form is written.
struct Written {
    /// Makes a writer of the form.
    writer: fn(Writing<'_>) -> Box<dyn Format>,
    /// The only algorithms that the form can have. Empty if it can have all.
    only: &'static [&'static str],
    /// The algorithms if the user names none.
    usual: &'static [&'static str],
    /// How a seal line of the form begins.
    seal: &'static [u8],
    /// Parses a line, with its terminator, that begins like a seal of the form. `None` if this
    /// program would write another line for the same seal.
    parse_seal: ParseSeal,
}

type ParseSeal = fn(&[u8], &Reading) -> Option<Seal>;

impl Written {
    /// A form that can have all algorithms.
    const fn any(
        writer: fn(Writing<'_>) -> Box<dyn Format>,
        seal: &'static [u8],
        parse_seal: ParseSeal,
    ) -> Option<Self> {
        Some(Self { writer, only: &[], usual: &["md5"], seal, parse_seal })
    }
}

/// Options for writing results.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writing<'a> {
    /// Whether lines end with NUL. If they do, the forms `gnu` and `bsd` do not escape names, as in
    /// md5sum.
    pub zero: bool,
    /// Whether CSV has a column for the time at which each file was read.
    pub hashed: bool,
    /// Whether CSV has a column for files that changed while they were read.
    pub changed: bool,
    /// Whether CSV has a column for the targets of symbolic links.
    pub links: bool,
    /// The algorithms of all results, which the header of hashdeep names.
    pub algorithms: &'a [Algorithm],
}

/// All forms, in the order of the help. A line is parsed as the last form first, and as `gnu` only
/// if no other form fits.
static TABLE: [Row; 8] = [
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
        written: Written::any(
            |writing| Box::new(gnu::Gnu { zero: writing.zero }),
            comment::BEGIN,
            |line, reading| comment::parse(comment::BEGIN, line, reading.zero),
        ),
    },
    Row {
        name: "bsd",
        about: "The lines of `md5sum --tag`, one for each digest",
        names_algorithms: true,
        line_each: true,
        has_times: false,
        may_end_with_nul: true,
        parse: |line, reading| bsd::parse(line, reading.accept, reading.zero),
        written: Written::any(
            |writing| Box::new(bsd::Bsd { zero: writing.zero }),
            comment::BEGIN,
            |line, reading| comment::parse(comment::BEGIN, line, reading.zero),
        ),
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
        written: Written::any(
            |writing| Box::new(json::Json { zero: writing.zero }),
            json::SEAL,
            |line, reading| json::parse_seal(line, reading.zero),
        ),
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
        written: Written::any(
            |writing| {
                Box::new(csv::Csv {
                    hashed: writing.hashed,
                    changed: writing.changed,
                    links: writing.links,
                })
            },
            csv::SEAL,
            |line, reading| reading.columns.as_ref()?.parse_seal(line),
        ),
    },
    Row {
        name: "hashdeep",
        about: "The lines of hashdeep: size, digests and name, with a header; only md5, sha1 and sha256 \
                (without -a: md5 and sha256)",
        names_algorithms: true,
        line_each: false,
        has_times: false,
        may_end_with_nul: false,
        parse: |line, reading| reading.hashdeep.as_ref()?.parse(line, reading.accept),
        written: Some(Written {
            writer: |writing| Box::new(hashdeep::Hashdeep::new(writing.algorithms)),
            only: &["md5", "sha1", "sha256"],
            usual: &["md5", "sha256"],
            seal: comment::BEGIN_HASHDEEP,
            parse_seal: |line, _| comment::parse(comment::BEGIN_HASHDEEP, line, false),
        }),
    },
    Row {
        name: "sfv",
        about: "The lines of cksfv, `name CRC32`; only crc32 (also without -a)",
        names_algorithms: true,
        line_each: false,
        has_times: false,
        may_end_with_nul: false,
        parse: |line, reading| {
            let Reading { sfv, accept, zero, one_space, .. } = *reading;
            sfv::parse(line, sfv, accept, zero, one_space, &mut reading.untagged)
        },
        written: Some(Written {
            writer: |_| Box::new(sfv::Sfv),
            only: &["crc32"],
            usual: &["crc32"],
            seal: comment::BEGIN_SFV,
            parse_seal: |line, _| comment::parse(comment::BEGIN_SFV, line, false),
        }),
    },
    Row {
        name: "certutil",
        about: "What `certutil -hashfile` of Windows prints",
        names_algorithms: true,
        line_each: false,
        has_times: false,
        may_end_with_nul: false,
        parse: |group, reading| certutil::parse(group, reading.accept),
        written: None,
    },
    Row {
        name: "beside",
        about: "A digest alone in f.sha256 beside the file f",
        names_algorithms: true,
        line_each: false,
        has_times: false,
        may_end_with_nul: false,
        parse: |line, reading| match reading.has_entries {
            true => None,
            false => beside::parse(line, reading.path.as_deref(), reading.accept),
        },
        written: None,
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
    /// `size,digest,…,name`
    pub const HASHDEEP: Self = Self(4);
    /// `name CRC32`
    pub const SFV: Self = Self(5);
    /// `SHA256 hash of name:`, and the digest on the next line
    pub const CERTUTIL: Self = Self(6);
    /// `digest`
    pub const BESIDE: Self = Self(7);

    fn row(self) -> &'static Row {
        &TABLE[usize::from(self.0)]
    }

    /// All forms that can be written, in the order of the help.
    pub fn written() -> impl Iterator<Item = Self> {
        Self::all().filter(|form| form.row().written.is_some())
    }

    /// The form with this name on the command line.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::written().find(|form| form.name() == name)
    }

    fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..TABLE.len() as u8).map(Self)
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

    /// Whether lines of the form mean files beside the manifest, whatever directory relative names
    /// are looked up in.
    pub fn is_beside(self) -> bool {
        self == Self::BESIDE
    }

    /// The algorithms of a result in this form if the user names none.
    pub fn usual_algorithms(self) -> Vec<Algorithm> {
        self.row().written.iter().flat_map(|written| algorithms(written.usual)).collect()
    }

    /// The only algorithms that a result in this form can have. `None` if it can have all.
    pub fn only_algorithms(self) -> Option<Vec<Algorithm>> {
        let only = self.row().written.as_ref()?.only;
        (!only.is_empty()).then(|| algorithms(only).collect())
    }

    /// Makes a writer of the form.
    ///
    /// # Panics
    /// If the form is only read.
    pub fn writer(self, writing: Writing<'_>) -> Box<dyn Format> {
        let written = self.row().written.as_ref().expect("a form that can be written");
        (written.writer)(writing)
    }
}

fn algorithms(names: &'static [&'static str]) -> impl Iterator<Item = Algorithm> {
    names.iter().filter_map(|name| Algorithm::by_name(name))
}

/// Parses a line without its terminator. The forms are tried from the last to the first in the
/// table, and the first that succeeds counts.
///
/// # Errors
/// When no form succeeds. The error is from the first form that recognized the line as its own.
pub fn parse(line: &[u8], reading: &mut Reading) -> Parsed<Entry> {
    let mut refused = None;
    for form in Form::all().rev() {
        match (form.row().parse)(line, reading) {
            Some(Ok(entry)) => {
                reading.found(form, entry.digests.set());
                return Ok(Entry { form, ..entry });
            }
            Some(Err(reason)) => refused = refused.or(Some(reason)),
            None => {}
        }
    }
    Err(refused.unwrap_or("the line has no known form"))
}

/// How the forms that can be written end with a seal.
fn seals() -> impl Iterator<Item = &'static Written> {
    TABLE.iter().filter_map(|row| row.written.as_ref())
}

/// Whether a line begins like a seal.
pub fn begins_seal(line: &[u8]) -> bool {
    seals().any(|written| line.starts_with(written.seal))
}

/// Parses a line, with its terminator, that begins like a seal. `None` if this program would write
/// another line for the same seal.
pub fn parse_seal(line: &[u8], reading: &Reading) -> Option<Seal> {
    let written = seals().find(|written| line.starts_with(written.seal))?;
    (written.parse_seal)(line, reading)
}

/// Whether these last bytes of a manifest are the first bytes of a seal line.
pub fn may_become_seal(end: &[u8]) -> bool {
    !end.is_empty() && seals().any(|written| written.seal.starts_with(end))
}

/// Whether these bytes hold the beginning of a seal line at any place.
pub fn holds_seal(bytes: &[u8]) -> bool {
    seals().any(|written| bytes.windows(written.seal.len()).any(|window| window == written.seal))
}
