//! Byte order marks, which some editors put at the beginning of a text, a list or a manifest. The mark
//! of UTF-8 is skipped; lists and manifests in UTF-16 are refused, and everything in UTF-32.

/// The byte order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";
/// The byte order marks of UTF-16: little-endian and big-endian.
const BOMS_UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// The byte order marks of UTF-32: little-endian and big-endian. The first begins like that of UTF-16.
/// A text in UTF-16 has no zero character behind its mark.
const BOMS_UTF_32: [&[u8]; 2] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff"];

/// Why a list or a manifest that begins with these bytes is refused. `None` if it is not.
pub fn refused(head: &[u8]) -> Option<&'static str> {
    if is_utf_32(head) {
        Some("it is UTF-32; convert it with iconv -f utf-32 -t utf-8")
    } else if is_utf_16(head) {
        Some("it is UTF-16; convert it with iconv -f utf-16 -t utf-8")
    } else {
        None
    }
}

/// Whether a file that begins with these bytes is UTF-16.
pub fn is_utf_16(head: &[u8]) -> bool {
    !is_utf_32(head) && BOMS_UTF_16.iter().any(|mark| head.starts_with(mark))
}

/// Whether a file that begins with these bytes is UTF-32.
pub fn is_utf_32(head: &[u8]) -> bool {
    BOMS_UTF_32.iter().any(|mark| head.starts_with(mark))
}

/// Whether more bytes are needed to tell which mark a file has that begins with these bytes.
pub fn may_be_longer(head: &[u8]) -> bool {
    let marks = BOMS_UTF_32.into_iter().chain([BOM]);
    !head.is_empty()
        && marks.into_iter().any(|mark| head.len() < mark.len() && mark.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mark_counts() {
        for (head, utf_16, utf_32, longer) in [
            (&b""[..], false, false, false),
            (b"\xff", false, false, true),
            (b"\xff\xfe", true, false, true),
            (b"\xff\xfe\0", true, false, true),
            (b"\xff\xfe\0\0", false, true, false),
            (b"\xff\xfea\0", true, false, false),
            (b"\xfe\xff\0a", true, false, false),
            (b"\0\0", false, false, true),
            (b"\0\0\xfe\xff", false, true, false),
            (b"\xef\xbb", false, false, true),
            (b"text", false, false, false),
        ] {
            let found = (is_utf_16(head), is_utf_32(head), may_be_longer(head));
            assert_eq!(found, (utf_16, utf_32, longer), "{head:?}");
        }
    }
}
