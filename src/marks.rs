//! Byte order marks, which some editors put at the beginning of a list or a manifest. The mark of
//! UTF-8 is skipped; a file in UTF-16 is refused.

/// The byte order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";
/// The byte order marks of UTF-16: little-endian and big-endian.
const BOMS_UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// The reason that a message gives for refusing a file in UTF-16.
pub const UTF_16: &str = "it is UTF-16; convert it with iconv -f utf-16 -t utf-8";

/// Whether a file that begins with these bytes is UTF-16.
pub fn is_utf_16(head: &[u8]) -> bool {
    BOMS_UTF_16.iter().any(|mark| head.starts_with(mark))
}
