//! [`Core`]: a dictionary, and the code that cuts text with it.

use super::cut::Cut;
use super::dictionary::Dictionary;
use super::dispatch::CpuKind;
use super::limit::LimitExceeded;
use super::listing::Origin;
use super::options::{Compat, Mode, Options};
use super::scratch::Scratch;
use super::tables::Tables;
use super::tags::{self, posseg};
use super::token::{Tag, Token, UNKNOWN_TAG};

/// Cuts text with a dictionary. Any number of threads may share a core. All dictionaries use the
/// same hidden Markov model.
#[derive(Clone, Debug)]
pub struct Core {
    pub(crate) dictionary: Dictionary,
    cpu: CpuKind,
}

impl Default for Core {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Dictionary> for Core {
    /// A core that cuts with this dictionary and with the fastest code that this CPU can run.
    fn from(dictionary: Dictionary) -> Self {
        Core { dictionary, cpu: CpuKind::best() }
    }
}

impl Core {
    /// A core with the built-in dictionary. The words and frequencies in it are those of jieba-rs
    /// 0.11.0; Python jieba has the same words.
    pub fn new() -> Self {
        Dictionary::with_tables(Tables::built_in()).into()
    }

    /// A core with a dictionary that has no words.
    pub fn empty() -> Self {
        Self::from_words(std::iter::empty()).expect("an empty dictionary exceeds no limit")
    }

    /// A core with a dictionary of these words; see [`Dictionary::from_words`].
    ///
    /// # Errors
    /// The words exceed a limit of the tables.
    pub fn from_words<'a>(
        words: impl IntoIterator<Item = (&'a str, u64, &'a str)>,
    ) -> Result<Self, LimitExceeded> {
        Dictionary::from_words(words).map(Self::from)
    }

    /// Makes [`Self::cut`] use the code for this kind of CPU. The default is [`CpuKind::best`].
    pub fn set_cpu(&mut self, kind: CpuKind) {
        self.cpu = kind;
    }

    /// Adds a word, or changes its frequency if the word is there already. Returns the word's
    /// frequency. If `frequency` is `None`, [`Self::suggest_frequency`] with [`Compat::JiebaRs`]
    /// decides. An existing word keeps its tag. Only with [`Compat::Python`] does it get the new
    /// tag, if there is one. An empty word is ignored.
    ///
    /// # Panics
    /// There are more than 65,535 different tags.
    pub fn add_word(&mut self, word: &str, frequency: Option<u64>, tag: Option<&str>) -> u64 {
        if word.is_empty() {
            return 0;
        }
        let frequency = frequency.unwrap_or_else(|| self.suggest_frequency(word, Compat::JiebaRs));
        self.dictionary.add(word, frequency, tag);
        frequency
    }

    /// Makes cutting as fast as if the words that were added so far had been in the dictionary from the
    /// beginning. Takes some milliseconds, which pays for long texts or more than about a hundred
    /// words. The tokens stay the same.
    ///
    /// # Errors
    /// The tables cannot hold the words. Then nothing has changed, and cutting is slower but right.
    pub fn merge_added_words(&mut self) -> Result<(), LimitExceeded> {
        self.dictionary.merge()
    }

    /// The dictionary.
    #[must_use]
    pub fn into_dictionary(self) -> Dictionary {
        self.dictionary
    }

    /// A frequency that is high enough that the word is not cut into parts, or the word's present
    /// frequency if that is higher. The result is exactly that of jieba-rs or of Python jieba, as
    /// `compat` says.
    pub fn suggest_frequency(&self, word: &str, compat: Compat) -> u64 {
        self.suggest_frequency_with(word, compat, &mut Scratch::default(), &mut Vec::new())
    }

