//! JSON Lines, as `report::json` writes them; members that are not known are passed over.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Accept, Form, Parsed, digest_of, records::Fields, unhex};
use crate::hash::digests::Digests;

#[derive(Deserialize)]
struct Object {
    path: Option<String>,
    path_hex: Option<String>,
    algorithm: Option<String>,
    digest: Option<String>,
    #[serde(default)]
    digests: InOrder,
    size: Option<u64>,
    mtime: Option<i128>,
    ino: Option<u64>,
    dev: Option<u64>,
    hashed: Option<i128>,
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

fn object(line: &[u8], accept: Accept) -> Parsed<Fields> {
    let object: Object = serde_json::from_slice(line)
        .map_err(|_| "not a JSON object with the members of a manifest")?;
    let name = match (object.path, object.path_hex) {
        (Some(name), None) => name.into_bytes(),
        (None, Some(hex)) => unhex(hex.as_bytes()).ok_or("path_hex is not hexadecimal")?,
        _ => return Err("the object has neither path nor path_hex"),
    };
    let mut pairs = object.digests.0;
    if let (Some(algorithm), Some(digest)) = (object.algorithm, object.digest) {
        pairs.push((algorithm, digest));
    }
    let (mut digests, mut algorithms) = (Digests::default(), Vec::new());
    for (name, digits) in &pairs {
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
        mtime: object.mtime,
        identity: object.dev.zip(object.ino),
        hashed: object.hashed,
        ..Fields::empty(name, Form::Json)?
    })
}
