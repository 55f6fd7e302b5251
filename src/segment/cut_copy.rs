//! The part of the job of `segment` that is about the copy of a text: it cuts the copy, and chooses what
//! is printed.

use super::copy::Copied;
use super::job::SegmentJob;
use super::render::{Form, Shown};
use batchproc_jieba::{InvalidBytes, Scratch, Token};

impl SegmentJob {
    /// Cuts a text, or its copy if there are forms. The result tells of the text.
    pub(super) fn cut_text(
        &self,
        text: &[u8],
        copied: &mut Copied,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> InvalidBytes {
        tokens.clear();
        if self.forms.is_empty() {
            return self.tokens(text, scratch, tokens);
        }
        copied.make(self.forms, text);
        let invalid = self.tokens(&copied.text, scratch, tokens);
        let first = u32::try_from(invalid.first).map_or(0, |first| copied.place(first) as usize);
        InvalidBytes { first, ..invalid }
    }

    /// The text that `tokens` are parts of when they are printed, and what is shown in their place.
    /// If there are forms, the tokens are those of the copy at first.
    pub(super) fn printed<'a>(
        &self,
        form: &Form,
        text: &'a [u8],
        copied: &'a Copied,
        tokens: &mut Vec<Token>,
        shown: &'a mut Vec<Token>,
    ) -> (&'a [u8], Option<Shown<'a>>) {
        match (self.forms.is_empty(), self.print_copy) {
            (true, _) => (text, None),
            (false, false) => {
                copied.to_text(tokens, None);
                (text, None)
            }
            (false, true) if form.is_json() => {
                copied.to_text(tokens, Some(shown));
                (text, Some((&copied.text, shown)))
            }
            (false, true) => (&copied.text, None),
        }
    }
}
