//! Tokens and their parts of speech.

/// A part of speech; `tag_name` of the core that gave it tells its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub(crate) u16);

/// A token: a range of bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it begins.
    pub start: u32,
    /// Where it ends; Python's full mode has empty tokens.
    pub end: u32,
    /// Its part of speech, if tags were asked for.
    pub tag: Tag,
}

/// Whether a token is the end of a line, LF or CRLF. No other token contains an LF.
pub fn ends_line(token: &[u8]) -> bool {
    token.last() == Some(&b'\n')
}

/// Numbers in every dictionary's list of tags: of `x`, what cannot be guessed, of `m`, numbers, and of
/// `eng`, words of Latin letters.
pub(crate) const UNKNOWN_TAG: u16 = 1;
pub(crate) const NUMBER_TAG: u16 = 2;
pub(crate) const LATIN_TAG: u16 = 3;
