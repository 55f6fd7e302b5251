//! Tells files that are no text, such as programs and pictures, from text. Otherwise their bytes
//! would be printed as if they were words.

use crate::marks::{is_utf_16, is_utf_32};

/// How many bytes at the beginning of a file are looked at.
pub(super) const SAMPLE: usize = 8 << 10;
/// A file is no text if more than one byte in this many is a control character. Compressed data has
/// 1 in 14, and UTF-16 about 1 in 25.
const FEW: usize = 64;

/// Looks at the first bytes of a file, as they are read.
#[derive(Debug, Default)]
pub(super) struct TextCheck {
    seen: usize,
    controls: usize,
}

/// What is known about a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is a text.
    Text,
    /// It can be a text; more bytes are to be looked at.
    Perhaps,
    /// It is no text.
    Binary,
    /// It begins with a byte order mark of UTF-16.
    Utf16,
    /// It begins with a byte order mark of UTF-32.
    Utf32,
}

impl TextCheck {
    /// Looks at the next bytes of the file.
    pub fn look(&mut self, bytes: &[u8]) -> Verdict {
        if self.seen == 0 && is_utf_32(bytes) {
            return Verdict::Utf32;
        }
        if self.seen == 0 && is_utf_16(bytes) {
            return Verdict::Utf16;
        }
        let bytes = &bytes[..bytes.len().min(SAMPLE - self.seen)];
        self.seen += bytes.len();
        self.controls += controls(bytes);
        // One such character is never enough, however short the text is.
        if self.controls > 1 && FEW * self.controls > self.seen {
            Verdict::Binary
        } else if self.seen == SAMPLE {
            Verdict::Text
        } else {
            Verdict::Perhaps
        }
    }
}

/// The number of control characters that texts do not have. White space, backspace and ESC come in the
/// output of programs. 01 to 03 and 1C to 1F separate fields.
fn controls(bytes: &[u8]) -> usize {
    // Without branches, and with counts that fit in a byte, the compiler tests many bytes at once.
    let is_control = |byte: u8| {
        (byte == 0) | (byte.wrapping_sub(0x04) < 0x04) | (byte.wrapping_sub(0x0e) < 0x0d)
    };
    let count = |part: &[u8]| part.iter().map(|&byte| u8::from(is_control(byte))).sum::<u8>();
    bytes.chunks(128).map(|part| usize::from(count(part))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_control_character_in_64_bytes_is_no_text() {
        let text = |controls: usize, all: usize| {
            let mut text = vec![b'a'; all];
            text[..controls].fill(0);
            TextCheck::default().look(&text)
        };
        assert_eq!(text(1, 1), Verdict::Perhaps);
        assert_eq!(text(2, 127), Verdict::Binary);
        assert_eq!(text(2, 128), Verdict::Perhaps);
        assert_eq!(text(128, 1 << 20), Verdict::Text);
        assert_eq!(text(129, 1 << 20), Verdict::Binary);
    }

    #[test]
    fn white_space_and_what_separates_fields_are_no_control_characters() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let expected = [0, 4, 5, 6, 7].into_iter().chain(0x0e..=0x1a).collect::<Vec<u8>>();
        let found = all.iter().copied().filter(|&byte| controls(&[byte]) == 1).collect::<Vec<_>>();
        assert_eq!(found, expected);
        assert_eq!((controls(&all.repeat(9)), controls(&[0; 1000])), (9 * 18, 1000));
    }

    #[test]
    fn the_sample_may_come_in_pieces_and_then_ends() {
        let mut check = TextCheck::default();
        for _ in 1..SAMPLE / 64 {
            assert_eq!(check.look(&[b'a'; 64]), Verdict::Perhaps);
        }
        assert_eq!(check.look(&[[b'a'; 64], [0; 64]].concat()), Verdict::Text);
    }
}
