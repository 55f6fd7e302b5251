//! JSON Lines: one object (RFC 8259) for each line of the text.
//!
//! ```text
//!  {"path":"f","line":1,"tokens":[
//!    {"text":"北京","bytes":[0,6],"characters":[0,2],"tag":"ns"},
//!    {"text":"\u{fffd}","invalid":"ff","bytes":[6,7],"characters":[2,3],"tag":"x"}]}
//! ```
//! The first line is line 1. `bytes` and `characters` are the range `[begin, end)` of a token in
//! its line, in UTF-8 bytes and in characters. `tag` is optional. An invalid byte sequence is the
//! token U+FFFD, and `invalid` has its bytes in hexadecimal digits. On request, `from` follows as the
//! last field of a token that is not from the base dictionary.
//!
//! A line that is not cut has its text in `skipped`, and no tokens.

use std::io::Write;
use std::path::Path;

use super::block::{Block, Rendered};
use super::line::Line;
use super::out::Out;
use super::plain::Plain;
use super::spare::Spare;
use super::tag_names::TagNames;
use crate::escape::{push_hex, push_path, push_string};
use crate::segment::origin::Origins;
use batchproc_jieba::{Token, ends_line};

/// What follows each token. After the last token of a line, the comma is removed.
pub(super) const TOKEN_END: &[u8; 2] = b"},";

/// The room that a token without escapes and with short numbers needs beyond its text and its tag.
const ROOM: usize = 128;

/// The usual length of a token in the output beyond its text, and of a tag.
const USUAL: [usize; 2] = [52, 12];

pub(super) fn render(block: &Block<'_>, tags: Option<&TagNames>, spare: &Spare) -> Rendered {
    let tokens = block.tokens;
    let position = block.position;
    let mut opening = b"{".to_vec();
    push_path("path", block.path, &mut opening);
    opening.extend_from_slice(b",\"line\":");
    let lines = memchr::memchr_iter(b'\n', block.text).count() + 1;
    let usual = USUAL[0] + tags.map_or(0, |_| USUAL[1]);
    let expected = block.text.len() + usual * tokens.len() + (opening.len() + 24) * lines;
    let mut writer = Writer {
        block,
        tags,
        out: Out::new(expected, spare),
        line: Line::new(block.text, block.valid, position),
        plain: Plain::new(block.text, block.valid),
        opening,
        buffer: Vec::new(),
    };
    let mut rendered = Rendered::default();
    let mut open = position.line_byte > 0;
    let mut empty = true;
    for (index, token) in tokens.iter().enumerate() {
        let (start, end) = (token.start as usize, token.end as usize);
        if !open {
            writer.begin_line();
            open = true;
        }
        if ends_line(&block.text[start..end]) {
            writer.end_line(empty);
            writer.line.next(end);
            (open, empty, rendered.ends_line) = (false, true, true);
        } else {
            match block.shown {
                None => writer.token(*token),
                Some((copy, shown)) => {
                    let Token { start, end, .. } = shown[index];
                    writer.any_token(*token, &copy[start as usize..end as usize]);
                }
            }
            if let Some(origins) = &block.origins {
                writer.origin(origins, &block.text[start..end]);
            }
            empty = false;
        }
    }
    let rest = &block.text[memchr::memrchr(b'\n', block.text).map_or(0, |at| at + 1)..];
    if !open && !rest.is_empty() {
        // The last line of the text has no object yet, since all its tokens were removed.
        writer.begin_line();
        open = true;
    }
    if open && block.last {
        writer.end_line(empty);
    } else if !empty {
        writer.out.take_back(1);
    }
    let is_word = |token: &Token| !ends_line(&block.text[token.start as usize..token.end as usize]);
    rendered.goes_on = position.line_byte > 0 && tokens.first().is_some_and(is_word);
    rendered.open_tokens = !empty;
    rendered.bytes = writer.out.into_bytes(spare);
    rendered
}

/// Appends the object of a line that was not cut. `line` has its line end.
pub(super) fn put_skipped(path: &Path, number: u64, line: &[u8], out: &mut Vec<u8>) {
    let body = line.strip_suffix(b"\n").map_or(line, |b| b.strip_suffix(b"\r").unwrap_or(b));
    out.push(b'{');
    push_path("path", path, out);
    // Writing to a vector cannot fail.
    let _ = write!(out, ",\"line\":{number},\"tokens\":[],\"skipped\":");
    push_string(&String::from_utf8_lossy(body), out);
    out.extend_from_slice(b"}\n");
}

