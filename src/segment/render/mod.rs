//! Renders the tokens of a block as lines of output. A line can be longer than a block. The writer
//! then joins the output of the blocks that the line is part of.

mod block;
mod json;
mod line;
mod numbers;
mod out;
mod plain;
mod tag_names;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use crate::escape::push_string;
use batchproc_jieba::Core;
pub use block::{Block, Rendered};
pub use tag_names::TagNames;

/// The form of the output.
#[derive(Clone, Debug)]
pub enum Form {
    /// The tokens of each line, with a delimiter between them.
    Text {
        /// The bytes between two tokens.
        delimiter: Vec<u8>,
        /// The tags that follow the tokens after a `/`, if they are wanted.
        tags: Option<Arc<TagNames>>,
    },
    /// JSON Lines: an object for each line.
    Json {
        /// The tags of the tokens, if they are wanted.
        tags: Option<Arc<TagNames>>,
    },
}

impl Form {
    /// Lines of tokens with a delimiter between them. If a dictionary is given, its tags follow the
    /// tokens.
    pub fn text(delimiter: Vec<u8>, tags: Option<&Core>) -> Self {
        let names = |core| {
            TagNames::new(core, |name, out| {
                out.extend([b"/", name.as_bytes(), &delimiter].concat())
            })
        };
        Form::Text { tags: tags.map(|core| Arc::new(names(core))), delimiter }
    }

    /// JSON Lines. If a dictionary is given, the tokens have its tags.
    pub fn json(tags: Option<&Core>) -> Self {
        let names = |core| {
            TagNames::new(core, |name, out| {
                push_string(name, out);
                out.extend(json::TOKEN_END);
            })
        };
        Form::Json { tags: tags.map(|core| Arc::new(names(core))) }
    }

    /// Renders a block.
    pub fn render(&self, block: &Block<'_>) -> Rendered {
        match self {
            Form::Text { delimiter, tags: None } => text::render(block, delimiter),
            Form::Text { delimiter, tags: Some(names) } => {
                text::render_tagged(block, delimiter.len(), names)
            }
            Form::Json { tags } => json::render(block, tags.as_deref()),
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
