//! Reads texts that are cut already: white space separates the tokens.

use batchproc_jieba::{Core, InvalidBytes, Options, Scratch, Tag, Token};

/// Appends the tokens of a text. Each line end is a token too, and so is each sequence of invalid
/// UTF-8. The result reports these sequences.
pub fn split(
    text: &[u8],
    core: &Core,
    options: &Options,
    scratch: &mut Scratch,
    tokens: &mut Vec<Token>,
) -> InvalidBytes {
    let mut add = |word: &str, start: usize, length: usize| {
        let tag = match options.tags {
            true => core.tag_of_token(word, options.compat, scratch),
            false => Tag::default(),
        };
        let [start, end] = [start, start + length].map(offset);
        tokens.push(Token { start, end, tag });
    };
    let mut invalid = InvalidBytes::default();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for line in chunk.valid().split_inclusive('\n') {
            let body = line
                .strip_suffix('\n')
                .map_or(line, |body| body.strip_suffix('\r').unwrap_or(body));
            for word in body.split_whitespace() {
                let start = word.as_ptr().addr() - body.as_ptr().addr();
                add(word, at + start, word.len());
            }
            if body.len() < line.len() {
                add(&line[body.len()..], at + body.len(), line.len() - body.len());
            }
            at += line.len();
        }
        if !chunk.invalid().is_empty() {
            if invalid.sequences == 0 {
                invalid.first = at;
            }
            invalid.sequences += 1;
            add("\u{fffd}", at, chunk.invalid().len());
            at += chunk.invalid().len();
        }
    }
    invalid
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a block has less than 4 GiB")
}
