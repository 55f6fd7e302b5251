//! Marks in the journal of FILE.partial how far a run has come, so that a later one can go on there.
//!
//! A mark is made only where the state of the run is a position and some numbers: between two files,
//! and within a file in UTF-8 between two lines or records. What was written before a mark is on the
//! disk before the mark is.

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::files::Files;
use super::sides::Sides;
use super::state::{Note, State};
use crate::error::{Fatal, reason};
use crate::files::Refused;
use crate::output::journal::Journal;
use crate::output::{Output, WriteError};
use crate::segment::job::Outcome;
use crate::segment::point::Point;
use crate::stamp::Stamp;

/// A mark is made after so many bytes of output. The environment variable `BATCHPROC_MARK` has another
/// number; tests use it.
const BYTES: u64 = 64 << 20;
/// A mark is made after so long.
const TIME: Duration = Duration::from_secs(10);

/// Marks how far a run has come.
pub(super) struct Marker(Option<Marking>);

struct Marking {
    journal: Journal,
    sides: Sides,
    /// The last place where a mark could be made.
    place: State,
    every: u64,
    /// The length of the output at the last mark, and when that was made.
    last: (u64, Instant),
    /// Whether a stream was read. It cannot be read again, so no mark is made after it.
    after_stream: bool,
}

/// What is noted of a file at its end.
pub(super) struct Noted(Option<(Arc<Path>, Option<Stamp>, bool)>);

impl Marker {
    /// Marks in this journal, from the state on that an interrupted run has reached.
    pub(super) fn new(journal: Journal, sides: Sides, place: State) -> Self {
        let every = env::var("BATCHPROC_MARK").ok().and_then(|bytes| bytes.parse().ok());
        let every = every.unwrap_or(BYTES);
        let last = (place.length, Instant::now());
        Self(Some(Marking { journal, sides, place, every, last, after_stream: false }))
    }

    /// Makes no marks.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Whether the text before the place where the run begins has no line end.
    pub(super) fn needs_newline(&self) -> bool {
        self.0.as_ref().is_some_and(|marking| marking.place.needs_newline)
    }

    /// Whether the run begins within a file.
    pub(super) fn is_within_file(&self) -> bool {
        self.0.as_ref().is_some_and(|marking| marking.place.point.is_some())
    }

    /// Makes a mark before a block if it is time to. `files` knows the file up to the block.
    pub(super) fn before(
        &mut self,
        outcome: &Outcome,
        files: &Files,
        needs_newline: bool,
        output: &mut Output,
    ) -> Result<(), WriteError> {
        let (Some(marking), Outcome::Block(block)) = (&mut self.0, outcome) else { return Ok(()) };
        match files.point(block) {
            Some(point) => marking.reach(Some(point), needs_newline, output),
            None => Ok(()),
        }
    }

    /// What will be noted of the file that ends with this outcome.
    pub(super) fn noted(&self, outcome: &Outcome) -> Noted {
        Noted(match outcome {
            _ if self.0.is_none() => None,
            Outcome::Block(block) if block.end.is_some() => {
                Some((block.path.clone(), block.stamp, false))
            }
            Outcome::Refused(Refused::Skipped(path, _)) => {
                Some((path.as_path().into(), None, true))
            }
            Outcome::Refused(Refused::Failed(failure)) => {
                Some((failure.path.as_path().into(), None, false))
            }
            _ => None,
        })
    }

    /// Notes the end of a file, which has a result if it is `complete`. Makes a mark if it is time to.
    pub(super) fn after(
        &mut self,
        noted: Noted,
        complete: bool,
        needs_newline: bool,
        output: &mut Output,
    ) -> Result<(), WriteError> {
        let (Some(marking), Some((path, stamp, skipped))) = (&mut self.0, noted.0) else {
            return Ok(());
        };
        let note = match stamp {
            _ if skipped => Note::Skipped,
            _ if !complete => Note::Failed,
            Some(stamp) => Note::Done(stamp),
            None => {
                marking.after_stream = true;
                return Ok(());
            }
        };
        if marking.after_stream {
            return Ok(());
        }
        let noted = marking.journal.note(&note.line(&path));
        noted.map_err(|error| failed(&error))?;
        marking.reach(None, needs_newline, output)
    }

    /// Makes a last mark, since the run has ended before its end.
    pub(super) fn end(&mut self, output: &mut Output) {
        let Some(marking) = &mut self.0 else { return };
        // A full disk or a closed output was the reason perhaps. Then earlier marks hold.
        let _ = output.sync();
        if (1..=output.resumable_length()).contains(&marking.place.length) {
            let _ = marking.mark();
        }
    }
}

impl Marking {
    /// A mark could be made here, at the end of the output.
    fn reach(
        &mut self,
        point: Option<Point>,
        needs_newline: bool,
        output: &mut Output,
    ) -> Result<(), WriteError> {
        if self.after_stream {
            return Ok(());
        }
        let length = output.resumable_length();
        self.place = State { length, needs_newline, sides: Vec::new(), point };
        let (last, when) = self.last;
        if length < last + self.every && when.elapsed() < TIME {
            return Ok(());
        }
        output.sync()?;
        self.mark().map_err(|error| failed(&error))
    }

    fn mark(&mut self) -> std::io::Result<()> {
        self.place.sides = self.sides.digests();
        self.last = (self.place.length, Instant::now());
        self.journal.mark(&self.place.line())
    }
}

fn failed(error: &std::io::Error) -> WriteError {
    WriteError::Failed(Fatal(format!("cannot write the record of --resume: {}", reason(error))))
}
