//! The bytes of a text that are not valid in its encoding.

/// What happens to bytes that are not valid in the encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInvalid {
    /// Invalid bytes are passed through unchanged, and each invalid sequence becomes one token.
    /// Exceptions: each invalid sequence in UTF-16, and each one that contains an ASCII byte,
    /// becomes U+FFFD.
    Keep,
    /// Each invalid sequence becomes U+FFFD.
    Replace,
    /// A file with invalid bytes counts as failed.
    Fail,
}

/// The invalid sequences of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invalid {
    /// The number of invalid sequences.
    pub count: u64,
    /// The number of lines before the first invalid sequence.
    pub line: u64,
    /// The number of bytes of the file before the first invalid sequence.
    pub byte: u64,
    /// How many sequences became U+FFFD during decoding.
    pub replaced: u64,
}

impl Invalid {
    /// Adds invalid sequences that come later in the file.
    pub fn add(&mut self, later: Invalid) {
        if self.count == 0 {
            *self = later;
        } else {
            self.count += later.count;
            self.replaced += later.replaced;
        }
    }
}

impl Invalid {
    /// A message about the invalid sequences. `encoding` is the name of the text's encoding.
    pub fn describe(&self, encoding: &str) -> String {
        let Invalid { count, line, byte, .. } = self;
        let place = format!("line {} (byte offset {byte})", line + 1);
        match count {
            1 => format!("a byte sequence in {place} is not valid {encoding}"),
            _ => {
                format!("{count} sequences of bytes are not valid {encoding}, the first in {place}")
            }
        }
    }
}
