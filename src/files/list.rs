//! Reads the list of names of `--files-from`. Each name is passed on as soon as its line is
//! complete.
//!
//! A name may contain any byte but NUL. If a file of exactly this name exists, the name is used as
//! it is. Otherwise, bytes that editors and other systems add to text files are removed: a byte
//! order mark before the first name, and the CR of CR LF as long as every line so far has ended
//! with CR LF. Names that end with NUL are never changed.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::mem;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::item::{Found, Item, Origin, Refused};
use crate::error::FileError;
use crate::escape::printable;
use crate::marks::{self, BOM};

/// The longest name that is accepted, in bytes. A longer name is an error, so that a file without
/// line ends cannot fill the memory.
const MAX_NAME_LENGTH: usize = 1 << 20;

/// A function that shows a line to the user.
pub type Notify = Box<dyn Fn(&str) + Send>;

/// Iterates over the names of a list.
pub struct List<R> {
    reader: BufReader<R>,
    /// The name of the list, for messages.
    name: PathBuf,
    end: u8,
    line: u64,
    over: bool,
    /// Whether all lines so far have ended with CR LF.
    crlf: bool,
    /// Whether the removal of a CR was reported to the user, which is done once.
    crlf_reported: bool,
    /// Shows a line to the user.
    notify: Notify,
}

impl<R: Read> List<R> {
    /// Makes a list whose names end with a newline, or with NUL if `null` is set.
    pub fn new(reader: R, name: PathBuf, null: bool, notify: Notify) -> Self {
        let end = if null { 0 } else { b'\n' };
        let reader = BufReader::with_capacity(64 << 10, reader);
        Self { reader, name, end, line: 0, over: false, crlf: !null, crlf_reported: false, notify }
    }

    /// Removes the byte order mark and the CR if they are not part of the name.
    ///
    /// # Errors
    /// If the list is in UTF-16 or UTF-32.
    fn clean(&mut self, name: &mut Vec<u8>) -> Result<(), &'static str> {
        self.crlf &= name.ends_with(b"\r");
        let first = self.line == 1;
        let utf_8 = first && name.starts_with(BOM);
        let refused = marks::refused(name).filter(|_| first);
        if !(utf_8 || refused.is_some() || self.crlf) || exists(name) {
            return Ok(());
        }
        if let Some(reason) = refused {
            return Err(reason);
        }
        if utf_8 {
            name.drain(..BOM.len());
        }
        if self.crlf && !exists(name) {
            name.pop();
            if !mem::replace(&mut self.crlf_reported, true) {
                (self.notify)(&format!(
                    "{}: its lines end with CR LF; the CR is not taken as a part of the names",
                    printable(&self.name)
                ));
            }
        }
        Ok(())
    }

    fn failure(&self, reason: &str) -> FileError {
        FileError::new(self.name.clone(), format!("name {}: {reason}", self.line))
    }

    fn fail(&self, reason: &str) -> Found {
        Err(Refused::Failed(self.failure(reason)))
    }

    fn break_off(&mut self, reason: &str) -> Found {
        self.over = true;
        Err(Refused::Broken(self.failure(reason)))
    }
}

impl<R: Read> Iterator for List<R> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if self.over {
            return None;
        }
        let mut name = Vec::new();
        let read = (&mut self.reader).take(MAX_NAME_LENGTH as u64).read_until(self.end, &mut name);
        self.line += 1;
        match read {
            Ok(0) => return None,
            Ok(MAX_NAME_LENGTH) if name.last() != Some(&self.end) => {
                return Some(self.break_off("is longer than 1 MiB; is this file a list of names?"));
            }
            Ok(_) => {}
            Err(error) => {
                return Some(self.break_off(&crate::error::reason(&error)));
            }
        }
        if name.last() == Some(&self.end) {
            name.pop();
        }
        if self.end != 0
            && let Err(reason) = self.clean(&mut name)
        {
            return Some(self.break_off(reason));
        }
        if name.is_empty() {
            return Some(self.fail("is empty"));
        }
        if name.contains(&0) {
            return Some(
                self.fail("contains NUL; to read a list in which NUL ends each name, use -0"),
            );
        }
        Some(Ok(Item::File(PathBuf::from(OsString::from_vec(name)), Origin::Listed)))
    }
}

/// Whether a file of this name exists.
fn exists(name: &[u8]) -> bool {
    fs::symlink_metadata(OsStr::from_bytes(name)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8], null: bool) -> Vec<String> {
        List::new(bytes, "list".into(), null, Box::new(|_| {}))
            .map(|found| match found {
                Ok(Item::File(path, Origin::Listed)) => format!("{path:?}"),
                Err(Refused::Failed(failure)) => failure.to_string(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn names_end_with_newlines_but_the_last_newline_may_be_missing() {
        assert_eq!(names(b"a b\nc\r\nd", false), ["\"a b\"", "\"c\\r\"", "\"d\""]);
        assert_eq!(names(b"", false), [""; 0]);
    }

    #[test]
    fn names_may_end_with_nul_and_then_hold_newlines() {
        assert_eq!(names(b"a\nb\0c\0", true), ["\"a\\nb\"", "\"c\""]);
    }

    #[test]
    fn an_impossible_name_is_an_error_with_its_number_and_loses_nothing_else() {
        assert_eq!(names(b"a\n\nb\n", false), ["\"a\"", "list: name 2: is empty", "\"b\""]);
        let nul = names(b"a\0b\0", false);
        assert!(nul[0].contains("use -0"), "{nul:?}");
    }

    #[test]
    fn an_endless_name_does_not_fill_memory() {
        let endless = std::io::repeat(b'x').take(1 << 40);
        let all: Vec<_> = List::new(endless, "list".into(), false, Box::new(|_| {})).collect();
        assert!(matches!(&all[..], [Err(Refused::Broken(_))]), "{all:?}");
    }
}
