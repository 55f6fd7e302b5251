//! JSON Lines: the string at a path of names in the object of each line, or the strings of an array
//! there.

use std::fmt;
use std::ops::Range;

use memchr::memchr;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::picked::{Found, Picked, Shape};
use crate::escape::push_string;

pub(super) fn pick(
    block: &[u8],
    line: Range<usize>,
    path: &[String],
    picked: &mut Picked,
) -> Found {
    let line = &block[line];
    if line.iter().all(u8::is_ascii_whitespace) {
        return Found::Good;
    }
    let raw = match find(line, path) {
        Ok(Reached::Value(raw)) => raw.get(),
        Ok(Reached::Missing) => return Found::Missing,
        Ok(Reached::NoObject) => return Found::Unfit(no_object(path)),
        Err(error) => return Found::Unfit(describe(&error, path)),
    };
    let name = path.join(".");
    let values = match raw.as_bytes().first() {
        Some(b'"') => {
            return match put_text(block, raw, picked) {
                Ok(()) => Found::Good,
                Err(error) => Found::Unfit(describe(&error, path)),
            };
        }
        Some(b'n') => return Found::Missing,
        Some(b'[') => strings(raw).ok_or("an array of other things than strings"),
        Some(b'{') => Err("an object"),
        Some(b't' | b'f') => Err("true or false"),
        _ => Err("a number"),
    };
    let values = match values {
        Ok(values) => values,
        Err(what) => return Found::Unfit(format!("has {what} as `{name}`, which is no text")),
    };
    // All strings are decoded before the first is picked: a line is cut as a whole or not at all.
    if let Err(error) = values.iter().try_for_each(|value| decode(value).map(drop)) {
        return Found::Unfit(describe(&error, path));
    }
    for value in values {
        if let Err(error) = put_text(block, value, picked) {
            return Found::Unfit(describe(&error, path));
        }
    }
    Found::Good
}

/// Picks a string, which is a part of the block.
fn put_text(block: &[u8], raw: &str, picked: &mut Picked) -> serde_json::Result<()> {
    let text = decode(raw)?;
    let text = text.as_deref().unwrap_or(&raw[1..raw.len() - 1]);
    // The parser borrows values from the block.
    let start = raw.as_ptr().addr() - block.as_ptr().addr();
    let range = start..start + raw.len();
    picked.add(range, Shape::Json, |out| out.extend_from_slice(text.as_bytes()));
    Ok(())
}

/// The value with this path of names in a line; of several with the same name, the last one, which
/// most parsers take.
fn find<'l>(line: &'l [u8], path: &[String]) -> serde_json::Result<Reached<'l>> {
    let mut parser = serde_json::Deserializer::from_slice(line);
    let found = At(path).deserialize(&mut parser)?;
    parser.end().map(|()| found)
}

/// The strings of an array. `None` if it has anything else.
fn strings(raw: &str) -> Option<Vec<&str>> {
    let values: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    values.into_iter().map(|value| Some(value.get()).filter(|raw| raw.starts_with('"'))).collect()
}

/// The text of a string; `None` if it is the string as it stands between its quotes.
fn decode(raw: &str) -> serde_json::Result<Option<String>> {
    memchr(b'\\', raw.as_bytes()).map(|_| serde_json::from_str(raw)).transpose()
}

fn describe(error: &serde_json::Error, path: &[String]) -> String {
    match error.classify() {
        Category::Data => no_object(path),
        Category::Io | Category::Syntax | Category::Eof => {
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            format!("is no valid JSON: {reason} (column {})", error.column())
        }
    }
}

fn no_object(path: &[String]) -> String {
    match path.len() {
        1 => "is no JSON object".into(),
        _ => format!("has something else than an object on the way to `{}`", path.join(".")),
    }
}

/// What is at the end of a path of names.
enum Reached<'de> {
    Value(&'de RawValue),
    Missing,
    /// Something on the way is no object. That is no error of the parser, since a later value with the
    /// same name may be one.
    NoObject,
}

/// Finds the value with this path of names below a value.
struct At<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Reached<'de>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => <&RawValue>::deserialize(parser).map(Reached::Value),
            _ => parser.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Reached<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Reached::Missing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Reached::NoObject)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Reached::NoObject)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Reached::NoObject)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Reached::NoObject)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Reached::NoObject)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Reached::NoObject)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((name, below)) = self.0.split_first() else {
            return Ok(Reached::Missing);
        };
        let mut found = Reached::Missing;
        while let Some(is_it) = map.next_key_seed(Is(name))? {
            if is_it {
                found = map.next_value_seed(At(below))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a name is this one.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<bool, D::Error> {
        parser.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

/// Appends a text as a JSON string.
pub(super) fn put(text: &[u8], out: &mut Vec<u8>) {
    // The text is valid UTF-8, since what it was made of is. This loop does not stop at the first hit, so that the compiler can test many bytes with one
    // instruction. Most texts have no such byte.
    let escapes = |found, &byte: &u8| found | matches!(byte, b'"' | b'\\' | 0..=0x1f | 0x7f);
    if !text.iter().fold(false, escapes) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    push_string(&String::from_utf8_lossy(text), out);
}
