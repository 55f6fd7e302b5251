//! How names are written: for people, and in the lines of md5sum.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name as it may be shown on a terminal or in a log: one line, no control characters, no
/// characters that turn the direction of writing, and invalid bytes as `\xNN`.
pub fn printable(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || turns {
                text.extend(c.escape_default());
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().flat_map(|byte| byte.escape_ascii()).map(char::from));
    }
    text
}

/// Appends the name with the escaping of coreutils 9: `\` as `\\`, LF as `\n`, CR as `\r`. Says
/// whether anything was escaped; such a line begins with `\`.
pub fn push_gnu_escaped(name: &[u8], out: &mut Vec<u8>) -> bool {
    // All bytes are looked at, since the processor looks at many at a time.
    let escapes = |found, &byte: &u8| found | matches!(byte, b'\\' | b'\n' | b'\r');
    if !name.iter().fold(false, escapes) {
        out.extend_from_slice(name);
        return false;
    }
    for &byte in name {
        match byte {
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            _ => out.push(byte),
        }
    }
    true
}

/// Appends bytes as lower-case hexadecimal digits.
pub fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for &byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn what_people_see_cannot_steer_their_terminal() {
        let path =
            Path::new(OsStr::from_bytes(b"a\x1b[31m\n\xff\xc3\xa9 \xe4\xb8\xad\xe2\x80\xae"));
        assert_eq!(printable(path), "a\\u{1b}[31m\\n\\xff\u{e9} \u{4e2d}\\u{202e}");
    }

    #[test]
    fn only_three_bytes_are_escaped() {
        let mut out = Vec::new();
        assert!(push_gnu_escaped(b"a\\b\nc\rd", &mut out));
        assert_eq!(out, b"a\\\\b\\nc\\rd");
        out.clear();
        assert!(!push_gnu_escaped(b"\t \xff\x1b", &mut out));
        assert_eq!(out, b"\t \xff\x1b");
    }
}
