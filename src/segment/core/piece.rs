//! A piece of text whose characters, words and best route are known: what the modes read.

use super::tables::Tables;

/// A word of three or more characters (or one that was added by the user), as the characters of a
/// piece it spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Its first character.
    pub from: u32,
    /// How many characters it has.
    pub length: u32,
    /// Its value.
    pub value: u32,
}

/// A piece after the passes that all modes share; see `Scratch` for the fields.
pub(super) struct Piece<'a> {
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
