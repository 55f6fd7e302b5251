//! `DIR/.batchproc.run`: the record of `--output-dir DIR --resume`, which says which results are there
//! already.
//!
//! ```text
//!  batchproc results 1
//!  arguments ...            the command that makes the results
//!  DIGEST                   one line for each result
//! ```
//!
//! The digest is that of an input (its path, size, times and identity) and of the result that was made
//! of it (its size, time of modification and identity). A result counts as done only if a line has the
//! digest of both as they are now. So a changed input is read again, and a result that another run or
//! another program has put in the place is not taken for one of this command. The line is written after
//! the result has got its name, and a line that is lost or torn costs nothing but another read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::description::difference;
use super::partial::lock;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::retry::Bounded;
use crate::stamp::Stamp;

/// The name of the record in its directory.
pub(super) const NAME: &str = ".batchproc.run";
/// The first line of a record.
const HEAD: &str = "batchproc results 1";
/// The most bytes of a line that are read. Every line of this program is shorter.
const MOST: u64 = 64 << 10;

/// The record of a directory.
pub(super) struct Record {
    /// The file, at its end.
    file: Mutex<File>,
    /// The digests of results that were there when the run began.
    done: HashSet<u128>,
}

impl Record {
    /// Opens the record of this directory for a command, or begins one.
    ///
    /// # Errors
    /// If another command made the results, if another run is writing them, or if the record cannot
    /// be read or written.
    pub(super) fn open(
        directory: &Path,
        arguments: &str,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Self, Fatal> {
        let path = directory.join(NAME);
        let fail =
            |reason: &str| Fatal(format!("cannot resume {}: {reason}", printable(directory)));
        let failed = |error: &io::Error| fail(&format!("{}: {}", printable(&path), reason(error)));
        let file = match lock(&path, 0o666, is_stopped).map_err(|error| failed(&error))? {
            Ok(file) => file,
            Err(reason) => return Err(fail(&format!("{}: {reason}", printable(&path)))),
        };
        match Self::read(file, arguments) {
            Ok(Ok(record)) => Ok(record),
            Ok(Err(reason)) => Err(fail(&format!(
                "{}: {reason}; without this file, everything is done anew",
                printable(&path)
            ))),
            Err(error) => Err(failed(&error)),
        }
    }

    fn read(mut file: File, arguments: &str) -> io::Result<Result<Self, String>> {
        let mut reader = BufReader::new(&file);
        let mut line = || -> io::Result<Vec<u8>> {
            let mut line = Vec::new();
            (&mut reader).take(MOST).read_until(b'\n', &mut line)?;
            Ok(line)
        };
        let head = line()?;
        let written = line()?;
        let mut done = HashSet::new();
        let begun = written.ends_with(b"\n");
        if begun {
            let foreign = || "it is not from a run with --resume".to_string();
            let text =
                str::from_utf8(&written).ok().filter(|_| head == format!("{HEAD}\n").as_bytes());
            let old = text.and_then(|text| text.trim_end().strip_prefix("arguments "));
            match old {
                None => return Ok(Err(foreign())),
                Some(old) if old != arguments => return Ok(Err(difference(old, arguments))),
                Some(_) => {}
            }
            loop {
                let line = line()?;
                if line.is_empty() {
                    break;
                }
                let digits = str::from_utf8(&line).ok().map(str::trim_end);
                let digest = digits.filter(|digits| digits.len() == 32);
                done.extend(digest.and_then(|digits| u128::from_str_radix(digits, 16).ok()));
            }
            // A line that a power failure has torn ends here.
            if file.metadata()?.len() > 0 {
                file.seek(SeekFrom::End(-1))?;
                let mut last = [0];
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
        } else {
            let beginning = [&head[..], &written].concat();
            let ours = format!("{HEAD}\narguments ");
            let common = beginning.len().min(ours.len());
            if beginning[..common] != ours.as_bytes()[..common] {
                return Ok(Err("it is not from a run with --resume".into()));
            }
            file.set_len(0)?;
            file.rewind()?;
            Bounded::new(&file).write_all(format!("{HEAD}\narguments {arguments}\n").as_bytes())?;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(Ok(Self { file: Mutex::new(file), done }))
    }

    /// Whether the record has a result with this digest.
    pub(super) fn has(&self, digest: u128) -> bool {
        self.done.contains(&digest)
    }

    /// Adds results, which have their final names. The record is only a help: if it cannot be
    /// written, these files are read again by a later run.
    pub(super) fn add(&self, digests: &[u128]) {
        let lines: String = digests.iter().map(|digest| format!("{digest:032x}\n")).collect();
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = Bounded::new(&*file).write_all(lines.as_bytes()) {
            log::warn!("cannot write {NAME}: {}", reason(&error));
        }
    }
}

/// The digest of an input and its result.
pub(super) fn digest(path: &Path, input: &Stamp, result: &Stamp) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for stamp in [input, result] {
        let (device, inode) = stamp.identity;
        for number in [device, inode, stamp.size] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(&stamp.mtime.to_le_bytes());
    }
    // The result gets its name after its digest is made, which changes the time of its status.
    hasher.update(&input.ctime.to_le_bytes());
    hasher.update(path.as_os_str().as_bytes());
    let digest = hasher.finalize();
    let (sixteen, _) = digest.as_bytes().split_at(16);
    u128::from_le_bytes(sixteen.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_record_that_is_cut_anywhere_has_the_whole_lines_and_goes_on() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join(NAME);
        let open = || Record::open(directory.path(), "a=1;b=2", &|| false);
        open().unwrap().add(&[1, 2, u128::MAX]);
        let whole = fs::read(&path).unwrap();
        let begin = whole.len() - 3 * 33;
        for at in 0..=whole.len() {
            fs::write(&path, &whole[..at]).unwrap();
            let record = open().unwrap();
            let known = [1, 2, u128::MAX].map(|digest| record.has(digest));
            // The last line end may be missing.
            let lines = (at + 1).saturating_sub(begin) / 33;
            assert_eq!(known, [lines >= 1, lines >= 2, lines >= 3], "cut at {at}");
            record.add(&[7]);
            drop(record);
            let record = open().unwrap();
            assert!(record.has(7) && record.has(1) == (lines >= 1), "cut at {at}");
        }
    }

    #[test]
    fn the_record_of_another_command_or_program_is_refused_and_stays() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join(NAME);
        let open = |arguments| Record::open(directory.path(), arguments, &|| false);
        drop(open("a=1;b=2").unwrap());
        let before = fs::read(&path).unwrap();
        let Err(Fatal(reason)) = open("a=1;b=3") else { panic!("not refused") };
        assert!(reason.contains("it is from a run with another value of: b; "), "{reason}");
        assert_eq!(fs::read(&path).unwrap(), before);
        for foreign in ["x", "something\nelse\n"] {
            fs::write(&path, foreign).unwrap();
            let Err(Fatal(reason)) = open("a=1") else { panic!("not refused") };
            assert!(reason.contains("it is not from a run with --resume"), "{reason}");
            assert_eq!(fs::read_to_string(&path).unwrap(), foreign);
        }
    }
}
