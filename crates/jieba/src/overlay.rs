//! Words that a caller added to a dictionary. They form a small trie of their own, and its matches
//! are merged with those of the dictionary. So adding takes time for the added words only.

use super::builder::codes::{DIGITS_START, LETTERS_END};
use super::builder::layout::ABSENT;
use super::piece::{Characters, Edge, Words};
use super::tables::Tables;
use std::collections::{HashMap, HashSet};

/// Added words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// The child of a node by a character. Node 0 is the root.
    children: HashMap<(u32, char), u32>,
    /// By node: the value of the word that ends here, or 0.
    values: Vec<u32>,
    /// By code: whether an added word may begin with this character.
    begins: Vec<bool>,
    /// Values made for added words, by frequency, tag and Python jieba's tag.
    known: HashMap<(u64, u16, Option<u16>), u32>,
    /// The first of these values.
    first_value: u32,
    /// By value, from `first_value` on: the tag that Python jieba gives.
    python_tags: Vec<Option<u16>>,
    /// Words with frequency zero. Python jieba's model must not find them.
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

    /// Adds a word, or replaces it.
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

    /// The value of an added word, or 0.
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
    /// value does not belong to an added word.
    pub fn python_tag(&self, value: u32) -> Option<Option<u16>> {
        if self.is_empty() || value < self.first_value {
            return None;
        }
        self.python_tags.get((value - self.first_value) as usize).copied()
    }

    /// Finds the added words in a piece and merges them into its `pairs` and `edges`. Added words
    /// of one and two characters become edges too. With `zero_is_absent`, words with frequency zero
    /// are removed from the piece. For a single character, an edge with value 0 says that it is
    /// removed.
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
