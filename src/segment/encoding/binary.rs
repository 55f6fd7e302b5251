//! Tells files that are no text, such as programs and pictures, from text. Otherwise their bytes
//! would be printed as if they were words.

use crate::marks::is_utf_16;

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
}

impl TextCheck {
    /// Looks at the next bytes of the file.
    pub fn look(&mut self, bytes: &[u8]) -> Verdict {
        if self.seen == 0 && is_utf_16(bytes) {
            return Verdict::Utf16;
        }
        let bytes = &bytes[..bytes.len().min(SAMPLE - self.seen)];
        self.seen += bytes.len();
        self.controls += bytes.iter().filter(|&&byte| is_control(byte)).count();
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

/// Whether this byte is a control character that texts do not have. White space, backspace and ESC
/// come in the output of programs. 01 to 03 and 1C to 1F separate fields.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0 | 0x04..=0x07 | 0x0e..=0x1a)
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
    fn the_sample_may_come_in_pieces_and_then_ends() {
        let mut check = TextCheck::default();
        for _ in 1..SAMPLE / 64 {
            assert_eq!(check.look(&[b'a'; 64]), Verdict::Perhaps);
        }
        assert_eq!(check.look(&[[b'a'; 64], [0; 64]].concat()), Verdict::Text);
    }
}
