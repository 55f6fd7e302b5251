//! Writes the results about a whole file (keywords) and about all files together (word
//! frequencies).

use std::borrow::Cow;
use std::io::Write;

use super::files::{Files, Taken};
use crate::error::Fatal;
use crate::escape::{push_hex, push_path, push_string, push_tsv};
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::segment::job::{Made, Outcome};
use crate::segment::tally::Tally;

/// Appends a word with its count. In JSON, words that are not UTF-8 look alike. A part of a result also
/// has their bytes, so that the counts of each can be added.
pub(crate) fn push_count(word: &[u8], count: &str, json: bool, is_part: bool, out: &mut Vec<u8>) {
    if json {
        let text = String::from_utf8_lossy(word);
        out.extend_from_slice(b"{\"word\":");
        push_string(&text, out);
        if is_part && matches!(text, Cow::Owned(_)) {
            out.extend_from_slice(b",\"invalid\":\"");
            push_hex(word, out);
            out.push(b'"');
        }
        out.extend_from_slice(b",\"count\":");
    } else {
        push_tsv(word, out);
        out.push(b'\t');
    }
    out.extend_from_slice(count.as_bytes());
    out.extend_from_slice(if json { b"}\n" } else { b"\n" });
}

/// Writes each word with the number of its occurrences, the most frequent word first.
pub(super) fn write_counts(
    tally: Tally,
    json: bool,
    is_part: bool,
    output: &mut Output,
) -> Result<(), Fatal> {
    let line = |word: &[u8], count: &str, out: &mut Vec<u8>| {
        push_count(word, count, json, is_part, out);
    };
    let written = tally.write_sorted(line, |lines| {
        output.buffer.extend_from_slice(lines);
        output.write_if_large()
    });
    match written {
        Ok(()) | Err(WriteError::Closed) => Ok(()),
        Err(WriteError::Failed(fatal)) => Err(fatal),
    }
}

/// The sink of the pipeline: writes the keywords of each file.
pub(super) struct KeywordSink {
    pub(super) output: Output,
    files: Files,
    json: bool,
}

impl KeywordSink {
    pub(super) fn new(output: Output, files: Files, json: bool) -> Self {
        Self { output, files, json }
    }
}

impl Sink<Outcome> for KeywordSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        // The last block of a file comes after all others, so all words have been added.
        let Some(Taken { block, complete: Some(true), .. }) = self.files.take(outcome)? else {
            return Ok(());
        };
        let Made::Words(words) = &block.made else { return Ok(()) };
        let out = &mut self.output.buffer;
        let best = words.take_keywords();
        if self.json {
            out.push(b'{');
            push_path("path", &block.path, out);
            out.extend_from_slice(b",\"keywords\":[");
        }
        for (index, (word, weight)) in best.iter().enumerate() {
            if self.json {
                out.extend_from_slice(if index > 0 { b",{\"word\":" } else { b"{\"word\":" });
                push_string(word, out);
                let _ = write!(out, ",\"weight\":{weight}}}");
            } else {
                push_tsv(block.path.as_os_str().as_encoded_bytes(), out);
                out.push(b'\t');
                push_tsv(word.as_bytes(), out);
                let _ = writeln!(out, "\t{weight}");
            }
        }
        if self.json {
            out.extend_from_slice(b"]}\n");
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
