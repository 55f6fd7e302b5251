//! One field of each record: only its text is cut, and all other bytes of the record stay as they are.
//!
//! ```text
//! block ─pick─► the texts of all fields, a line each ─cut, render─► lines ─splice─► block
//! ```
//!
//! So the fields of a block are cut in one go, as the lines of a plain text are.

mod columns;
pub mod csv;
mod json;
mod picked;
mod splice;

use memchr::memchr_iter;

pub use columns::Separator;
use columns::line_end;
use picked::Found;
pub use picked::{Picked, Unfit};

use super::skip::SkipLines;

/// Which field is cut.
#[derive(Debug)]
pub struct Fields {
    /// Where the field is in a record.
    pub place: Place,
    /// Whether records without the field pass unchanged; otherwise they are errors.
    pub pass_missing: bool,
    /// Whether records that are errors pass unchanged too; otherwise they are left out.
    pub pass_unfit: bool,
    /// Records that pass unchanged because of what their line is; none with CSV.
    pub skip: Option<SkipLines>,
}

/// Where a field is in a record.
#[derive(Debug)]
pub enum Place {
    /// The column with this index, of lines that this separates into columns.
    Column(usize, Separator),
    /// A column of CSV, and the byte between two columns.
    Csv(Column, u8),
    /// The value with this path of names, of lines that are JSON objects.
    Json(Vec<String>),
}

/// A column of CSV.
#[derive(Debug)]
pub enum Column {
    /// The column with this index.
    Index(usize),
    /// The column that has this name in the first record.
    Named(String),
}

/// The header of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// The index of the column with the wanted name.
    pub column: usize,
    /// Whether the block begins with the header.
    pub here: bool,
}

impl Fields {
    /// Picks the fields of a block, which has whole records. `line` is the number of lines before it.
    pub fn pick(&self, block: &[u8], header: Header, line: u64, picked: &mut Picked) {
        picked.clear();
        picked.unfit.passed = self.pass_unfit;
        let (mut at, mut header_here) = (0, header.here);
        while at < block.len() {
            if let Some(skip) = &self.skip {
                let end = line_end(block, at);
                if skip.has(&block[at..end]) {
                    at = end;
                    continue;
                }
            }
            let (end, found) = match &self.place {
                Place::Csv(column, separator) => {
                    let index = match column {
                        Column::Index(index) => *index,
                        Column::Named(_) => header.column,
                    };
                    let wanted = (!header_here).then_some(index);
                    let (end, found) = csv::pick(block, at, wanted, *separator, picked);
                    header_here &= csv::is_blank(&block[at..end]);
                    (end, found)
                }
                Place::Column(index, separator) => {
                    let end = line_end(block, at);
                    (end, columns::pick(block, at..end, *index, separator, picked))
                }
                Place::Json(path) => {
                    let end = line_end(block, at);
                    (end, json::pick(block, at..end, path, picked))
                }
            };
            let lines = || line + memchr_iter(b'\n', &block[..at]).count() as u64;
            let reason = match found {
                Found::Good => None,
                Found::Missing if self.pass_missing => None,
                Found::Missing => Some(self.missing(header)),
                Found::Unfit(reason) => Some(reason),
                Found::Open => {
                    picked.unfit.open = Some(lines());
                    Some("has a quote that is never closed".into())
                }
            };
            match reason {
                Some(reason) if self.pass_unfit => picked.unfit.put(lines, || reason),
                Some(reason) => picked.leave_out(at..end, lines, reason),
                None => {}
            }
            at = end;
        }
    }

    /// Appends the block with its fields replaced by these lines, which were made of the text. `line` is
    /// the number of lines before the block.
    ///
    /// A line whose columns would be others than before is an error, and `picked` knows of it then.
    pub fn splice(
        &self,
        picked: &mut Picked,
        block: &[u8],
        line: u64,
        lines: &[u8],
        out: &mut Vec<u8>,
    ) {
        let column = match &self.place {
            Place::Column(index, separator) => Some((*index, separator)),
            Place::Csv(..) | Place::Json(_) => None,
        };
        splice::splice(column, self.pass_unfit, picked, block, line, lines, out);
    }

    /// What a message says about a record without the field.
    fn missing(&self, header: Header) -> String {
        match &self.place {
            Place::Json(path) => format!("has no value `{}`", path.join(".")),
            Place::Column(index, _) | Place::Csv(Column::Index(index), _) => {
                format!("has no field {}", index + 1)
            }
            Place::Csv(Column::Named(name), _) => {
                format!("has no field {}, the column `{name}`", header.column + 1)
            }
        }
    }
}
