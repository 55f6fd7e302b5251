//! The tables of a dictionary. The built-in ones are used directly from the program file: nothing
//! is parsed, copied or built at start.
//!
//! # Layout
//! Characters have codes (`builder::codes`). The frequency and tag of a word are its *value*, a
//! number that words with the same frequency and tag share. Value 0 means "no word".
//!
//! For each code, `first`, `single_log` and `single_value` describe the words that this character
//! is or begins. The other characters of a word are looked up in a double array of 64-bit *units*
//! (Aoe 1989; `builder::layout` has the bits of a unit):
//!
//! ```text
//! child of a node with base b by code c = units[b + c], if the label there is c
//! ```
//!
//! A look-up goes through smaller tables first:
//!
//! - `filter` tells for most pairs of characters that no word begins with them. It is a blocked
//!   Bloom filter (Putze, Sanders and Singler 2007): each pair sets two bits in one 32-bit word.
//! - `frequent` holds the most frequent pairs.
//! - `triples` is a filter like `filter`, for the first three characters of words.
//!
//! These three tables fit in the L2 cache. The double array does not.

use super::builder::Built;
use super::builder::codes::{Codes, HAN_END, HAN_START};
use super::builder::layout::AsciiSet;
use std::borrow::Cow;

/// A table that the build script wrote, as a slice of numbers. It is part of the program file and
/// used there, without a copy.
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

/// The tables of one dictionary.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The codes of characters.
    pub codes: Codes,
    /// Indexed by the code of a word's first character: the base of its node in the double array.
    pub first: Cow<'static, [u32]>,
    /// Indexed by the code of a character: ln(frequency) of the character as a word. It is
    /// `layout::ABSENT` if the character is no word but begins words, 0 if it neither is nor begins
    /// a word, and `layout::GAP` for code 0.
    pub single_log: Cow<'static, [f64]>,
    /// Indexed by the code of a character: the value of the character as a word, or 0.
    pub single_value: Cow<'static, [u32]>,
    /// The double array.
    pub units: Cow<'static, [u64]>,
    /// Filter of the pairs of characters that words begin with. Its length is a power of two.
    pub filter: Cow<'static, [u32]>,
    /// Filter of the triples of characters that words begin with. Its length is a power of two.
    pub triples: Cow<'static, [u32]>,
    /// The most frequent pairs of characters. Each entry says which value the pair has as a word,
    /// and whether longer words begin with it. A pair can be in only one slot of the table.
    pub frequent: Cow<'static, [u32]>,
    /// For the words that begin with two ASCII letters or digits: the set of their first
    /// characters, and the set of their second characters.
    pub latin: [AsciiSet; 2],
    /// Indexed by the value of a word: ln(frequency); NaN for value 0.
    pub logs: Cow<'static, [f64]>,
    /// Indexed by the value of a word: its frequency.
    pub frequencies: Cow<'static, [u64]>,
    /// Indexed by the value of a word: the number of its tag.
    pub value_tags: Cow<'static, [u16]>,
    /// The words that contain a gap (a character with code 0) and their values, in ascending order.
    /// Cutting a text never gives these words, but their frequency and tag can be looked up.
    pub outside: Cow<'static, [(Cow<'static, str>, u32)]>,
    /// The names of the tags.
    pub tags: Cow<'static, [Cow<'static, str>]>,
    /// Sum of all frequencies, for jieba-rs and for Python jieba. If a dictionary lists a word
    /// twice, jieba-rs counts its last frequency, and Python jieba counts both.
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

    /// The tables of a dictionary made at run time. `tags` holds the names of all tags.
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

/// The unit where a node with this base has its child by `code`, if there is such a child; 0 beyond
/// the end of the array. The caller must compare the label of the unit with `code`.
#[inline(always)]
pub fn child(units: &[u64], base: u32, code: u16) -> u64 {
    units.get(base as usize + usize::from(code)).copied().unwrap_or(0)
}

/// The codes of the built-in dictionary. All other dictionaries extend them.
pub fn built_in_codes() -> Codes {
    Codes {
        bmp: table!("bmp", u16).into(),
        astral: table!("astral", u32).into(),
        astral_codes: table!("astral_codes", u16).into(),
        end: CODES_END,
    }
}

/// The names of the tags that every dictionary starts with.
pub const BUILT_IN_TAGS: &[Cow<'static, str>] = TAGS;

/// The emissions (ln) of one character in the states B (begin), E (end), M (middle) and S (single).
pub type Row = [f64; 4];

/// The hidden Markov model that finds words which are in no dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Probability (ln) of each state at the first character.
    pub start: Row,
    /// Probability (ln) of a state (second index) after another (first index).
    pub transitions: [Row; 4],
    /// The emissions of each character, indexed by its code minus [`HAN_START`].
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
