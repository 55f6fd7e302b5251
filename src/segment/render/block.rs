//! A block of text with its tokens, and its rendered output.

use std::path::Path;

use crate::segment::blocks::Position;
use batchproc_jieba::{Core, Token};

/// A block with its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The file's name.
    pub path: &'a Path,
    /// Its position in the file.
    pub position: Position,
    /// Its text.
    pub text: &'a [u8],
    /// Its tokens that were not removed, line ends included.
    pub tokens: &'a [Token],
    /// The dictionary, which has the names of the tags.
    pub core: &'a Core,
    /// Whether it is the last block of its file.
    pub last: bool,
}

/// The output of a block.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the block's first token continues a line of the previous block.
    pub goes_on: bool,
    /// Whether the last line, which the next block may continue, has a token in this block.
    pub open_tokens: bool,
    /// Whether the block contains a line end.
    pub ends_line: bool,
}
