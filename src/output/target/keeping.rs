//! What an output keeps for a later run, which goes on where this one ended.

use std::path::Path;

use super::super::destination::failed;
use super::{Output, Target, WriteError};
use crate::error::{Fatal, reason};
use crate::escape::printable;

impl Output {
    /// The path of the `FILE.partial` from which a later run can continue if this run ends now.
    pub fn resumable_path(&self) -> Option<&Path> {
        match &self.target {
            Target::Partial(partial, _) if !partial.is_empty() => Some(partial.path()),
            _ => None,
        }
    }

    /// How many bytes the result has so far, with those in the buffer. 0 if nothing can be resumed.
    pub fn resumable_length(&self) -> u64 {
        match &self.target {
            Target::Partial(partial, _) => partial.length() + self.buffer.len() as u64,
            Target::Stream(..) | Target::Replace(..) => 0,
        }
    }

    /// Notes that the run ends by itself, though its result cannot get its name. A later run may still
    /// continue it.
    pub fn note_end(&self) {
        if let Target::Partial(partial, _) = &self.target {
            partial.note_end();
        }
    }

    /// Lets the run go on where this many bytes of the result of an interrupted run end.
    ///
    /// # Errors
    /// If the result has fewer bytes, or cannot be cut.
    pub fn keep(&mut self, length: u64) -> Result<(), Fatal> {
        let Target::Partial(partial, _) = &mut self.target else { return Ok(()) };
        partial.keep(length).map_err(|error| {
            let path = printable(partial.path());
            Fatal(format!(
                "cannot resume {path}: {}; without --resume, everything is done anew",
                reason(&error)
            ))
        })
    }

    /// Drops the result so far, so that no later run goes on with it.
    ///
    /// # Errors
    /// If the file cannot be cut.
    pub fn discard(&mut self) -> Result<(), WriteError> {
        self.buffer.clear();
        let Target::Partial(partial, _) = &mut self.target else { return Ok(()) };
        partial.keep(0).map_err(|error| WriteError::Failed(failed("write to", &self.name, &error)))
    }

    /// Writes the bytes in the buffer, and waits until all that was written is on the disk.
    ///
    /// # Errors
    /// If that fails.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.write_all()?;
        let Target::Partial(partial, _) = &self.target else { return Ok(()) };
        let synced = partial.file().sync_data();
        synced.map_err(|error| WriteError::Failed(self.failed(&error)))
    }
}
