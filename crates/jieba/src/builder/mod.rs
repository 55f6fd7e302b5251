//! Makes the tables of a dictionary from its words.
//!
//! The build script includes this module to make the built-in tables from the dictionary of the
//! pinned jieba-rs crate. The library uses it for dictionaries given at run time. `tables.rs`
//! describes the tables.
//!
//! Data flow: words -> codes of their characters ([`codes`]) -> trie in a double array
//! ([`double_array`]) -> filters of the pairs and triples that begin words. The codes of characters
//! and the values of words (numbers for frequency and tag) are ranked by frequency, so that the
//! data of frequent text lies close together.

pub mod codes;
pub mod double_array;
pub mod layout;
pub mod slots;

use codes::Codes;
use std::collections::HashMap;

/// One word of a dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The word; must not be empty.
    pub word: &'a str,
    /// How often it occurs.
    pub frequency: u64,
    /// Its part of speech, or an empty text.
    pub tag: &'a str,
}

/// Tables made from words. `tables::Tables` has the same fields and describes them.
#[derive(Debug, Default)]
pub struct Built {
    pub codes: Codes,
    pub first: Vec<u32>,
    pub single_log: Vec<f64>,
    pub single_value: Vec<u32>,
    pub units: Vec<u64>,
    pub filter: Vec<u32>,
    pub triples: Vec<u32>,
    pub frequent: Vec<u32>,
    pub latin: [layout::AsciiSet; 2],
    pub logs: Vec<f64>,
    pub frequencies: Vec<u64>,
    pub value_tags: Vec<u16>,
    pub outside: Vec<(String, u32)>,
    pub totals: [u64; 2],
}

/// Turns the words into tables. `tags` holds the names of the known tags, and the names of new tags
/// are appended to it. If a word occurs twice, its last frequency and its first tag count, as in
/// jieba-rs.
///
/// # Errors
/// If the dictionary exceeds a limit of the tables. The text of the error says which limit.
pub fn build(
    entries: &[Entry<'_>],
    mut codes: Codes,
    tags: &mut Vec<String>,
) -> Result<Built, String> {
    codes.add_characters(entries.iter().flat_map(|entry| entry.word.chars()))?;
    let sum = |entries: &[Entry<'_>]| {
        entries.iter().fold(0u64, |sum, entry| sum.wrapping_add(entry.frequency))
    };
    let of_all_lines = sum(entries);
    let entries = without_duplicates(entries);

    let mut tag_numbers: HashMap<String, u16> = HashMap::new();
    for (number, name) in tags.iter().enumerate() {
        tag_numbers.insert(name.clone(), u16::try_from(number).map_err(|_| TOO_MANY_TAGS)?);
    }
    // Number the distinct pairs of frequency and tag, the highest frequency first. The value of a
    // word is the number of its pair. Value 0 means "no word".
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in &entries {
        let tag = match tag_numbers.get(entry.tag) {
            Some(&tag) => tag,
            None => {
                let tag = u16::try_from(tags.len()).map_err(|_| TOO_MANY_TAGS)?;
                tags.push(entry.tag.to_owned());
                tag_numbers.insert(entry.tag.to_owned(), tag);
                tag
            }
        };
        pairs.push((u64::MAX - entry.frequency, tag));
    }
    let mut distinct = pairs.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() > layout::VALUE_MAX as usize {
        return Err(too_many_values());
    }
    let mut built = Built {
        logs: vec![f64::NAN],
        frequencies: vec![0],
        value_tags: vec![0],
        totals: [sum(&entries), of_all_lines],
        ..Built::default()
    };
    for &(inverse, tag) in &distinct {
        let frequency = u64::MAX - inverse;
        built.logs.push((frequency as f64).ln());
        built.frequencies.push(frequency);
        built.value_tags.push(tag);
    }

    for entry in &entries {
        if let [first, second, ..] = *entry.word.as_bytes()
            && first.is_ascii_alphanumeric()
            && second.is_ascii_alphanumeric()
        {
            for (set, byte) in built.latin.iter_mut().zip([first, second]) {
                set[usize::from(byte % 16)] |= 1 << (byte / 16);
            }
        }
    }

    // Turn the words into the codes of their characters. Words with a gap character (code 0) go to
    // `outside`.
    let mut letters: Vec<u16> = Vec::new();
    let mut words: Vec<(usize, usize, u32)> = Vec::with_capacity(entries.len());
    for (entry, pair) in entries.iter().zip(&pairs) {
        let value = 1 + distinct.binary_search(pair).expect("every pair was collected") as u32;
        let start = letters.len();
        if entry.word.chars().all(|character| match codes.get(character) {
            0 => false,
            code => {
                letters.push(code);
                true
            }
        }) {
            words.push((start, letters.len(), value));
        } else {
            letters.truncate(start);
            built.outside.push((entry.word.to_owned(), value));
        }
    }
    built.outside.sort_unstable();
    words.sort_unstable_by(|a, b| letters[a.0..a.1].cmp(&letters[b.0..b.1]));
    let words: Vec<(&[u16], u32)> =
        words.iter().map(|&(start, end, value)| (&letters[start..end], value)).collect();

    let count = codes.len();
    built.first = vec![0; count];
    built.single_value = vec![0; count];
    let mut firsts = Vec::new();
    built.units =
        double_array::build(&words, |code, value, base| firsts.push((code, value, base)))?;
    // A character that is no word counts as if it occurred once. But a character that begins words
    // (`ABSENT`) counts only at places where no longer word begins.
    built.single_log = vec![0.0; count];
    built.single_log[0] = layout::GAP;
    for (code, value, base) in firsts {
        built.first[code as usize] = base;
        built.single_value[code as usize] = value;
        built.single_log[code as usize] = match value {
            0 => layout::ABSENT,
            value => built.logs[value as usize],
        };
    }
    let beginnings = |length: usize| {
        let mut beginnings: Vec<&[u16]> =
            words.iter().filter_map(|(letters, _)| letters.get(..length)).collect();
        beginnings.dedup();
        beginnings
    };
    built.filter = filter(&beginnings(2), |pair, log_words| {
        layout::filter_slot(layout::filter_hash(hash_of(pair)), log_words)
    });
    built.triples = filter(&beginnings(3), |triple, log_words| {
        layout::filter_slot(layout::triple_hash(hash_of(triple), triple[2]), log_words)
    });
    built.frequent = frequent_pairs(&words, &built);
    built.codes = codes;
    Ok(built)
}

/// The error if the words have too many different frequencies and tags.
pub fn too_many_values() -> String {
    format!("more than {} distinct pairs of frequency and tag", layout::VALUE_MAX)
}

const TOO_MANY_TAGS: &str = "more than 65,535 different tags";

fn without_duplicates<'a>(entries: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let mut indices: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let index = *indices.entry(entry.word).or_insert(kept.len());
        if index == kept.len() {
            kept.push(*entry);
        } else {
            kept[index].frequency = entry.frequency;
        }
    }
    kept
}

