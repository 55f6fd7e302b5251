//! A block of text with its tokens, and its rendered output.

use std::path::Path;

use crate::segment::blocks::Position;
use crate::segment::origin::Origins;
use batchproc_jieba::Token;

/// A copy of a text, and the tokens of the copy.
pub type Shown<'a> = (&'a [u8], &'a [Token]);

/// A block with its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The block's position in the file.
    pub position: Position,
    /// The block's text.
    pub text: &'a [u8],
    /// The tokens of the text, line ends included, without those that a filter removed.
    pub tokens: &'a [Token],
    /// A copy of the text and its tokens, if they are printed in place of the text's. There are as many
    /// as `tokens`.
    pub shown: Option<Shown<'a>>,
    /// Whether the text is valid UTF-8.
    pub valid: bool,
    /// Whether this is the last block of the file.
    pub last: bool,
    /// Tells where tokens come from, if JSON is to say that.
    pub origins: Option<Origins<'a>>,
}

/// The output of a block.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The bytes to write.
    pub bytes: Vec<u8>,
    /// Whether the block's first token continues a line of the previous block.
    pub goes_on: bool,
    /// Whether the block's last line, which the next block may continue, has a token in this block.
    pub open_tokens: bool,
    /// Whether the block contains a line end.
    pub ends_line: bool,
}

impl Rendered {
    /// Whole lines, which no other block goes on with.
    pub fn of_lines(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }
}
