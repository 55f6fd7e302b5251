//! A piece of text with its characters and the dictionary words in it. The modes (exact, search and
//! full) turn it into tokens.

use super::tables::Tables;

/// A word of three or more characters, or an added word of any length, at its position in a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Index of the word's first character in the piece.
    pub from: u32,
    /// The word's length in characters.
    pub length: u32,
    /// The word's value: a number that stands for its frequency and tag.
    pub value: u32,
}

/// The number of extra entries at the end of each array. Passes that handle many characters at a
/// time read and write beyond the last character.
const SLACK: usize = 80;

/// The length of an array that has an entry for each of this many characters, and extra entries.
pub(crate) fn size_for(characters: usize) -> usize {
    (characters + SLACK).next_multiple_of(1024)
}

/// The characters of a piece.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    /// Indexed by the character's position: its code (its number in the dictionary). At least three
    /// zeros follow the last code, up to a multiple of 64.
    pub codes: Vec<u16>,
    /// Indexed by the character's position: its byte offset in the text. After the offset of the
    /// last character comes that of the end of the piece.
    pub offsets: Vec<u32>,
}

impl Characters {
    /// Makes room for this many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.codes.len() < size {
            self.codes.resize(size, 0);
            self.offsets.resize(size, 0);
        }
    }
}

/// The dictionary words in a piece.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Indexed by the character's position: the value of the two-character word that begins at this
    /// character, or 0 if there is no such word.
    pub pairs: Vec<u32>,
    /// Longer words and added words, ordered by first character and then by length.
    pub edges: Vec<Edge>,
    /// If there are more than about so many edges, not all of them are found.
    pub most: usize,
    /// The words in the piece that a caller added to the dictionary.
    pub added: Vec<Edge>,
    /// A buffer for merging `added` into `edges`.
    pub merged: Vec<Edge>,
}

impl Words {
    /// Makes room for the words of this many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.pairs.len() < size {
            self.pairs.resize(size, 0);
        }
    }
}

/// Two lists of numbers that several passes use, one pass after the other. Because the passes share
/// the lists, these stay in the L1 cache.
#[derive(Debug, Default)]
pub(crate) struct WorkLists {
    /// The pass `scan` lists here the Latin words that it reads as one character, `matches` the
    /// characters at which it must look for longer words, and later passes the positions of set
    /// bits.
    pub left: Vec<u32>,
    /// The pass `matches` lists here the characters at which it must look up a two-character word
    /// in the double array, and `tags` the tokens whose tag it must look up.
    pub rare: Vec<u32>,
}

impl WorkLists {
    /// Makes room for the lists of this many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.left.len() < size {
            self.left.resize(size, 0);
            self.rare.resize(size, 0);
        }
    }
}

/// A piece of text after the passes that all modes share. [`Characters`] and [`Words`] describe the
/// fields.
pub(crate) struct Piece<'a> {
    pub text: &'a str,
    pub codes: &'a [u16],
    pub offsets: &'a [u32],
    pub pairs: &'a [u32],
    /// The codes, padded with zeros to a multiple of 64.
    pub padded_codes: &'a [u16],
    pub edges: &'a [Edge],
    /// Given if there were too many edges, so that `edges` is empty: returns the value of the edge
    /// from one character to another.
    pub look_up: Option<&'a dyn Fn(usize, usize) -> Option<u32>>,
    pub tables: &'a Tables,
}

impl Piece<'_> {
    /// The number of characters.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// The text of characters `from..to`.
    #[inline]
    pub fn text(&self, from: usize, to: usize) -> &str {
        &self.text[self.offsets[from] as usize..self.offsets[to] as usize]
    }

    /// Returns where the token ends that begins at the gap `from`, a character outside all blocks.
    /// CR and LF together are one token.
    #[inline(always)]
    pub fn end_of_gap_token(&self, from: usize) -> usize {
        let at = self.offsets[from] as usize;
        let line_end = self.text.as_bytes()[at..].starts_with(b"\r\n");
        from + 1 + usize::from(line_end && from + 1 < self.len())
    }

    /// The value of the word that characters `from..to` form, or 0 if they form none. They must be
    /// in one block. For `cursor` see [`Self::edge`].
    #[inline]
    pub fn value(&self, from: usize, to: usize, cursor: &mut usize) -> u32 {
        match to - from {
            1 => match self.edge(from, 1, cursor) {
                Some(value) => value,
                None => self.tables.single_value[usize::from(self.codes[from])],
            },
            2 => self.pairs[from],
            length => self.edge(from, length, cursor).unwrap_or(0),
        }
    }

    /// The value of the edge of `length` characters that begins at `from`. `cursor` must be 0 before
    /// the first call. It remembers the place in `edges` from call to call, so `from` must not
    /// decrease.
    #[inline]
    pub fn edge(&self, from: usize, length: usize, cursor: &mut usize) -> Option<u32> {
        if let Some(look_up) = self.look_up {
            return look_up(from, from + length);
        }
        let edge = self.edges_at(from, cursor).find(|edge| edge.length as usize == length);
        edge.map(|edge| edge.value)
    }

    /// The edges in the list `edges` that begin at `from`. For `cursor` see [`Self::edge`].
    #[inline]
    pub fn edges_at(&self, from: usize, cursor: &mut usize) -> impl Iterator<Item = &Edge> {
        while self.edges.get(*cursor).is_some_and(|edge| (edge.from as usize) < from) {
            *cursor += 1;
        }
        self.edges[*cursor..].iter().take_while(move |edge| edge.from as usize == from)
    }
}
