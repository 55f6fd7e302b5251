//! The texts that were picked from a block, and the places in the block that they came from.

use std::mem;
use std::ops::Range;

use memchr::memchr_iter;

/// The texts of the fields of a block.
#[derive(Debug, Default)]
pub struct Picked {
    /// The texts, each followed by LF.
    pub text: Vec<u8>,
    pub(super) values: Vec<Value>,
    pub(super) unfit: Unfit,
}

/// A range of the block that is replaced.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where its text ends in the text of all, the LF after it included.
    text_end: u32,
    /// How many LF its text has.
    pub(super) lines: u32,
    pub(super) shape: Shape,
}

/// What was found in a record.
pub(super) enum Found {
    /// The field, which was picked, or a record that needs no field.
    Good,
    /// The record does not have the field.
    Missing,
    /// The field cannot be cut for this reason.
    Unfit(String),
    /// A quote is never closed, so the record has all that is left of the file.
    Open,
}

/// How the text of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As it is.
    Plain,
    /// As a JSON string.
    Json,
    /// As a field of CSV.
    Csv {
        separator: u8,
        /// Whether it has quotes in any case.
        quoted: bool,
        /// Whether the record has no other field.
        alone: bool,
    },
    /// It is left out.
    Nothing,
}

/// The records whose field cannot be cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfit {
    /// Their number.
    pub count: u64,
    /// The number of lines before the first of them.
    pub line: u64,
    /// What is wrong with the first one.
    pub reason: String,
    /// The number of lines before the last of them, if it has a quote that is never closed.
    pub open: Option<u64>,
    /// Whether they pass as they are; otherwise they are left out.
    pub passed: bool,
}

impl Unfit {
    /// Adds other records of the file.
    pub fn add(&mut self, mut others: Unfit) {
        if self.count == 0 || others.count > 0 && others.line < self.line {
            mem::swap(self, &mut others);
        }
        self.count += others.count;
        self.open = self.open.or(others.open);
        self.passed |= others.passed;
    }

    /// Adds a record that comes later in the file. `line` is the number of lines before it.
    pub(super) fn put(&mut self, line: impl FnOnce() -> u64, reason: impl FnOnce() -> String) {
        self.count += 1;
        if self.count == 1 {
            (self.line, self.reason) = (line(), reason());
        }
    }

    /// A message about these records.
    pub fn describe(&self) -> String {
        let Self { count, line, reason, open, passed } = self;
        let line = line + 1;
        let mut parts = Vec::new();
        match count - u64::from(open.is_some()) {
            0 => {}
            1 => {
                let fate =
                    if *passed { "is not cut" } else { "is left out (--missing pass keeps it)" };
                parts.push(format!("line {line} {reason}; it {fate}"));
            }
            others => {
                let fate = if *passed {
                    "stay as they are"
                } else {
                    "are left out (--missing pass keeps them)"
                };
                parts.push(format!(
                    "{others} lines cannot be cut and {fate}; the first is line {line}, which {reason}"
                ));
            }
        }
        if let Some(line) = open {
            parts.push(format!(
                "line {} has a quote that is never closed; everything from this line to the end of the file is left out",
                line + 1
            ));
        }
        parts.join("; ")
    }
}

impl Picked {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
    }

    /// Adds a field, which has this range in the block. `put` appends its text.
    pub(super) fn add(
        &mut self,
        range: Range<usize>,
        shape: Shape,
        put: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.text.len();
        put(&mut self.text);
        let lines = memchr_iter(b'\n', &self.text[start..]).count();
        self.text.push(b'\n');
        self.push(range, lines, shape);
    }

    /// Leaves out a record with this range in the block. `line` is the number of lines before it.
    pub(super) fn leave_out(
        &mut self,
        range: Range<usize>,
        line: impl FnOnce() -> u64,
        reason: String,
    ) {
        self.push(range, 0, Shape::Nothing);
        self.unfit.put(line, || reason);
    }

    fn push(&mut self, range: Range<usize>, lines: usize, shape: Shape) {
        let [start, end, text_end, lines] = [range.start, range.end, self.text.len(), lines]
            .map(|number| u32::try_from(number).expect("a block is shorter than 4 GiB"));
        self.values.push(Value { start, end, text_end, lines, shape });
    }

    /// The fields of a block: how many lines of the block come before the one in which each begins, and
    /// how many lines the text of each has.
    pub fn records(&self, block: &[u8]) -> impl Iterator<Item = (u64, u32)> {
        let (mut lines, mut counted) = (0, 0);
        let fields = self.values.iter().filter(|value| value.shape != Shape::Nothing);
        fields.map(move |value| {
            let start = value.start as usize;
            lines += memchr_iter(b'\n', &block[counted..start]).count() as u64;
            counted = start;
            (lines, value.lines + 1)
        })
    }

    /// Takes what is known about records that were left out.
    pub fn take_unfit(&mut self) -> Unfit {
        mem::take(&mut self.unfit)
    }

    /// The place in the block that byte `at` of the text comes from, or is near to if its field has
    /// escapes or quotes.
    pub fn place(&self, at: usize) -> usize {
        let index = self.values.partition_point(|value| value.text_end as usize <= at);
        let Some(value) = self.values.get(index) else { return 0 };
        let begin = index.checked_sub(1).map_or(0, |before| self.values[before].text_end as usize);
        value.start as usize + (at - begin).min((value.end - value.start) as usize)
    }
}
