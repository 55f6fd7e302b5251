//! A piece of text with its characters, words and best route. The modes read it.

use super::tables::Tables;

/// A word of three or more characters, or an added word of any length, at its position in a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Index of its first character in the piece.
    pub from: u32,
    /// Its length in characters.
    pub length: u32,
    /// Its value.
    pub value: u32,
}

/// Extra entries at the end of each array. Passes that handle many characters at a time read and
/// write beyond the last character.
const SLACK: usize = 80;

/// The length of an array with an entry for each of so many characters.
pub(crate) fn size_for(characters: usize) -> usize {
    (characters + SLACK).next_multiple_of(1024)
}

/// The characters of a piece.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    /// By character: its code. At least three zeros follow the last one, up to a multiple of 64.
    pub codes: Vec<u16>,
    /// By character: its byte offset in the text. The offset of the end of the piece follows.
    pub offsets: Vec<u32>,
}

impl Characters {
    /// Makes room for so many characters.
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
    /// By character: the value of the two-character word that begins here, or 0.
    pub pairs: Vec<u32>,
    /// Longer words, ordered by first character and then by length.
    pub edges: Vec<Edge>,
    /// Words of the overlay, and a buffer for merging words into `edges`.
    pub added: Vec<Edge>,
    pub merged: Vec<Edge>,
}

impl Words {
    /// Makes room for the words of so many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.pairs.len() < size {
            self.pairs.resize(size, 0);
        }
    }
}

/// Two lists of numbers that the passes use in turn. Sharing them keeps them in the L1 cache.
#[derive(Debug, Default)]
pub(crate) struct WorkLists {
    /// `scan` lists the joined Latin words here, `matches` the characters at which to look for
    /// longer words, and later passes the positions of set bits.
    pub left: Vec<u32>,
    /// `matches` lists the characters here whose pair it must look up in the array, and `tags` the
    /// tokens whose tag it must look up.
    pub rare: Vec<u32>,
}

impl WorkLists {
    /// Makes room for the lists of so many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.left.len() < size {
            self.left.resize(size, 0);
            self.rare.resize(size, 0);
        }
    }
}

/// A piece after the passes that all modes share. [`Characters`] and [`Words`] describe the fields.
pub(crate) struct Piece<'a> {
    pub text: &'a str,
    pub codes: &'a [u16],
    pub offsets: &'a [u32],
    pub pairs: &'a [u32],
    /// The codes, padded with zeros to a multiple of 64.
    pub padded_codes: &'a [u16],
    pub edges: &'a [Edge],
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

    /// Where the token ends that begins at `from`, which is a gap. CR and LF together are one
    /// token.
    #[inline(always)]
    pub fn end_of_gap_token(&self, from: usize) -> usize {
        let at = self.offsets[from] as usize;
        let line_end = self.text.as_bytes()[at..].starts_with(b"\r\n");
        from + 1 + usize::from(line_end && from + 1 < self.len())
    }

    /// The value of the word that characters `from..to` of one block form, or 0. For `cursor` see
    /// [`Self::edge`].
    #[inline]
    pub fn value(&self, from: usize, to: usize, cursor: &mut usize) -> u32 {
        match to - from {
            1 => match self.edge(from, 1, cursor) {
                Some(edge) => edge.value,
                None => self.tables.single_value[usize::from(self.codes[from])],
            },
            2 => self.pairs[from],
            length => self.edge(from, length, cursor).map_or(0, |edge| edge.value),
        }
    }

    /// The edge of `length` characters that begins at `from`. `cursor` starts as 0. It follows
    /// `from`, which must not decrease from call to call.
    #[inline]
    pub fn edge(&self, from: usize, length: usize, cursor: &mut usize) -> Option<&Edge> {
        self.edges_at(from, cursor).find(|edge| edge.length as usize == length)
    }

    /// The edges that begin at `from`. For `cursor` see [`Self::edge`].
    #[inline]
    pub fn edges_at(&self, from: usize, cursor: &mut usize) -> impl Iterator<Item = &Edge> {
        while self.edges.get(*cursor).is_some_and(|edge| (edge.from as usize) < from) {
            *cursor += 1;
        }
        self.edges[*cursor..].iter().take_while(move |edge| edge.from as usize == from)
    }
}
