//! A piece of text whose characters, words and best route are known: what the modes read.

use super::tables::Tables;

/// A word of three or more characters (or one that was added by the user), as the characters of a
/// piece it spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Its first character.
    pub from: u32,
    /// How many characters it has.
    pub length: u32,
    /// Its value.
    pub value: u32,
}

/// Entries after the last character's, which passes of many characters at a time overwrite or read.
const SLACK: usize = 80;

/// How long arrays are that have an entry for each of so many characters.
pub(crate) fn size_for(characters: usize) -> usize {
    (characters + SLACK).next_multiple_of(1024)
}

/// The characters of a piece.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    /// By character: its code. Three zeros follow the last, and more up to a multiple of 64.
    pub codes: Vec<u16>,
    /// By character: where it begins in the text. The piece's end follows.
    pub offsets: Vec<u32>,
}

impl Characters {
    /// Makes room for so many.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.codes.len() < size {
            self.codes.resize(size, 0);
            self.offsets.resize(size, 0);
        }
    }
}

/// The words of the dictionary that are in a piece.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// By character: the value of the two-character word that begins here.
    pub pairs: Vec<u32>,
    /// Longer words, ascending by first character and length.
    pub edges: Vec<Edge>,
    /// Words of the overlay, and room for merging words into `edges`.
    pub added: Vec<Edge>,
    pub merged: Vec<Edge>,
}

impl Words {
    /// Makes room for those of so many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.pairs.len() < size {
            self.pairs.resize(size, 0);
        }
    }
}

/// Room for lists of characters or tokens, lent to one pass after the other: so they stay in the first
/// cache.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// While characters are read: places of Latin words. While words are looked up: the characters where
    /// longer words are left to look for. Later the places of set bits.
    pub left: Vec<u32>,
    /// While words are looked up: the characters whose pair is left to look at. Later the tokens whose
    /// tag is.
    pub rare: Vec<u32>,
}

impl Room {
    /// Makes room for those of so many characters.
    pub fn grow(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.left.len() < size {
            self.left.resize(size, 0);
            self.rare.resize(size, 0);
        }
    }
}

/// A piece after the passes that all modes share; see [`Characters`] and [`Words`] for the fields.
pub(crate) struct Piece<'a> {
    pub text: &'a str,
    pub codes: &'a [u16],
    pub offsets: &'a [u32],
    pub pairs: &'a [u32],
    /// The codes with zeros after them, up to a multiple of 64.
    pub padded_codes: &'a [u16],
    pub edges: &'a [Edge],
    pub tables: &'a Tables,
}

impl Piece<'_> {
    /// How many characters it has.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// The text of characters `from..to`.
    #[inline]
    pub fn text(&self, from: usize, to: usize) -> &str {
        &self.text[self.offsets[from] as usize..self.offsets[to] as usize]
    }

    /// The end of the token that begins at `from`, a character that is in no block: CR and LF are
    /// one token.
    #[inline(always)]
    pub fn end_of_gap_token(&self, from: usize) -> usize {
        let at = self.offsets[from] as usize;
        let line_end = self.text.as_bytes()[at..].starts_with(b"\r\n");
        from + 1 + usize::from(line_end && from + 1 < self.len())
    }

    /// The value of the word of characters `from..to` of one block, or 0. `cursor` is that of
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

    /// The edge of `length` characters that begins at `from`. `cursor` begins as 0 and follows
    /// `from`, which may only grow from call to call.
    #[inline]
    pub fn edge(&self, from: usize, length: usize, cursor: &mut usize) -> Option<&Edge> {
        self.edges_at(from, cursor).find(|edge| edge.length as usize == length)
    }

    /// The edges that begin at `from`, with a cursor as above.
    #[inline]
    pub fn edges_at(&self, from: usize, cursor: &mut usize) -> impl Iterator<Item = &Edge> {
        while self.edges.get(*cursor).is_some_and(|edge| (edge.from as usize) < from) {
            *cursor += 1;
        }
        self.edges[*cursor..].iter().take_while(move |edge| edge.from as usize == from)
    }
}
