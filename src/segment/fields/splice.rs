//! Puts what was made of the fields of a block back into the block.

use std::mem;

use memchr::{memchr, memchr_iter, memrchr};

use super::columns::{Separator, line_end};
use super::picked::{Picked, Shape, Unfit};
use super::{csv, json};

/// Does what [`Fields::splice`](super::Fields::splice) says. `column` is the index of the column that
/// was picked, if it was one of [`Place::Column`](super::Place::Column), and the separator.
/// With `pass_unfit`, a line that cannot be cut stays as it is.
pub(super) fn splice(
    column: Option<(usize, &Separator)>,
    pass_unfit: bool,
    picked: &mut Picked,
    block: &[u8],
    line: u64,
    mut lines: &[u8],
    out: &mut Vec<u8>,
) {
    let mut at = 0;
    let mut unfit = Unfit { passed: pass_unfit, ..Unfit::default() };
    for value in &picked.values {
        let (start, end) = (value.start as usize, value.end as usize);
        out.extend_from_slice(&block[at..start]);
        let before = mem::replace(&mut at, end);
        if value.shape == Shape::Nothing {
            continue;
        }
        let mut length = 0;
        for _ in 0..=value.lines {
            length = memchr(b'\n', &lines[length..]).map_or(lines.len(), |at| length + at + 1);
        }
        let text = lines[..length].strip_suffix(b"\n").unwrap_or(&lines[..length]);
        match value.shape {
            Shape::Plain => {
                let begin = out.len();
                out.extend_from_slice(text);
                if let Some((index, separator)) = column
                    && separator.is_within(out, begin, &block[end..])
                {
                    let line_begin = memrchr(b'\n', &block[before..start]).map_or(0, |lf| lf + 1);
                    let line_begin = before + line_begin;
                    if pass_unfit {
                        out.truncate(begin);
                        out.extend_from_slice(&block[start..end]);
                    } else {
                        out.truncate(begin - (start - line_begin));
                        at = line_end(block, end);
                    }
                    let line = || line + memchr_iter(b'\n', &block[..line_begin]).count() as u64;
                    unfit.put(line, || would_separate(index));
                }
            }
            Shape::Json => json::put(text, out),
            Shape::Csv { separator, quoted, alone } => {
                // Readers take an empty line for no record.
                csv::put(text, separator, quoted || alone && text.is_empty(), out);
            }
            Shape::Nothing => {}
        }
        lines = &lines[length..];
    }
    out.extend_from_slice(&block[at..]);
    picked.unfit.add(unfit);
}

/// What a message says about a column with this index that would not be one column any more.
fn would_separate(index: usize) -> String {
    format!(
        "has a field {} that would contain the separator when it is cut (-d chooses another delimiter)",
        index + 1
    )
}
