//! The tables of a dictionary, and the built-in ones, which are used where the program file holds
//! them: nothing is parsed, copied or built at start.
//!
//! # The form of the tables
//! Characters have codes (`builder::codes`). A word's frequency and tag are its *value*, a number
//! that several words share; value 0 is no word. Per code, `first`, `single_log` and
//! `single_value` tell about words of and beginning with that character. The rest of a word is
//! looked up in a double array of 64-bit *units* (`builder::layout` has the bits): the child of a
//! node with base `b` by a character of code `c` is unit `b + c`, if its label is `c`. Before the
//! array is asked, `filter` tells for most pairs of characters that no word begins with them: it is
//! a blocked Bloom filter, each pair setting two bits in one 32-bit word. What passes is looked for in
//! `frequent`, which has the most frequent pairs. `triples` is such a filter for three characters.
//! These three fit the second cache, while the array does not.

use super::builder::Built;
use super::builder::codes::{Codes, HAN_END, HAN_START};
use super::builder::layout::AsciiSet;
use std::borrow::Cow;

/// A table that the build script wrote, in place, as a slice of numbers.
macro_rules! table {
    ($name:literal, $number:ty) => {{
        #[repr(C, align(64))]
        struct Aligned<Bytes: ?Sized>(Bytes);
        static TABLE: &Aligned<[u8]> =
            &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bin")));
        let numbers: &'static [$number] = bytemuck::cast_slice(&TABLE.0);
        numbers
    }};
}
pub(crate) use table;

/// What one dictionary knows.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Characters as numbers.
    pub codes: Codes,
    /// By code: the base of the children of the node for this first character.
    pub first: Cow<'static, [u32]>,
    /// By code: ln(frequency) of the character as a word; `layout::ABSENT` if words begin with it but
    /// it is none; 0 if no word begins with it; for code 0 `layout::GAP`.
    pub single_log: Cow<'static, [f64]>,
    /// By code: the value of the character as a word.
    pub single_value: Cow<'static, [u32]>,
    /// The double array.
    pub units: Cow<'static, [u64]>,
    /// The pairs of characters that words begin with; a power of two of words.
    pub filter: Cow<'static, [u32]>,
    /// The same for the three characters words begin with.
    pub triples: Cow<'static, [u32]>,
    /// The most frequent of the pairs, each with what its unit says; a pair has one place.
    pub frequent: Cow<'static, [u32]>,
    /// ASCII letters and digits that begin words and are followed by another there, and those that
    /// are second there.
    pub latin: [AsciiSet; 2],
    /// By value: ln(frequency); NaN for value 0.
    pub logs: Cow<'static, [f64]>,
    /// By value: frequency.
    pub frequencies: Cow<'static, [u64]>,
    /// By value: tag.
    pub value_tags: Cow<'static, [u16]>,
    /// Words with characters that are in no block, ascending, with their values. They are never
    /// cut, but have a frequency and a tag.
    pub outside: Cow<'static, [(Cow<'static, str>, u32)]>,
    /// Names of the tags.
    pub tags: Cow<'static, [Cow<'static, str>]>,
    /// Sum of all frequencies, as jieba-rs and Python jieba have it: of a word that comes twice the one
    /// counts the last, the other both.
    pub totals: [u64; 2],
}

impl Tables {
    /// The dictionary of the pinned jieba-rs crate.
    pub fn built_in() -> Self {
        Tables {
            codes: built_in_codes(),
            first: table!("first", u32).into(),
            single_log: table!("single_log", f64).into(),
            single_value: table!("single_value", u32).into(),
            units: table!("units", u64).into(),
            filter: table!("filter", u32).into(),
            triples: table!("triples", u32).into(),
            frequent: table!("frequent", u32).into(),
            latin: LATIN,
            logs: table!("logs", f64).into(),
            frequencies: table!("frequencies", u64).into(),
            value_tags: table!("value_tags", u16).into(),
            outside: OUTSIDE.into(),
            tags: TAGS.into(),
            totals: TOTALS,
        }
    }

    /// A dictionary made at run time; `tags` are the names its values' tags refer to.
    pub fn from_built(built: Built, tags: Vec<String>) -> Self {
        let outside: Vec<_> =
            built.outside.into_iter().map(|(word, value)| (Cow::Owned(word), value)).collect();
        let tags: Vec<_> = tags.into_iter().map(Cow::Owned).collect();
        Tables {
            codes: built.codes,
            first: built.first.into(),
            single_log: built.single_log.into(),
            single_value: built.single_value.into(),
            units: built.units.into(),
            filter: built.filter.into(),
            triples: built.triples.into(),
            frequent: built.frequent.into(),
            latin: built.latin,
            logs: built.logs.into(),
            frequencies: built.frequencies.into(),
            value_tags: built.value_tags.into(),
            outside: outside.into(),
            tags: tags.into(),
            totals: built.totals,
        }
    }
}

/// The unit where the child by `code` would be.
#[inline(always)]
pub fn child(units: &[u64], base: u32, code: u16) -> u64 {
    units.get(base as usize + usize::from(code)).copied().unwrap_or(0)
}

/// The codes of the built-in dictionary, on which those of any other dictionary are based.
pub fn built_in_codes() -> Codes {
    Codes {
        bmp: table!("bmp", u16).into(),
        astral: table!("astral", u32).into(),
        astral_codes: table!("astral_codes", u16).into(),
        end: CODES_END,
    }
}

/// Names of the tags every dictionary starts with.
pub const BUILT_IN_TAGS: &[Cow<'static, str>] = TAGS;

/// One row of emissions: the states B (begin), E (end), M (middle), S (single).
pub type Row = [f64; 4];

/// The hidden Markov model that finds words which are in no dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Probability (ln) of each state at the first character.
    pub start: Row,
    /// Probability (ln) of a state (second index) after another (first index).
    pub transitions: [Row; 4],
    /// By code from [`HAN_START`] on.
    pub emissions: &'static [Row],
}

impl Model {
    /// jieba-rs's model, whose numbers have six decimals.
    pub fn jieba_rs() -> Self {
        Self::new(table!("emissions", f64))
    }

    /// Python jieba's model.
    pub fn python() -> Self {
        Self::new(table!("python_emissions", f64))
    }

    fn new(emissions: &'static [f64]) -> Self {
        let emissions: &[Row] = bytemuck::cast_slice(emissions);
        debug_assert_eq!(emissions.len(), usize::from(HAN_END - HAN_START));
        Model { start: START, transitions: TRANSITIONS, emissions }
    }
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
