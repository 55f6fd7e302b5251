//! Tells what is odd in a dictionary, though it can be used: words that a wrong separator may have
//! made, tags that may be typing errors, and columns without effect.

use std::path::Path;

use batchproc_jieba::Core;
use rustc_hash::FxHashSet;

use super::dictionary_lines::Entry;
use crate::escape::printable;

/// What is odd in one dictionary.
#[derive(Debug, Default)]
pub struct Notes {
    words: First,
    tags: First,
    columns: First,
    seen_tags: FxHashSet<String>,
}

/// How often something comes, and where it comes first.
#[derive(Debug, Default)]
struct First {
    count: u64,
    line: u64,
    text: String,
}

impl First {
    fn add(&mut self, line: u64, text: &str) {
        self.count += 1;
        if self.count == 1 {
            (self.line, self.text) = (line, printable(Path::new(text)));
        }
    }

    /// A sentence about all that were found: `one` or `several`, and the first.
    fn tell(&self, one: &str, several: &str) -> Option<String> {
        let Self { count, line, text } = self;
        match count {
            0 => None,
            1 => Some(format!("1 {one}: `{text}` in line {line}")),
            _ => Some(format!("{count} {several}, the first in line {line}: `{text}`")),
        }
    }
}

impl Notes {
    /// Notes what is odd about the word in a line. The tags of `core` are known.
    pub fn add(&mut self, line: u64, entry: &Entry, core: &Core) {
        if entry.protected {
            self.words.add(line, &entry.word);
        }
        if entry.more {
            self.columns.add(line, &entry.word);
        }
        if let Some(tag) = &entry.tag
            && !self.seen_tags.contains(tag)
        {
            self.seen_tags.insert(tag.clone());
            if !core.has_tag(tag) {
                self.tags.add(line, tag);
            }
        }
    }

    /// A line about each kind of oddity. `name` is the name of the dictionary.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = String> {
        let words = self.words.tell("word has spaces or symbols", "words have spaces or symbols");
        let tags =
            self.tags.tell("tag is in no other dictionary", "tags are in no other dictionary");
        let columns = self.columns.tell(
            "line has columns after the tag, which have no effect",
            "lines have columns after the tag, which have no effect",
        );
        let lines =
            [words, tags, columns].map(|line| Some(format!("dictionary {name}: {}", line?)));
        lines.into_iter().flatten()
    }
}
