//! The encodings of texts and their names.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Names of encodings that Windows and Python use and the WHATWG Encoding Standard does not know,
/// each with a label of this standard.
const OTHER_NAMES: [(&str, &str); 15] = [
    ("cp65001", "utf-8"),
    ("utf_8", "utf-8"),
    ("utf-8-sig", "utf-8"),
    ("utf_8_sig", "utf-8"),
    ("utf-16-le", "utf-16le"),
    ("utf_16_le", "utf-16le"),
    ("utf-16-be", "utf-16be"),
    ("utf_16_be", "utf-16be"),
    ("cp936", "gbk"),
    ("ms936", "gbk"),
    ("cp54936", "gb18030"),
    ("cp950", "big5"),
    ("ms950", "big5"),
    ("cp932", "shift_jis"),
    ("cp949", "euc-kr"),
];

/// The encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// UTF-8. A byte order mark is removed. All other bytes are passed through.
    Utf8,
    /// The text has this encoding. A byte order mark is removed.
    Fixed(&'static Encoding),
    /// UTF-16. A byte order mark decides the byte order; without one it is little-endian.
    Utf16,
    /// The encoding is detected: by a byte order mark, else as UTF-8 if the first bytes look like
    /// UTF-8, else by a guess.
    Auto,
}

impl Source {
    /// The encoding with this name: `auto`, `utf-16`, a name of Python, or a label of the WHATWG
    /// Encoding Standard.
    ///
    /// # Errors
    /// When no encoding has this name. The error is a message for the user.
    pub fn named(name: &str) -> Result<Self, String> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "auto" => return Ok(Self::Auto),
            "utf-16" | "utf16" | "utf_16" => return Ok(Self::Utf16),
            _ => {}
        }
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
        let label = other.map_or(name.as_str(), |(_, label)| label);
        match Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(encoding) if encoding == UTF_8 => Ok(Self::Utf8),
            Some(encoding) => Ok(Self::Fixed(encoding)),
            None => Err("expected auto, utf-8, gb18030, gbk, big5, utf-16, utf-16le, utf-16be, or another label of the WHATWG Encoding Standard".into()),
        }
    }
}

/// The name of an encoding in messages.
pub fn name(encoding: &'static Encoding) -> &'static str {
    match encoding {
        encoding if encoding == UTF_16LE => "UTF-16, little-endian",
        encoding if encoding == UTF_16BE => "UTF-16, big-endian",
        encoding => encoding.name(),
    }
}
