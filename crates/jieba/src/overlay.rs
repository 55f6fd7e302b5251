//! Words that a caller added to a dictionary. They form a small trie of their own. The words that
//! this trie finds in a text are merged with those that the dictionary finds. So adding a word does
//! not rebuild the tables of the dictionary.
//!
//! The more words the trie has, the longer a look-up takes. So many words are moved from it into the
//! tables (see [`super::merge`]).

use super::builder::codes::{DIGITS_START, LETTERS_END};
use super::builder::layout::ABSENT;
use super::piece::{Characters, Edge, Words};
use super::tables::Tables;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Added words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// The child of each node for each character. Node 0 is the root.
    children: FxHashMap<(u32, char), u32>,
    /// The nodes, parents before children. There are none if there are no words.
    nodes: Vec<Node>,
    /// Indexed by the code of a character: whether an added word may begin with this character.
    begins: Vec<bool>,
}

/// A node of the trie of added words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// The index of the parent. The root is its own parent.
    pub parent: u32,
    /// The character that leads from the parent to this node.
    pub character: char,
    /// The value of the word that ends at this node, or 0 if none does. (A value is a number that
    /// stands for a frequency and a tag.)
    pub value: u32,
}

impl Overlay {
    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes, parents before children. The first one is the root.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether a word may begin with an ASCII letter or digit.
    pub fn has_latin(&self) -> bool {
        let letters = usize::from(DIGITS_START)..usize::from(LETTERS_END);
        self.begins.get(letters).is_some_and(|begins| begins.contains(&true))
    }

    /// Adds a word with this value, or replaces its value.
    pub fn add(&mut self, tables: &mut Tables, word: &str, value: u32) {
        if self.is_empty() {
            self.nodes.push(Node { parent: 0, character: '\0', value: 0 });
            self.begins = vec![false; tables.codes.len()];
        }
        let mut node = 0;
        for character in word.chars() {
            let fresh = self.nodes.len() as u32;
            let child = *self.children.entry((node, character)).or_insert(fresh);
            if child == fresh {
                self.nodes.push(Node { parent: node, character, value: 0 });
            }
            node = child;
        }
        self.nodes[node as usize].value = value;
        if let Some(first) = word.chars().next() {
            let code = usize::from(tables.codes.get(first));
            self.begins[code] = true;
            let is_marked = tables.single_log[code].to_bits() == ABSENT.to_bits();
            if tables.single_value[code] == 0 && code != 0 && !is_marked {
                tables.single_log.to_mut()[code] = ABSENT;
            }
        }
    }

    /// The value of a word, or 0 if it is not there.
    pub fn value_of(&self, word: &str) -> u32 {
        self.node(word).map_or(0, |node| self.nodes[node as usize].value)
    }

    /// Whether a word begins with `word` or equals it.
    pub fn begins_words(&self, word: &str) -> bool {
        self.node(word).is_some()
    }

    fn node(&self, word: &str) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        word.chars().try_fold(0, |node, character| self.children.get(&(node, character)).copied())
    }

    /// Finds the added words that begin at the characters `range` of a piece of text and merges them
    /// into `pairs` and `edges` of `words`. Added words of one and two characters become edges too.
    /// If `zero_is_absent` is set, added words with frequency zero are removed from `words` instead.
    /// For a word of one character, an edge with value 0 says that the word is removed.
    ///
    /// Returns false if there are more than about `words.most` added words. Then `edges` has none of
    /// them.
    pub fn apply(
        &self,
        tables: &Tables,
        text: &str,
        range: Range<usize>,
        zero_is_absent: bool,
        characters: &Characters,
        words: &mut Words,
    ) -> bool {
        let Characters { codes, offsets } = characters;
        let Words { pairs, edges, most, added, merged } = words;
        added.clear();
        for from in range {
            if !self.begins[usize::from(codes[from])] {
                continue;
            }
            if added.len() > *most {
                return false;
            }
            let (mut node, mut at) = (0, from);
            for character in text[offsets[from] as usize..].chars() {
                if codes[at] == 0 {
                    break;
                }
                let Some(&child) = self.children.get(&(node, character)) else { break };
                (node, at) = (child, at + 1);
                let mut value = self.nodes[node as usize].value;
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
            return true;
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
        true
    }
}

/// The values that were made for added words, and what Python jieba knows of these words. They stay
/// when the words move into the tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddedValues {
    /// What a value stands for: the frequency, the tag, and Python jieba's tag.
    known: FxHashMap<(u64, u16, Option<u16>), u32>,
    /// The lowest value that was made for an added word, if there is one.
    first: Option<u32>,
    /// Indexed by value minus `first`: the tag that Python jieba gives to words with this value, if
    /// any.
    python_tags: Vec<Option<u16>>,
    /// Words that were added with frequency zero. Python jieba's hidden Markov model must not find
    /// them.
    pub forbidden: FxHashSet<String>,
}

impl AddedValues {
    /// What a compiled dictionary says of the words that were added before it was compiled: the
    /// lowest value that was made for them, Python jieba's tag for each value from there on, and
    /// the words with frequency zero.
    pub fn from_parts(
        first: u32,
        python_tags: Vec<Option<u16>>,
        forbidden: FxHashSet<String>,
    ) -> Self {
        let first = (!python_tags.is_empty()).then_some(first);
        Self { known: FxHashMap::default(), first, python_tags, forbidden }
    }

    /// The lowest value that was made for an added word, and Python jieba's tag for each value from
    /// there on.
    pub fn python_tags(&self) -> (u32, &[Option<u16>]) {
        (self.first.unwrap_or(0), &self.python_tags)
    }

    /// The value that stands for this frequency and these tags.
    pub fn value(
        &mut self,
        tables: &mut Tables,
        frequency: u64,
        tag: u16,
        python_tag: Option<u16>,
    ) -> u32 {
        *self.known.entry((frequency, tag, python_tag)).or_insert_with(|| {
            let value = tables.logs.len() as u32;
            tables.logs.to_mut().push((frequency as f64).ln());
            tables.frequencies.to_mut().push(frequency);
            tables.value_tags.to_mut().push(tag);
            self.first.get_or_insert(value);
            self.python_tags.push(python_tag);
            value
        })
    }

    /// The tag that Python jieba gives to words with this value. The outer `None` means that the
    /// value does not belong to an added word. The inner `None` means that the word has no tag.
    pub fn python_tag(&self, value: u32) -> Option<Option<u16>> {
        let index = value.checked_sub(self.first?)?;
        self.python_tags.get(index as usize).copied()
    }
}
