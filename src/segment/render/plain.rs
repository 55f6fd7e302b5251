//! Finds the words that JSON holds as they are.

/// The words of a text that are valid UTF-8 and have no byte that JSON escapes. Most texts have few
/// such bytes. So the search goes from one to the next, and not through each word.
pub(super) struct Plain<'a> {
    text: &'a [u8],
    /// Whether the text is valid UTF-8. If it is not, no word counts as plain.
    valid: bool,
    /// A range without escapes. LF does not count here: only line ends have it, and these are not
    /// written.
    start: usize,
    end: usize,
}

impl<'a> Plain<'a> {
    pub fn new(text: &'a [u8], valid: bool) -> Self {
        Self { text, valid, start: 0, end: 0 }
    }

    /// Whether JSON holds the word `start..end` as it is.
    #[inline(always)]
    pub fn contains(&mut self, start: usize, end: usize) -> bool {
        self.start <= start && end <= self.end || self.look(start, end)
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self, start: usize, end: usize) -> bool {
        if !self.valid {
            return false;
        }
        if start < self.start {
            // Words overlap in search mode and full mode. What lies behind this word is known
            // already.
            return !self.text[start..end].iter().any(|&byte| is_escaped(byte));
        }
        if start >= self.end {
            (self.start, self.end) = (start, next_escape(self.text, start));
        }
        end <= self.end
    }
}

/// The position of the first byte from `at` on that JSON escapes, other than LF, or the end of the
/// text.
fn next_escape(text: &[u8], at: usize) -> usize {
    // This looks at all bytes of a chunk and does not stop at the first hit, so that the compiler can
    // test many bytes with one instruction.
    let is_plain = |chunk: &&[u8; CHUNK]| !chunk.iter().fold(false, |hit, &b| hit | is_escaped(b));
    let (chunks, _) = text[at..].as_chunks::<CHUNK>();
    let start = at + CHUNK * chunks.iter().take_while(is_plain).count();
    text[start..].iter().position(|&byte| is_escaped(byte)).map_or(text.len(), |more| start + more)
}

/// The number of bytes that are looked at together.
const CHUNK: usize = 32;

/// Whether JSON escapes this byte, and it is not LF.
fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x09 | 0x0b..=0x1f | 0x7f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_word_is_plain_if_no_byte_of_it_is_escaped(
            text in "[a-z\"北\n]{0,20}(北{0,30}[\\u{0}\\u{1f}\\u{7f}\\\\\"\r\n\t]{0,2}){0,4}",
            words in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 1..40),
            valid: bool,
        ) {
            let mut plain = Plain::new(text.as_bytes(), valid);
            for ends in words {
                let [a, b] = ends.map(|end| end.index(text.len() + 1));
                let (start, end) = (a.min(b), a.max(b));
                let word = &text.as_bytes()[start..end];
                if word.is_empty() {
                    continue;
                }
                // LF does not count.
                let json = String::from_utf8_lossy(word).replace('\n', "-");
                let json = serde_json::to_string(&json).unwrap();
                // serde_json does not escape DEL.
                let escaped = json.contains('\\') || word.contains(&0x7f);
                prop_assert_eq!(plain.contains(start, end), valid && !escaped, "{:?}", json);
            }
        }
    }
}
