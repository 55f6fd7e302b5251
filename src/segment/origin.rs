//! Tells where a word comes from, if it is not from the dictionary with which the program began.

use batchproc_jieba::{Core, Origin, Protected, is_block_character};

/// Names the origins of tokens.
#[derive(Clone, Copy, Debug)]
pub struct Origins<'a> {
    /// The dictionary.
    pub core: &'a Core,
    /// What stays whole before the text is cut.
    pub kept: Option<&'a Protected>,
    /// The name for a new word: one that is in no dictionary.
    pub new: &'static str,
}

impl Origins<'_> {
    /// The name of the origin of a token. `None` if it is from the dictionary, or if it is a sign, a
    /// character, a number or a word of letters, which needs no dictionary.
    pub fn of(&self, token: &[u8]) -> Option<&'static str> {
        let word = str::from_utf8(token).ok()?;
        match self.core.origin_of(word) {
            Origin::Base => None,
            Origin::Added => Some("user"),
            Origin::None if self.is_kept(word) => Some("pattern"),
            Origin::None => is_word(word).then_some(self.new),
        }
    }

    /// Whether a word is in no dictionary, so that it could be put into one.
    pub fn is_new(&self, token: &[u8]) -> bool {
        str::from_utf8(token).is_ok_and(|word| {
            is_word(word) && self.core.origin_of(word) == Origin::None && !self.is_kept(word)
        })
    }

    /// Whether a pattern keeps this word whole.
    fn is_kept(&self, word: &str) -> bool {
        let mut is_kept = false;
        if let Some(kept) = self.kept {
            kept.each(word, |range, kind| is_kept |= kind.is_some() && range == (0..word.len()));
        }
        is_kept
    }
}

/// Whether a token has two or more characters, and an ideograph among them.
fn is_word(token: &str) -> bool {
    token.chars().nth(1).is_some() && token.chars().any(|c| !c.is_ascii() && is_block_character(c))
}
