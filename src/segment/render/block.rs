//! A block of text with its tokens, and what becomes of it.

use std::path::Path;

use crate::segment::blocks::Position;
use batchproc_jieba::{Core, Token};

/// A block with its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The file's name.
    pub path: &'a Path,
    /// Where it begins.
    pub position: Position,
    /// Its text.
    pub text: &'a [u8],
    /// Its tokens that are not left out, line ends included.
    pub tokens: &'a [Token],
    /// Knows the names of the tags.
    pub core: &'a Core,
    /// Whether nothing follows it in its file.
    pub last: bool,
}

/// What a block makes.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the first token belongs to the line that the block before has begun.
    pub goes_on: bool,
    /// Whether the last line, which the next block goes on with, has a token in this block.
    pub open_tokens: bool,
    /// Whether the block has a line end.
    pub ends_line: bool,
}
