//! Formats the output lines of `check` and `audit`: each is the name of a file with its verdict.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::escape::{push_gnu_escaped, push_path, push_string};

/// Appends a line `name: text`. As in md5sum 9.1, only a name with a newline is escaped, and then
/// the line begins with `\`.
pub fn push_text(path: &Path, text: &str, out: &mut Vec<u8>) {
    let name = path.as_os_str().as_bytes();
    if name.contains(&b'\n') {
        out.push(b'\\');
        push_gnu_escaped(name, out);
    } else {
        out.extend(name);
    }
    out.extend(b": ");
    out.extend(text.bytes());
    out.push(b'\n');
}

/// The value of a JSON member.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A string.
    Text(&'a str),
    /// Strings.
    Texts(&'a [&'a str]),
    /// A number.
    Number(u64),
    /// The name of a file. If it is not UTF-8, the member of the JSON object has its bytes in
    /// hexadecimal digits, and the name of the member ends with `_hex`.
    Path(&'a Path),
}

/// Appends a line with a JSON object: the path of a file and further members.
pub fn push_json(path: &Path, members: &[(&str, Value<'_>)], out: &mut Vec<u8>) {
    out.push(b'{');
    push_path("path", path, out);
    for (name, value) in members {
        out.push(b',');
        match value {
            Value::Path(path) => push_path(name, path, out),
            Value::Text(text) => {
                push_string(name, out);
                out.push(b':');
                push_string(text, out);
            }
            Value::Texts(texts) => {
                push_string(name, out);
                for (index, text) in texts.iter().enumerate() {
                    out.extend(if index == 0 { b":[" } else { &b","[..] });
                    push_string(text, out);
                }
                out.push(b']');
            }
            Value::Number(number) => {
                push_string(name, out);
                out.extend(format!(":{number}").bytes());
            }
        }
    }
    out.extend(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_has_its_place_in_the_line() {
        let mut out = Vec::new();
        let members = [
            ("text", Value::Text("a\"b")),
            ("texts", Value::Texts(&["a", "b", "c"])),
            ("number", Value::Number(u64::MAX)),
            ("from", Value::Path(Path::new("d/e"))),
        ];
        push_json(Path::new("p"), &members[..1], &mut out);
        push_json(Path::new("p"), &members[1..], &mut out);
        push_text(Path::new("a\\b"), "OK", &mut out);
        push_text(Path::new("a\\b\n"), "FAILED", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                "{\"path\":\"p\",\"text\":\"a\\\"b\"}\n",
                "{\"path\":\"p\",\"texts\":[\"a\",\"b\",\"c\"],\"number\":18446744073709551615,\"from\":\"d/e\"}\n",
                "a\\b: OK\n",
                "\\a\\\\b\\n: FAILED\n",
            )
        );
    }
}
