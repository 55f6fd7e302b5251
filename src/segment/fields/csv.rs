//! CSV, as Python's `csv` and the crate csv-core read it: a field that begins with a quote goes to the
//! next single quote, and may have separators and line ends. The crate gives no places of fields and
//! skips empty lines, so it only serves the tests here.

use std::ops::Range;
use std::path::Path;

use memchr::{memchr, memchr2};

use super::picked::{Found, Picked, Shape};
use crate::escape::printable;

/// A field of a record.
#[derive(Debug)]
struct Field {
    /// Its place, quotes included.
    range: Range<usize>,
    quoted: bool,
    next: Next,
}

/// What comes after a field.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// Another field, which begins here.
    Field(usize),
    /// The end of the record, which is here.
    Record(usize),
    /// The end of the text. `true` if a quote is still open.
    Over(bool),
}

/// The field that begins at `at`.
fn field(text: &[u8], at: usize, separator: u8) -> Field {
    let quoted = text.get(at) == Some(&b'"');
    let mut from = at;
    if quoted {
        from += 1;
        loop {
            let Some(length) = memchr(b'"', &text[from..]) else {
                return Field { range: at..text.len(), quoted, next: Next::Over(true) };
            };
            from += length + 1;
            if text.get(from) != Some(&b'"') {
                break;
            }
            from += 1;
        }
    }
    // After the closing quote, everything up to the separator belongs to the field.
    let Some(length) = memchr2(separator, b'\n', &text[from..]) else {
        return Field { range: at..text.len(), quoted, next: Next::Over(false) };
    };
    let end = from + length;
    if text[end] == separator {
        return Field { range: at..end, quoted, next: Next::Field(end + 1) };
    }
    let has_cr = text[from..end].last() == Some(&b'\r');
    Field { range: at..end - usize::from(has_cr), quoted, next: Next::Record(end + 1) }
}

/// Where the last whole record of a text ends. The text begins with a record. `None` if it has no
/// whole record.
pub fn last_record_end(text: &[u8], separator: u8) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    loop {
        match field(text, at, separator).next {
            Next::Field(next) => at = next,
            Next::Record(end) => (at, last) = (end, Some(end)),
            Next::Over(_) => return last,
        }
    }
}

/// Whether a record is an empty line.
pub(super) fn is_blank(record: &[u8]) -> bool {
    matches!(record, b"" | b"\n" | b"\r\n")
}

/// Picks the column with this index from the record that begins at `at`, unless none is wanted.
/// Returns the end of the record too.
pub(super) fn pick(
    block: &[u8],
    at: usize,
    wanted: Option<usize>,
    separator: u8,
    picked: &mut Picked,
) -> (usize, Found) {
    let (mut begin, mut index, mut found) = (at, 0, None);
    let (end, open) = loop {
        let field = field(block, begin, separator);
        let next = field.next;
        if Some(index) == wanted {
            found = Some(field);
        }
        match next {
            Next::Field(start) => (begin, index) = (start, index + 1),
            Next::Record(end) => break (end, false),
            Next::Over(open) => break (block.len(), open),
        }
    };
    if open {
        return (end, Found::Open);
    }
    if wanted.is_none() || is_blank(&block[at..end]) {
        return (end, Found::Good);
    }
    let Some(Field { range, quoted, .. }) = found else { return (end, Found::Missing) };
    let raw = &block[range.clone()];
    let shape = Shape::Csv { separator, quoted, alone: index == 0 };
    picked.add(range, shape, |out| put_content(raw, quoted, out));
    (end, Found::Good)
}

