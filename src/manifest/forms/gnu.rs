//! The lines of md5sum and similar programs: `digest  name` or `digest *name`, and the older
//! `digest name` of the BSDs. The rules, odd ones included, are those of md5sum 9.1. The first line
//! decides which kind a manifest has, since otherwise an added or removed space would change which
//! file a line means. Written lines have two spaces (as those of coreutils 9 in text mode).

use std::os::unix::ffi::OsStrExt;

use super::base64;
use super::format::{Format, Record, terminator};
use crate::escape::{push_gnu_escaped, push_hex, unescape};
use crate::manifest::entry::{Accept, Entry, Parsed};

pub(super) struct Gnu {
    pub(super) zero: bool,
}

impl Format for Gnu {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (_, digest) in record.digests() {
            let start = out.len();
            push_hex(digest, out);
            out.extend(b"  ");
            let name = record.path.as_os_str().as_bytes();
            if self.zero {
                out.extend(name);
            } else if push_gnu_escaped(name, out) {
                out.insert(start, b'\\');
            }
            out.push(terminator(self.zero));
        }
    }
}

/// Whether one space stands between digest and name, or two characters (two spaces or ` *`). `None`
/// until the first line shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneSpace(Option<bool>);

/// Parses a line without its terminator.
pub fn parse(line: &[u8], accept: Accept, zero: bool, one: &mut OneSpace) -> Parsed<Entry> {
    let blank = |byte: &u8| b" \t".contains(byte);
    let indent = line.iter().take_while(|byte| blank(byte)).count();
    let line = &line[indent..];
    // If lines end with NUL, names are not escaped, so `\` is part of the line.
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(line) if !zero => (true, line),
        _ => (false, line),
    };
    let Some(length) = line.iter().position(blank) else {
        return Err("it is neither a digest with a name nor a line of another known form");
    };
    let (digits, rest) = (&line[..length], &line[length + 1..]);
    let (algorithm, digest) = base64::digest_of_length(accept, digits)?;
    let name = match rest {
        [] => return Err("there is no name after the digest"),
        [_] => one.set(true).then_some(rest),
        [b' ' | b'*', name @ ..] if one.0 != Some(true) => one.set(false).then_some(name),
        _ => one.set(true).then_some(rest),
    };
    let name =
        name.ok_or("the name comes after one space, but after two characters in earlier lines")?;
    let name = if escaped { unescape(name)? } else { name.to_vec() };
    Entry::new(name, algorithm, &digest)
}

impl OneSpace {
    /// Returns whether a line with one space (or with two characters) may follow the lines before
    /// it.
    fn set(&mut self, one: bool) -> bool {
        *self.0.get_or_insert(one) == one || !one
    }
}
