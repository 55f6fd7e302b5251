//! Writes the results about a whole file (keywords) and about all files together (word
//! frequencies).

use super::files::{Files, Taken};
use super::idf;
use super::marker::Marker;
use super::word_lines::write_lines;
use crate::error::Fatal;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::session::Session;
use crate::segment::gather::Gather;
use crate::segment::job::{Made, Outcome, Product};
use crate::segment::origin::Origins;
use crate::segment::tables::About;
use crate::segment::tally::Tally;

/// Writes what is known only at the end of the run. `form` says whether it is JSON, whether it is the table of
/// `idf`, and whether it is a part of a result. With `only_new`, only the words that are not in it are counted.
///
/// # Errors
/// If it cannot be written, or if there is nothing to make a table of.
pub(super) fn write(
    product: Product,
    (json, to_idf, is_part): (bool, bool, bool),
    only_new: Option<Origins<'_>>,
    session: &Session,
    output: &mut Output,
) -> Result<(), Fatal> {
    match product {
        Product::Counts(tally) => {
            write_counts(tally, only_new, output, |word, count, out| match is_part {
                true => About::default().push_count_of_part(json, word, count, out),
                false => About::default().push_count(json.then_some("count"), word, count, out),
            })
        }
        Product::Gathered(Gather::Keywords(all)) => {
            About::default().push_keywords(&all.keywords(), json, &mut output.buffer);
            Ok(())
        }
        Product::Gathered(Gather::Files(documents) | Gather::Lines(documents)) if to_idf => {
            idf::write(documents, session, output)
        }
        Product::Gathered(Gather::Files(documents) | Gather::Lines(documents)) => {
            write_counts(documents.into_tally(), only_new, output, |word, count, out| {
                About::default().push_count(json.then_some("documents"), word, count, out);
            })
        }
        _ => Ok(()),
    }
}

/// Writes each word with the number of its occurrences as `push` has it, the most frequent word first.
fn write_counts(
    tally: Tally,
    only_new: Option<Origins<'_>>,
    output: &mut Output,
    push: impl Fn(&[u8], &str, &mut Vec<u8>) + Sync,
) -> Result<(), Fatal> {
    let line = |word: &[u8], count: &str, out: &mut Vec<u8>| {
        if only_new.is_none_or(|origins| origins.is_new(word)) {
            push(word, count, out);
        }
    };
    write_lines(tally, line, output)
}

/// The sink of the pipeline: writes the keywords of each file.
pub(super) struct KeywordSink {
    pub(super) output: Output,
    files: Files,
    json: bool,
    pub(super) marker: Marker,
}

impl KeywordSink {
    pub(super) fn new(output: Output, files: Files, json: bool, marker: Marker) -> Self {
        Self { output, files, json, marker }
    }
}

impl Sink<Outcome> for KeywordSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        let noted = self.marker.noted(&outcome);
        let complete = match self.files.take(outcome)? {
            // The last block of a file comes after all others, so all words have been added. Records
            // that were left out have no words, and the others have been counted.
            Some(Taken { block, complete, only_left_out, .. })
                if complete == Some(true) || only_left_out =>
            {
                if let Made::Words(words) = &block.made {
                    let best = words.take_keywords();
                    let about = About { path: Some(&block.path), line: None };
                    about.push_keywords(&best, self.json, &mut self.output.buffer);
                }
                complete == Some(true)
            }
            Some(Taken { complete: None, .. }) => return Ok(()),
            Some(_) | None => false,
        };
        self.marker.after(noted, complete, false, &mut self.output)?;
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
