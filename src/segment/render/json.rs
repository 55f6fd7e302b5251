//! JSON Lines: one object (RFC 8259) for each line of the text.
//!
//! ```text
//!  {"path":"f","line":1,"tokens":[
//!    {"text":"北京","bytes":[0,6],"characters":[0,2],"tag":"ns"},
//!    {"text":"\u{fffd}","invalid":"ff","bytes":[6,7],"characters":[2,3],"tag":"x"}]}
//! ```
//! The first line is line 1. `bytes` and `characters` are the range `[begin, end)` of a token in
//! its line, in UTF-8 bytes and in characters. `tag` is optional. An invalid byte sequence is the
//! token U+FFFD, and `invalid` has its bytes in hexadecimal digits.

use std::io::Write;

use super::block::{Block, Rendered};
use crate::escape::{push_hex, push_path, push_string};
use crate::segment::blocks::characters;
use batchproc_jieba::{Token, ends_line};

pub(super) fn render(block: &Block<'_>, tags: bool) -> Rendered {
    let mut rendered = Rendered::default();
    let out = &mut rendered.bytes;
    let position = block.position;
    let mut line = Line {
        number: position.line + 1,
        start: -i64::try_from(position.line_byte).expect("a line is no longer than a disk"),
        characters: position.line_character,
        counted: 0,
    };
    let mut open = position.line_byte > 0;
    let mut empty = true;
    for token in block.tokens {
        let word = &block.text[token.start as usize..token.end as usize];
        if !open {
            begin(block, line.number, out);
            open = true;
        }
        if ends_line(word) {
            out.extend_from_slice(b"]}\n");
            line.next(token.end);
            (open, empty, rendered.ends_line) = (false, true, true);
            continue;
        }
        if empty {
            rendered.goes_on |= position.line_byte > 0 && !rendered.ends_line;
            empty = false;
        } else {
            out.push(b',');
        }
        push_token(block, *token, &mut line, tags, out);
    }
    let rest = &block.text[memchr::memrchr(b'\n', block.text).map_or(0, |at| at + 1)..];
    if !open && !rest.is_empty() {
        // The last line of the text has no object yet, since all its tokens were removed.
        begin(block, line.number, out);
        open = true;
    }
    if open && block.last {
        out.extend_from_slice(b"]}\n");
    }
    rendered.open_tokens = !empty;
    rendered
}

/// The line that the next token belongs to, and its position.
struct Line {
    number: u64,
    /// The byte at which the line begins, relative to the block. Negative if the line begins in an
    /// earlier block.
    start: i64,
    /// The number of characters of the line before byte `counted` of the block.
    characters: u64,
    counted: usize,
}

impl Line {
    fn next(&mut self, end: u32) {
        self.number += 1;
        self.start = i64::from(end);
        (self.characters, self.counted) = (0, end as usize);
    }

    /// The number of characters of the line before byte `at` of the block.
    fn characters_to(&mut self, text: &[u8], at: usize) -> u64 {
        // In search mode and full mode tokens overlap, so `at` may be smaller than in the previous
        // call.
        if at >= self.counted {
            self.characters += characters(&text[self.counted..at]);
        } else {
            self.characters -= characters(&text[at..self.counted]);
        }
        self.counted = at;
        self.characters
    }
}

fn begin(block: &Block<'_>, number: u64, out: &mut Vec<u8>) {
    out.push(b'{');
    push_path("path", block.path, out);
    // Writing to a vector cannot fail.
    let _ = write!(out, ",\"line\":{number},\"tokens\":[");
}

fn push_token(block: &Block<'_>, token: Token, line: &mut Line, tags: bool, out: &mut Vec<u8>) {
    let (start, end) = (token.start as usize, token.end as usize);
    let word = &block.text[start..end];
    out.extend_from_slice(b"{\"text\":");
    match str::from_utf8(word) {
        Ok(word) => push_string(word, out),
        Err(_) => {
            out.extend_from_slice("\"\u{fffd}\",\"invalid\":\"".as_bytes());
            push_hex(word, out);
            out.push(b'"');
        }
    }
    let bytes = [token.start, token.end].map(|at| i64::from(at) - line.start);
    let characters = [start, end].map(|at| line.characters_to(block.text, at));
    let _ = write!(
        out,
        ",\"bytes\":[{},{}],\"characters\":[{},{}]",
        bytes[0], bytes[1], characters[0], characters[1]
    );
    if tags {
        out.extend_from_slice(b",\"tag\":");
        push_string(block.core.tag_name(token.tag), out);
    }
    out.push(b'}');
}
