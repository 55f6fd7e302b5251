//! JSON Lines: one object (RFC 8259) on each line, one line for each file. Unknown members are ignored.
//!
//! ```text
//!  {"path":"a","algorithm":"md5","digest":"…","size":…}      one digest
//!  {"path":"a","digests":{"md5":"…","sha1":"…"},"size":…}    several digests
//!  {"path_hex":"61ff",…}    a name that is not UTF-8, as hexadecimal digits of its bytes
//!  {"path":"a","link":"b","size":…}    a symbolic link with its target, and no digest
//!  {"path":"a","error":"…"}                                  a file that could not be read
//!  {"seal":{"entries":3,"sha256":"…"}}                       the seal, in the last line
//! ```
//! With `path_hex` there is no `path`, since a reader might take a name with replaced bytes for the
//! real one. A target that is not UTF-8 is in `link_hex` in the same way.

use std::fmt::{self, Display};
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::format::{Format, Record, terminator};
use crate::escape::{push_hex, push_path, push_string, unhex};
use crate::hash::digests::Digests;
use crate::manifest::entry::{Accept, Entry, Parsed, digest_of, parse_time};
use crate::manifest::seal::Seal;

pub(super) struct Json {
    pub(super) zero: bool,
}

impl Format for Json {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        push_path("path", record.path, out);
        if let Some(target) = record.link {
            out.push(b',');
            push_path("link", target, out);
        } else if let [algorithm] = record.algorithms {
            push_member("algorithm", out);
            out.push(b'"');
            out.extend(algorithm.name().bytes());
            out.extend(b"\",\"digest\":\"");
            push_hex(record.digests.get(*algorithm).unwrap_or_default(), out);
            out.push(b'"');
        } else {
            push_member("digests", out);
            let start = out.len();
            for (algorithm, digest) in record.digests() {
                out.push(b',');
                push_string(algorithm.name(), out);
                out.extend(b":\"");
                push_hex(digest, out);
                out.push(b'"');
            }
            // The first comma is replaced by the opening brace. If there are no digests, the brace
            // is inserted.
            out.splice(start..(start + 1).min(out.len()), [b'{']);
            out.push(b'}');
        }
        push_number("size", record.size, out);
        push_number("mtime", record.mtime, out);
        push_number("ino", record.identity.map(|(_, ino)| ino), out);
        push_number("dev", record.identity.map(|(dev, _)| dev), out);
        push_number("ctime", record.ctime, out);
        if let Some(hashed) = record.hashed {
            push_number("hashed", Some(hashed), out);
        }
        if record.changed {
            push_member("changed", out);
            out.extend(b"true");
        }
        out.push(b'}');
        out.push(terminator(self.zero));
    }

    fn failure(&self, path: &Path, reason: &str, out: &mut Vec<u8>) {
        out.push(b'{');
        push_path("path", path, out);
        push_member("error", out);
        push_string(reason, out);
        out.push(b'}');
        out.push(terminator(self.zero));
    }

    fn seal(&self, seal: &Seal, out: &mut Vec<u8>) {
        push_seal(seal, self.zero, out);
    }
}

/// What is wrong with a line that says why its file could not be read.
pub const UNREAD: &str = "the file could not be read when the manifest was made";

/// How a seal line begins.
pub(super) const SEAL: &[u8] = b"{\"seal\":{\"entries\":";
const SHA256: &[u8] = b",\"sha256\":\"";

fn push_seal(seal: &Seal, zero: bool, out: &mut Vec<u8>) {
    out.extend(SEAL);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{}", seal.entries);
    out.extend(SHA256);
    push_hex(&seal.sha256, out);
    out.extend(b"\"}}");
    out.push(terminator(zero));
}

/// Parses a seal line with its terminator. `None` unless this program writes exactly this line.
pub(super) fn parse_seal(line: &[u8], zero: bool) -> Option<Seal> {
    let rest = line.strip_prefix(SEAL)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (entries, rest) = rest.split_at(digits);
    let seal = Seal::parse(entries, rest.strip_prefix(SHA256)?)?;
    let mut again = Vec::new();
    push_seal(&seal, zero, &mut again);
    (again == line).then_some(seal)
}

fn push_member(name: &str, out: &mut Vec<u8>) {
    out.push(b',');
    push_string(name, out);
    out.push(b':');
}

fn push_number(name: &str, number: Option<impl Display>, out: &mut Vec<u8>) {
    push_member(name, out);
    match number {
        // Writing to a vector cannot fail.
        Some(number) => drop(write!(out, "{number}")),
        None => out.extend(b"null"),
    }
}

