//! Renders the tokens of a block as lines of output. A line can be longer than a block. The writer
//! then joins the output of the blocks that the line is part of.

mod block;
mod json;
mod text;

pub use block::{Block, Rendered};

/// The form of the output.
#[derive(Clone, Debug)]
pub enum Form {
    /// The tokens of each line, with a delimiter between them.
    Text {
        /// The bytes between two tokens.
        delimiter: Vec<u8>,
        /// Whether `/` and the tag follow each token.
        tags: bool,
    },
    /// JSON Lines: an object for each line.
    Json {
        /// Whether tokens have tags.
        tags: bool,
    },
}

impl Form {
    /// Renders a block.
    pub fn render(&self, block: &Block<'_>) -> Rendered {
        match self {
            Form::Text { delimiter, tags: false } => text::render(block, delimiter),
            Form::Text { delimiter, tags: true } => text::render_tagged(block, delimiter),
            Form::Json { tags } => json::render(block, *tags),
        }
    }

    /// The bytes that separate two tokens of a line.
    pub fn joint(&self) -> &[u8] {
        match self {
            Form::Text { delimiter, .. } => delimiter,
            Form::Json { .. } => b",",
        }
    }
}
