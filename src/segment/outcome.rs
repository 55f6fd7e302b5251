//! What the job of `segment` makes of a block (a part of a text), or why a file was not read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::Encoding;

use super::blocks::Position;
use super::encoding::Invalid;
use super::fields::{Header, Unfit};
use super::file_tally::FileTally;
use super::file_words::FileWords;
use super::point::Point;
use super::records::Replaced;
use super::render::Rendered;
use crate::error::FileError;
use crate::files::Refused;
use crate::files::pieces::Portion;
use crate::stamp::Stamp;

/// The outcome of a block, or of a file that was not read.
#[derive(Debug)]
pub enum Outcome {
    /// The block was segmented.
    Block(Box<Block>),
    /// The file failed or was skipped.
    Refused(Refused),
    /// The file has its result from an earlier run.
    Kept(PathBuf),
}

/// A segmented block.
#[derive(Debug)]
pub struct Block {
    /// The path of the file.
    pub path: Arc<Path>,
    /// The number of blocks before it that were read of the file.
    pub(super) number: u64,
    /// Size, times and identity of the file when it was opened; `None` of a stream.
    pub stamp: Option<Stamp>,
    /// Whether a later run could go on in the middle of the file: its bytes are those of the text.
    pub can_go_on: bool,
    /// How many times the text had to be divided within a run of word characters before the block
    /// was read, and the line where this happened first.
    pub divided_runs: (u64, u64),
    /// The words of the file, if its keywords are wanted.
    pub(super) words: Option<Arc<FileWords>>,
    /// The counts of the file, if they are wanted.
    pub(super) counts: Option<Arc<FileTally>>,
    /// The block's position in the file.
    pub position: Position,
    /// The output that was made of the block.
    pub made: Made,
    /// The invalid bytes that the decoder (which converts to UTF-8) found in the file up to the end
    /// of this block.
    pub decoded_invalid: Invalid,
    /// The invalid bytes that the cutter found in this block.
    pub cut_invalid: Invalid,
    /// Where the wanted column of CSV is, if a name says which.
    pub header: Header,
    /// What was replaced in the lines of this block.
    pub replaced: Replaced,
    /// The records that cannot be cut.
    pub unfit: Unfit,
    /// The encoding that was detected for the file, if it is not UTF-8.
    pub guessed: Option<&'static Encoding>,
    /// What is known at the end of the file. Only the last block of a file has this.
    pub end: Option<End>,
}

impl Block {
    /// The point before the block. `invalid` and `unfit` are what was found in the file before it.
    /// `None` if no run can go on there.
    pub fn point(&self, invalid: Invalid, unfit: &Unfit) -> Option<Point> {
        let Position { byte, line, line_byte, .. } = self.position;
        let between_lines = byte > 0 && line_byte == 0;
        (self.can_go_on && between_lines).then_some(())?;
        Some(Point {
            path: self.path.to_path_buf(),
            stamp: self.stamp?,
            byte,
            line,
            column: self.header.column,
            divided_runs: self.divided_runs,
            invalid,
            unfit: unfit.clone(),
        })
    }
}

/// The output of a block.
#[derive(Debug, Default)]
pub enum Made {
    /// Nothing: the words were counted.
    #[default]
    Nothing,
    /// Lines of output.
    Lines(Rendered),
    /// The words were added to those of the file.
    Words(Arc<FileWords>),
    /// The words were counted. When the last block of the file comes, the lines are made.
    Counts(Arc<FileTally>),
}

/// What is known at the end of a file.
#[derive(Debug)]
pub struct End {
    /// The error if the file was not read to its end.
    pub failure: Option<FileError>,
    /// How many times the text had to be divided within a run of word characters, and the line
    /// where this happened first.
    pub divided_runs: (u64, u64),
    /// The number of lines.
    pub lines: u64,
    /// What the shard has of the file, if the work is divided.
    pub portion: Option<Portion>,
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        Outcome::Refused(refused)
    }
}
