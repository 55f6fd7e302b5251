//! The lines of md5sum and similar programs: `digest  name` or `digest *name`, and the older
//! `digest name` of the BSDs. The rules, odd ones included, are those of md5sum 9.1. The first line
//! decides which kind a manifest has, since otherwise an added or removed space would change which
//! file a line means. Written lines have two spaces (as those of coreutils 9 in text mode).

use std::os::unix::ffi::OsStrExt;

use memchr::memchr;

use super::format::{Format, Record, terminator};
use super::{base64, comment};
use crate::escape::{push_gnu_escaped, push_hex, unescape};
use crate::hash::algorithms::{Algorithm, Set};
use crate::manifest::entry::{Entry, Parsed, digest_of};
use crate::manifest::seal::Seal;
use crate::manifest::untagged::{Choice, Untagged};

pub(super) struct Gnu {
    pub(super) zero: bool,
}

impl Format for Gnu {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (algorithm, digest) in record.digests() {
            let start = out.len();
            out.extend(algorithm.prefix().bytes());
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

    fn seal(&self, seal: &Seal, out: &mut Vec<u8>) {
        comment::push(comment::BEGIN, seal, self.zero, out);
    }
}

/// Whether one space stands between digest and name, or two characters (two spaces or ` *`). `None`
/// until the first line shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneSpace(Option<bool>);

/// Parses a line without its terminator.
pub fn parse(
    line: &[u8],
    untagged: &mut Untagged,
    zero: bool,
    one: &mut OneSpace,
) -> Parsed<Entry> {
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
    let (word, rest) = (&line[..length], &line[length + 1..]);
    let (Choice { algorithm, assumed }, digest) = match without_prefix(word) {
        (None, text) => digest_without_prefix(untagged, text)?,
        (Some(algorithm), digits) => {
            let choice = untagged.named(algorithm).ok_or("the algorithm was not requested")?;
            (choice, digest_of(algorithm, digits)?)
        }
    };
    let name = match rest {
        [] => return Err("there is no name after the digest"),
        [_] => one.set(true).then_some(rest),
        [b' ' | b'*', name @ ..] if one.0 != Some(true) => one.set(false).then_some(name),
        _ => one.set(true).then_some(rest),
    };
    let name =
        name.ok_or("the name comes after one space, but after two characters in earlier lines")?;
    let name = if escaped { unescape(name)? } else { name.to_vec() };
    let mut entry = Entry::new(name, algorithm, &digest)?;
    entry.assumed = assumed.then_some(algorithm);
    Ok(entry)
}

/// The digest at the beginning of a line, without a prefix: hexadecimal digits, or base64 text. Text
/// that has only hexadecimal digits, as many as a digest has, is not taken for base64.
fn digest_without_prefix(untagged: &mut Untagged, text: &[u8]) -> Parsed<(Choice, Vec<u8>)> {
    // Almost every line ends here, so nothing else is looked at before.
    if let Some(choice) = untagged.choose(text.len() / 2)
        && let Ok(digest) = digest_of(choice.algorithm, text)
    {
        return Ok((choice, digest));
    }
    let refused = why_no_digest(untagged, text);
    let bytes = base64::decode(text).ok_or(refused)?;
    let choice = untagged.choose(bytes.len()).ok_or(refused)?;
    // Words of other lengths are common in any text.
    let is_likely = Algorithm::usual(bytes.len()).is_some() || untagged.expects(choice.algorithm);
    if is_likely { Ok((choice, bytes)) } else { Err(refused) }
}

/// Why a text without a prefix is no digest in hexadecimal digits.
fn why_no_digest(untagged: &mut Untagged, text: &[u8]) -> &'static str {
    let bytes = text.len() / 2;
    if !text.iter().all(u8::is_ascii_hexdigit) {
        "it does not begin with a digest"
    } else if text.len().is_multiple_of(2)
        && untagged.choose(bytes).is_none()
        && !Set::of_length(bytes).is_empty()
    {
        "no accepted or usual algorithm has digests of this length; name the algorithm with -a"
    } else {
        "no algorithm has digests of this length"
    }
}

/// The algorithm that a prefix of the digest names, if there is one, and the digest without it.
pub fn without_prefix(word: &[u8]) -> (Option<Algorithm>, &[u8]) {
    // Most words have no prefix. No digit of a digest is an underscore.
    if memchr(b'_', word).is_some() {
        for algorithm in Algorithm::all().filter(|algorithm| !algorithm.prefix().is_empty()) {
            if let Some(digits) = word.strip_prefix(algorithm.prefix().as_bytes()) {
                return (Some(algorithm), digits);
            }
        }
    }
    (None, word)
}

impl OneSpace {
    /// Returns whether a line with one space (or with two characters) may follow the lines before
    /// it.
    fn set(&mut self, one: bool) -> bool {
        *self.0.get_or_insert(one) == one || !one
    }
}
