//! Cuts blocks of bytes as they come from files. A block may hold protected words, other text, and
//! invalid UTF-8.

use super::jieba::Core;
use super::keep::{Kind, Protected};
use super::options::{Compat, Mode, Options};
use super::scratch::Scratch;
use super::token::{Tag, Token};

/// Everything that decides where text is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cutter<'a> {
    /// The dictionary and the model.
    pub core: &'a Core,
    /// The mode, and the program whose results are wanted: jieba-rs or Python jieba.
    pub options: Options,
    /// Words and patterns that are found first. Only the text between them is cut.
    pub protected: Option<&'a Protected>,
}

/// The invalid UTF-8 that a block held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InvalidBytes {
    /// The number of invalid sequences.
    pub sequences: u64,
    /// The byte offset of the first invalid sequence in the block, or 0 if there is none.
    pub first: usize,
}

impl Cutter<'_> {
    /// Cuts a block, which holds whole lines or a part of one line, and appends its tokens. Each
    /// sequence of invalid UTF-8 is a token of its own. The result reports these sequences.
    pub fn cut(
        &self,
        block: &[u8],
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> InvalidBytes {
        let mut invalid = InvalidBytes::default();
        if let Ok(text) = simdutf8::basic::from_utf8(block) {
            self.cut_text(text, 0, scratch, tokens);
            return invalid;
        }
        let mut at = 0;
        for chunk in block.utf8_chunks() {
            self.cut_text(chunk.valid(), at, scratch, tokens);
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                if invalid.sequences == 0 {
                    invalid.first = at;
                }
                invalid.sequences += 1;
                let end = at + chunk.invalid().len();
                tokens.push(self.token("\u{fffd}", at, end));
                at = end;
            }
        }
        invalid
    }

    fn cut_text(&self, text: &str, at: usize, scratch: &mut Scratch, tokens: &mut Vec<Token>) {
        let Some(protected) = self.protected else {
            return self.cut_between(text, at, scratch, tokens);
        };
        let mut start = 0;
        protected.each(text, |whole, kind| {
            self.cut_between(&text[start..whole.start], at + start, scratch, tokens);
            let (from, to) = (at + whole.start, at + whole.end);
            tokens.push(match kind {
                None => self.token(&text[whole.clone()], from, to),
                Some(kind) => self.token_of_kind(kind, from, to),
            });
            start = whole.end;
        });
        self.cut_between(&text[start..], at + start, scratch, tokens);
    }

    fn cut_between(&self, text: &str, at: usize, scratch: &mut Scratch, tokens: &mut Vec<Token>) {
        let first = tokens.len();
        match self.options {
            // Python jieba cuts in another way where it finds parts of speech.
            Options { tags: true, compat: Compat::Python, mode: Mode::Exact, hmm } => {
                self.core.cut_with_tags_of_python(text, hmm, scratch, tokens);
            }
            options => self.core.cut(text, &options, scratch, tokens),
        }
        if at > 0 {
            let at = offset(at);
            for token in &mut tokens[first..] {
                token.start += at;
                token.end += at;
            }
        }
    }

    fn token_of_kind(&self, kind: Kind, start: usize, end: usize) -> Token {
        let tag = if self.options.tags { self.core.tag_named(kind.tag()) } else { Tag::default() };
        Token { start: offset(start), end: offset(end), tag }
    }

    fn token(&self, word: &str, start: usize, end: usize) -> Token {
        Token { start: offset(start), end: offset(end), tag: self.core.tag_of(word) }
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a block has less than 4 GiB")
}
