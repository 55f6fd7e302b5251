//! From the tokens of a block to lines of output. A line can be longer than a block: what two blocks
//! of one line make is joined where it is written.

mod json;
mod text;

use std::path::Path;

use super::blocks::Position;
use super::core::{Core, Token};

/// Forms of the output.
#[derive(Clone, Debug)]
pub enum Form {
    /// The tokens of a line, with this between them.
    Text {
        /// Stands between two tokens.
        delimiter: Vec<u8>,
        /// Whether tokens are followed by `/` and their tag.
        tags: bool,
    },
    /// JSON Lines: an object a line.
    Json {
        /// Whether tokens have their tag.
        tags: bool,
    },
}

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

impl Form {
    /// What the block makes.
    pub fn render(&self, block: &Block<'_>) -> Rendered {
        match self {
            Form::Text { delimiter, tags: false } => text::render(block, delimiter),
            Form::Text { delimiter, tags: true } => text::render_tagged(block, delimiter),
            Form::Json { tags } => json::render(block, *tags),
        }
    }

    /// What stands between the tokens of one line.
    pub fn joint(&self) -> &[u8] {
        match self {
            Form::Text { delimiter, .. } => delimiter,
            Form::Json { .. } => b",",
        }
    }
}
