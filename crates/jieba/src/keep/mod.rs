//! Finds the parts of a text that stay whole as one token: words with spaces or symbols, such as
//! `深度 学习`, and what patterns describe, such as web addresses. They are found before the text is
//! cut. The leftmost one counts, and the longest of several that begin at the same place.
//!
//! | file | its job |
//! |---|---|
//! | `kinds.rs` | the kinds of patterns that have names, and their regular expressions |
//! | `units.txt` | the units that may follow a number |
//! | `borders.rs` | where a pattern may begin and end in a text |
//! | `patterns.rs` | finds the longest match that begins at a place, in linear time |

mod borders;
mod kinds;
mod patterns;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::limit::LimitExceeded;
use super::protect::Words;
pub use kinds::Kind;
pub use patterns::{BadPattern, Patterns};

/// The words and patterns that stay whole.
#[derive(Debug)]
pub struct Protected {
    words: Option<Words>,
    patterns: Option<Patterns>,
}

impl Protected {
    /// These words and patterns; `None` if there are none.
    ///
    /// # Errors
    /// There are too many words for the search.
    pub fn new(
        words: &[String],
        patterns: Option<Patterns>,
    ) -> Result<Option<Self>, LimitExceeded> {
        let words = Words::new(words)?;
        let any = words.is_some() || patterns.is_some();
        Ok(any.then_some(Self { words, patterns }))
    }

    /// Calls `found` for each part of the text that stays whole, from left to right, with its range
    /// and its kind. A word of a dictionary has no kind.
    pub fn each(&self, text: &str, mut found: impl FnMut(Range<usize>, Option<Kind>)) {
        match &self.patterns {
            None => {
                let mut start = 0;
                while let Some(word) = self.word(text, start) {
                    start = word.end;
                    found(word, None);
                }
            }
            Some(patterns) => self.each_of_both(text, patterns, &mut found),
        }
    }

    fn word(&self, text: &str, start: usize) -> Option<Range<usize>> {
        self.words.as_ref()?.find(text, start)
    }

    fn each_of_both(
        &self,
        text: &str,
        patterns: &Patterns,
        found: &mut dyn FnMut(Range<usize>, Option<Kind>),
    ) {
        let mut buffers = patterns.buffers();
        let mut word = self.word(text, 0);
        // Patterns are found line by line, so that none goes over the end of a line.
        for line in lines(text) {
            buffers.begin();
            let content = &text[line.clone()];
            let mut at = 0;
            let mut next = patterns.find(content, at, &mut buffers);
            loop {
                if word.as_ref().is_some_and(|word| word.start < line.start + at) {
                    word = self.word(text, line.start + at);
                }
                if at > 0 && next.as_ref().is_some_and(|(range, _)| range.start <= at) {
                    next = patterns.find(content, at, &mut buffers);
                }
                let here = word.clone().filter(|word| word.start < line.end);
                let here = here.map(|word| word.start - line.start..word.end - line.start);
                // Of a word and a match that are the same text, the word counts.
                let (range, kind) = match (here, next.clone()) {
                    (None, None) => break,
                    (Some(word), None) => (word, None),
                    (None, Some((range, kind))) => (range, Some(kind)),
                    (Some(word), Some((range, kind))) => {
                        match (range.start, word.end) < (word.start, range.end) {
                            true => (range, Some(kind)),
                            false => (word, None),
                        }
                    }
                };
                at = range.end;
                found(line.start + range.start..line.start + range.end, kind);
                if at >= content.len() {
                    break;
                }
            }
        }
    }
}

/// The ranges of the lines of a text, without their line ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    let mut start = 0;
    ends.map(move |end| {
        let begin = std::mem::replace(&mut start, end + 1);
        let has_cr = end < bytes.len() && bytes[begin..end].last() == Some(&b'\r');
        begin..end - usize::from(has_cr)
    })
}
