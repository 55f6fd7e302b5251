//! From the tokens of a block to lines of output. A line can be longer than a block: what two blocks
//! of one line make is joined where it is written.

mod block;
mod json;
mod text;

pub use block::{Block, Rendered};

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
