//! Which tokens are left out of the output. Always after cutting: what stands beside a word decides
//! how it is cut.

use std::io::{self, Read};

use rustc_hash::FxHashSet;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::load_error::LoadError;
use batchproc_jieba::{Token, ends_line};

/// What is left out.
#[derive(Debug, Default)]
pub struct Filter {
    /// Tokens of white space.
    pub space: bool,
    /// Tokens of punctuation and symbols.
    pub punctuation: bool,
    /// Tokens that are one of these.
    pub stop_words: FxHashSet<Box<[u8]>>,
}

impl Filter {
    /// Whether anything is left out.
    pub fn is_empty(&self) -> bool {
        !self.space && !self.punctuation && self.stop_words.is_empty()
    }

    /// Adds the words of a list, one a line; white space around them does not count. `name` is the list's,
    /// for messages. Gives the number of words.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8: its name, the line and the reason.
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
                return Err(fail("has a zero byte, as UTF-16 has"));
            }
            let word = line.trim_ascii();
            if !word.is_empty() {
                self.stop_words.insert(word.into());
            }
        }
        Ok(self.stop_words.len())
    }

    /// A list of stop words of this name cannot be read.
    pub fn unreadable(name: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("cannot read the stop words {name}"), error)
    }

    /// Removes what is left out. Line ends always stay.
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
