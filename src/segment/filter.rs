//! Which tokens are left out of the output. Always after cutting: what stands beside a word decides
//! how it is cut.

use std::io::Read;
use std::path::Path;

use rustc_hash::FxHashSet;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::error::{Fatal, reason};
use crate::escape::printable;
use batchproc_jieba::{Token, ends_line};
use batchproc_os::early;

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

    /// Adds the words of a file, one a line; white space around them does not count.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8: the file, the line and the reason.
    pub fn add_stop_words(&mut self, file: &Path) -> Result<usize, Fatal> {
        let mut text = Vec::new();
        let read = early::open(file).and_then(|mut file| file.read_to_end(&mut text));
        read.map_err(|error| {
            Fatal(format!("cannot read the stop words {}: {}", printable(file), reason(&error)))
        })?;
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
        for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            let fail =
                |reason| Fatal(format!("stop words {}: line {number}: {reason}", printable(file)));
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
