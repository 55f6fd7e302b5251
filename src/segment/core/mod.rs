//! The segmentation core: cuts Chinese text into words exactly as jieba-rs 0.11.0 does (or, asked
//! for, as Python jieba 0.42.1), several times as fast, with nothing to build at start.
//!
//! Data flow, for a piece of about 1,024 characters at a time:
//!
//! ```text
//! text ─scan─► codes, offsets ─matches─► pairs, edges ─route─► route ─mode─► tokens
//!              (characters as            (overlay:              exact: joins what the route left
//!               small numbers)            added words)           (hmm); search; full; tags
//! ```
//!
//! | file | its job |
//! |---|---|
//! | `mod.rs` | the surface, and the way of a piece through the passes |
//! | `options.rs`, `token.rs` | how to cut, and what comes of it |
//! | `builder/`, `tables.rs` | makes the tables of a dictionary; says what they mean |
//! | `compiled.rs`, `compiled/` | tables in a file; what they must be like |
//! | `scan.rs`, `matches.rs`, `overlay.rs`, `route.rs`, `chain.rs` | the passes all modes share |
//! | `dispatch.rs` | which kind of processor the code is for |
//! | `processor.rs`, `portable.rs`, `sse2.rs`, `avx2.rs`, `avx512.rs`, `bits.rs`, `units.rs` | what is done in its own way on a kind of processor |
//! | `piece.rs`, `scratch.rs` | what the passes leave for the modes; the memory they use |
//! | `exact.rs`, `search.rs`, `full.rs` | the modes |
//! | `runs.rs`, `short_runs.rs`, `identifiers.rs`, `hmm.rs` | words that are in no dictionary |
//! | `tags.rs`, `posseg.rs` | parts of speech, and the model that guesses them |
//!
//! Every array is flat and reused; nothing is allocated for a line or a piece. All passes are linear
//! in the piece, whose length only a block without an end can make large.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bits;
mod builder;
mod chain;
pub mod compiled;
mod cut;
mod dispatch;
mod exact;
mod full;
mod hmm;
mod identifiers;
mod matches;
mod options;
mod overlay;
mod piece;
mod portable;
mod posseg;
mod processor;
mod route;
mod runs;
mod scan;
mod scratch;
mod search;
mod short_runs;
#[cfg(target_arch = "x86_64")]
mod sse2;
mod tables;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod units;

use builder::Entry;
pub use builder::codes::is_block_character;
use builder::layout::{LABEL_MASK, base, value};
use cut::Cut;
pub use dispatch::ProcessorKind;
pub use options::{Compat, Mode, Options};
use overlay::Overlay;
pub use scratch::Scratch;
use std::borrow::Cow;
pub(super) use tables::table;
use tables::{BUILT_IN_TAGS, Tables, built_in_codes};
use token::UNKNOWN_TAG;
pub use token::{Tag, Token};

/// A dictionary and what it takes to cut with it; shared by all workers.
#[derive(Clone, Debug)]
pub struct Core {
    tables: Tables,
    overlay: Overlay,
    /// Sums of all frequencies: jieba-rs subtracts that of a word added anew, Python does not.
    totals: [u64; 2],
    log_totals: [f64; 2],
    /// Whether there are words with frequency zero in the tables.
    has_absent: bool,
    gap_tags: tags::GapTags,
    processor: ProcessorKind,
}

impl Default for Core {
    fn default() -> Self {
        Self::new()
    }
}

impl Core {
    /// The built-in dictionary: that of jieba-rs 0.11.0, which has the words of Python jieba's.
    pub fn new() -> Self {
        Self::with_tables(Tables::built_in())
    }

    /// A dictionary without words.
    pub fn empty() -> Self {
        Self::from_words(std::iter::empty()).expect("no words exceed no limit")
    }

