//! Judges the seal of a manifest that is read for this alone.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use super::entry::Problem;
use super::forms;
use super::options::ReadOptions;
use super::records::Records;
use super::seal::BadSeal;

/// How many bytes at the end of a file are searched for a seal line.
const TAIL: u64 = 8 << 10;

/// Whether a regular file seems to end with a seal, or with a part of one. This reads only the last
/// few kilobytes of the file.
///
/// # Errors
/// When the file cannot be read.
pub fn is_at_end(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut tail = vec![0; length.min(TAIL) as usize];
    match file.read_exact_at(&mut tail, length.saturating_sub(TAIL)) {
        // Another program is shortening the file, so it does not end with a seal now.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        result => result?,
    }
    let torn = tail.iter().rposition(|byte| b"\0\n".contains(byte)).map_or(0, |end| end + 1);
    Ok(forms::holds_seal(&tail) || forms::may_become_seal(&tail[torn..]))
}

/// Reads a manifest to its end and judges its seal. A manifest without a seal gives
/// [`BadSeal::Missing`].
///
/// # Errors
/// When the manifest cannot be read.
pub fn verify(reader: impl Read, options: ReadOptions) -> io::Result<Result<(), BadSeal>> {
    for read in Records::new(reader, options).watch_seal(true) {
        match read {
            Ok(_) | Err(Problem::Malformed { .. } | Problem::Unread { .. }) => {}
            Err(Problem::Seal(bad)) => return Ok(Err(bad)),
            Err(Problem::Broken(error)) => return Err(error),
        }
    }
    Ok(Ok(()))
}
