//! Combines lines into records and parses them. A record is a line, a CSV row that spans several
//! lines, or the lines of certutil for a file. An entry that is parsed from a record has one digest, or all digests of a JSON object.

use std::io::{self, Read};
use std::mem;

use super::entry::{Entry, Parsed, Problem};
use super::forms::csv::{Columns, Quotes};
use super::forms::json::UNREAD;
use super::forms::{Reading, certutil, parse};
use super::lines::{LONGEST, Line, Lines};
use super::options::ReadOptions;
use super::watch::Watch;

/// Iterates over the records of a manifest.
pub struct Records<R> {
    lines: Lines<R>,
    reading: Reading,
    raw: Vec<u8>,
    /// The bytes of the record before.
    last: Vec<u8>,
    watch: Watch,
    /// Whether the record read last ends with its terminator.
    whole: bool,
    over: bool,
}

impl<R: Read> Records<R> {
    /// Reads a manifest.
    pub fn new(reader: R, options: ReadOptions) -> Self {
        Self {
            lines: Lines::new(reader, options.zero),
            reading: Reading::new(options),
            raw: Vec::new(),
            last: Vec::new(),
            watch: Watch::default(),
            whole: true,
            over: false,
        }
    }

    /// Compares the manifest with its seal, too. `required` says whether a manifest without a seal
    /// has a bad one. Without this call, the digest in the seal is not looked at.
    pub fn watch_seal(mut self, required: bool) -> Self {
        self.watch = Watch::full(required);
        self
    }

    /// The bytes of the record read last, terminator included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether the lines end with NUL.
    pub fn ends_with_nul(&self) -> bool {
        self.lines.zero()
    }

    /// Whether the record read last ends with its terminator. Only the last record of a manifest
    /// may lack it.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Parses a line as any form except CSV.
    fn parse_other(&mut self) -> Parsed<Entry> {
        let (columns, one_space) = (self.reading.columns.take(), self.reading.one_space);
        self.reading.zero = self.lines.zero();
        let parsed = parse(line(&self.raw, self.whole, self.reading.zero), &mut self.reading);
        (self.reading.columns, self.reading.one_space) = (columns, one_space);
        parsed
    }

    /// The state of the quotes at the end of the record's first line, if a quoted CSV field is
    /// still open there. Such a field may contain line ends, so the row goes on in the next line.
    fn open_quotes(&mut self) -> Option<Quotes> {
        if self.reading.columns.is_none() || !self.raw.contains(&b'"') {
            return None;
        }
        let mut quotes = Quotes::default();
        quotes.follow(line(&self.raw, self.whole, self.lines.zero()));
        (quotes.are_open() && self.parse_other().is_err()).then_some(quotes)
    }

    /// Reads the lines of a CSV row after its first line. Returns `false` if the lines do not form
    /// a row. Then only the first line is malformed: it has a stray quote. The lines after it are
    /// put back and read again, since each of them may be a row.
    fn read_rest(&mut self, mut quotes: Quotes) -> io::Result<bool> {
        let (number, second) = (self.lines.number, self.raw.len());
        let mut read = if self.whole { Line::Whole } else { Line::Torn };
        while read == Line::Whole && quotes.are_open() && self.raw.len() <= LONGEST {
            let start = self.raw.len();
            read = self.lines.next(&mut self.raw)?;
            let end = self.raw.len() - usize::from(read == Line::Whole);
            quotes.follow(&self.raw[start..end]);
        }
        let needed = self.reading.columns.as_ref().map_or(0, Columns::needed);
        if quotes.close(needed) {
            self.whole = read == Line::Whole;
            return Ok(true);
        }
        self.lines.take_back(&self.raw[second..], number, read == Line::TooLong);
        self.raw.truncate(second);
        Ok(false)
    }

