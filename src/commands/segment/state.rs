//! What the journal of FILE.partial says: notes about files, and the state of the run at a mark.

use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::escape::{push_gnu_escaped, unescape};
use crate::segment::encoding::Invalid;
use crate::segment::fields::Unfit;
use crate::segment::point::Point;
use crate::stamp::Stamp;
use std::ffi::OsString;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Note {
    /// It has a result. This is what it was like.
    Done(Stamp),
    /// It failed.
    Failed,
    /// A rule skipped it.
    Skipped,
}

impl Note {
    /// The note of the file with this path.
    pub(super) fn line(&self, path: &Path) -> Vec<u8> {
        let mut line = Vec::new();
        match self {
            Note::Done(stamp) => {
                let [device, inode, size, mtime, ctime] = numbers(stamp);
                // Writing to a vector cannot fail.
                let _ = write!(line, "done {device} {inode} {size} {mtime} {ctime} ");
            }
            Note::Failed => line.extend_from_slice(b"failed "),
            Note::Skipped => line.extend_from_slice(b"skipped "),
        }
        push_gnu_escaped(path.as_os_str().as_bytes(), &mut line);
        line
    }

    /// The note in a line, and the path of the file. `None` if the line is no note.
    pub(super) fn parse(line: &[u8]) -> Option<(Self, PathBuf)> {
        let parts = if line.starts_with(b"done ") { 7 } else { 2 };
        let mut parts = line.splitn(parts, |&byte| byte == b' ');
        let note = match parts.next()? {
            b"done" => {
                let mut number = || str::from_utf8(parts.next()?).ok()?.parse::<i64>().ok();
                let numbers = [number()?, number()?, number()?, number()?, number()?];
                Note::Done(stamp(numbers))
            }
            b"failed" => Note::Failed,
            b"skipped" => Note::Skipped,
            _ => return None,
        };
        let path = unescape(parts.next()?).ok()?;
        Some((note, OsString::from_vec(path).into()))
    }
}

/// The state of a run at a mark.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The length of the output in bytes.
    pub(super) length: u64,
    /// Whether a line end comes before the next text, since the last one had none.
    pub(super) needs_newline: bool,
    /// The digests of the dictionaries and other side files.
    pub(super) sides: Vec<String>,
    /// The point in the middle of a file where the run goes on. `None`: at the next file.
    pub(super) point: Option<Point>,
}

/// A state as it is written, in JSON.
#[derive(Deserialize, Serialize)]
struct Saved {
    length: u64,
    needs_newline: bool,
    sides: Vec<String>,
    point: Option<SavedPoint>,
}

#[derive(Deserialize, Serialize)]
struct SavedPoint {
    path: Vec<u8>,
    stamp: [i64; 5],
    byte: u64,
    line: u64,
    column: usize,
    divided: (u64, u64),
    invalid: [u64; 4],
    unfit: (u64, u64, String, Option<u64>),
}

impl State {
    pub(super) fn line(&self) -> Vec<u8> {
        let point = self.point.as_ref().map(|point| {
            let Point { path, stamp, byte, line, column, divided_runs, invalid, unfit } = point;
            let Invalid { count, line: first, byte: at, replaced } = *invalid;
            SavedPoint {
                path: path.as_os_str().as_bytes().to_vec(),
                stamp: numbers(stamp),
                byte: *byte,
                line: *line,
                column: *column,
                divided: *divided_runs,
                invalid: [count, first, at, replaced],
                unfit: (unfit.count, unfit.line, unfit.reason.clone(), unfit.open),
            }
        });
        let Self { length, needs_newline, sides, .. } = self;
        let (length, needs_newline, sides) = (*length, *needs_newline, sides.clone());
        let saved = Saved { length, needs_newline, sides, point };
        serde_json::to_vec(&saved).unwrap_or_default()
    }

    /// The state in a line. `None` if the line has none.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let Saved { length, needs_newline, sides, point } = serde_json::from_slice(line).ok()?;
        let point = point.map(|point| {
            let [count, line, byte, replaced] = point.invalid;
            let (records, first, reason, open) = point.unfit;
            Point {
                path: OsString::from_vec(point.path).into(),
                stamp: stamp(point.stamp),
                byte: point.byte,
                line: point.line,
                column: point.column,
                divided_runs: point.divided,
                invalid: Invalid { count, line, byte, replaced },
                unfit: Unfit { count: records, line: first, reason, open, ..Unfit::default() },
            }
        });
        Some(Self { length, needs_newline, sides, point })
    }
}

/// A stamp as numbers: device, inode, size, and the times of content and status.
fn numbers(stamp: &Stamp) -> [i64; 5] {
    let (device, inode) = stamp.identity;
    let time = |time: i128| i64::try_from(time).unwrap_or(i64::MAX);
    let [device, inode, size] = [device, inode, stamp.size].map(u64::cast_signed);
    [device, inode, size, time(stamp.mtime), time(stamp.ctime)]
}

/// The stamp of a regular file with these numbers.
fn stamp([device, inode, size, mtime, ctime]: [i64; 5]) -> Stamp {
    Stamp::of_file(
        size.cast_unsigned(),
        (mtime.into(), ctime.into()),
        (device.cast_unsigned(), inode.cast_unsigned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Stamp {
        stamp([-5, 7, 1 << 40, -3, 1_700_000_001_123_456_789])
    }

    #[test]
    fn notes_are_read_as_they_were_written_with_any_name() {
        for name in ["a", "a b", "line\nend", "\\", "汉字", "done 1 2"] {
            for note in [Note::Done(example()), Note::Failed, Note::Skipped] {
                let line = note.line(Path::new(name));
                assert!(!line.contains(&b'\n'));
                assert_eq!(Note::parse(&line), Some((note, name.into())));
            }
        }
        for line in [&b""[..], b"done 1 2 3 4 a", b"gone a", b"failed"] {
            assert_eq!(Note::parse(line), None);
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let unfit =
            Unfit { count: 2, line: 4, reason: "\"\n".into(), open: Some(9), ..Unfit::default() };
        let invalid = Invalid { count: 1, line: 2, byte: 3, replaced: 4 };
        let point = Point {
            path: OsString::from_vec(b"\xff\n".to_vec()).into(),
            stamp: example(),
            byte: 9,
            line: 8,
            column: 7,
            divided_runs: (6, 5),
            invalid,
            unfit,
        };
        let sides = vec!["x".to_string()];
        let state = State { length: 5, needs_newline: true, sides, point: Some(point) };
        let line = state.line();
        assert!(!line.contains(&b'\n'));
        let read = State::parse(&line).unwrap();
        assert_eq!(format!("{read:?}"), format!("{state:?}"));
        assert!(State::parse(b"{}").is_none());
    }
}
