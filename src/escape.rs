//! Escapes names and words for messages, md5sum lines, JSON and TSV. Also decodes names that md5sum
//! escaped, and hexadecimal digits.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name in a form that is safe on a terminal and in a log: one line, with escapes in place of
/// control characters, characters that change the writing direction or show nothing, and invalid UTF-8 (`\xNN`).
pub fn printable(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return "''".into();
    }
    let mut text = String::new();
    each_piece(path, |piece, _| text.push_str(piece));
    text
}

/// Calls `emit` with each piece of [`printable`], and whether it is an escape.
pub fn each_piece(path: &Path, mut emit: impl FnMut(&str, bool)) {
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            if at > 0 {
                emit(&rest[..at], false);
            }
            emit(&c.escape_default().to_string(), true);
            rest = &rest[at + c.len_utf8()..];
        }
        if !rest.is_empty() {
            emit(rest, false);
        }
        if !chunk.invalid().is_empty() {
            emit(&chunk.invalid().escape_ascii().to_string(), true);
        }
    }
}

/// Whether a terminal obeys this character instead of showing it, or shows something else than is there.
fn is_unsafe(c: char) -> bool {
    let changes_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Not the joiners and variation selectors: names in some scripts and with emoji need them.
    let shows_nothing = matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || changes_direction || shows_nothing
}

/// Appends text of several lines in the form in which a terminal may show it: as [`printable`] for names,
/// but tabs and the ends of lines stay.
pub fn push_shown(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\n' | '\t' => out.push(c as u8),
                '\r' if characters.peek() == Some(&'\n') => out.push(b'\r'),
                c if is_unsafe(c) => out.extend(c.escape_default().to_string().bytes()),
                c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        out.extend(chunk.invalid().escape_ascii());
    }
}

/// Appends the name with the escapes of coreutils 9: `\` as `\\`, LF as `\n`, CR as `\r`. Returns
/// whether anything was escaped; if so, the caller puts a `\` at the beginning of the line, as
/// md5sum does.
pub fn push_gnu_escaped(name: &[u8], out: &mut Vec<u8>) -> bool {
    // This loop looks at every byte and does not stop at the first hit, so that the compiler can
    // test many bytes with one instruction.
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

/// Undoes [`push_gnu_escaped`].
///
/// # Errors
/// When a backslash is followed by anything but `\`, `n` or `r`.
pub fn unescape(name: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'\\') => b'\\',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                _ => return Err("the name has an escape other than \\\\, \\n and \\r"),
            },
            byte => byte,
        });
    }
    Ok(plain)
}

/// Decodes hexadecimal digits in upper or lower case. Returns `None` if the text has any other
/// character, or an odd number of digits.
pub fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some((value(high)? << 4 | value(low)?) as u8)).collect()
}

/// Appends a JSON member whose value is a file name: `"member":"name"`. If the name is not UTF-8,
/// appends its bytes in hexadecimal digits instead: `"member_hex":"6eff"`.
pub fn push_path(member: &str, path: &Path, out: &mut Vec<u8>) {
    match path.to_str() {
        Some(name) => {
            push_string(member, out);
            out.push(b':');
            push_string(name, out);
        }
        None => {
            push_string(&format!("{member}_hex"), out);
            out.extend(b":\"");
            push_hex(path.as_os_str().as_bytes(), out);
            out.push(b'"');
        }
    }
}

/// Appends a JSON string. Quotes, backslashes and control characters are escaped, nothing else.
pub fn push_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..=0x1f | 0x7f => drop(write!(out, "\\u{byte:04x}")),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Appends a word as a field of a TSV line. Backslash, tab, CR and LF are escaped.
pub fn push_tsv(word: &[u8], out: &mut Vec<u8>) {
    // As in `push_gnu_escaped`, this loop does not stop at the first hit.
    let escapes = |found, &byte: &u8| found | matches!(byte, b'\\' | b'\t' | b'\r' | b'\n');
    if !word.iter().fold(false, escapes) {
        return out.extend_from_slice(word);
    }
    for &byte in word {
        match byte {
            b'\\' => out.extend(b"\\\\"),
            b'\t' => out.extend(b"\\t"),
            b'\r' => out.extend(b"\\r"),
            b'\n' => out.extend(b"\\n"),
            _ => out.push(byte),
        }
    }
}

/// Undoes [`push_tsv`]. `None` if a backslash is followed by anything else than that writes.
pub fn untsv(field: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b't' => b'\t',
                b'r' => b'\r',
                b'n' => b'\n',
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn a_printable_name_has_no_control_characters() {
        let path =
            Path::new(OsStr::from_bytes(b"a\x1b[31m\n\xff\xc3\xa9 \xe4\xb8\xad\xe2\x80\xae"));
        let joined = Path::new("a\u{200b}b\u{feff}\u{2028} 👩\u{200d}💻");
        assert_eq!(printable(joined), "a\\u{200b}b\\u{feff}\\u{2028} 👩\u{200d}💻");
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

    /// Each text as a JSON string and as a field of a TSV line, written down by hand.
    #[test]
    fn json_and_tsv_have_exactly_these_escapes() {
        for (text, json, tsv) in [
            ("", r#""""#, ""),
            ("a b", r#""a b""#, "a b"),
            ("a\"b", r#""a\"b""#, "a\"b"),
            ("a\\b", r#""a\\b""#, r"a\\b"),
            ("a\tb", r#""a\tb""#, r"a\tb"),
            ("a\nb", r#""a\nb""#, r"a\nb"),
            ("a\rb", r#""a\rb""#, r"a\rb"),
            ("\t\t\\", r#""\t\t\\""#, r"\t\t\\"),
            ("\u{0}\u{1f}\u{7f} ", r#""\u0000\u001f\u007f ""#, "\u{0}\u{1f}\u{7f} "),
            ("中\u{80}", "\"中\u{80}\"", "中\u{80}"),
        ] {
            let (mut string, mut field) = (Vec::new(), Vec::new());
            push_string(text, &mut string);
            push_tsv(text.as_bytes(), &mut field);
            assert_eq!(String::from_utf8(string).unwrap(), json);
            assert_eq!(String::from_utf8(field.clone()).unwrap(), tsv);
            assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
            assert_eq!(untsv(&field).as_deref(), Some(text.as_bytes()));
        }
        for wrong in [&b"\\"[..], b"a\\", b"\\x", b"\\0"] {
            assert_eq!(untsv(wrong), None);
            assert!(unescape(wrong).is_err());
        }
    }

    #[test]
    fn text_of_several_lines_keeps_their_ends_and_what_is_harmless() {
        let mut out = Vec::new();
        push_shown("a\tb\r\nc\rd\n\u{e9}中\x1b\u{202e}\r".as_bytes(), &mut out);
        push_shown(b"\xff!", &mut out);
        let shown = "a\tb\r\nc\\rd\n\u{e9}中\\u{1b}\\u{202e}\\r\\xff!";
        assert_eq!(String::from_utf8(out).unwrap(), shown);
    }
}
