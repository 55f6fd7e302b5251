//! Lists what is in a dictionary: its words, the tags that tokens can have, and where a word comes
//! from.

use super::builder::codes::{BMP, Codes};
use super::builder::layout::{LABEL_MASK, base, value};
use super::dictionary::Dictionary;
use super::options::Compat;
use super::tags::posseg;
use super::token::{LATIN_TAG, NUMBER_TAG, Tag, UNKNOWN_TAG};

/// A word of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The word.
    pub word: String,
    /// How often it occurs.
    pub frequency: u64,
    /// The tag that jieba-rs gives to it, and that of Python jieba.
    pub tags: [&'a str; 2],
}

/// Where a word comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The dictionary as it was built.
    Base,
    /// It was added to the dictionary later, or its frequency was changed.
    Added,
    /// It is in no dictionary.
    None,
}

impl Dictionary {
    /// The words in the tables, in the order of their bytes.
    pub fn words(&self) -> Vec<Listed<'_>> {
        let tables = &self.tables;
        let mut words = Vec::with_capacity(self.word_count());
        let mut add = |word: String, value: u32| {
            let tag = |compat| self.tag_name(Tag(self.tag_of_value(value, compat)));
            let tags = [tag(Compat::JiebaRs), tag(Compat::Python)];
            words.push(Listed { word, frequency: tables.frequencies[value as usize], tags });
        };
        let characters = characters(&tables.codes);
        // No two nodes share a base. So the units of a node's children are those whose indices,
        // less their labels, are its base.
        let children = (0u32..).zip(&*tables.units).filter_map(|(index, unit)| {
            let label = (unit & LABEL_MASK) as u32;
            (label != 0).then(|| (index.wrapping_sub(label), index))
        });
        let mut children: Vec<(u32, u32)> = children.collect();
        children.sort_unstable();
        let mut open = Vec::new();
        for (code, (&base, &value)) in tables.first.iter().zip(&*tables.single_value).enumerate() {
            let word = String::from(characters[code]);
            if value != 0 {
                add(word.clone(), value);
            }
            open.push((word, base));
        }
        while let Some((word, parent)) = open.pop() {
            let from = children.partition_point(|child| child.0 < parent);
            for &(_, index) in children[from..].iter().take_while(|child| child.0 == parent) {
                let unit = tables.units[index as usize];
                let longer = format!("{word}{}", characters[(unit & LABEL_MASK) as usize]);
                if value(unit) != 0 {
                    add(longer.clone(), value(unit));
                }
                // Base 0 means that there are no children.
                if base(unit) != 0 {
                    open.push((longer, base(unit)));
                }
            }
        }
        for (word, value) in tables.outside.iter() {
            add(word.clone().into_owned(), *value);
        }
        words.sort_unstable_by(|a, b| a.word.cmp(&b.word));
        words
    }

    /// Sums of all frequencies, as jieba-rs and as Python jieba counts them.
    pub fn totals(&self) -> [u64; 2] {
        self.totals
    }

    /// The number of words that were added with frequency zero.
    pub fn forbidden_count(&self) -> usize {
        self.added.forbidden.len()
    }

    /// Where a word comes from.
    pub(crate) fn origin(&self, word: &str) -> Origin {
        match self.value_of(word) {
            0 => Origin::None,
            value if self.added.python_tag(value).is_some() => Origin::Added,
            _ => Origin::Base,
        }
    }

    /// Indexed by [`Tag::index`]: whether a token can have the tag. The words can give it, or the
    /// model, or the rules for words of letters and digits.
    pub(crate) fn tags_in_use(&self) -> Vec<bool> {
        let tables = &self.tables;
        let mut used = vec![false; tables.tags.len()];
        let of_python = self.added.python_tags().1.iter().flatten();
        let of_words = tables.value_tags.iter().skip(1).chain(of_python);
        let guessed = [UNKNOWN_TAG, NUMBER_TAG, LATIN_TAG];
        for tag in of_words.chain(posseg::tags()).chain(&guessed) {
            used[usize::from(*tag)] = true;
        }
        used
    }
}

/// The characters, indexed by their codes. A code that no character has for itself gives U+FFFD.
fn characters(codes: &Codes) -> Vec<char> {
    let mut characters = vec!['\u{fffd}'; codes.len()];
    let points = (0..BMP as u32).zip(&*codes.bmp);
    for (point, &code) in points.chain(codes.astral.iter().copied().zip(&*codes.astral_codes)) {
        if let (Some(character), 2..) = (char::from_u32(point), code) {
            characters[usize::from(code)] = character;
        }
    }
    characters
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::jieba::Core;

    #[test]
    fn the_words_of_a_dictionary_are_those_that_made_it() {
        let words = [
            ("北京", 5, "ns"),
            ("北京大学", 3, "nt"),
            ("北", 7, "f"),
            ("γ射线", 2, "n"),
            ("T恤", 4, "n"),
            ("𠀀𠀁", 6, ""),
            ("𠀁", 0, "x"),
            ("c++", 9, "eng"),
        ];
        let mut core = Core::from_words(words).unwrap();
        core.add_word("京北", Some(8), Some("new"));
        core.add_word("北京", Some(1), Some("other"));
        core.add_word("𠀂", Some(2), None);
        core.merge_added_words().unwrap();
        let dictionary = core.into_dictionary();
        let mut expected: BTreeMap<&str, (u64, [&str; 2])> =
            words.iter().map(|&(word, frequency, tag)| (word, (frequency, [tag; 2]))).collect();
        expected.insert("京北", (8, ["new"; 2]));
        expected.insert("北京", (1, ["ns", "other"]));
        expected.insert("𠀂", (2, ["", "x"]));
        let listed = dictionary.words();
        let listed = listed.iter().map(|word| (&*word.word, (word.frequency, word.tags)));
        assert!(listed.eq(expected));
    }

    #[test]
    fn the_built_in_dictionary_has_as_many_words_as_it_lists() {
        let dictionary = Core::new().into_dictionary();
        let words = dictionary.words();
        assert_eq!(words.len(), dictionary.word_count());
        let is_found = |listed: &Listed<'_>| dictionary.origin(&listed.word) == Origin::Base;
        assert!(words.iter().all(is_found));
        assert!(words.windows(2).all(|two| two[0].word < two[1].word));
    }

    #[test]
    fn only_tags_that_a_token_can_have_are_in_use() {
        let mut core = Core::from_words([("北京", 5, "place")]).unwrap();
        core.add_word("京北", Some(8), Some("other"));
        let used = core.dictionary.tags_in_use();
        let is_used = |name: &str| {
            let mut tags = core.tag_names().zip(&used);
            tags.find(|(tag, _)| *tag == name).map(|(_, used)| *used)
        };
        for name in ["place", "other", "x", "m", "eng", "nr"] {
            assert_eq!(is_used(name), Some(true), "{name}");
        }
        // Every dictionary has the empty tag in its list, but no word of this one has it.
        assert_eq!(is_used(""), Some(false));
        assert_eq!(is_used("nn"), None);
    }
}
