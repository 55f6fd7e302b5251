//! Reads side files: dictionaries, user dictionaries and lists of stop words. All of them are read
//! in the same way: decoded as a whole, then line by line.

use std::string::FromUtf8Error;

use batchproc_jieba::Compat;
use memchr::memchr2;

use super::encoding::{Source, decode};
use super::forms::Forms;
use crate::marks::{is_utf_16, is_utf_32};

/// How side files are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The program whose rules for the lines of a dictionary apply.
    pub compat: Compat,
    /// The encoding of a side file that is not UTF-8.
    pub encoding: Source,
    /// The forms that added words get.
    pub forms: Forms,
}

impl Reading {
    /// Side files must be UTF-8.
    pub fn utf_8(compat: Compat) -> Self {
        Self { compat, encoding: Source::Utf8, forms: Forms::default() }
    }
}

/// The text of a side file, and whether it is UTF-8 with more than ASCII although `encoding` is
/// another one. A file that is valid UTF-8 is taken as UTF-8, whatever `encoding` says. No encoding
/// is guessed: a side file is often too short for that.
///
/// # Errors
/// When the file is neither UTF-8 nor valid in `encoding`, or has a zero byte. The error has the
/// line and the reason.
pub fn text(bytes: Vec<u8>, encoding: Source) -> Result<(String, bool), String> {
    let fail = |before: &str, reason: &str| Err(format!("line {}: {reason}", ends(before) + 1));
    let mut unexpected = false;
    if is_utf_32(&bytes) {
        return fail("", "is UTF-32; convert it with iconv -f utf-32 -t utf-8");
    }
    let guessed = encoding == Source::Auto && !is_utf_16(&bytes);
    let text = match String::from_utf8(bytes) {
        Ok(text) if encoding == Source::Utf8 || guessed || !text.contains('\0') => {
            unexpected = !matches!(encoding, Source::Utf8 | Source::Auto) && !text.is_ascii();
            text
        }
        Err(error) if encoding == Source::Utf8 || guessed => {
            let (valid, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
            let reason = match guessed {
                true => "is not UTF-8, and --encoding auto guesses only the encoding of the text",
                false => "is not UTF-8",
            };
            return fail(&String::from_utf8_lossy(valid), reason);
        }
        not_utf_8 => {
            let bytes = not_utf_8.map_or_else(FromUtf8Error::into_bytes, String::into_bytes);
            match decode(&bytes, encoding) {
                Ok(text) => text,
                Err((before, "UTF-8")) => return fail(&before, "is not UTF-8"),
                Err((before, name)) => {
                    return fail(&before, &format!("is neither UTF-8 nor {name}"));
                }
            }
        }
    };
    match text.find('\0') {
        Some(zero) => {
            fail(&text[..zero], "has a zero byte; the file may be UTF-16, convert it to UTF-8")
        }
        None => Ok((text, unexpected)),
    }
}

/// The note about a side file that is UTF-8 although the user named another encoding.
pub fn note_of_utf_8(name: &str) -> String {
    format!("{name}: read as UTF-8, since it is valid UTF-8, in spite of --encoding")
}

/// The number of line ends in a text.
fn ends(text: &str) -> usize {
    lines(text).count() - usize::from(!text.is_empty() && !text.ends_with(['\n', '\r']))
}

/// The lines of a side file, each with its number. A line ends with LF, CR LF or CR. White space at
/// both ends of a line is removed, and byte order marks at its beginning: programs that join files
/// leave them there.
pub fn trimmed_lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let ignored = |c: char| c.is_whitespace() || c == '\u{feff}';
    (1..).zip(lines(text).map(move |line| line.trim_start_matches(ignored).trim_end()))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.strip_prefix("\r\n").unwrap_or_else(|| after.get(1..).unwrap_or_default());
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_or_cr_or_both_and_are_trimmed() {
        let text = "\u{feff}a\r\n\rb\t\n\u{3000}\u{feff} c d\u{a0}\r\u{feff}\n\n e\u{feff}";
        let expected =
            [(1, "a"), (2, ""), (3, "b"), (4, "c d"), (5, ""), (6, ""), (7, "e\u{feff}")];
        assert!(trimmed_lines(text).eq(expected), "{:?}", trimmed_lines(text).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_utf_8_is_decoded_or_named_with_its_line() {
        let gbk = Source::named("gbk").unwrap();
        let chinese = b"a\r\n\xb5\xc4".to_vec();
        assert_eq!(text(chinese.clone(), gbk).unwrap(), ("a\r\n的".into(), false));
        assert_eq!(text("a\r\n的".into(), gbk).unwrap(), ("a\r\n的".into(), true));
        assert_eq!(text("a".into(), gbk).unwrap(), ("a".into(), false));
        let guessed = text(chinese.clone(), Source::Auto).unwrap_err();
        assert!(guessed.starts_with("line 2: is not UTF-8, and --encoding auto"), "{guessed}");
        assert_eq!(text(b"\xff\xfea\0".to_vec(), Source::Auto).unwrap(), ("a".into(), false));
        assert_eq!(text(chinese, Source::Utf8).unwrap_err(), "line 2: is not UTF-8");
        let neither = text(b"a\r\xb5\xc4\r\xff\n".to_vec(), gbk);
        assert_eq!(neither.unwrap_err(), "line 3: is neither UTF-8 nor GBK");
        let utf_16 = || b"\0a\0\n\0b".to_vec();
        let big = Source::named("utf-16be").unwrap();
        assert_eq!(text(utf_16(), big).unwrap(), ("a\nb".into(), false));
        assert!(text(utf_16(), Source::Utf8).unwrap_err().starts_with("line 1: has a zero byte"));
    }
}
