//! Opens side files: dictionaries and lists of stop words. `-` is standard input.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::cli::segment::CompatName;
use crate::escape::printable;
use crate::segment::LoadError;
use crate::segment::dictionary_files::Source;
use batchproc_jieba::Compat;
use batchproc_os::early;

/// Whether this path is `-`, which stands for standard input.
pub fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a side file. Also returns its name for messages.
pub fn open(path: &Path) -> (String, io::Result<File>) {
    match is_dash(path) {
        true => ("standard input".to_string(), early::stdin()),
        false => (printable(path), early::open(path)),
    }
}

/// Opens a dictionary.
///
/// # Errors
/// When the dictionary cannot be opened or read.
pub fn dictionary(path: &Path) -> Result<Source<'static>, LoadError> {
    match open(path) {
        (name, Ok(opened)) => Source::new(name, opened),
        (name, Err(error)) => Err(Source::unreadable(&name, error)),
    }
}

/// The value of `--compat`.
pub fn compat(name: CompatName) -> Compat {
    match name {
        CompatName::JiebaRs => Compat::JiebaRs,
        CompatName::Python => Compat::Python,
    }
}
