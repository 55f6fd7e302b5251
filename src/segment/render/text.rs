//! Renders tokens as lines of text. Each line is exactly what Python's `delimiter.join(tokens)`
//! yields.

use super::block::{Block, Rendered};
use super::out::Out;
use super::spare::Spare;
use super::tag_names::TagNames;
use batchproc_jieba::{Tag, Token, ends_line};

/// A token of up to this many bytes is copied as an array of exactly this size.
const SHORT: usize = 16;

pub(super) fn render(block: &Block<'_>, delimiter: &[u8], spare: &Spare) -> Rendered {
    let length = delimiter.len();
    let lengths = Lengths { delimiter: length, usual: length, room: length };
    match delimiter {
        // A delimiter of one byte, such as a space, needs no loop.
        [byte] => render_with(block, lengths, spare, |_, out| out.put(&[*byte], 1)),
        _ => render_with(block, lengths, spare, |_, out| out.put_slice(delimiter)),
    }
}

/// Renders words with their tags. `names` has what follows each word: `/`, the tag, and a delimiter
/// of this length.
pub(super) fn render_tagged(
    block: &Block<'_>,
    delimiter: usize,
    names: &TagNames,
    spare: &Spare,
) -> Rendered {
    let lengths = Lengths { delimiter, usual: delimiter + "/ns".len(), room: names.room() };
    render_with(block, lengths, spare, |tag, out| names.put(tag, out))
}

/// Lengths of what follows a word, in bytes.
#[derive(Clone, Copy)]
struct Lengths {
    /// The delimiter, with which it ends.
    delimiter: usize,
    /// The usual length of the whole.
    usual: usize,
    /// The room that is needed to append it.
    room: usize,
}

/// Renders words, each followed by what `put_end` appends. This ends with a delimiter, which is
/// removed after the last word of a line.
#[inline(always)]
fn render_with(
    block: &Block<'_>,
    lengths: Lengths,
    spare: &Spare,
    put_end: impl Fn(Tag, &mut Out),
) -> Rendered {
    let (text, tokens) = (block.text, block.tokens);
    let contained: usize = tokens.iter().map(|token| (token.end - token.start) as usize).sum();
    let mut out = Out::new(contained + tokens.len() * lengths.usual, spare);
    let mut line_start = 0;
    let mut rendered = Rendered::default();
    for token in tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        let word = &text[start..end];
        out.reserve(word.len() + SHORT + lengths.room);
        let is_end = ends_line(word);
        if is_end {
            end_line(&mut out, line_start, lengths.delimiter);
            rendered.ends_line = true;
        }
        match text.get(start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            Some(short) if word.len() <= SHORT => out.put(short, word.len()),
            _ => out.put_slice(word),
        }
        if is_end {
            line_start = out.length();
        } else {
            put_end(token.tag, &mut out);
        }
    }
    end_line(&mut out, line_start, lengths.delimiter);
    let is_word = |token: &Token| !ends_line(&text[token.start as usize..token.end as usize]);
    rendered.goes_on = tokens.first().is_some_and(is_word);
    rendered.open_tokens = tokens.last().is_some_and(is_word);
    rendered.bytes = out.into_bytes(spare);
    rendered
}

/// Removes the delimiter after the last word of a line that begins at `start` of the output.
#[inline(always)]
fn end_line(out: &mut Out, start: usize, delimiter: usize) {
    if out.length() > start {
        out.take_back(delimiter);
    }
}
