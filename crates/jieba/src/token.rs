//! Tokens and their parts of speech.

/// A part of speech. `Core::tag_name` returns its name; the core must be the one that gave this
/// tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub(crate) u16);

impl Tag {
    /// The index of the tag's name in `Core::tag_names`.
    #[inline(always)]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A token: a byte range of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The byte offset where the token begins.
    pub start: u32,
    /// The byte offset where the token ends. Tokens may be empty in Python's full mode.
    pub end: u32,
    /// The part of speech, if the options ask for tags.
    pub tag: Tag,
}

/// Whether a token is a line end, LF or CRLF. No other token contains an LF.
pub fn ends_line(token: &[u8]) -> bool {
    token.last() == Some(&b'\n')
}

/// Numbers of tags that every dictionary has: `x` (unknown), `m` (a number) and `eng` (a word of
/// Latin letters).
pub(crate) const UNKNOWN_TAG: u16 = 1;
pub(crate) const NUMBER_TAG: u16 = 2;
pub(crate) const LATIN_TAG: u16 = 3;