    /// Like [`Self::suggest_frequency`], for a caller that has many words: the two buffers are
    /// reused.
    pub fn suggest_frequency_with(
        &self,
        word: &str,
        compat: Compat,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> u64 {
        let options = Options { hmm: false, compat, ..Options::default() };
        tokens.clear();
        self.cut(word, &options, scratch, tokens);
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
                // Python jieba's dictionary also holds every prefix of a word, with frequency zero.
                // So a part that is only a prefix counts 0, and an unknown part counts 1.
                let share = |part| {
                    known(part, u64::from(!self.dictionary.begins_words(part))) as f64 / total
                };
                parts.fold(1.0, |product, part| product * share(part)) * total
            }
        };
        (needed as u64).saturating_add(1).max(known(word, 1))
    }

    /// The frequency of a word. As in Python jieba, the beginning of a word is in the dictionary too,
    /// with frequency zero. `None` if the word is not there.
    pub fn frequency(&self, word: &str) -> Option<u64> {
        match self.dictionary.value_of(word) {
            0 => self.dictionary.begins_words(word).then_some(0),
            value => Some(self.dictionary.tables.frequencies[value as usize]),
        }
    }

    /// The sum of all frequencies, as jieba-rs or Python jieba counts it.
    pub fn total(&self, compat: Compat) -> u64 {
        self.dictionary.totals[usize::from(compat == Compat::Python)]
    }

    /// Cuts the text and appends its tokens. Each line is cut separately. A line end, LF or CRLF,
    /// is one token.
    ///
    /// A caller may split a long text and cut the parts separately. The tokens are the same if each
    /// split is before or after a character that [`is_block_character`](crate::is_block_character)
    /// rejects, but not between CR and LF. In Python's full mode, a text may be split only after a
    /// line end.
    ///
    /// # Panics
    /// The text is longer than 4 GiB.
    pub fn cut(
        &self,
        text: &str,
        options: &Options,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) {
        assert!(u32::try_from(text.len()).is_ok(), "a text has at most 4 GiB");
        let posseg = false;
        let cut = Cut { dictionary: &self.dictionary, text, options, posseg, scratch, tokens };
        self.cpu.run(cut);
    }

    /// Cuts the text as `jieba.posseg` of Python jieba does, and appends its tokens with their tags.
    /// Without `hmm`, no words are guessed.
    ///
    /// # Panics
    /// The text is longer than 4 GiB.
    pub fn cut_with_tags_of_python(
        &self,
        text: &str,
        hmm: bool,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) {
        assert!(u32::try_from(text.len()).is_ok(), "a text has at most 4 GiB");
        let options = Options { mode: Mode::Exact, hmm, compat: Compat::Python, tags: true };
        let (dictionary, options, posseg) = (&self.dictionary, &options, true);
        self.cpu.run(Cut { dictionary, text, options, posseg, scratch, tokens });
    }

    /// The name of a tag as in the dictionary, such as `n` or `v`. It may be empty.
    pub fn tag_name(&self, tag: Tag) -> &str {
        self.dictionary.tag_name(tag)
    }

    /// The names of all tags, in the order of [`Tag::index`].
    pub fn tag_names(&self) -> impl Iterator<Item = &str> {
        self.dictionary.tables.tags.iter().map(|name| &**name)
    }

    /// Whether the built-in dictionary or this one has a tag with this name.
    pub fn has_tag(&self, name: &str) -> bool {
        self.dictionary.tables.tags.iter().any(|tag| tag == name)
    }

    /// The tag with this name; that of unknown words if there is none.
    pub(crate) fn tag_named(&self, name: &str) -> Tag {
        let number = self.dictionary.tables.tags.iter().position(|tag| tag == name);
        Tag(number.and_then(|number| u16::try_from(number).ok()).unwrap_or(UNKNOWN_TAG))
    }

    /// The tag that jieba-rs gives to this word if it stands alone.
    pub fn tag_of(&self, word: &str) -> Tag {
        self.tag_with(word, Compat::JiebaRs, &mut posseg::Buffers::default())
    }

    /// The tag that [`Self::cut`] gives to a token with this text.
    pub fn tag_of_token(&self, token: &str, compat: Compat, scratch: &mut Scratch) -> Tag {
        self.tag_with(token, compat, &mut scratch.posseg)
    }

    fn tag_with(&self, word: &str, compat: Compat, buffers: &mut posseg::Buffers) -> Tag {
        Tag(match self.dictionary.value_of(word) {
            0 => tags::guess(word, buffers),
            value => self.dictionary.tag_of_value(value, compat),
        })
    }

    /// Indexed by [`Tag::index`]: whether a token can have the tag. The words can give it, or the
    /// model, or the rules for words of letters and digits.
    pub fn tags_in_use(&self) -> Vec<bool> {
        self.dictionary.tags_in_use()
    }

    /// Where a word comes from.
    pub fn origin_of(&self, word: &str) -> Origin {
        self.dictionary.origin(word)
    }
}
