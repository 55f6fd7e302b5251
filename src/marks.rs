//! The marks with which texts of lines may begin. Lists and manifests are of bytes; a mark shows that an
//! editor took them for text.

/// The byte order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";
/// Those of UTF-16.
const BOMS_UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// Why UTF-16 is not read.
pub const UTF_16: &str = "it is UTF-16, which iconv -f utf-16 -t utf-8 turns into what can be read";

/// Whether this is the beginning of UTF-16.
pub fn is_utf_16(head: &[u8]) -> bool {
    BOMS_UTF_16.iter().any(|mark| head.starts_with(mark))
}
