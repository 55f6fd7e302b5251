//! Renders tokens as lines of text. Each line is exactly what Python's `delimiter.join(tokens)`
//! yields.

use super::block::{Block, Rendered};
use batchproc_jieba::ends_line;

/// A token of up to this many bytes is copied as an array of exactly this size, which is faster,
/// since it needs no loop. The next token overwrites the excess bytes.
const SHORT: usize = 16;

pub(super) fn render(block: &Block<'_>, delimiter: &[u8]) -> Rendered {
    let text = block.text;
    let contained: usize =
        block.tokens.iter().map(|token| (token.end - token.start) as usize).sum();
    let mut bytes = vec![0; contained + block.tokens.len() * delimiter.len() + SHORT];
    let (mut at, mut empty) = (0, true);
    let mut rendered = Rendered::default();
    for token in block.tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        let word = &text[start..end];
        if ends_line(word) {
            (empty, rendered.ends_line) = (true, true);
        } else {
            if empty {
                rendered.goes_on |= !rendered.ends_line;
                empty = false;
            } else if let [byte] = delimiter {
                bytes[at] = *byte;
                at += 1;
            } else {
                bytes[at..][..delimiter.len()].copy_from_slice(delimiter);
                at += delimiter.len();
            }
        }
        match text.get(start..start + SHORT) {
            Some(short) if word.len() <= SHORT => bytes[at..][..SHORT].copy_from_slice(short),
            _ => bytes[at..][..word.len()].copy_from_slice(word),
        }
        at += word.len();
    }
    bytes.truncate(at);
    rendered.open_tokens = !empty;
    rendered.bytes = bytes;
    rendered
}

pub(super) fn render_tagged(block: &Block<'_>, delimiter: &[u8]) -> Rendered {
    let mut rendered = Rendered::default();
    let bytes = &mut rendered.bytes;
    let mut empty = true;
    for token in block.tokens {
        let word = &block.text[token.start as usize..token.end as usize];
        if ends_line(word) {
            (empty, rendered.ends_line) = (true, true);
            bytes.extend_from_slice(word);
            continue;
        }
        if empty {
            rendered.goes_on |= !rendered.ends_line;
            empty = false;
        } else {
            bytes.extend_from_slice(delimiter);
        }
        bytes.extend_from_slice(word);
        bytes.push(b'/');
        bytes.extend_from_slice(block.core.tag_name(token.tag).as_bytes());
    }
    rendered.open_tokens = !empty;
    rendered
}