    /// Whether the record read last, which begins at this line, is a seal.
    fn is_seal(&mut self, number: u64) -> bool {
        let Self { lines, raw, whole, watch, reading, .. } = self;
        reading.zero = lines.zero();
        watch.line(raw, *whole, number, lines.bom, reading)
    }

    /// A record without a digest, which begins at this line.
    fn malformed(&mut self, line: u64, reason: &'static str) -> Option<Result<Entry, Problem>> {
        self.watch.entry();
        Some(Err(match reason {
            UNREAD => Problem::Unread { line },
            reason => Problem::Malformed { line, reason },
        }))
    }

    /// Whether the record's first line is the first of a group of certutil, whose digest is in the
    /// next line.
    fn begins_group(&self) -> bool {
        let line = line(&self.raw, self.whole, self.lines.zero());
        !self.lines.zero() && certutil::begins_group(line)
    }

    /// Reads the line with the digest of a group of certutil. Returns `false` if the next line has no
    /// digest. It is put back then.
    fn read_digest(&mut self) -> io::Result<bool> {
        let (number, second) = (self.lines.number, self.raw.len());
        let read = if self.whole { self.lines.next(&mut self.raw)? } else { Line::End };
        if certutil::is_digest(&self.raw[second..]) {
            self.whole = read == Line::Whole;
            return Ok(true);
        }
        self.lines.take_back(&self.raw[second..], number, read == Line::TooLong);
        self.raw.truncate(second);
        Ok(false)
    }

    /// Parses the record read last. `None` if it is a header, a comment or empty.
    fn parse(&mut self) -> Option<Parsed<Entry>> {
        let reading = &mut self.reading;
        reading.zero = self.lines.zero();
        let line = line(&self.raw, self.whole, reading.zero);
        if reading.is_comment(line) {
            return None;
        }
        let parsed = parse(line, reading);
        if parsed.is_err() && reading.is_header(line) {
            return None;
        }
        Some(parsed)
    }
}

/// A record without its terminator.
fn line(raw: &[u8], whole: bool, zero: bool) -> &[u8] {
    let line = if whole { &raw[..raw.len() - 1] } else { raw };
    if zero { line } else { line.strip_suffix(b"\r").unwrap_or(line) }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Entry, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            mem::swap(&mut self.raw, &mut self.last);
            self.raw.clear();
            let mut read = self.lines.next(&mut self.raw);
            let first = self.lines.number;
            self.whole = matches!(read, Ok(Line::Whole));
            if let (Ok(Line::Whole | Line::Torn), Some(quotes)) = (&read, self.open_quotes()) {
                match self.read_rest(quotes) {
                    Ok(true) => {}
                    Ok(false) => {
                        self.is_seal(first);
                        return self.malformed(first, "a quote is never closed");
                    }
                    Err(error) => read = Err(error),
                }
            } else if let (Ok(Line::Whole | Line::Torn), true) = (&read, self.begins_group()) {
                match self.read_digest() {
                    Ok(true) => {}
                    Ok(false) => {
                        self.is_seal(first);
                        let reason = "the next line is not the digest of this file";
                        return self.malformed(first, reason);
                    }
                    Err(error) => read = Err(error),
                }
            }
            match read {
                Ok(Line::Whole | Line::Torn) => {}
                Ok(Line::TooLong) => {
                    self.is_seal(first);
                    return self.malformed(first, "the line is longer than 1 MiB");
                }
                Ok(Line::End) => {
                    self.over = true;
                    return self.watch.end(&self.last).map(|bad| Err(Problem::Seal(bad)));
                }
                Err(error) => {
                    self.over = true;
                    return Some(Err(Problem::Broken(error)));
                }
            }
            if self.is_seal(first) {
                continue;
            }
            match self.parse() {
                None => {}
                Some(Ok(entry)) => {
                    self.watch.entry();
                    return Some(Ok(Entry { line: first, ..entry }));
                }
                Some(Err(reason)) => return self.malformed(first, reason),
            }
        }
        None
    }
}
