//! Removes tokens from the output. Tokens are removed only after the text is cut into words, since
//! the characters around a word affect how it is cut.

use std::io::{self, Read};

use rustc_hash::FxHashSet;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::load_error::LoadError;
use batchproc_jieba::{Token, ends_line};

/// The tokens to remove.
#[derive(Debug, Default)]
pub struct Filter {
    /// Whether tokens that consist of white space are removed.
    pub space: bool,
    /// Whether tokens that consist of punctuation and symbols are removed.
    pub punctuation: bool,
    /// The words that are removed.
    pub stop_words: FxHashSet<Box<[u8]>>,
}

impl Filter {
    /// Whether no token is removed.
    pub fn is_empty(&self) -> bool {
        !self.space && !self.punctuation && self.stop_words.is_empty()
    }

    /// Adds the words of a list with one word on each line. ASCII white space around a word is ignored. `name`
    /// is the name of the list in messages. Returns the number of all stop words.
    ///
    /// # Errors
    /// When the list cannot be read or is not UTF-8. The error has the list's name, the line if
    /// there is one, and the reason.
    pub fn add_stop_words(&mut self, name: &str, mut list: impl Read) -> Result<usize, LoadError> {
        let mut text = Vec::new();
        let read = list.read_to_end(&mut text);
        read.map_err(|error| Self::unreadable(name, error))?;
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
        for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            let fail =
                |reason| LoadError::new(format!("stop words {name}: line {number}: {reason}"));
            str::from_utf8(line).map_err(|_| fail("is not UTF-8"))?;
            if line.contains(&0) {
                return Err(fail("has a zero byte; the list may be UTF-16, convert it to UTF-8"));
            }
            let word = line.trim_ascii();
            if !word.is_empty() {
                self.stop_words.insert(word.into());
            }
        }
        Ok(self.stop_words.len())
    }

    /// The error for a list of stop words that cannot be read.
    pub fn unreadable(name: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("cannot read the stop words {name}"), error)
    }

    /// Removes the unwanted tokens of a text from `tokens`. Line ends always stay.
    pub fn apply(&self, text: &[u8], tokens: &mut Vec<Token>) {
        if !self.is_empty() {
            tokens.retain(|token| {
                let word = &text[token.start as usize..token.end as usize];
                ends_line(word) || self.keeps(word)
            });
        }
    }

    fn keeps(&self, word: &[u8]) -> bool {
        if !self.stop_words.is_empty() && self.stop_words.contains(word) {
            return false;
        }
        let Ok(word) = str::from_utf8(word) else { return true };
        let all = |test: fn(char) -> bool| !word.is_empty() && word.chars().all(test);
        !(self.space && (word.is_empty() || all(char::is_whitespace)))
            && !(self.punctuation && all(is_punctuation))
    }
}

fn is_punctuation(c: char) -> bool {
    if c.is_ascii_alphanumeric() || ('\u{3400}'..='\u{9fff}').contains(&c) {
        return false;
    }
    let group = c.general_category_group();
    matches!(group, GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Symbol)
}
