//! Removes tokens from the output. Tokens are removed only after the text is cut into words, since
//! the characters around a word affect how it is cut.

use std::io::{self, Read};

use super::encoding::Source;
use super::load_error::LoadError;
use super::side_files;
use super::stop_words::StopWords;
use super::unwanted::Unwanted;
use batchproc_jieba::{Token, ends_line};

/// The tokens to remove.
#[derive(Debug, Default)]
pub struct Filter {
    unwanted: Unwanted,
    stop_words: StopWords,
    /// Notes for the user about the lists of stop words.
    pub notes: Vec<String>,
}

impl Filter {
    /// Removes tokens that consist of white space, if `space` is set, and tokens that consist of
    /// punctuation and symbols, if `punctuation` is set. Both also remove tokens that show nothing.
    pub fn new(space: bool, punctuation: bool) -> Self {
        Self { unwanted: Unwanted::new(space, punctuation), ..Self::default() }
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
        self.stop_words.extend(words.map(|(_, word)| word.as_bytes()));
        Ok(self.stop_words.len())
    }

    /// The error for a list of stop words that cannot be read.
    pub fn unreadable(name: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("cannot read the stop words {name}"), error)
    }

    /// Removes the unwanted tokens of a text from `tokens`. Line ends always stay.
    pub fn apply(&self, text: &[u8], tokens: &mut Vec<Token>) {
        let word = |token: Token| &text[token.start as usize..token.end as usize];
        if !self.unwanted.is_empty() {
            retain(tokens, |token| !self.unwanted.contains(word(token)));
        }
        if self.stop_words.len() > 0 {
            let is_stop_word = |token: Token| {
                self.stop_words.contains(text, token.start as usize, token.end as usize)
            };
            retain(tokens, |token| !is_stop_word(token) || ends_line(word(token)));
        }
    }
}

/// Keeps the tokens that `keeps` accepts. Tokens of both kinds follow each other in any order, so
/// the CPU would often mispredict a branch here. Each token is moved, therefore, and the next one
/// overwrites it if it is not wanted.
#[inline(always)]
fn retain(tokens: &mut Vec<Token>, keeps: impl Fn(Token) -> bool) {
    let mut kept = 0;
    for at in 0..tokens.len() {
        let token = tokens[at];
        tokens[kept] = token;
        kept += usize::from(keeps(token));
    }
    tokens.truncate(kept);
}