struct Writer<'a> {
    block: &'a Block<'a>,
    tags: Option<&'a TagNames>,
    out: Out,
    line: Line<'a>,
    plain: Plain<'a>,
    /// The beginning of each line of output, up to the number of the line.
    opening: Vec<u8>,
    /// A buffer for what is written rarely.
    buffer: Vec<u8>,
}

impl Writer<'_> {
    fn begin_line(&mut self) {
        self.buffer.clear();
        // Writing to a vector cannot fail.
        let _ = write!(self.buffer, "{},\"tokens\":[", self.line.number);
        self.out.reserve(self.opening.len() + self.buffer.len());
        self.out.put_slice(&self.opening);
        self.out.put_slice(&self.buffer);
    }

    fn end_line(&mut self, empty: bool) {
        if !empty {
            self.out.take_back(1);
        }
        self.out.reserve(3);
        self.out.put_slice(b"]}\n");
    }

    #[inline(always)]
    fn token(&mut self, token: Token) {
        let (start, end) = (token.start as usize, token.end as usize);
        let text = self.block.text;
        let word = &text[start..end];
        if !self.plain.contains(start, end) {
            return self.any_token(token, word);
        }
        let Some([bytes, characters]) = self.line.short_range(start, end) else {
            return self.any_token(token, word);
        };
        let out = &mut self.out;
        out.reserve(ROOM + word.len() + self.tags.map_or(0, TagNames::room));
        out.put(b"{\"text\":\"       ", 9);
        match text.get(start..).and_then(<[u8]>::first_chunk::<16>) {
            Some(short) if word.len() <= 16 => out.put(short, word.len()),
            _ => out.put_slice(word),
        }
        out.put(b"\",\"bytes\":[     ", 11);
        let put = |out: &mut Out, (digits, length): ([u8; 8], usize)| out.put(&digits, length);
        put(out, bytes[0].followed_by(b','));
        put(out, bytes[1].followed_by(b']'));
        out.put(b",\"characters\":[ ", 15);
        put(out, characters[0].followed_by(b','));
        put(out, characters[1].followed_by(b']'));
        match self.tags {
            Some(names) => {
                out.put(b",\"tag\":", 7);
                names.put(token.tag, out);
            }
            None => out.put(TOKEN_END, 2),
        }
    }

    /// Adds the origin of the token that was written last, if there is something to say.
    #[inline(never)]
    fn origin(&mut self, origins: &Origins<'_>, token: &[u8]) {
        let Some(origin) = origins.of(token) else { return };
        self.buffer.clear();
        self.buffer.extend_from_slice(b",\"from\":");
        push_string(origin, &mut self.buffer);
        self.buffer.extend_from_slice(TOKEN_END);
        self.out.take_back(TOKEN_END.len());
        self.out.reserve(self.buffer.len());
        self.out.put_slice(&self.buffer);
    }

    /// Writes a token with anything that a token may have, as this word.
    #[cold]
    #[inline(never)]
    fn any_token(&mut self, token: Token, word: &[u8]) {
        let (start, end) = (token.start as usize, token.end as usize);
        let buffer = &mut self.buffer;
        buffer.clear();
        buffer.extend_from_slice(b"{\"text\":");
        match str::from_utf8(word) {
            Ok(word) => push_string(word, buffer),
            Err(_) => {
                buffer.extend_from_slice("\"\u{fffd}\",\"invalid\":\"".as_bytes());
                push_hex(word, buffer);
                buffer.push(b'"');
            }
        }
        let [bytes, characters] = self.line.range(start, end);
        // Writing to a vector cannot fail.
        let _ = write!(
            buffer,
            ",\"bytes\":[{},{}],\"characters\":[{},{}]",
            bytes[0], bytes[1], characters[0], characters[1]
        );
        self.out.reserve(buffer.len() + ROOM + self.tags.map_or(0, TagNames::room));
        self.out.put_slice(buffer);
        match self.tags {
            Some(names) => {
                self.out.put(b",\"tag\":", 7);
                names.put(token.tag, &mut self.out);
            }
            None => self.out.put(TOKEN_END, 2),
        }
    }
}