    /// A dictionary of these words, with frequency and tag (which may be empty). A word that comes
    /// twice has its last frequency and its first tag. Empty words are left out. The hidden Markov
    /// model stays the built-in one. Takes about half a second for 350,000 words.
    ///
    /// # Errors
    /// When the words exceed a limit of the tables: about 3,000,000 words, 65,535 different
    /// characters, 262,143 different pairs of frequency and tag.
    pub fn from_words<'a>(
        words: impl IntoIterator<Item = (&'a str, u64, &'a str)>,
    ) -> Result<Self, String> {
        let entries: Vec<Entry<'a>> = words
            .into_iter()
            .filter(|(word, ..)| !word.is_empty())
            .map(|(word, frequency, tag)| Entry { word, frequency, tag })
            .collect();
        let mut tags: Vec<String> =
            BUILT_IN_TAGS.iter().map(|tag| tag.clone().into_owned()).collect();
        let built = builder::build(&entries, built_in_codes(), &mut tags)?;
        Ok(Self::with_tables(Tables::from_built(built, tags)))
    }

    fn with_tables(tables: Tables) -> Self {
        Core {
            overlay: Overlay::default(),
            totals: tables.totals,
            log_totals: tables.totals.map(|total| (total as f64).ln()),
            // Frequencies go down.
            has_absent: tables.frequencies.len() > 1 && tables.frequencies.last() == Some(&0),
            gap_tags: tags::GapTags::new(&tables),
            processor: ProcessorKind::best(),
            tables,
        }
    }

    /// Lets the code for this kind of processor do the work; without it that for the best one this
    /// machine can run does.
    pub fn set_processor(&mut self, kind: ProcessorKind) {
        self.processor = kind;
    }

    /// Adds a word or changes its frequency, and returns the frequency. Without one it is
    /// [`Self::suggest_frequency`]'s for jieba-rs. A word that was there keeps its tag, except that Python jieba
    /// takes the new one if there is one. An empty word is not added.
    ///
    /// # Panics
    /// When there are more than 65,535 different tags.
    pub fn add_word(&mut self, word: &str, frequency: Option<u64>, tag: Option<&str>) -> u64 {
        if word.is_empty() {
            return 0;
        }
        let frequency = frequency.unwrap_or_else(|| self.suggest_frequency(word, Compat::JiebaRs));
        let old = self.value_of(word);
        let old_frequency = self.tables.frequencies[old as usize];
        let new_tag = tag.map(|tag| self.tag_number(tag));
        let kept_tag =
            if old == 0 { new_tag.unwrap_or(0) } else { self.tables.value_tags[old as usize] };
        let python_tag = new_tag.filter(|&tag| tag != 0).or(match old {
            0 => None,
            _ => Some(self.tag_of_value(old, Compat::Python)),
        });
        self.overlay.add(&mut self.tables, word, frequency, kept_tag, python_tag);
        let [jieba_rs, python] = &mut self.totals;
        *jieba_rs = jieba_rs.wrapping_add(frequency).wrapping_sub(old_frequency);
        *python = python.wrapping_add(frequency);
        self.log_totals = self.totals.map(|total| (total as f64).ln());
        frequency
    }

    fn tag_number(&mut self, tag: &str) -> u16 {
        let tags = &self.tables.tags;
        let number = tags.iter().position(|known| known == tag).unwrap_or_else(|| {
            self.tables.tags.to_mut().push(Cow::Owned(tag.to_owned()));
            self.tables.tags.len() - 1
        });
        u16::try_from(number).expect("fewer than 65,536 different tags")
    }

    /// The frequency a word needs so that it is not cut into parts, to the last bit as jieba-rs or Python
    /// jieba computes it.
    pub fn suggest_frequency(&self, word: &str, compat: Compat) -> u64 {
        let options = Options { hmm: false, compat, ..Options::default() };
        let mut tokens = Vec::new();
        self.cut(word, &options, &mut Scratch::default(), &mut tokens);
        let parts = tokens.iter().map(|token| &word[token.start as usize..token.end as usize]);
        let known = |word: &str, otherwise: u64| match self.value_of(word) {
            0 => otherwise,
            value => self.tables.frequencies[value as usize],
        };
        let needed = match compat {
            Compat::JiebaRs => {
                let log_total = self.log_totals[0];
                let log = |part| (known(part, 1) as f64).ln() - log_total;
                (parts.fold(0.0, |sum, part| sum + log(part)) + log_total).exp()
            }
            Compat::Python => {
                let total = self.totals[1] as f64;
                // What words begin with is known to it, with frequency zero.
                let share = |part| known(part, u64::from(!self.begins_words(part))) as f64 / total;
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
        let cut = Cut { core: self, text, options, scratch, tokens };
        self.processor.run(cut);
    }

    /// The name of a tag, as in the dictionary: `n`, `v`, ...; may be empty.
    pub fn tag_name(&self, tag: Tag) -> &str {
        &self.tables.tags[usize::from(tag.0)]
    }

    /// The tag jieba-rs gives to this word alone.
    pub fn tag_of(&self, word: &str) -> Tag {
        Tag(match self.value_of(word) {
            0 => tags::guess(word, &mut posseg::Buffers::default()),
            value => self.tag_of_value(value, Compat::JiebaRs),
        })
    }

    fn tag_of_value(&self, value: u32, compat: Compat) -> u16 {
        if compat == Compat::Python
            && let Some(tag) = self.overlay.python_tag(value)
        {
            return tag.unwrap_or(UNKNOWN_TAG);
        }
        self.tables.value_tags[value as usize]
    }

    /// The value of a word, or 0 if it is not in the dictionary.
    fn value_of(&self, word: &str) -> u32 {
        match self.overlay.value_of(word) {
            0 => self.value_in_tables(word),
            value => value,
        }
    }

    fn value_in_tables(&self, word: &str) -> u32 {
        let tables = &self.tables;
        if !word.chars().any(|character| tables.codes.get(character) == 0) {
            return self.node(word).map_or(0, |(_, value)| value);
        }
        let place = tables.outside.binary_search_by(|(known, _)| (**known).cmp(word));
        place.map_or(0, |place| tables.outside[place].1)
    }

    /// The base of the children and the value of a word or a beginning of words, in the tables.
    fn node(&self, word: &str) -> Option<(u32, u32)> {
        let tables = &self.tables;
        let mut codes = word.chars().map(|character| tables.codes.get(character));
        let first = usize::from(codes.next()?);
        let first = (tables.first[first], tables.single_value[first]);
        codes.try_fold(first, |(parent, _), code| {
            let unit = tables::child(&tables.units, parent, code);
            (unit & LABEL_MASK == u64::from(code)).then(|| (base(unit), value(unit)))
        })
    }

    /// Whether a longer word begins so.
    fn begins_words(&self, word: &str) -> bool {
        let outside = &self.tables.outside;
        let after = outside.partition_point(|(known, _)| **known <= *word);
        self.overlay.begins_words(word)
            || self.node(word).is_some_and(|(children, _)| children != 0)
            || outside.get(after).is_some_and(|(known, _)| known.starts_with(word))
    }
}
