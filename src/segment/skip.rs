//! Lines that are not cut, such as the time codes of subtitles. The lines between them are cut in
//! one go, as if they were the whole text.
//!
//! ```text
//! block ─divide─► the other lines ─cut, filter─► tokens ─render─► lines ─► block
//! ```

use std::ops::Range;

use memchr::memchr;
use regex::bytes::RegexSet;

use super::blocks::Position;
use super::render::{self, Form, Rendered};
use batchproc_jieba::{Token, ends_line};

/// The lines to skip.
#[derive(Debug)]
pub struct SkipLines(RegexSet);

/// A block without the lines that are skipped.
#[derive(Debug, Default)]
pub struct Skipped {
    /// The other lines.
    pub text: Vec<u8>,
    parts: Vec<Part>,
}

/// Some lines that are cut, and the line after them, which is skipped.
#[derive(Debug)]
struct Part {
    /// The number of lines that are cut.
    lines: usize,
    /// Where they end in the text of all lines that are cut.
    end: usize,
    /// The skipped line in the block, with its line end.
    skipped: Range<usize>,
}

impl SkipLines {
    /// Skips the lines that match one of these regular expressions.
    ///
    /// # Errors
    /// When one of them is invalid: the message of the parser.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        RegexSet::new(patterns).map(Self).map_err(|error| error.to_string())
    }

    /// Whether a line is skipped. Its end, LF or CRLF, is not part of what must match.
    pub fn has(&self, line: &[u8]) -> bool {
        let body = line.strip_suffix(b"\n").map_or(line, |b| b.strip_suffix(b"\r").unwrap_or(b));
        self.0.is_match(body)
    }

    /// Divides a block, which has whole lines.
    pub fn divide(&self, block: &[u8], skipped: &mut Skipped) {
        let Skipped { text, parts } = skipped;
        text.clear();
        parts.clear();
        let (mut at, mut lines) = (0, 0);
        while at < block.len() {
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |length| at + length + 1);
            if self.has(&block[at..end]) {
                parts.push(Part { lines, end: text.len(), skipped: at..end });
                lines = 0;
            } else {
                text.extend_from_slice(&block[at..end]);
                lines += 1;
            }
            at = end;
        }
    }
}

impl Skipped {
    /// The place in the block that byte `at` of the text of all lines that are cut comes from.
    pub fn place(&self, at: usize) -> usize {
        let before = self.parts.iter().take_while(|part| part.end <= at);
        at + before.map(|part| part.skipped.len()).sum::<usize>()
    }

    /// Renders a block. `cut` has the lines that are cut, in which invalid bytes may have been
    /// replaced, and `block` is the text of the whole block.
    pub fn render(&self, form: &Form, cut: &render::Block<'_>, block: &[u8]) -> Rendered {
        let mut bytes = form.buffer(2 * block.len());
        let mut line = cut.position.line;
        let mut tokens = Vec::new();
        // Where the next part begins among the tokens and in the text.
        let (mut first, mut start) = (0, 0);
        let rest = [None];
        for part in self.parts.iter().map(Some).chain(rest) {
            let left = &cut.tokens[first..];
            let word = |token: &Token| &cut.text[token.start as usize..token.end as usize];
            let mut ends = left.iter().enumerate().filter(|(_, token)| ends_line(word(token)));
            let (count, end) = match part {
                Some(Part { lines: 0, .. }) => (0, start),
                Some(Part { lines, .. }) => match ends.nth(lines - 1) {
                    Some((index, token)) => (index + 1, token.end as usize),
                    None => (left.len(), cut.text.len()),
                },
                None => (left.len(), cut.text.len()),
            };
            if end > start {
                let moved = |token: &Token| Token {
                    start: token.start - start as u32,
                    end: token.end - start as u32,
                    ..*token
                };
                tokens.clear();
                tokens.extend(left[..count].iter().map(moved));
                let position = Position { line, ..Position::default() };
                let text = &cut.text[start..end];
                let lines = render::Block { position, text, tokens: &tokens, ..*cut };
                let rendered = form.render(&lines);
                bytes.extend_from_slice(&rendered.bytes);
                form.reuse(rendered.bytes);
            }
            (first, start) = (first + count, end);
            if let Some(Part { lines, skipped, .. }) = part {
                line += *lines as u64;
                form.put_skipped(cut.path, line + 1, &block[skipped.clone()], &mut bytes);
                line += 1;
            }
        }
        Rendered::of_lines(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_among_the_lines_that_are_cut_is_found_in_the_block() {
        let skip = SkipLines::new(&["^#".into(), "^$".into()]).unwrap();
        let block = b"#a\nb\r\n\r\n#\ncd\n\ne";
        let mut skipped = Skipped::default();
        skip.divide(block, &mut skipped);
        assert_eq!(skipped.text, b"b\r\ncd\ne");
        for at in 0..skipped.text.len() {
            assert_eq!(block[skipped.place(at)], skipped.text[at], "{at}");
        }
    }
}
