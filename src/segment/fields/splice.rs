//! Puts what was made of the fields of a block back into the block.

use memchr::memchr;

use super::picked::{Picked, Shape};
use super::{csv, json};

/// Appends the block with its fields replaced by these lines, which were made of the text.
pub fn splice(picked: &Picked, block: &[u8], mut lines: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    for value in &picked.values {
        let (start, end) = (value.start as usize, value.end as usize);
        out.extend_from_slice(&block[at..start]);
        at = end;
        if value.shape == Shape::Nothing {
            continue;
        }
        let mut length = 0;
        for _ in 0..=value.lines {
            length = memchr(b'\n', &lines[length..]).map_or(lines.len(), |at| length + at + 1);
        }
        let text = lines[..length].strip_suffix(b"\n").unwrap_or(&lines[..length]);
        match value.shape {
            Shape::Plain => out.extend_from_slice(text),
            Shape::Json => json::put(text, out),
            Shape::Csv { separator, quoted, alone } => {
                csv::put(text, separator, quoted, alone, out);
            }
            Shape::Nothing => {}
        }
        lines = &lines[length..];
    }
    out.extend_from_slice(&block[at..]);
}
