//! Words with spaces or symbols, such as `深度 学习` or `<NUM>`. jieba accepts them in its dictionary
//! but never finds them. This module finds them before the text is cut. The leftmost match counts,
//! and the longest one of several that begin at the same place. A word that begins or ends with an
//! ASCII letter or digit does not match inside a longer run of letters and digits: `A-B` is not
//! found in `DATA-BASE`.

use std::ops::Range;

use super::limit::LimitExceeded;
use aho_corasick::{AhoCorasick, MatchKind};

/// A set of protected words.
#[derive(Debug)]
pub struct Protected {
    automaton: AhoCorasick,
}

impl Protected {
    /// A set of these words; `None` if there are none.
    ///
    /// # Errors
    /// There are too many words for the search.
    pub fn new(words: &[String]) -> Result<Option<Self>, LimitExceeded> {
        if words.is_empty() {
            return Ok(None);
        }
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).map_err(
                |error| LimitExceeded(format!("too many words with spaces or symbols: {error}")),
            )?;
        Ok(Some(Self { automaton }))
    }

    /// The first match in `text` that begins at byte `start` or later.
    pub fn find(&self, text: &str, mut start: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        let runs_on = |at: usize| {
            let sides = [at.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at)];
            sides.iter().all(|side| side.is_some_and(u8::is_ascii_alphanumeric))
        };
        loop {
            let input = aho_corasick::Input::new(text).span(start..text.len());
            let found = self.automaton.find(input)?;
            if !runs_on(found.start()) && !runs_on(found.end()) {
                return Some(found.range());
            }
            start = found.start() + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(words: &[&str], text: &str) -> Vec<String> {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        let protected = Protected::new(&words).unwrap().unwrap();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(range) = protected.find(text, at) {
            at = range.end;
            found.push(text[range].to_string());
        }
        found
    }

    #[test]
    fn the_longest_word_at_the_leftmost_place_is_found() {
        assert_eq!(
            all(&["深度 学习", "深度 学习 框架", "学习 框架"], "深度 学习 框架"),
            ["深度 学习 框架"]
        );
        assert_eq!(
            all(&["<NUM>", "K-Means"], "<NUM><NUM>K-Means中"),
            ["<NUM>", "<NUM>", "K-Means"]
        );
    }

    #[test]
    fn a_word_is_not_found_inside_a_run_of_letters_or_digits() {
        assert_eq!(all(&["A-B", "C++17"], "DATA-BASE C++170 C++17。A-B"), ["C++17", "A-B"]);
    }
}
