//! Tagged lines, one for each digest: `MD5 (name) = digest` of `md5sum --tag`, cksum, xxhsum and the
//! BSDs, `MD5(name)= digest` of OpenSSL, and `MD5   (name) = digest` of `rhash --bsd`, which aligns the
//! names. The other rules are those of md5sum 9.1.

use std::os::unix::ffi::OsStrExt;

use super::base64;
use super::format::{Format, Record, terminator};
use crate::escape::{push_gnu_escaped, push_hex, unescape};
use crate::manifest::entry::{Accept, Entry, Parsed};

pub(super) struct Bsd {
    pub(super) zero: bool,
}

impl Format for Bsd {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (algorithm, digest) in record.digests() {
            let start = out.len();
            out.extend(algorithm.tag().bytes());
            out.extend(b" (");
            let name = record.path.as_os_str().as_bytes();
            if self.zero {
                out.extend(name);
            } else if push_gnu_escaped(name, out) {
                out.insert(start, b'\\');
            }
            out.extend(b") = ");
            push_hex(digest, out);
            out.push(terminator(self.zero));
        }
    }
}

/// Parses a line without its terminator. `None` if it does not begin with a tag (the name of an
/// algorithm).
pub fn parse(line: &[u8], accept: Accept, zero: bool) -> Option<Parsed<Entry>> {
    let indent = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let line = &line[indent..];
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(line) if !zero => (true, line),
        _ => (false, line),
    };
    let length = line.iter().position(|&byte| byte == b'(')?;
    let tag = line[..length].trim_ascii_end();
    if tag.is_empty()
        || !tag.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'-')
    {
        return None;
    }
    // The line is `D41D8CD9… (name` of another form: a digest in upper case, a space, and a name
    // that begins with a parenthesis.
    if tag.len() >= 8 && tag.len() < length && tag.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some(parse_rest(tag, &line[length + 1..], escaped, accept))
}

/// Parses what follows `TAG (`.
fn parse_rest(tag: &[u8], rest: &[u8], escaped: bool, accept: Accept) -> Parsed<Entry> {
    let algorithm = accept.named(tag).ok_or("the algorithm is unknown or was not requested")?;
    let end = rest
        .iter()
        .rposition(|&byte| byte == b')')
        .ok_or("there is no parenthesis after the name")?;
    let name = &rest[..end];
    let after = rest[end + 1..].trim_ascii_start();
    let digits = after.strip_prefix(b"=").ok_or("there is no = after the name")?.trim_ascii_start();
    let digest = base64::digest(algorithm, digits)?;
    let name = if escaped { unescape(name)? } else { name.to_vec() };
    Entry::new(name, algorithm, &digest)
}