/// The members of the JSON object of a line. Strings that never have escapes are borrowed, which
/// saves allocations.
#[derive(Deserialize)]
struct Object<'a> {
    path: Option<String>,
    path_hex: Option<&'a str>,
    link: Option<String>,
    link_hex: Option<&'a str>,
    algorithm: Option<&'a str>,
    digest: Option<&'a str>,
    #[serde(default)]
    digests: InOrder,
    size: Option<u64>,
    #[serde(default)]
    mtime: Time,
    #[serde(default)]
    ctime: Time,
    ino: Option<u64>,
    dev: Option<u64>,
    #[serde(default)]
    hashed: Time,
    changed: Option<bool>,
    error: Option<IgnoredAny>,
}

/// A time in nanoseconds. Floating-point numbers are read too, since programs that rewrite JSON
/// turn large integers into them. Any other value counts as no time, and the digest is still used.
#[derive(Default)]
struct Time(Option<i128>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Some file systems have times that 64 bits cannot hold, for which serde_json would take the
        // nearest floating-point number.
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        Ok(Time(parse_time(quoted.unwrap_or(text).as_bytes())))
    }
}

/// The members of the object `digests`, in the order in which they are written.
#[derive(Default)]
struct InOrder(Vec<(String, String)>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = InOrder;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("digests by their algorithms")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(InOrder(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Parses a line without its terminator. `None` if it does not begin with a brace.
pub fn parse(line: &[u8], accept: Accept) -> Option<Parsed<Entry>> {
    line.trim_ascii_start().starts_with(b"{").then(|| object(line, accept))
}

/// Finds the name in a line that this program wrote, without parsing the whole line, and whether the
/// line is about a symbolic link. `None` if the name has escapes, or the line does not begin as this
/// program begins lines.
pub fn plain_path(line: &[u8]) -> Option<(&[u8], bool)> {
    let rest = line.strip_prefix(b"{\"path\":\"")?;
    let end = rest.iter().position(|byte| b"\"\\".contains(byte))?;
    let (name, behind) = rest.split_at(end);
    let is_link = behind.starts_with(b"\",\"link");
    let is_file = behind.starts_with(b"\",\"algorithm\"") || behind.starts_with(b"\",\"digests\"");
    (is_link || is_file).then_some((name, is_link))
}

fn object(line: &[u8], accept: Accept) -> Parsed<Entry> {
    let object: Object<'_> = serde_json::from_slice(line)
        .map_err(|_| "it is not a JSON object with the members of a manifest")?;
    let name = match (object.path, object.path_hex) {
        (Some(name), None) => name.into_bytes(),
        (None, Some(hex)) => unhex(hex.as_bytes()).ok_or("path_hex is not hexadecimal")?,
        _ => return Err("the object needs either path or path_hex"),
    };
    let target = match (object.link, object.link_hex) {
        (None, None) => None,
        (Some(target), None) => Some(target.into_bytes()),
        (None, Some(hex)) => Some(unhex(hex.as_bytes()).ok_or("link_hex is not hexadecimal")?),
        (Some(_), Some(_)) => return Err("the object has both link and link_hex"),
    };
    let members = object.digests.0;
    let has_digest = !members.is_empty() || object.digest.is_some();
    let several = members.iter().map(|(algorithm, digest)| (algorithm.as_str(), digest.as_str()));
    let pairs = several.chain(object.algorithm.zip(object.digest));
    let (mut digests, mut algorithms) = (Digests::default(), Vec::new());
    for (name, digits) in pairs {
        // An unknown algorithm is ignored, since the other digests can still be compared.
        if let Some(algorithm) = accept.named(name.as_bytes()) {
            digests.insert(algorithm, &digest_of(algorithm, digits.as_bytes())?);
            algorithms.push(algorithm);
        }
    }
    if target.is_some() && has_digest {
        return Err("the object has both a digest and the target of a symbolic link");
    }
    if target.is_none() && !has_digest && object.error.is_some() {
        return Err(UNREAD);
    }
    if target.is_none() && digests.set().is_empty() {
        return Err("there is no digest of a known and requested algorithm");
    }
    Ok(Entry {
        digests,
        several: if algorithms.len() > 1 { algorithms } else { Vec::new() },
        size: object.size,
        mtime: object.mtime.0,
        ctime: object.ctime.0,
        identity: object.dev.zip(object.ino),
        hashed: object.hashed.0,
        changed: object.changed == Some(true),
        ..match target {
            Some(target) => Entry::of_link(name, target)?,
            None => Entry::empty(name)?,
        }
    })
}
