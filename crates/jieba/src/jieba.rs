//! What cuts: a dictionary, and the code that cuts with it.

use super::cut::Cut;
use super::dictionary::Dictionary;
use super::dispatch::ProcessorKind;
use super::limit::LimitExceeded;
use super::options::{Compat, Options};
use super::scratch::Scratch;
use super::tables::Tables;
use super::tags::{self, posseg};
use super::token::{Tag, Token};

/// A dictionary and what it takes to cut with it; shared by all workers. The hidden Markov model is the
/// same for every dictionary.
#[derive(Clone, Debug)]
pub struct Core {
    pub(crate) dictionary: Dictionary,
    processor: ProcessorKind,
}

impl Default for Core {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Dictionary> for Core {
    /// Cuts with this dictionary, with the code for the best processor that this machine can be.
    fn from(dictionary: Dictionary) -> Self {
        Core { dictionary, processor: ProcessorKind::best() }
    }
}

impl Core {
    /// The built-in dictionary: that of jieba-rs 0.11.0, which has the words of Python jieba's.
    pub fn new() -> Self {
        Dictionary::with_tables(Tables::built_in()).into()
    }

    /// A dictionary without words.
    pub fn empty() -> Self {
        Self::from_words(std::iter::empty()).expect("no words exceed no limit")
    }

    /// As [`Dictionary::from_words`].
    ///
    /// # Errors
    /// When the words exceed a limit of the tables.
    pub fn from_words<'a>(
        words: impl IntoIterator<Item = (&'a str, u64, &'a str)>,
    ) -> Result<Self, LimitExceeded> {
        Dictionary::from_words(words).map(Self::from)
    }

    /// Lets the code for this kind of processor do the work; without it that for the best one this
    /// machine can run does.
    pub fn set_processor(&mut self, kind: ProcessorKind) {
        self.processor = kind;
    }

    /// Adds a word or changes its frequency, and returns the frequency. Without one it is
    /// [`Self::suggest_frequency`]'s for jieba-rs. A word that was there keeps its tag, except that
    /// Python jieba takes the new one if there is one. An empty word is not added.
    ///
    /// # Panics
    /// When there are more than 65,535 different tags.
    pub fn add_word(&mut self, word: &str, frequency: Option<u64>, tag: Option<&str>) -> u64 {
        if word.is_empty() {
            return 0;
        }
        let frequency = frequency.unwrap_or_else(|| self.suggest_frequency(word, Compat::JiebaRs));
        self.dictionary.add(word, frequency, tag);
        frequency
    }

    /// The frequency a word needs so that it is not cut into parts, to the last bit as jieba-rs or
    /// Python jieba computes it.
    pub fn suggest_frequency(&self, word: &str, compat: Compat) -> u64 {
        let options = Options { hmm: false, compat, ..Options::default() };
        let mut tokens = Vec::new();
        self.cut(word, &options, &mut Scratch::default(), &mut tokens);
        let parts = tokens.iter().map(|token| &word[token.start as usize..token.end as usize]);
        let known = |word: &str, otherwise: u64| match self.dictionary.value_of(word) {
            0 => otherwise,
            value => self.dictionary.tables.frequencies[value as usize],
        };
        let needed = match compat {
            Compat::JiebaRs => {
                let log_total = self.dictionary.log_totals[0];
                let log = |part| (known(part, 1) as f64).ln() - log_total;
                (parts.fold(0.0, |sum, part| sum + log(part)) + log_total).exp()
            }
            Compat::Python => {
                let total = self.dictionary.totals[1] as f64;
                // What words begin with is known to it, with frequency zero.
                let share = |part| {
                    known(part, u64::from(!self.dictionary.begins_words(part))) as f64 / total
                };
                parts.fold(1.0, |product, part| product * share(part)) * total
            }
        };
        (needed as u64).saturating_add(1).max(known(word, 1))
    }

    /// Cuts the text, of any number of lines and at most 4 GiB, and appends its tokens. Each line is
    /// cut alone; its end, LF or CRLF, is a token. The text may be cut in two beside any character
    /// that is in no block (but not between CR and LF) without a change to its tokens; with
    /// Python's full mode only after a line end.
    ///
    /// # Panics
    /// When the text has more than 4 GiB.
    pub fn cut(
        &self,
        text: &str,
        options: &Options,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) {
        assert!(u32::try_from(text.len()).is_ok(), "a text has at most 4 GiB");
        let cut = Cut { dictionary: &self.dictionary, text, options, scratch, tokens };
        self.processor.run(cut);
    }

    /// The name of a tag, as in the dictionary: `n`, `v`, ...; may be empty.
    pub fn tag_name(&self, tag: Tag) -> &str {
        self.dictionary.tag_name(tag)
    }

    /// The tag jieba-rs gives to this word alone.
    pub fn tag_of(&self, word: &str) -> Tag {
        Tag(match self.dictionary.value_of(word) {
            0 => tags::guess(word, &mut posseg::Buffers::default()),
            value => self.dictionary.tag_of_value(value, Compat::JiebaRs),
        })
    }
}
