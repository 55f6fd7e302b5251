//! Writes a table of words to the output, a line for each word.

use crate::error::Fatal;
use crate::output::{Output, WriteError};
use crate::segment::tally::Tally;

/// Writes a line for each word of a table.
///
/// # Errors
/// If writing fails. It is no error if the reader of the output has closed it.
pub(super) fn write_lines(
    tally: Tally,
    line: impl Fn(&[u8], &str, &mut Vec<u8>) + Sync,
    output: &mut Output,
) -> Result<(), Fatal> {
    let written = tally.write_sorted(line, |lines| {
        output.buffer.extend_from_slice(lines);
        output.write_if_large()
    });
    match written {
        Ok(()) | Err(WriteError::Closed) => Ok(()),
        Err(WriteError::Failed(fatal)) => Err(fatal),
    }
}
