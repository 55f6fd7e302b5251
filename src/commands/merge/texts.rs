//! Joins texts, one part after the other. A shard counts the lines of a file from where its range
//! begins, so the numbers in the JSON of a file that lies in several parts are made whole.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use super::parts::{End, Reading};
use super::shared::{Merge, Stop};
use crate::commands::part::{Kind, Part};
use crate::escape::push_path;

/// The number of digits of the largest line number, and the comma after it.
const LONGEST_NUMBER: u64 = 21;

impl Merge<'_> {
    /// Joins texts.
    pub(super) fn texts(&mut self, kind: Kind) -> Result<(), Stop> {
        self.output.compress_as_named()?;
        // How many lines of the file at the end of the parts so far there are.
        let mut before = 0;
        let mut last = None;
        for index in 0..self.parts.all().len() {
            let reading = self.parts.open(index, &self.interrupt)?;
            let end = reading.seen();
            let mut reader = BufReader::with_capacity(64 << 10, reading);
            let part = self.parts.all()[index].1.clone();
            // What ends a file without a line end is followed by another file.
            let begun = reader.fill_buf().map_err(|error| end.unreadable(&error))?;
            if !begun.is_empty() && last.is_some_and(|byte| byte != b'\n') {
                self.output.buffer.push(b'\n');
            }
            if let (Kind::Json, Some(part)) = (kind, &part) {
                self.renumber(&mut reader, &end, part, before)?;
            }
            loop {
                let bytes = reader.fill_buf().map_err(|error| end.unreadable(&error))?;
                let count = bytes.len();
                if count == 0 {
                    break;
                }
                last = bytes.last().copied();
                self.output.buffer.extend(bytes);
                reader.consume(count);
                self.output.write_if_large()?;
            }
            end.check()?;
            if let Some(cut) = part.and_then(|part| part.last) {
                before = cut.lines + if cut.is_middle { before } else { 0 };
            }
        }
        Ok(())
    }

    /// Copies the lines of the file with which a part begins. In parts before, that file has `before`
    /// lines.
    fn renumber(
        &mut self,
        reader: &mut BufReader<Reading>,
        end: &End,
        part: &Part,
        before: u64,
    ) -> Result<(), Stop> {
        let Some(cut) = &part.first else { return Ok(()) };
        let mut prefix = b"{".to_vec();
        push_path("path", &PathBuf::from(&cut.path), &mut prefix);
        prefix.extend(b",\"line\":");
        let unreadable = |error: std::io::Error| end.unreadable(&error);
        for _ in 0..cut.lines {
            let mut head = Vec::new();
            let most = prefix.len() as u64;
            reader.take(most).read_to_end(&mut head).map_err(unreadable)?;
            let begins = head == prefix;
            self.output.buffer.extend(head);
            if !begins {
                break;
            }
            let mut number = Vec::new();
            reader.take(LONGEST_NUMBER).read_until(b',', &mut number).map_err(unreadable)?;
            let digits = number.strip_suffix(b",").and_then(|digits| str::from_utf8(digits).ok());
            match digits.and_then(|digits| digits.parse::<u64>().ok()) {
                // Writing to a vector cannot fail.
                Some(number) => drop(write!(self.output.buffer, "{},", number + before)),
                None => self.output.buffer.extend(number),
            }
            loop {
                let bytes = reader.fill_buf().map_err(unreadable)?;
                let (count, ends) = match memchr::memchr(b'\n', bytes) {
                    Some(at) => (at + 1, true),
                    None => (bytes.len(), bytes.is_empty()),
                };
                self.output.buffer.extend(&bytes[..count]);
                reader.consume(count);
                self.output.write_if_large()?;
                if ends {
                    break;
                }
            }
        }
        Ok(())
    }
}
