//! Dictionaries compiled to a file. Such a file holds the tables byte for byte as they are in
//! memory, so reading a dictionary takes little more time than reading the bytes of its file.
//! `file.rs` describes and writes the format, `reader.rs` reads it, `check.rs` checks the tables, and this module lists the sections
//! of a file.

mod check;
mod file;
mod reader;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use check::check;

use super::builder::codes::BMP;
use super::builder::layout::{BASE_LIMIT, LOG_FREQUENT, VALUE_MAX};
use super::dictionary::Dictionary;
use super::options::Compat;
use super::overlay::AddedValues;
use super::tables::{BUILT_IN_TAGS, CODES_END, Tables};
pub use file::Error;
use file::{MAGIC, Visitor, Writer, damaged};
use reader::{Memory, Reader, Source, Stream};
use std::borrow::Cow;
use std::io::Read;

/// The contents of the file of a compiled dictionary.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The dictionary, without added words.
    pub dictionary: Dictionary,
    /// The words of the dictionary that must be found in a text before the text is cut.
    pub protected: Vec<String>,
    /// The number of words in the dictionary texts that were compiled.
    pub words: u64,
    /// By whose rules the frequencies of words were suggested that had none. `None` if all words
    /// had one.
    pub suggested: Option<Compat>,
}

/// The contents of a file that the tables hold in another form or not at all. Here they are arrays
/// of numbers and lists of texts, as in the sections of a file.
#[derive(Default)]
struct Rest {
    /// The characters that have codes from `CODES_END` on, in the order of their codes.
    characters: Vec<u32>,
    /// The tags after the built-in ones.
    tags: Vec<String>,
    outside: Vec<String>,
    outside_values: Vec<u32>,
    protected: Vec<String>,
    words: u64,
    /// 0 for `None`, 1 for jieba-rs, 2 for Python jieba.
    suggested: u64,
    /// The first value that was made for an added word, and from there on Python jieba's tag for
    /// each value.
    first_added: u64,
    python_tags: Vec<u32>,
    forbidden: Vec<String>,
}

/// Stands in `python_tags` for a word without a tag.
const NO_TAG: u32 = u32::MAX;

/// Visits all sections of a file, in their order.
fn sections(tables: &mut Tables, rest: &mut Rest, visitor: &mut impl Visitor) -> Result<(), Error> {
    const CODES: usize = 1 << 16;
    const VALUES: usize = VALUE_MAX as usize + 1;
    // These two limits are far more than the largest dictionary needs.
    const FILTER: usize = 1 << 24;
    const WORDS: usize = 1 << 24;
    visitor.one("words", &mut rest.words)?;
    visitor.one("suggested", &mut rest.suggested)?;
    visitor.list("characters", &mut rest.characters, CODES)?;
    visitor.texts("tags", &mut rest.tags)?;
    visitor.texts("outside", &mut rest.outside)?;
    visitor.list("outside_values", &mut rest.outside_values, WORDS)?;
    visitor.texts("protected", &mut rest.protected)?;
    visitor.one("first_added", &mut rest.first_added)?;
    visitor.list("python_tags", &mut rest.python_tags, VALUES)?;
    visitor.texts("forbidden", &mut rest.forbidden)?;
    visitor.one("totals", &mut tables.totals)?;
    visitor.one("latin", &mut tables.latin)?;
    visitor.numbers("first", &mut tables.first, CODES)?;
    visitor.numbers("single_log", &mut tables.single_log, CODES)?;
    visitor.numbers("single_value", &mut tables.single_value, CODES)?;
    visitor.numbers("logs", &mut tables.logs, VALUES)?;
    visitor.numbers("frequencies", &mut tables.frequencies, VALUES)?;
    visitor.numbers("value_tags", &mut tables.value_tags, VALUES)?;
    visitor.numbers("filter", &mut tables.filter, FILTER)?;
    visitor.numbers("triples", &mut tables.triples, FILTER)?;
    visitor.numbers("frequent", &mut tables.frequent, 1 << LOG_FREQUENT)?;
    visitor.numbers("units", &mut tables.units, BASE_LIMIT + CODES)
}

impl Rest {
    /// Converts the contents that the tables hold in another form.
    fn taken_from(dictionary: &Dictionary) -> Self {
        let Dictionary { tables, added, .. } = dictionary;
        let codes = &tables.codes;
        let points = (0..BMP as u32).zip(&*codes.bmp);
        let points = points.chain(codes.astral.iter().copied().zip(&*codes.astral_codes));
        let mut characters: Vec<(u16, u32)> =
            points.filter(|&(_, &code)| code >= CODES_END).map(|(c, &code)| (code, c)).collect();
        characters.sort_unstable();
        let tags = tables.tags.iter().skip(BUILT_IN_TAGS.len());
        let (first, python_tags) = added.python_tags();
        let number = |tag: &Option<u16>| tag.map_or(NO_TAG, u32::from);
        let mut forbidden: Vec<String> = added.forbidden.iter().cloned().collect();
        forbidden.sort_unstable();
        Rest {
            first_added: u64::from(first),
            python_tags: python_tags.iter().map(number).collect(),
            forbidden,
            characters: characters.into_iter().map(|(_, point)| point).collect(),
            tags: tags.map(|tag| tag.clone().into_owned()).collect(),
            outside: tables.outside.iter().map(|(word, _)| word.clone().into_owned()).collect(),
            outside_values: tables.outside.iter().map(|&(_, value)| value).collect(),
            ..Rest::default()
        }
    }

