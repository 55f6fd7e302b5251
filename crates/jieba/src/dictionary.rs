//! A dictionary: its tables, the words that were added, and the sums of their frequencies.

use super::builder::layout::{LABEL_MASK, base, value};
use super::builder::{self, Entry};
use super::limit::LimitExceeded;
use super::merge;
use super::options::Compat;
use super::overlay::{AddedValues, Node, Overlay};
use super::tables::{BUILT_IN_TAGS, Tables, built_in_codes, child};
use super::token::{LATIN_TAG, Tag, UNKNOWN_TAG};
use std::borrow::Cow;

/// Words with their frequencies and tags.
#[derive(Clone, Debug)]
pub struct Dictionary {
    pub(crate) tables: Tables,
    /// The words that were added and are not in the tables.
    pub(crate) overlay: Overlay,
    pub(crate) added: AddedValues,
    /// Sums of all frequencies, for jieba-rs and for Python jieba. When a word is added again,
    /// jieba-rs subtracts its old frequency, and Python jieba does not.
    pub(crate) totals: [u64; 2],
    pub(crate) log_totals: [f64; 2],
    /// Whether the tables have words with frequency zero.
    pub(crate) has_absent: bool,
    pub(crate) gap_tags: GapTags,
}

impl Dictionary {
    /// A dictionary of these words, each with a frequency and a tag, which may be empty. If a word
    /// occurs twice, its last frequency and its first tag count. Empty words are skipped. Takes
    /// about half a second for 350,000 words.
    ///
    /// # Errors
    /// If the words exceed a limit of the tables: about 3,000,000 words, 65,535 different
    /// characters, or 262,143 different pairs of frequency and tag.
    pub fn from_words<'a>(
        words: impl IntoIterator<Item = (&'a str, u64, &'a str)>,
    ) -> Result<Self, LimitExceeded> {
        let entries: Vec<Entry<'a>> = words
            .into_iter()
            .filter(|(word, ..)| !word.is_empty())
            .map(|(word, frequency, tag)| Entry { word, frequency, tag })
            .collect();
        let mut tags: Vec<String> =
            BUILT_IN_TAGS.iter().map(|tag| tag.clone().into_owned()).collect();
        let built = builder::build(&entries, built_in_codes(), &mut tags).map_err(LimitExceeded)?;
        Ok(Self::with_tables(Tables::from_built(built, tags)))
    }

    /// A dictionary with these tables and no added words.
    pub(crate) fn with_tables(tables: Tables) -> Self {
        Dictionary {
            overlay: Overlay::default(),
            added: AddedValues::default(),
            totals: tables.totals,
            log_totals: tables.totals.map(|total| (total as f64).ln()),
            has_absent: tables.frequencies.get(1..).is_some_and(|some| some.contains(&0)),
            gap_tags: GapTags::new(&tables),
            tables,
        }
    }

    /// Adds a word, or changes the frequency of an existing one. The word must not be empty. An
    /// existing word keeps its tag, except that Python jieba uses the new tag if there is one.
    ///
    /// # Panics
    /// If there are more than 65,535 different tags.
    pub(crate) fn add(&mut self, word: &str, frequency: u64, tag: Option<&str>) {
        let old = self.value_of(word);
        let old_frequency = self.tables.frequencies[old as usize];
        let new_tag = tag.map(|tag| self.tag_number(tag));
        let kept_tag =
            if old == 0 { new_tag.unwrap_or(0) } else { self.tables.value_tags[old as usize] };
        let python_tag = new_tag.filter(|&tag| tag != 0).or(match old {
            0 => None,
            _ => Some(self.tag_of_value(old, Compat::Python)),
        });
        let value = self.added.value(&mut self.tables, frequency, kept_tag, python_tag);
        self.overlay.add(&mut self.tables, word, value);
        if frequency == 0 {
            self.added.forbidden.insert(word.to_owned());
        }
        let [jieba_rs, python] = &mut self.totals;
        *jieba_rs = jieba_rs.wrapping_add(frequency).wrapping_sub(old_frequency);
        *python = python.wrapping_add(frequency);
        self.log_totals = self.totals.map(|total| (total as f64).ln());
    }

    /// Moves the added words into the tables, so that cutting a text does not take longer the more
    /// of them there are.
    ///
    /// # Errors
    /// The tables cannot hold the words. Then nothing has changed.
    pub(crate) fn merge(&mut self) -> Result<(), LimitExceeded> {
        if self.overlay.is_empty() {
            return Ok(());
        }
        merge::merge(&mut self.tables, self.overlay.nodes()).map_err(LimitExceeded)?;
        let is_absent =
            |node: &Node| node.value != 0 && self.tables.frequencies[node.value as usize] == 0;
        self.has_absent |= self.overlay.nodes().iter().any(is_absent);
        self.overlay = Overlay::default();
        self.gap_tags = GapTags::new(&self.tables);
        Ok(())
    }

    /// The number of words in the tables.
    pub fn word_count(&self) -> usize {
        let Tables { single_value, units, outside, .. } = &self.tables;
        let singles = single_value.iter().filter(|&&value| value != 0).count();
        let longer = units.iter().filter(|&&unit| value(unit) != 0).count();
        singles + longer + outside.len()
    }

    fn tag_number(&mut self, tag: &str) -> u16 {
        let tags = &self.tables.tags;
        let number = tags.iter().position(|known| known == tag).unwrap_or_else(|| {
            self.tables.tags.to_mut().push(Cow::Owned(tag.to_owned()));
            self.tables.tags.len() - 1
        });
        u16::try_from(number).expect("fewer than 65,536 different tags")
    }

    /// The name of a tag.
    pub(crate) fn tag_name(&self, tag: Tag) -> &str {
        &self.tables.tags[usize::from(tag.0)]
    }

    /// The tag of the words that have this value, a number for frequency and tag. The value must
    /// not be 0, which means "no word".
    pub(crate) fn tag_of_value(&self, value: u32, compat: Compat) -> u16 {
        if compat == Compat::Python
            && let Some(tag) = self.added.python_tag(value)
        {
            return tag.unwrap_or(UNKNOWN_TAG);
        }
        self.tables.value_tags[value as usize]
    }

    /// The value of a word (the number for its frequency and tag), or 0 if it is not in the
    /// dictionary.
    pub(crate) fn value_of(&self, word: &str) -> u32 {
        match self.overlay.value_of(word) {
            0 => self.value_in_tables(word),
            value => value,
        }
    }

    /// The value of a sequence of characters in a piece of text as an edge: an added word, or a word
    /// of three or more characters. If `zero_is_absent` is set, words with frequency zero do not
    /// count, and value 0 says that a word of one character is removed.
    pub(crate) fn value_of_edge(
        &self,
        text: &str,
        length: usize,
        zero_is_absent: bool,
    ) -> Option<u32> {
        let value = match self.overlay.value_of(text) {
            0 if length < 3 => 0,
            0 => self.value_in_tables(text),
            value => value,
        };
        let is_absent = zero_is_absent && self.tables.frequencies[value as usize] == 0;
        match value {
            0 => None,
            _ if is_absent => (length == 1).then_some(0),
            value => Some(value),
        }
    }

    fn value_in_tables(&self, word: &str) -> u32 {
        let tables = &self.tables;
        if !word.chars().any(|character| tables.codes.get(character) == 0) {
            return self.node(word).map_or(0, |(_, value)| value);
        }
        let index = tables.outside.binary_search_by(|(known, _)| (**known).cmp(word));
        index.map_or(0, |index| tables.outside[index].1)
    }

    /// The base and the value of the trie node for `word`, which may also be only the beginning of
    /// words. Looks only in the tables, not among the added words.
    fn node(&self, word: &str) -> Option<(u32, u32)> {
        let tables = &self.tables;
        let mut codes = word.chars().map(|character| tables.codes.get(character));
        let first = usize::from(codes.next()?);
        let first = (tables.first[first], tables.single_value[first]);
        codes.try_fold(first, |(parent, _), code| {
            let unit = child(&tables.units, parent, code);
            (unit & LABEL_MASK == u64::from(code)).then(|| (base(unit), value(unit)))
        })
    }

    /// Whether a word of the dictionary begins with `word`. If `word` itself is a word, it counts
    /// only if it was added.
    pub(crate) fn begins_words(&self, word: &str) -> bool {
        let outside = &self.tables.outside;
        let after = outside.partition_point(|(known, _)| **known <= *word);
        self.overlay.begins_words(word)
            || self.node(word).is_some_and(|(children, _)| children != 0)
            || outside.get(after).is_some_and(|(known, _)| known.starts_with(word))
    }
}

/// The tags of tokens that are gaps, or single ASCII characters that are no words, indexed by the
/// first byte of the token. If this byte does not determine the tag, the entry is
/// [`GapTags::LOOK_UP`].
#[derive(Clone, Debug)]
pub(crate) struct GapTags(pub [u16; 256]);

impl GapTags {
    /// In place of a tag: the first byte of the token does not determine its tag, because the token
    /// begins with a digit or may be a word.
    pub const LOOK_UP: u16 = u16::MAX;

    /// The tags for a dictionary with these tables.
    fn new(tables: &Tables) -> Self {
        let mut tags = [UNKNOWN_TAG; 256];
        tags[usize::from(b'0')..=usize::from(b'9')].fill(Self::LOOK_UP);
        tags[usize::from(b'A')..=usize::from(b'Z')].fill(LATIN_TAG);
        tags[usize::from(b'a')..=usize::from(b'z')].fill(LATIN_TAG);
        for (word, _) in tables.outside.iter() {
            tags[usize::from(word.as_bytes()[0])] = Self::LOOK_UP;
        }
        Self(tags)
    }
}
