//! Opens side files: dictionaries and lists of stop words. `-` is standard input.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::cli::segment::CompatName;
use crate::escape::printable;
use crate::segment::LoadError;
use crate::segment::dictionary_files::Source;
use batchproc_jieba::Compat;
use batchproc_jieba::compiled::Compiled;
use batchproc_os::{early, maps};

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
    let (name, opened) = open(path);
    source(name, opened)
}

fn source(name: String, opened: io::Result<File>) -> Result<Source<'static>, LoadError> {
    match opened {
        Ok(opened) => Source::new(name, opened),
        Err(error) => Err(Source::unreadable(&name, error)),
    }
}

/// Opens a dictionary that is used until the process ends. If it is a compiled one, it is mapped
/// into memory.
///
/// # Errors
/// When the dictionary cannot be opened or read.
pub fn mapped_dictionary(path: &Path) -> Result<Source<'static>, LoadError> {
    let (name, opened) = open(path);
    // Some file systems cannot map files. Then the file is read.
    let mapped = match &opened {
        Ok(file) if is_compiled(file) => {
            file.try_clone().and_then(|file| maps::map(file, &format!("dictionary {name}"))).ok()
        }
        _ => None,
    };
    match mapped {
        Some(bytes) => Ok(Source::in_memory(name, bytes)),
        None => source(name, opened),
    }
}

/// Whether this is a regular file that begins like a compiled dictionary.
fn is_compiled(file: &File) -> bool {
    let mut begin = [0; 16];
    file.metadata().is_ok_and(|metadata| metadata.is_file())
        && file.read_exact_at(&mut begin, 0).is_ok()
        && Compiled::is_begun_by(&begin)
}

/// The value of `--compat`.
pub fn compat(name: CompatName) -> Compat {
    match name {
        CompatName::JiebaRs => Compat::JiebaRs,
        CompatName::Python => Compat::Python,
    }
}
