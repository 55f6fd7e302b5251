//! The formats. A format is known by the first bytes of a file that is read, and by the name of a file
//! that is written.

use std::path::Path;

/// A format of compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
}

/// What the first bytes of a file say about its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The file has this format.
    Is(Format),
    /// More bytes are needed to tell.
    Perhaps,
    /// The file has none of the formats.
    Not,
}

/// The first bytes of each format. They are so many that no text begins with them: `BZh9` alone could
/// be a word. A `?` stands for one byte that varies: the block size of bzip2, and the kind of a frame
/// that zstd skips.
const MAGIC: [(&[u8], Format); 6] = [
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"?\x2a\x4d\x18", Format::Zstd),
    (b"\xfd7zXZ", Format::Xz),
    (b"BZh?1AY&SY", Format::Bzip2),
    (b"BZh?\x17rE8P\x90", Format::Bzip2),
];

impl Format {
    /// What these first bytes of a file say about its format.
    pub fn guess(head: &[u8]) -> Guess {
        let mut guess = Guess::Not;
        for (magic, format) in MAGIC {
            if head.iter().zip(magic).enumerate().all(|(at, (&byte, &of))| fits(at, byte, of)) {
                if head.len() >= magic.len() {
                    return Guess::Is(format);
                }
                guess = Guess::Perhaps;
            }
        }
        guess
    }

    /// Whether data of this format may begin with these bytes.
    pub fn may_begin_with(self, head: &[u8]) -> bool {
        MAGIC.iter().any(|&(magic, format)| {
            let pairs = head.iter().zip(magic).enumerate();
            format == self && pairs.into_iter().all(|(at, (&byte, &of))| fits(at, byte, of))
        })
    }

    /// The format in which a file with this name is written. `None` if it is plain text.
    pub fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            "xz" => Some(Self::Xz),
            "bz2" => Some(Self::Bzip2),
            _ => None,
        }
    }

    /// The name of the format in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// Whether a byte at this place is the one of [`MAGIC`].
fn fits(at: usize, byte: u8, of: u8) -> bool {
    match (at, of) {
        (0, b'?') => byte & 0xf0 == 0x50,
        (_, b'?') => byte.is_ascii_digit(),
        _ => byte == of,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_first_bytes_and_not_by_less() {
        let all = [
            (&b"\x1f\x8b\x08\0"[..], Guess::Is(Format::Gzip)),
            (b"\x1f\x8b", Guess::Perhaps),
            (b"\x1f\x8c", Guess::Not),
            (b"\x28\xb5\x2f\xfd", Guess::Is(Format::Zstd)),
            (b"\x5a\x2a\x4d\x18", Guess::Is(Format::Zstd)),
            (b"P*", Guess::Perhaps),
            (b"P*p", Guess::Not),
            (b"\xfd7zXZ\0", Guess::Is(Format::Xz)),
            (b"BZh91AY&SY", Guess::Is(Format::Bzip2)),
            (b"BZh1\x17rE8P\x90", Guess::Is(Format::Bzip2)),
            (b"BZh9", Guess::Perhaps),
            (b"BZh9 is how such a file begins", Guess::Not),
            (b"BZhx1AY&SY", Guess::Not),
            (b"", Guess::Perhaps),
            (b"\n", Guess::Not),
        ];
        for (head, guess) in all {
            assert_eq!(Format::guess(head), guess, "{head:?}");
        }
    }
}
