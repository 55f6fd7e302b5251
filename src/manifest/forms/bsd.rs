//! Tagged lines, one for each digest: `MD5 (name) = digest` of `md5sum --tag`, cksum, xxhsum and the
//! BSDs, `MD5(name)= digest` of OpenSSL, and `MD5   (name) = digest` of `rhash --bsd`, which aligns the
//! names. The other rules are those of md5sum 9.1.

use std::os::unix::ffi::OsStrExt;

use super::format::{Format, Record, terminator};
use super::{base64, comment};
use crate::escape::{push_gnu_escaped, push_hex, unescape};
use crate::hash::algorithms::Algorithm;
use crate::manifest::entry::{Accept, Entry, Parsed};
use crate::manifest::seal::Seal;

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

    fn seal(&self, seal: &Seal, out: &mut Vec<u8>) {
        comment::push(comment::BEGIN, seal, self.zero, out);
    }
}

/// Why a line `MD5 () = digest` is malformed. For md5sum, and so for `check`, it is a file that
/// cannot be read.
pub const NAMELESS: &str = "the name between the parentheses is empty";

/// Parses a line without its terminator. `None` if it does not begin with a tag (the name of an
/// algorithm).
pub fn parse(line: &[u8], accept: Accept, zero: bool) -> Option<Parsed<Entry>> {
    let line = without_blanks(line);
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(line) if !zero => (true, line),
        _ => (false, line),
    };
    let length = line.iter().position(|&byte| byte == b'(')?;
    let tag = line[..length].trim_ascii_end();
    if !is_tag(tag) {
        return None;
    }
    // The line is `D41D8CD9… (name` of another form: a digest in upper case, a space, and a name
    // that begins with a parenthesis.
    if tag.len() >= 8 && tag.len() < length && tag.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some(parse_rest(tag, &line[length + 1..], escaped, accept))
}

/// Whether a word is a tag: the name of an algorithm as programs print it, or of one that may be
/// unknown, in capital letters, digits and hyphens.
pub fn is_tag(word: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-';
    !word.is_empty() && (word.iter().all(is_plain) || of_tag(word).is_some())
}

/// The algorithm of a tag, and whether the bytes of its digests are reversed.
fn of_tag(tag: &[u8]) -> Option<(Algorithm, bool)> {
    Algorithm::by_tag(std::str::from_utf8(tag).ok()?)
}

/// Parses what follows `TAG (`.
fn parse_rest(tag: &[u8], rest: &[u8], escaped: bool, accept: Accept) -> Parsed<Entry> {
    let (algorithm, reversed) = of_tag(tag)
        .filter(|(algorithm, _)| accept.only(*algorithm).is_some())
        .ok_or("the algorithm is unknown or was not requested")?;
    let end = rest
        .iter()
        .rposition(|&byte| byte == b')')
        .ok_or("there is no parenthesis after the name")?;
    let name = &rest[..end];
    let after = without_blanks(&rest[end + 1..]);
    let digits = after.strip_prefix(b"=").ok_or("there is no = after the name")?;
    let mut digest = base64::digest(algorithm, without_blanks(digits))?;
    if reversed {
        digest.reverse();
    }
    if name.is_empty() {
        return Err(NAMELESS);
    }
    let name = if escaped { unescape(name)? } else { name.to_vec() };
    Entry::new(name, algorithm, &digest)
}

/// A part of a line without the blanks before it. As for md5sum, only spaces and tabs are blanks.
fn without_blanks(part: &[u8]) -> &[u8] {
    let blanks = part.iter().take_while(|byte| b" \t".contains(byte)).count();
    &part[blanks..]
}
