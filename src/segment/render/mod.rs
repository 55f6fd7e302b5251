//! Renders the tokens of a block as lines of output. A line can be longer than a block. The writer
//! then joins the output of the blocks that the line is part of.

mod block;
mod json;
mod line;
mod numbers;
mod out;
mod plain;
mod spare;
mod tag_names;
#[cfg(test)]
mod tests;
mod text;

use std::path::Path;
use std::sync::Arc;

use crate::escape::push_string;
use batchproc_jieba::Core;
pub use block::{Block, Rendered, Shown};
use spare::Spare;
use tag_names::TagNames;

/// The form of the output.
#[derive(Clone, Debug)]
pub struct Form {
    lines: Lines,
    spare: Arc<Spare>,
}

#[derive(Clone, Debug)]
enum Lines {
    /// The tokens of each line with a delimiter between them, and perhaps a `/` and the tag after
    /// each.
    Text { delimiter: Vec<u8>, tags: Option<Arc<TagNames>> },
    /// JSON Lines: an object for each line. The tokens may have tags.
    Json { tags: Option<Arc<TagNames>> },
}

impl Form {
    /// The tokens of each line with a delimiter between them. If a dictionary is given, `/` and the
    /// tag follow each token.
    pub fn text(delimiter: Vec<u8>, tags: Option<&Core>) -> Self {
        let write = |name: &str, out: &mut Vec<u8>| {
            out.extend([b"/", name.as_bytes(), &delimiter].concat());
        };
        let tags = tags.map(|core| Arc::new(TagNames::new(core, write)));
        Self { lines: Lines::Text { delimiter, tags }, spare: Arc::default() }
    }

    /// JSON Lines: an object for each line. If a dictionary is given, the tokens have tags.
    pub fn json(tags: Option<&Core>) -> Self {
        let write = |name: &str, out: &mut Vec<u8>| {
            push_string(name, out);
            out.extend(json::TOKEN_END);
        };
        let tags = tags.map(|core| Arc::new(TagNames::new(core, write)));
        Self { lines: Lines::Json { tags }, spare: Arc::default() }
    }

    /// Renders a block.
    pub fn render(&self, block: &Block<'_>) -> Rendered {
        let spare = &self.spare;
        match &self.lines {
            Lines::Text { delimiter, tags: None } => text::render(block, delimiter, spare),
            Lines::Text { delimiter, tags: Some(names) } => {
                text::render_tagged(block, delimiter.len(), names, spare)
            }
            Lines::Json { tags } => json::render(block, tags.as_deref(), spare),
        }
    }

    /// Appends a line that was not cut, with its line end. `number` is its number, `path` that of its file.
    pub fn put_skipped(&self, path: &Path, number: u64, line: &[u8], out: &mut Vec<u8>) {
        match &self.lines {
            Lines::Text { .. } => out.extend_from_slice(line),
            Lines::Json { .. } => json::put_skipped(path, number, line, out),
        }
    }

    /// Whether the output is JSON Lines.
    pub fn is_json(&self) -> bool {
        matches!(self.lines, Lines::Json { .. })
    }

    /// The bytes that separate two tokens of a line.
    pub fn joint(&self) -> &[u8] {
        match &self.lines {
            Lines::Text { delimiter, .. } => delimiter,
            Lines::Json { .. } => b",",
        }
    }

    /// An empty buffer for output of this size.
    pub fn buffer(&self, size: usize) -> Vec<u8> {
        let mut buffer = self.spare.take(size);
        buffer.clear();
        buffer
    }

    /// Takes the buffer of an output that was written, for another block.
    pub fn reuse(&self, buffer: Vec<u8>) {
        self.spare.give(buffer);
    }
}