/// The hash of a word's first two codes.
fn hash_of(codes: &[u16]) -> u32 {
    layout::pair_hash(layout::pair_key(codes[0], codes[1]))
}

/// Makes a filter of these beginnings of words, with between 4 and 8 bits for each. For a
/// beginning, `slot` returns the index of a 32-bit number of the filter, and the bits to set in
/// that number.
fn filter(beginnings: &[&[u16]], slot: impl Fn(&[u16], u32) -> (usize, u32)) -> Vec<u32> {
    let words = (beginnings.len() * 4 / 32).next_power_of_two().max(2);
    let mut filter = vec![0u32; words];
    for beginning in beginnings {
        let (index, bits) = slot(beginning, words.trailing_zeros());
        filter[index] |= bits;
    }
    filter
}

/// Makes the table of frequent pairs of characters. If several pairs have the same slot, the pair
/// whose words are most frequent gets it.
fn frequent_pairs(words: &[(&[u16], u32)], built: &Built) -> Vec<u32> {
    let mut table: Vec<u32> =
        (0..1 << layout::LOG_FREQUENT).map(layout::no_frequent_pair).collect();
    let mut highest = vec![0u64; table.len()];
    let longer: Vec<_> = words.iter().filter(|(letters, _)| letters.len() > 1).collect();
    for same in longer.chunk_by(|a, b| a.0[..2] == b.0[..2]) {
        let (first, second) = (same[0].0[0], same[0].0[1]);
        let (slot, mark) = layout::frequent_slot(hash_of(same[0].0));
        let frequency = same
            .iter()
            .fold(1u64, |sum, (_, value)| sum.saturating_add(built.frequencies[*value as usize]));
        let base = built.first[usize::from(first)];
        let unit = built.units[base as usize + usize::from(second)];
        let value = layout::value(unit);
        // A pair whose value does not fit in an entry gets no slot. It is looked up in the double
        // array instead. An entry without its value would say that the pair is no word.
        if frequency > highest[slot] && value <= layout::FREQUENT_VALUE_MAX {
            highest[slot] = frequency;
            let children = u32::from(layout::base(unit) != 0);
            table[slot] = mark
                | value << layout::FREQUENT_VALUE_SHIFT
                | children << layout::FREQUENT_CHILDREN_SHIFT;
        }
    }
    table
}