/// Appends the content of a field.
fn put_content(raw: &[u8], quoted: bool, out: &mut Vec<u8>) {
    let mut rest = raw;
    if quoted {
        rest = &rest[1..];
        while let Some(length) = memchr(b'"', rest) {
            out.extend_from_slice(&rest[..length]);
            rest = &rest[length + 1..];
            if rest.first() != Some(&b'"') {
                break;
            }
            out.push(b'"');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
}

/// Appends a text as a field, in quotes if it needs them or `quoted` is set.
pub(super) fn put(text: &[u8], separator: u8, quoted: bool, out: &mut Vec<u8>) {
    let special = |&byte: &u8| matches!(byte, b'"' | b'\r' | b'\n') || byte == separator;
    if !quoted && !text.iter().any(special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    let mut rest = text;
    while let Some(length) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=length]);
        out.push(b'"');
        rest = &rest[length + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The index of the column with this name, by the header of a text.
///
/// # Errors
/// If there is no such column, or more than one.
pub fn named_column(text: &[u8], name: &str, separator: u8) -> Result<usize, String> {
    let (mut at, mut index, mut found, mut names) = (0, 0, None, Vec::new());
    while [&b"\n"[..], b"\r\n"].iter().any(|end| text[at..].starts_with(end)) {
        at += if text[at] == b'\n' { 1 } else { 2 };
    }
    loop {
        let Field { range, quoted, next } = field(text, at, separator);
        let mut content = Vec::new();
        put_content(&text[range], quoted, &mut content);
        if content == name.as_bytes() && found.replace(index).is_some() {
            return Err(format!("has two columns `{name}`"));
        }
        names.push(format!("`{}`", printable(Path::new(&*String::from_utf8_lossy(&content)))));
        match next {
            Next::Field(next) => (at, index) = (next, index + 1),
            Next::Record(_) | Next::Over(_) => break,
        }
    }
    found.ok_or_else(|| format!("has no column `{name}`; its first record is {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use csv_core::{ReadFieldResult, Reader};
    use proptest::prelude::*;

    use super::*;

    /// The records of a text as csv-core reads them.
    fn by_csv_core(mut text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = Reader::new();
        let (mut records, mut record, mut content) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let mut out = [0; 16];
            let (result, read, written) = reader.read_field(text, &mut out);
            text = &text[read..];
            content.extend_from_slice(&out[..written]);
            match result {
                ReadFieldResult::Field { record_end } => {
                    record.push(std::mem::take(&mut content));
                    if record_end {
                        records.push(std::mem::take(&mut record));
                    }
                }
                ReadFieldResult::End => return records,
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            }
        }
    }

    fn ours(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let (mut at, mut records, mut record) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            let begin = at;
            loop {
                let Field { range, quoted, next } = field(text, at, b',');
                let mut content = Vec::new();
                put_content(&text[range], quoted, &mut content);
                record.push(content);
                match next {
                    Next::Field(next) => at = next,
                    Next::Record(end) => at = end,
                    Next::Over(_) => at = text.len(),
                }
                if !matches!(next, Next::Field(_)) {
                    break;
                }
            }
            let record = std::mem::take(&mut record);
            if !is_blank(&text[begin..at]) {
                records.push(record);
            }
        }
        records
    }

    proptest! {
        #[test]
        fn fields_are_those_of_csv_core(text in "([a北 ]|\"|\"\"|,|\n|\r\n){0,30}") {
            prop_assert_eq!(ours(text.as_bytes()), by_csv_core(text.as_bytes()), "{:?}", text);
        }

        #[test]
        fn the_last_record_ends_where_the_rest_begins_a_record(text in "([a北]|\"|\"\"|,|\n){0,30}") {
            let end = last_record_end(text.as_bytes(), b',').unwrap_or(0);
            let (head, rest) = text.as_bytes().split_at(end);
            let both = [by_csv_core(head), by_csv_core(rest)].concat();
            prop_assert_eq!(both, by_csv_core(text.as_bytes()), "{:?}", text);
            prop_assert!(last_record_end(rest, b',').is_none());
        }

        #[test]
        fn what_is_put_is_read_as_the_same_text(text in "[a北,\"\n\r]{0,9}", quoted: bool) {
            let mut out = Vec::new();
            put(text.as_bytes(), b',', quoted, &mut out);
            out.extend_from_slice(b",b\n");
            prop_assert_eq!(&by_csv_core(&out)[0][0], text.as_bytes());
        }
    }
}
