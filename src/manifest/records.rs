//! From lines to records: one digest, or the object of one file.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::csv::{Columns, Quotes};
use super::gnu::OneSpace;
use super::lines::{LONGEST, Line, Lines};
use super::{Accept, Entry, Form, Parsed, Problem, bsd, gnu, json};
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;

/// An entry without the number of its line.
pub type Fields = Entry;

impl Fields {
    /// What a line with one digest says.
    pub(super) fn new(
        name: Vec<u8>,
        algorithm: Algorithm,
        digest: &[u8],
        form: Form,
    ) -> Parsed<Self> {
        let mut fields = Self::empty(name, form)?;
        fields.digests.insert(algorithm, digest);
        Ok(fields)
    }

    pub(super) fn empty(name: Vec<u8>, form: Form) -> Parsed<Self> {
        if name.is_empty() {
            return Err("the name is empty");
        }
        if name.contains(&0) {
            return Err("the name holds NUL");
        }
        Ok(Self {
            path: PathBuf::from(OsString::from_vec(name)),
            digests: Digests::default(),
            several: Vec::new(),
            size: None,
            mtime: None,
            ctime: None,
            identity: None,
            hashed: None,
            form,
            line: 0,
        })
    }
}

/// Iterates over the records of a manifest.
pub struct Records<R> {
    lines: Lines<R>,
    accept: Accept,
    columns: Option<Columns>,
    one_space: OneSpace,
    raw: Vec<u8>,
    /// Whether the record read last had its end.
    whole: bool,
    over: bool,
}

impl<R: Read> Records<R> {
    /// Reads a manifest of lines of these algorithms. `zero` says whether lines end with NUL;
    /// otherwise that is found.
    pub fn new(reader: R, accept: Accept, zero: Option<bool>) -> Self {
        Self {
            lines: Lines::new(reader, zero),
            accept,
            columns: None,
            one_space: OneSpace::default(),
            raw: Vec::new(),
            whole: true,
            over: false,
        }
    }

    /// The bytes of the record read last, with their end.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether the record read last had its end; if not it was the last one.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The record without its end.
    fn line(&self) -> &[u8] {
        let line = if self.whole { &self.raw[..self.raw.len() - 1] } else { &self.raw };
        match line.strip_suffix(b"\r") {
            Some(line) if !self.lines.zero() => line,
            _ => line,
        }
    }

    /// Parses a line of a form without a header.
    fn parse_other(&self, one_space: &mut OneSpace) -> Parsed<Fields> {
        let (line, accept, zero) = (self.line(), self.accept, self.lines.zero());
        json::parse(line, accept)
            .or_else(|| bsd::parse(line, accept, zero))
            .unwrap_or_else(|| gnu::parse(line, accept, zero, one_space))
    }

    /// The quotes of the record's first line, if it goes on behind it: a field of CSV may hold the end
    /// of a line.
    fn open_quotes(&self) -> Option<Quotes> {
        if self.columns.is_none() || !self.raw.contains(&b'"') {
            return None;
        }
        let mut quotes = Quotes::default();
        quotes.follow(self.line());
        let open = quotes.are_open() && self.parse_other(&mut self.one_space.clone()).is_err();
        open.then_some(quotes)
    }

    /// Reads the rest of a row, and says whether it is one. If not, a quote in the first line was a
    /// stray one: only that line is malformed, and those behind it are read once more, since they
    /// may be rows.
    fn read_rest(&mut self, mut quotes: Quotes) -> io::Result<bool> {
        let (number, second) = (self.lines.number, self.raw.len());
        let mut read = if self.whole { Line::Whole } else { Line::Torn };
        while read == Line::Whole && quotes.are_open() && self.raw.len() <= LONGEST {
            let start = self.raw.len();
            read = self.lines.next(&mut self.raw)?;
            let end = self.raw.len() - usize::from(read == Line::Whole);
            quotes.follow(&self.raw[start..end]);
        }
        let needed = self.columns.as_ref().map_or(0, Columns::needed);
        if quotes.close(needed) {
            self.whole = read == Line::Whole;
            return Ok(true);
        }
        self.lines.take_back(&self.raw[second..], number, read == Line::TooLong);
        self.raw.truncate(second);
        Ok(false)
    }

    fn parse(&mut self) -> Option<Parsed<Fields>> {
        let line = self.line();
        if line.is_empty() || line[0] == b'#' && self.columns.is_none() {
            return None;
        }
        // Where manifests were put one behind the other there are several headers.
        if let Some(columns) = Columns::of_header(line) {
            self.columns = Some(columns);
            return None;
        }
        let mut one_space = self.one_space;
        let Some(columns) = &mut self.columns else {
            let parsed = self.parse_other(&mut one_space);
            self.one_space = one_space;
            return Some(parsed);
        };
        // Not through `line`, which borrows the columns too.
        let end = if self.whole { self.raw.len() - 1 } else { self.raw.len() };
        let row = self.raw[..end].strip_suffix(b"\r").unwrap_or(&self.raw[..end]);
        let parsed = columns.parse(row, self.accept);
        // Where manifests were put one behind the other, others may follow.
        let parsed = parsed.or_else(|why| self.parse_other(&mut one_space).map_err(|_| why));
        self.one_space = one_space;
        Some(parsed)
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Entry, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            self.raw.clear();
            let mut read = self.lines.next(&mut self.raw);
            let first = self.lines.number;
            let malformed = |reason| Some(Err(Problem::Malformed { line: first, reason }));
            self.whole = matches!(read, Ok(Line::Whole));
            if let (Ok(Line::Whole | Line::Torn), Some(quotes)) = (&read, self.open_quotes()) {
                match self.read_rest(quotes) {
                    Ok(true) => {}
                    Ok(false) => return malformed("a quote is never closed"),
                    Err(error) => read = Err(error),
                }
            }
            match read {
                Ok(Line::Whole | Line::Torn) => {}
                Ok(Line::TooLong) => return malformed("the line is longer than 1 MiB"),
                Ok(Line::End) => return None,
                Err(error) => {
                    self.over = true;
                    return Some(Err(Problem::Broken(error)));
                }
            }
            match self.parse() {
                None => {}
                Some(Ok(entry)) => return Some(Ok(Entry { line: first, ..entry })),
                Some(Err(reason)) => return malformed(reason),
            }
        }
        None
    }
}
