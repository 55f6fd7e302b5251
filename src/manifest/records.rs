//! From lines to records: one digest, or the object of one file.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::csv::{self, Columns};
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

    /// Whether the record goes on behind this line: a field of CSV may hold the end of a line.
    fn is_open(&self) -> bool {
        self.columns.is_some()
            && csv::is_open(&self.raw)
            && self.parse_other(&mut self.one_space.clone()).is_err()
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
            let mut first = 0;
            loop {
                let start = self.raw.len();
                let read = match self.lines.next(&mut self.raw) {
                    Ok(read) => read,
                    Err(error) => {
                        self.over = true;
                        return Some(Err(Problem::Broken(error)));
                    }
                };
                if first == 0 {
                    first = self.lines.number;
                }
                let malformed = |reason| Some(Err(Problem::Malformed { line: first, reason }));
                self.whole = read == Line::Whole;
                match read {
                    Line::TooLong => return malformed("the line is longer than 1 MiB"),
                    Line::End if start == 0 => return None,
                    _ => {}
                }
                let open = self.is_open();
                if open && (!self.whole || self.raw.len() > LONGEST) {
                    return malformed("a quote is never closed");
                }
                if !open {
                    break;
                }
            }
            match self.parse() {
                None => {}
                Some(Ok(entry)) => return Some(Ok(Entry { line: first, ..entry })),
                Some(Err(reason)) => {
                    return Some(Err(Problem::Malformed { line: first, reason }));
                }
            }
        }
        None
    }
}
