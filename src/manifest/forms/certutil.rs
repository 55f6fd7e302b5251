//! What `certutil -hashfile` of Windows prints. A group of lines is an entry:
//!
//! ```text
//!  SHA256 hash of f:                                          older Windows: of file f:
//!  d2a8…                                                      older Windows: d2 a8 …
//!  CertUtil: -hashfile command completed successfully.
//! ```

use memchr::memchr;

use crate::manifest::entry::{Accept, Entry, Parsed, digest_of};

/// The last line of a group.
pub(super) const LAST: &[u8] = b"CertUtil: -hashfile command completed successfully.";

/// The algorithm and the name in the first line of a group, without its terminator. `None` if the
/// line is no such line.
fn heading(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // This function runs for every line, so other lines must be rejected fast.
    if !matches!(line, [b'M' | b'S', ..]) {
        return None;
    }
    let (tag, rest) = line.split_at(memchr(b' ', line)?);
    let name = rest.strip_prefix(b" hash of ")?.strip_suffix(b":")?;
    let is_tag = tag.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_tag.then(|| (tag, name.strip_prefix(b"file ").unwrap_or(name)))
}

/// Whether a line without its terminator is the first of a group, so that a digest follows.
pub fn begins_group(line: &[u8]) -> bool {
    heading(line).is_some()
}

/// Whether a line has nothing but hexadecimal digits and blanks, so that it can be the second of a
/// group.
pub fn is_digest(line: &[u8]) -> bool {
    !line.trim_ascii().is_empty()
        && line.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace())
}

/// Parses the first two lines of a group, without the terminator of the second. `None` if the first
/// line is not that of a group.
pub(super) fn parse(group: &[u8], accept: Accept) -> Option<Parsed<Entry>> {
    if !matches!(group, [b'M' | b'S', ..]) {
        return None;
    }
    let (first, second) = group.split_at(memchr(b'\n', group)?);
    let (tag, name) = heading(first.strip_suffix(b"\r").unwrap_or(first))?;
    Some(entry(tag, name, second, accept))
}

fn entry(tag: &[u8], name: &[u8], second: &[u8], accept: Accept) -> Parsed<Entry> {
    let algorithm = accept.named(tag).ok_or("the algorithm is unknown or was not requested")?;
    let digits: Vec<_> = second.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    Entry::new(name.to_vec(), algorithm, &digest_of(algorithm, &digits)?)
}
