//! Removes tokens from the output. Tokens are removed only after the text is cut into words, since
//! the characters around a word affect how it is cut.

use std::io::{self, Read};

use rustc_hash::FxHashSet;

use super::characters::{is_punctuation, shows_nothing};
use super::encoding::Source;
use super::load_error::LoadError;
use super::side_files;
use batchproc_jieba::{Token, ends_line};

/// The tokens to remove.
#[derive(Debug, Default)]
pub struct Filter {
    /// Whether tokens that consist of white space, or show nothing, are removed.
    pub space: bool,
    /// Whether tokens that consist of punctuation and symbols, or show nothing, are removed.
    pub punctuation: bool,
    /// The words that are removed.
    pub stop_words: FxHashSet<Box<[u8]>>,
    /// Notes for the user about the lists of stop words.
    pub notes: Vec<String>,
}

impl Filter {
    /// Whether no token is removed.
    pub fn is_empty(&self) -> bool {
        !self.space && !self.punctuation && self.stop_words.is_empty()
    }

    /// Adds the words of a list with one word on each line. White space around a word is ignored.
    /// `name` is the name of the list in messages, and `encoding` its encoding unless it is UTF-8.
    /// Returns the number of all stop words.
    ///
    /// # Errors
    /// When the list cannot be read or decoded. The error has the list's name, the line if there is
    /// one, and the reason.
    pub fn add_stop_words(
        &mut self,
        name: &str,
        mut list: impl Read,
        encoding: Source,
    ) -> Result<usize, LoadError> {
        let mut bytes = Vec::new();
        let read = list.read_to_end(&mut bytes);
        read.map_err(|error| Self::unreadable(name, error))?;
        let fail = |reason| LoadError::new(format!("stop words {name}: {reason}"));
        let (text, unexpected) = side_files::text(bytes, encoding).map_err(fail)?;
        self.notes.extend(unexpected.then(|| side_files::note_of_utf_8(name)));
        let words = side_files::trimmed_lines(&text).filter(|(_, word)| !word.is_empty());
        self.stop_words.extend(words.map(|(_, word)| word.as_bytes().into()));
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
        let all = |test: fn(char) -> bool| word.chars().all(|c| test(c) || shows_nothing(c));
        !(self.space && all(char::is_whitespace) || self.punctuation && all(is_punctuation))
    }
}
