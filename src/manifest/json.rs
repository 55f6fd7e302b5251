//! JSON Lines, as `report::json` writes them; members that are not known are passed over.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Accept, Form, Parsed, digest_of, parse_time, records::Fields, time_of};
use crate::escape::unhex;
use crate::hash::digests::Digests;

/// What needs no escapes is borrowed, which saves allocations.
#[derive(Deserialize)]
struct Object<'a> {
    path: Option<String>,
    path_hex: Option<&'a str>,
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
}

/// A time in nanoseconds. Programs that rewrite JSON make floating-point numbers of large integers;
/// what is no number at all is no time, and no reason to lose the digest.
#[derive(Default)]
struct Time(Option<i128>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl<'de> Visitor<'de> for Number {
            type Value = Time;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a time")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Time, E> {
                Ok(Time(Some(number.into())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Time, E> {
                Ok(Time(Some(number.into())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Time, E> {
                Ok(Time(time_of(number)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Time, E> {
                Ok(Time(parse_time(text.as_bytes())))
            }

            fn visit_unit<E>(self) -> Result<Time, E> {
                Ok(Time(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Time, E> {
                Ok(Time(None))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// The members of an object in their order.
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

/// Parses a line without its end. `None`: it is of another form.
pub fn parse(line: &[u8], accept: Accept) -> Option<Parsed<Fields>> {
    line.trim_ascii_start().starts_with(b"{").then(|| object(line, accept))
}

/// The name in a line as we write it, if it stands there as it is.
pub fn plain_path(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"{\"path\":\"")?;
    let end = rest.iter().position(|byte| b"\"\\".contains(byte))?;
    (rest[end] == b'"').then_some(&rest[..end])
}

fn object(line: &[u8], accept: Accept) -> Parsed<Fields> {
    let object: Object<'_> = serde_json::from_slice(line)
        .map_err(|_| "not a JSON object with the members of a manifest")?;
    let name = match (object.path, object.path_hex) {
        (Some(name), None) => name.into_bytes(),
        (None, Some(hex)) => unhex(hex.as_bytes()).ok_or("path_hex is not hexadecimal")?,
        _ => return Err("the object has neither path nor path_hex"),
    };
    let members = object.digests.0;
    let several = members.iter().map(|(algorithm, digest)| (algorithm.as_str(), digest.as_str()));
    let pairs = several.chain(object.algorithm.zip(object.digest));
    let (mut digests, mut algorithms) = (Digests::default(), Vec::new());
    for (name, digits) in pairs {
        // Digests that we cannot compute do not keep us from comparing the others.
        if let Some(algorithm) = accept.named(name.as_bytes()) {
            digests.insert(algorithm, &digest_of(algorithm, digits.as_bytes())?);
            algorithms.push(algorithm);
        }
    }
    if digests.set().is_empty() {
        return Err("no digest of an algorithm that is known and was asked for");
    }
    Ok(Fields {
        digests,
        several: if algorithms.len() > 1 { algorithms } else { Vec::new() },
        size: object.size,
        mtime: object.mtime.0,
        ctime: object.ctime.0,
        identity: object.dev.zip(object.ino),
        hashed: object.hashed.0,
        ..Fields::empty(name, Form::Json)?
    })
}
