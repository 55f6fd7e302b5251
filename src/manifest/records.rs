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

    fn parse(&mut self) -> Option<Parsed<Fields>> {
        let zero = self.lines.zero();
        let line = if self.whole { &self.raw[..self.raw.len() - 1] } else { &self.raw };
        let line = match line.strip_suffix(b"\r") {
            Some(line) if !zero => line,
            _ => line,
        };
        if line.is_empty() || line[0] == b'#' && self.columns.is_none() {
            return None;
        }
        if let Some(columns) = Columns::of_header(line) {
            self.columns = Some(columns);
            return None;
        }
        let accept = self.accept;
        if let Some(columns) = &self.columns {
            return Some(columns.parse(line, accept));
        }
        Some(
            json::parse(line, accept)
                .or_else(|| bsd::parse(line, accept, zero))
                .unwrap_or_else(|| gnu::parse(line, accept, zero, &mut self.one_space)),
        )
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
                // A field of CSV may hold the end of a line.
                let open = self.columns.is_some() && csv::is_open(&self.raw);
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
