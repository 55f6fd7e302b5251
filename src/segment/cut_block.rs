//! Cuts a block: chooses its text, cuts it, removes unwanted tokens, and makes of the rest what is asked for.

use std::borrow::Cow;

use super::encoding::{Invalid, OnInvalid};
use super::fields::{Fields, Picked};
use super::file_words::BlockTokens;
use super::gather;
use super::job::{Product, SegmentJob, Workspace};
use super::origin::Origins;
use super::outcome::{Block, Made};
use super::pretokenized;
use super::records;
use super::render::{self, Form, Rendered};
use batchproc_jieba::{InvalidBytes, Scratch, Token};

impl SegmentJob {
    pub(super) fn tokens(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> InvalidBytes {
        let options = self.options;
        match self.pretokenized {
            true => pretokenized::split(text, &self.loaded.core, &options, scratch, tokens),
            false => self.loaded.cutter(options).cut(text, scratch, tokens),
        }
    }

    fn origins(&self) -> Option<Origins<'_>> {
        let new = if self.pretokenized { "text" } else { "model" };
        self.origin.then_some(Origins { new, ..self.loaded.origins() })
    }

    /// Makes the lines of a block clean, if it becomes lines of text that must be so.
    pub(super) fn cut_clean(
        &self,
        block: &mut Block,
        text: &[u8],
        last: bool,
        workspace: &mut Workspace,
    ) {
        let prints_text = matches!(&self.product, Product::Lines(form) if !form.is_json());
        if self.records && prints_text {
            let place = records::Place { goes_on: block.position.line_byte > 0, last };
            let (text, replaced) = records::clean(text, place);
            block.replaced = replaced;
            self.cut(block, &text, last, workspace);
        } else {
            self.cut(block, text, last, workspace);
        }
        if let (true, Made::Lines(rendered)) = (self.records, &block.made) {
            block.replaced.records = records::count(&rendered.bytes);
        }
    }

    fn cut(&self, block: &mut Block, text: &[u8], last: bool, workspace: &mut Workspace) {
        let Workspace { scratch, tokens, picked, skipped, copied, shown, spare } = workspace;
        let whole = text;
        let mut text = Cow::Borrowed(whole);
        if let Some(fields) = &self.fields {
            fields.pick(whole, block.header, block.position.line, picked);
            text = Cow::Borrowed(&picked.text);
        } else if let Some(skip) = &self.skip {
            skip.divide(whole, skipped);
            text = Cow::Borrowed(&skipped.text);
        }
        let invalid = self.cut_text(&text, copied, scratch, tokens);
        let mut valid = invalid.sequences == 0;
        if invalid.sequences > 0 {
            let first = match (&self.fields, &self.skip) {
                (Some(_), _) => picked.place(invalid.first),
                (None, Some(_)) => skipped.place(invalid.first),
                (None, None) => invalid.first,
            };
            let line = memchr::memchr_iter(b'\n', &whole[..first]).count() as u64;
            block.cut_invalid = Invalid {
                count: invalid.sequences,
                line: block.position.line + line,
                byte: block.position.byte + first as u64,
                ..Invalid::default()
            };
            if self.on_invalid == OnInvalid::Replace {
                text = String::from_utf8_lossy(&text).into_owned().into_bytes().into();
                self.cut_text(&text, copied, scratch, tokens);
                valid = true;
            }
        }
        // What the words are compared with and counted as.
        let seen = if self.forms.is_empty() { &text[..] } else { &copied.text };
        self.filter.apply(seen, tokens);
        block.made = match &self.product {
            Product::Lines(form) => {
                let (text, shown) = self.printed(form, &text, copied, tokens, shown);
                let cut = render::Block {
                    path: &block.path,
                    position: block.position,
                    text,
                    tokens,
                    shown,
                    valid,
                    last,
                    origins: self.origins(),
                };
                let line = block.position.line;
                let rendered = match (&self.fields, &self.skip) {
                    (None, Some(_)) => skipped.render(form, &cut, whole),
                    _ => form.render(&cut),
                };
                Made::Lines(match &self.fields {
                    Some(fields) => spliced(fields, picked, whole, line, rendered, form),
                    None => rendered,
                })
            }
            Product::Counts(tally) => {
                tally.add(seen, tokens);
                Made::Nothing
            }
            Product::Keywords(wanted) => {
                let words = block.words.take().unwrap_or_default();
                let number = block.number;
                words.add(BlockTokens { number, last, text: seen, tokens }, wanted, spare);
                Made::Words(words)
            }
            Product::Gathered(gather) => {
                let number = block.number;
                let gathered = gather::Block {
                    path: &block.path,
                    position: block.position,
                    whole,
                    picked: self.fields.as_ref().map(|_| &*picked),
                    tokens: BlockTokens { number, last, text: seen, tokens },
                };
                match gather.add(&gathered, block.counts.take(), spare) {
                    gather::Made::Nothing => Made::Nothing,
                    gather::Made::Lines(lines) => Made::Lines(lines),
                    gather::Made::File(counts) => Made::Counts(counts),
                }
            }
        };
        block.unfit = picked.take_unfit();
    }
}

/// A block with its fields replaced by what was made of them.
fn spliced(
    fields: &Fields,
    picked: &mut Picked,
    block: &[u8],
    line: u64,
    made: Rendered,
    form: &Form,
) -> Rendered {
    let mut bytes = form.buffer(block.len() + made.bytes.len());
    fields.splice(picked, block, line, &made.bytes, &mut bytes);
    form.reuse(made.bytes);
    Rendered::of_lines(bytes)
}
