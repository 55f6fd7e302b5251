//! The forms of the output: one file each behind [`Format`]. A new one is a file here, a name
//! in `cli` and a line in [`format()`].

mod bsd;
mod csv;
mod gnu;
pub mod json;
pub mod names;
pub mod output;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::cli::FormatName;

/// One result.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name as the user gave it or as the walk found it; `-` is standard input.
    pub path: &'a Path,
    /// The algorithm's name in lower case.
    pub algorithm: &'static str,
    /// The digest's bytes.
    pub digest: &'a [u8],
    /// Bytes that were read.
    pub size: u64,
    /// Nanoseconds since 1970, where there is a file.
    pub mtime: Option<i128>,
}

/// A form of the output.
pub trait Format: Send {
    /// What stands before the first result.
    fn begin(&self, _out: &mut Vec<u8>) {}

    /// Appends one result.
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>);
}

/// The format of that name. With `zero`, results end with NUL, and names are not escaped where
/// md5sum would not escape them.
pub fn format(name: FormatName, zero: bool) -> Box<dyn Format> {
    match name {
        FormatName::Gnu => Box::new(gnu::Gnu { zero }),
        FormatName::Bsd => Box::new(bsd::Bsd { zero }),
        FormatName::Json => Box::new(json::Json { zero }),
        FormatName::Csv => Box::new(csv::Csv),
    }
}

/// The end of a result.
fn terminator(zero: bool) -> u8 {
    if zero { 0 } else { b'\n' }
}
