//! Reads inverse document frequencies: `word number` on each line, as `set_idf_path` of jieba does.

use std::io::{self, Read};

use super::encoding::Source;
use super::load_error::LoadError;
use super::side_files;
use batchproc_jieba::keywords::Idf;

/// Reads a table. `name` is its name in messages, and `encoding` its encoding unless it is UTF-8.
/// Returns a note for the user too, if there is one.
///
/// # Errors
/// When the table cannot be read, or has a line that is not understood, which the error names.
pub fn read(
    name: &str,
    mut table: impl Read,
    encoding: Source,
) -> Result<(Idf, Option<String>), LoadError> {
    let mut bytes = Vec::new();
    let read = table.read_to_end(&mut bytes);
    read.map_err(|error| unreadable(name, error))?;
    let fail = |reason: &str| LoadError::new(format!("table {name} (--idf): {reason}"));
    let (text, unexpected) = side_files::text(bytes, encoding).map_err(|reason| fail(&reason))?;
    let note = unexpected.then(|| side_files::note_of_utf_8(name));
    let mut values = Vec::new();
    for (number, line) in side_files::trimmed_lines(&text).filter(|(_, line)| !line.is_empty()) {
        let parts = line.rsplit_once(char::is_whitespace);
        let value = parts.and_then(|(word, value)| {
            let value: f64 = value.parse().ok()?;
            value.is_finite().then(|| (word.trim_end().into(), value))
        });
        let expected = || fail(&format!("line {number}: expected a word, a space and a number"));
        values.push(value.ok_or_else(expected)?);
    }
    let table = Idf::new(values).ok_or_else(|| fail("it has no words"))?;
    Ok((table, note))
}

/// The error for a table that cannot be read.
pub fn unreadable(name: &str, error: io::Error) -> LoadError {
    LoadError::io(format!("cannot read the table {name} (--idf)"), error)
}
