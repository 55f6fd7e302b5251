//! Tagged lines: `MD5 (name) = digest` of `md5sum --tag`, cksum, xxhsum and the BSDs, and
//! `MD5(name)= digest` of OpenSSL. The rules are those of md5sum 9.1.

use super::{Accept, Form, Parsed, digest_of, records::Fields};
use crate::escape::unescape;

/// Parses a line without its end. `None`: it has no tag and is of another form.
pub fn parse(line: &[u8], accept: Accept, zero: bool) -> Option<Parsed<Fields>> {
    let indent = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let line = &line[indent..];
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(line) if !zero => (true, line),
        _ => (false, line),
    };
    let length = line.iter().position(|&byte| byte == b'(')?;
    let tag = line[..length].strip_suffix(b" ").unwrap_or(&line[..length]);
    if tag.is_empty()
        || !tag.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'-')
    {
        return None;
    }
    // A bare digest in upper case, one space, and a name that begins with a parenthesis.
    if tag.len() >= 8 && tag.len() < length && tag.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some(behind(tag, &line[length + 1..], escaped, accept))
}

fn behind(tag: &[u8], rest: &[u8], escaped: bool, accept: Accept) -> Parsed<Fields> {
    let algorithm =
        accept.named(tag).ok_or("an algorithm that is not known or was not asked for")?;
    let end = rest.iter().rposition(|&byte| byte == b')').ok_or("no parenthesis ends the name")?;
    let name = &rest[..end];
    let after = rest[end + 1..].trim_ascii_start();
    let digits = after.strip_prefix(b"=").ok_or("no = follows the name")?.trim_ascii_start();
    let digest = digest_of(algorithm, digits)?;
    let name = if escaped { unescape(name)? } else { name.to_vec() };
    Fields::new(name, algorithm, &digest, Form::Bsd)
}
