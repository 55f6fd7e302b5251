//! Writes the lines of all files to one output, one file after another.

use super::files::{Files, Taken};
use super::marker::Marker;
use super::records::Totals;
use super::shard::Cuts;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::segment::job::{Made, Outcome};
use crate::segment::render::{Form, Rendered};

/// A result of at least this many bytes is not copied but becomes the buffer of the output, if that
/// is empty. Many small results are better collected in one buffer.
const LARGE: usize = 32 << 10;

/// Joins the results of the blocks (parts) of one text.
pub(super) struct Joiner {
    form: Form,
    /// Whether the current output line already has a token.
    open: bool,
}

impl Joiner {
    pub(super) fn new(form: Form) -> Self {
        Self { form, open: false }
    }

    /// Appends the result of the next block, after a delimiter if the block continues the current
    /// line.
    pub(super) fn append(&mut self, rendered: Rendered, out: &mut Vec<u8>) {
        if rendered.goes_on && self.open {
            out.extend_from_slice(self.form.joint());
        }
        if out.is_empty() && rendered.bytes.len() >= LARGE {
            self.form.reuse(std::mem::replace(out, rendered.bytes));
        } else {
            out.extend_from_slice(&rendered.bytes);
            self.form.reuse(rendered.bytes);
        }
        self.open = rendered.open_tokens || (self.open && !rendered.ends_line);
    }

    /// Ends the text; the next block begins another one.
    pub(super) fn end(&mut self) {
        self.open = false;
    }
}

pub(super) struct LinesSink {
    pub(super) output: Output,
    files: Files,
    joiner: Joiner,
    /// Whether the last line of the previous text has no line end. If so, one is added before the
    /// next text.
    needs_newline: bool,
    /// Whether nothing of the current text was written so far.
    fresh: bool,
    pub(super) marker: Marker,
    /// What a part has of files that lie in several parts.
    pub(super) cuts: Cuts,
}

impl LinesSink {
    pub(super) fn new(output: Output, files: Files, form: Form, marker: Marker) -> Self {
        let (needs_newline, fresh) = (marker.needs_newline(), !marker.is_within_file());
        let (joiner, cuts) = (Joiner::new(form), Cuts::default());
        Self { output, files, joiner, needs_newline, fresh, marker, cuts }
    }

    /// What `--records` replaced in all files.
    pub(super) fn totals(&self) -> Totals {
        self.files.totals
    }
}

impl Sink<Outcome> for LinesSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        let Self { output, files, marker, .. } = self;
        marker.before(&outcome, files, self.needs_newline, output)?;
        let noted = marker.noted(&outcome);
        let taken = files.take(outcome)?;
        let mut end = Some(false);
        if let Some(Taken { block, wanted, complete, .. }) = taken {
            if let Some(end) = &block.end {
                self.cuts.note(&block.path, end);
            }
            if let (Made::Counts(counts), Some(true)) = (&block.made, complete) {
                output.buffer.extend_from_slice(&counts.take_lines());
            }
            if let (true, Made::Lines(rendered)) = (wanted, block.made) {
                let begins = !rendered.bytes.is_empty() && std::mem::take(&mut self.fresh);
                if begins && std::mem::take(&mut self.needs_newline) {
                    output.buffer.push(b'\n');
                }
                if let Some(&byte) = rendered.bytes.last() {
                    self.needs_newline = byte != b'\n';
                }
                self.joiner.append(rendered, &mut output.buffer);
            }
            if complete.is_some() {
                self.joiner.end();
                self.fresh = true;
            }
            end = complete;
        }
        if let Some(complete) = end {
            marker.after(noted, complete, self.needs_newline, output)?;
        }
        output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