    /// Puts what was read from a file into `tables`, which must still have only the built-in
    /// characters and tags.
    fn put_into(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let characters = self.characters.iter().map(|&point| char::from_u32(point));
        let characters: Option<Vec<char>> = characters.collect();
        let characters = characters
            .ok_or_else(|| damaged("characters", "has a number that stands for no character"))?;
        let end = tables.codes.len() + characters.len();
        let added = tables.codes.add_characters(characters.into_iter());
        added
            .map_err(|_| damaged("characters", "has more characters than a dictionary can have"))?;
        if tables.codes.len() != end {
            return Err(damaged(
                "characters",
                "has a character that is built in, repeated or never part of a word",
            ));
        }
        let tags = self.tags.drain(..).map(Cow::Owned);
        tables.tags = BUILT_IN_TAGS.iter().cloned().chain(tags).collect();
        if self.outside.len() != self.outside_values.len() {
            return Err(damaged("outside_values", "is not as long as `outside`"));
        }
        let outside = self.outside.drain(..).map(Cow::Owned).zip(self.outside_values.drain(..));
        tables.outside = outside.collect();
        Ok(())
    }
}

impl Rest {
    /// What is known of the words that were added to `tables`, which must be complete.
    fn added(&mut self, tables: &Tables) -> Result<AddedValues, Error> {
        let tag = |number: u32| match number {
            NO_TAG => Ok(None),
            number if (number as usize) < tables.tags.len() => Ok(Some(number as u16)),
            _ => Err(damaged("python_tags", "has a tag number for which `tags` has no entry")),
        };
        let tags = self.python_tags.drain(..).map(tag).collect::<Result<Vec<_>, _>>()?;
        let first = u32::try_from(self.first_added).unwrap_or(u32::MAX);
        if !tags.is_empty() && first as usize + tags.len() != tables.logs.len() {
            return Err(damaged("python_tags", "does not end with the last value of `logs`"));
        }
        Ok(AddedValues::from_parts(first, tags, self.forbidden.drain(..).collect()))
    }
}

impl Compiled {
    /// The bytes of the file of this dictionary.
    ///
    /// # Panics
    /// If a word or a tag contains a newline; words and tags that were read from a text contain
    /// none. Or if words were added to the dictionary that are not in its tables.
    pub fn into_bytes(self) -> Vec<u8> {
        let Compiled { dictionary, protected, words, suggested } = self;
        assert!(dictionary.overlay.is_empty(), "all words are in the tables");
        let suggested = match suggested {
            None => 0,
            Some(Compat::JiebaRs) => 1,
            Some(Compat::Python) => 2,
        };
        let mut rest = Rest { protected, words, suggested, ..Rest::taken_from(&dictionary) };
        let mut tables = Tables { totals: dictionary.totals, ..dictionary.tables };
        let mut writer = Writer::default();
        sections(&mut tables, &mut rest, &mut writer).expect("writing cannot fail");
        writer.finish()
    }

    /// Whether a file that begins with these bytes is meant to be a compiled dictionary. Only the
    /// first 15 bytes count. So the answer is also true for two kinds of damaged files: those that
    /// were cut off within these bytes, and those whose 16th byte, a newline, was changed by a
    /// transfer.
    pub fn is_begun_by(bytes: &[u8]) -> bool {
        !bytes.is_empty() && MAGIC.starts_with(&bytes[..bytes.len().min(MAGIC.len() - 1)])
    }

    /// Reads the file of a compiled dictionary.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or was written by another version or on a machine
    /// with another byte order.
    pub fn read(source: impl Read) -> Result<Self, Error> {
        Self::read_from(Stream(source))
    }

    /// Like [`Self::read`] for a file in memory that stays there until the process ends, such as a
    /// mapped one. Its tables are used where they are, if the bytes begin at an address that is a
    /// multiple of 64.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn read_static(bytes: &'static [u8]) -> Result<Self, Error> {
        Self::read_from(Memory(bytes))
    }

    fn read_from(source: impl Source) -> Result<Self, Error> {
        let mut reader = Reader::begin(source)?;
        let (mut tables, mut rest) = (Tables::built_in(), Rest::default());
        sections(&mut tables, &mut rest, &mut reader)?;
        reader.finish()?;
        rest.put_into(&mut tables)?;
        check::check(&tables)?;
        let added = rest.added(&tables)?;
        let suggested = match rest.suggested {
            0 => None,
            1 => Some(Compat::JiebaRs),
            2 => Some(Compat::Python),
            _ => return Err(damaged("suggested", "has an impossible number")),
        };
        let Rest { protected, words, .. } = rest;
        let dictionary = Dictionary { added, ..Dictionary::with_tables(tables) };
        Ok(Compiled { dictionary, protected, words, suggested })
    }
}
