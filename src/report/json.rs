//! JSON Lines (RFC 8259, one object a line). A name that is UTF-8 is the string `path`; any
//! other has no `path` but its bytes in hexadecimal digits as `path_hex`, so that nobody takes
//! a mended name for the true one.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::names::push_hex;
use super::{Format, Record, terminator};

pub(super) struct Json {
    pub(super) zero: bool,
}

impl Format for Json {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        push_path(record.path, out);
        out.extend(b",\"algorithm\":\"");
        out.extend(record.algorithm.bytes());
        out.extend(b"\",\"digest\":\"");
        push_hex(record.digest, out);
        // Writing to a vector cannot fail.
        let _ = write!(out, "\",\"size\":{},\"mtime\":", record.size);
        match record.mtime {
            Some(nanoseconds) => drop(write!(out, "{nanoseconds}")),
            None => out.extend(b"null"),
        }
        out.push(b'}');
        out.push(terminator(self.zero));
    }
}

/// Appends the member of an object that names a file.
pub fn push_path(path: &Path, out: &mut Vec<u8>) {
    match path.to_str() {
        Some(name) => {
            out.extend(b"\"path\":");
            push_string(name, out);
        }
        None => {
            out.extend(b"\"path_hex\":\"");
            push_hex(path.as_os_str().as_bytes(), out);
            out.push(b'"');
        }
    }
}

/// Appends a JSON string: quotes, backslashes and control characters are escaped, all else is
/// as it is.
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
