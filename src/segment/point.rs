//! A point in the middle of a file, between two lines or records, from which a later run can go on.
//! Nothing else is known there than the position and what messages at the end of the file will say.

use std::path::PathBuf;

use super::blocks::Position;
use super::encoding::Invalid;
use super::fields::Unfit;
use crate::error::FileError;
use crate::files::open::OpenFile;
use crate::stamp::Stamp;

/// A point in a file; see the module documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The path of the file.
    pub path: PathBuf,
    /// Size, times and identity of the file.
    pub stamp: Stamp,
    /// The number of bytes of the file before the point.
    pub byte: u64,
    /// The number of lines before the point.
    pub line: u64,
    /// Where the wanted column of CSV is, if a name says which.
    pub column: usize,
    /// How many times the text had to be divided within a run of word characters, and the line
    /// where this happened first.
    pub divided_runs: (u64, u64),
    /// The invalid bytes before the point.
    pub invalid: Invalid,
    /// The records before the point that were left out.
    pub unfit: Unfit,
}

impl Point {
    /// The position of the text after the point.
    pub fn position(&self) -> Position {
        Position { line: self.line, byte: self.byte, ..Position::default() }
    }

    /// Goes to the point in the open file.
    ///
    /// # Errors
    /// If the file is not the same any more, or cannot be positioned.
    pub fn seek(&self, file: &mut OpenFile) -> Result<(), FileError> {
        if file.stamp != Some(self.stamp) {
            let reason = "has changed since an interrupted run read its beginning".to_string();
            return Err(FileError::new(self.path.clone(), reason));
        }
        file.seek(self.byte).map_err(|error| FileError::io(self.path.clone(), &error))
    }
}
