//! Words that a caller added to a dictionary. They form a small trie of their own. The words that
//! this trie finds in a text are merged with those that the dictionary finds. So adding a word does
//! not rebuild the tables of the dictionary.

use super::builder::codes::{DIGITS_START, LETTERS_END};
use super::builder::layout::ABSENT;
use super::piece::{Characters, Edge, Words};
use super::tables::Tables;
use std::collections::{HashMap, HashSet};

/// Added words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// The trie: the child of each node for each character. Node 0 is the root.
    children: HashMap<(u32, char), u32>,
    /// Indexed by node: the value of the word that ends at this node, or 0 if none does. (A value
    /// is a number that stands for a frequency and a tag.)
    values: Vec<u32>,
    /// Indexed by the code of a character: whether an added word may begin with this character.
    begins: Vec<bool>,
    /// The values that were made for added words. A key is what the value stands for: the
    /// frequency, the tag, and Python jieba's tag.
    known: HashMap<(u64, u16, Option<u16>), u32>,
    /// The lowest value that was made for an added word.
    first_value: u32,
    /// Indexed by value minus `first_value`: the tag that Python jieba gives to words with this
    /// value, if any.
    python_tags: Vec<Option<u16>>,
    /// Words that were added with frequency zero. Python jieba's hidden Markov model must not find
    /// them.
    pub forbidden: HashSet<String>,
}

impl Overlay {
    /// Whether no word was added.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether an added word may begin with an ASCII letter or digit.
    pub fn has_latin(&self) -> bool {
        let letters = usize::from(DIGITS_START)..usize::from(LETTERS_END);
        self.begins.get(letters).is_some_and(|begins| begins.contains(&true))
    }

    /// Adds a word, or replaces it if it was added before.
    pub fn add(
        &mut self,
        tables: &mut Tables,
        word: &str,
        frequency: u64,
        tag: u16,
        python_tag: Option<u16>,
    ) {
        if self.is_empty() {
            self.values.push(0);
            self.begins = vec![false; tables.codes.len()];
            self.first_value = tables.logs.len() as u32;
        }
        let mut node = 0;
        for character in word.chars() {
            let fresh = self.values.len() as u32;
            node = *self.children.entry((node, character)).or_insert(fresh);
            if node == fresh {
                self.values.push(0);
            }
        }
        if let Some(first) = word.chars().next() {
            let code = usize::from(tables.codes.get(first));
            self.begins[code] = true;
            if tables.single_value[code] == 0 && code != 0 {
                tables.single_log.to_mut()[code] = ABSENT;
            }
        }
        self.values[node as usize] =
            *self.known.entry((frequency, tag, python_tag)).or_insert_with(|| {
                tables.logs.to_mut().push((frequency as f64).ln());
                tables.frequencies.to_mut().push(frequency);
                tables.value_tags.to_mut().push(tag);
                self.python_tags.push(python_tag);
                tables.logs.len() as u32 - 1
            });
        if frequency == 0 {
            self.forbidden.insert(word.to_owned());
        }
    }

    /// The value of an added word, or 0 if `word` was not added.
    pub fn value_of(&self, word: &str) -> u32 {
        self.node(word).map_or(0, |node| self.values[node as usize])
    }

    /// Whether an added word begins with `word` or equals it.
    pub fn begins_words(&self, word: &str) -> bool {
        self.node(word).is_some()
    }

    fn node(&self, word: &str) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        word.chars().try_fold(0, |node, character| self.children.get(&(node, character)).copied())
    }

    /// The tag that Python jieba gives to words with this value. The outer `None` means that the
    /// value does not belong to an added word. The inner `None` means that the word has no tag.
    pub fn python_tag(&self, value: u32) -> Option<Option<u16>> {
        if self.is_empty() || value < self.first_value {
            return None;
        }
        self.python_tags.get((value - self.first_value) as usize).copied()
    }

    /// Finds the added words in a piece of text and merges them into `pairs` and `edges` of
    /// `words`. Added words of one and two characters become edges too. If `zero_is_absent` is set,
    /// added words with frequency zero are removed from `words` instead. For a word of one
    /// character, an edge with value 0 says that the word is removed.
    pub fn apply(
        &self,
        tables: &Tables,
        text: &str,
        count: usize,
        zero_is_absent: bool,
        characters: &Characters,
        words: &mut Words,
    ) {
        let Characters { codes, offsets } = characters;
        let Words { pairs, edges, added, merged } = words;
        added.clear();
        for from in 0..count {
            if !self.begins[usize::from(codes[from])] {
                continue;
            }
            let (mut node, mut at) = (0, from);
            for character in text[offsets[from] as usize..].chars() {
                if codes[at] == 0 {
                    break;
                }
                let Some(&child) = self.children.get(&(node, character)) else { break };
                (node, at) = (child, at + 1);
                let mut value = self.values[node as usize];
                if value == 0 {
                    continue;
                }
                if zero_is_absent && tables.frequencies[value as usize] == 0 {
                    value = 0;
                }
                if at - from == 2 {
                    pairs[from] = value;
                }
                added.push(Edge { from: from as u32, length: (at - from) as u32, value });
            }
        }
        if added.is_empty() {
            return;
        }
        merged.clear();
        let mut known = edges.iter().copied().peekable();
        let key = |edge: &Edge| (edge.from, edge.length);
        for edge in added.iter() {
            while let Some(next) = known.next_if(|next| key(next) < key(edge)) {
                merged.push(next);
            }
            let _ = known.next_if(|next| key(next) == key(edge));
            if edge.value != 0 || edge.length == 1 {
                merged.push(*edge);
            }
        }
        merged.extend(known);
        std::mem::swap(edges, merged);
    }
}
