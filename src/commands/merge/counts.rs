//! Adds counts of words. They are sorted by the counts, so all words are held in memory, as `segment
//! --count` itself holds them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};

use rustc_hash::FxBuildHasher;
use serde::Deserialize;

use super::parts::wrong;
use super::shared::{Merge, Stop};
use crate::error::Fatal;
use crate::escape::{unhex, untsv};
use crate::segment::tables::About;

/// A line of JSON.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    word: std::borrow::Cow<'a, str>,
    /// The bytes of a word that is not UTF-8.
    invalid: Option<String>,
    count: u64,
}

/// The word of a line and its count.
fn parse(line: &[u8], json: bool) -> Option<(Vec<u8>, u64)> {
    let line = line.strip_suffix(b"\n")?;
    if json {
        let Line { word, invalid, count } = serde_json::from_slice(line).ok()?;
        let word = match invalid {
            Some(digits) => unhex(digits.as_bytes())?,
            None => word.into_owned().into_bytes(),
        };
        return Some((word, count));
    }
    let tab = memchr::memrchr(b'\t', line)?;
    let count = str::from_utf8(&line[tab + 1..]).ok()?.parse().ok()?;
    Some((untsv(&line[..tab])?, count))
}

impl Merge<'_> {
    /// Adds the counts of all parts.
    pub(super) fn counts(&mut self) -> Result<(), Stop> {
        let json = self.parts.work().is_some_and(|work| work.form.as_deref() == Some("json"));
        let mut counts: HashMap<Vec<u8>, u64, FxBuildHasher> = HashMap::default();
        for index in 0..self.parts.all().len() {
            let reading = self.parts.open(index, &self.interrupt)?;
            let end = reading.seen();
            let mut reader = BufReader::with_capacity(64 << 10, reading);
            let mut line = Vec::new();
            for number in 1_u64.. {
                line.clear();
                let read = reader.read_until(b'\n', &mut line);
                if read.map_err(|error| end.unreadable(&error))? == 0 {
                    break;
                }
                let Some((word, count)) = parse(&line, json) else {
                    let what = format!("torn or altered: line {number} is no word with its count");
                    return Err(wrong(&end.path, &what).into());
                };
                let sum = counts.entry(word).or_default();
                let too_many = || Fatal("a word is counted more than 2^64 times".into());
                *sum = sum.checked_add(count).ok_or_else(too_many)?;
            }
            end.check()?;
        }
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_unstable_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        for (word, count) in sorted {
            let count = count.to_string();
            let out = &mut self.output.buffer;
            About::default().push_count(json.then_some("count"), &word, &count, out);
            self.output.write_if_large()?;
        }
        Ok(())
    }
}
