//! Parses lines of dictionaries in the format that jieba documents:
//!
//! ```text
//!  word [frequency] [tag]
//! ```
//! All lines that jieba-rs accepts are read as jieba-rs reads them: white space separates the word,
//! the frequency and the tag. A line may also have tabs between these, so that the word may contain
//! spaces; or a word with spaces, after which a frequency or a tag of lower-case letters comes.

use super::forms::Forms;
use batchproc_jieba::is_block_character;

/// The largest frequency that a word may have. A larger frequency is surely a typing error, and
/// sums of such frequencies would not be exact.
const MOST_FREQUENT: u64 = 1_000_000_000_000;

/// A word that is added to a dictionary.
#[derive(Clone, Debug)]
pub struct Word {
    /// The word.
    pub word: String,
    /// The word's frequency. A word without one gets the frequency that jieba-rs or Python jieba
    /// suggests.
    pub frequency: Option<u64>,
    /// The word's part of speech, such as `n`.
    pub tag: Option<String>,
}

/// A line of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub word: String,
    /// The word's frequency.
    pub frequency: Option<u64>,
    /// The word's part of speech.
    pub tag: Option<String>,
    /// Whether the word must be found before the rest of a text is cut into words, since the cutter
    /// cannot find it.
    pub protected: bool,
    /// Whether the line has more columns, which have no effect.
    pub more: bool,
}

impl From<Word> for Entry {
    fn from(Word { word, frequency, tag }: Word) -> Self {
        let protected = word.chars().any(|c| !is_block_character(c));
        Self { word, frequency, tag, protected, more: false }
    }
}

impl Entry {
    /// A word with its columns as they were read. `symbols` says that the line meant ASCII symbols
    /// in the word to be kept as they are.
    ///
    /// # Errors
    /// When the frequency is too large.
    pub fn new(columns: Columns<'_>, symbols: bool) -> Result<Self, String> {
        let Columns { word, frequency, tag, more } = columns;
        let frequency = match frequency {
            "" => None,
            digits => match digits.parse() {
                Ok(number @ 0..=MOST_FREQUENT) => Some(number),
                _ => return Err(format!("the frequency {digits} is too large")),
            },
        };
        let tag = (!tag.is_empty()).then(|| tag.to_string());
        let mut entry = Self::from(Word { word: word.into(), frequency, tag });
        let symbol = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
        entry.protected |= symbols && word.bytes().any(symbol);
        entry.more = more;
        Ok(entry)
    }

    /// Brings the word to these forms.
    pub fn bring_to(&mut self, forms: Forms) {
        self.word = forms.apply(&self.word).into_owned();
        // The form may have other symbols than the word had, or none.
        self.protected &= self.word.chars().any(|c| !c.is_alphanumeric());
        self.protected |= self.word.chars().any(|c| !is_block_character(c));
    }
}

/// The columns of a line as text. A missing column is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    /// The word.
    pub word: &'a str,
    /// The digits of the frequency.
    pub frequency: &'a str,
    /// The part of speech.
    pub tag: &'a str,
    /// Whether more columns follow.
    pub more: bool,
}

/// Parses a line without white space at its ends. `None` if the line is empty.
///
/// # Errors
/// When the line is malformed. The error is the reason.
pub fn parse(line: &str) -> Result<Option<Entry>, String> {
    if line.is_empty() {
        return Ok(None);
    }
    let tabs = by_tabs(line);
    let spaced = tabs.filter(|tabs| tabs.word.contains(char::is_whitespace));
    let columns = match spaced.or_else(|| by_white_space(line)).or(tabs) {
        Some(columns) => columns,
        None if line.contains('\t') => by_one_tab(line)?,
        None => by_spaces(line)?,
    };
    Entry::new(columns, line.contains('\t')).map(Some)
}

/// The columns of a line in which tabs separate the word, the frequency (or nothing) and more.
fn by_tabs(line: &str) -> Option<Columns<'_>> {
    let mut columns = line.split('\t').map(str::trim);
    let (word, frequency) = (columns.next()?, columns.next()?);
    let tag = columns.next().unwrap_or_default();
    let more = columns.any(|column| !column.is_empty());
    let fits = frequency.is_empty() || is_number(frequency);
    fits.then_some(Columns { word, frequency, tag, more })
}

/// The columns of a line as jieba-rs sees them: any white space separates them, and the second one
/// is a number.
fn by_white_space(line: &str) -> Option<Columns<'_>> {
    let mut columns = line.split_whitespace();
    let (word, frequency) = (columns.next()?, columns.next()?);
    let tag = columns.next().unwrap_or_default();
    let more = columns.next().is_some();
    is_number(frequency).then_some(Columns { word, frequency, tag, more })
}

/// The columns of a line in which a tab separates the word and the tag.
fn by_one_tab(line: &str) -> Result<Columns<'_>, String> {
    let Some((word, tag)) = line.split_once('\t') else { return by_spaces(line) };
    let (word, tag) = (word.trim(), tag.trim());
    match tag.split_once('\t') {
        None => Ok(Columns { word, tag, ..Columns::default() }),
        Some((second, _)) => {
            Err(format!("`{}` is not a frequency, which is a whole number", second.trim()))
        }
    }
}

/// The columns of a line with spaces. First a tag of lower-case letters and then a frequency are
/// taken from the end of the line. The rest is the word.
fn by_spaces(line: &str) -> Result<Columns<'_>, String> {
    let cut = |text: &'_ str, test: fn(&str) -> bool| -> Option<usize> {
        let place = text.rfind(char::is_whitespace)?;
        test(text[place..].trim_start()).then_some(place)
    };
    let tag = cut(line, is_tag);
    let (rest, tag) = line.split_at(tag.unwrap_or(line.len()));
    let frequency = cut(rest.trim_end(), is_number);
    let (word, frequency) = rest.trim_end().split_at(frequency.unwrap_or(rest.trim_end().len()));
    let (word, frequency, tag) = (word.trim_end(), frequency.trim(), tag.trim());
    if let (Some(place), "", "") = (word.rfind(char::is_whitespace), frequency, tag) {
        let last = word[place..].trim();
        return Err(format!(
            "`{last}` is neither a frequency nor a tag of lower-case letters; a word with spaces needs a frequency or a tag after a tab: {word}<tab>5"
        ));
    }
    Ok(Columns { word, frequency, tag, more: false })
}

/// Whether this is a tag of lower-case letters.
pub fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    is_digits(digits)
}

/// Whether this is a number of ASCII digits.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> (String, Option<u64>, Option<String>, bool) {
        let entry = parse(line).unwrap().unwrap();
        assert!(!entry.more, "{line}");
        (entry.word, entry.frequency, entry.tag, entry.protected)
    }

    #[test]
    fn frequency_and_tag_are_optional() {
        let word = || "云计算".to_string();
        assert_eq!(parsed("云计算"), (word(), None, None, false));
        assert_eq!(parsed("云计算 5"), (word(), Some(5), None, false));
        assert_eq!(parsed("云计算 n"), (word(), None, Some("n".into()), false));
        assert_eq!(parsed("云计算 5 n"), (word(), Some(5), Some("n".into()), false));
        assert_eq!(parsed("云计算\u{3000}+5 \tN2"), (word(), Some(5), Some("N2".into()), false));
        assert_eq!(parsed("云计算\t\t5\t\tn"), (word(), Some(5), Some("n".into()), false));
        assert_eq!(parsed("云计算 5\tn"), (word(), Some(5), Some("n".into()), false));
        assert_eq!(parsed("Edu Trust认证 2000"), ("Edu Trust认证".into(), Some(2000), None, true));
        assert_eq!(parsed("石墨烯 3.0 n").0, "石墨烯 3.0");
        assert_eq!(parsed("石墨烯,300,n"), ("石墨烯,300,n".into(), None, None, true));
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn with_tabs_a_word_may_have_spaces_and_symbols() {
        assert_eq!(parsed("深度 学习\t\tn"), ("深度 学习".into(), None, Some("n".into()), true));
        assert_eq!(parsed("深度 学习\tn"), ("深度 学习".into(), None, Some("n".into()), true));
        assert_eq!(parsed("深度 3\t5\tn"), ("深度 3".into(), Some(5), Some("n".into()), true));
        assert_eq!(parsed("C++17\t3"), ("C++17".into(), Some(3), None, true));
        assert_eq!(parsed("C++17 3"), ("C++17".into(), Some(3), None, false));
        assert_eq!(parsed("<NUM>"), ("<NUM>".into(), None, None, true));
    }

    #[test]
    fn columns_after_the_tag_have_no_effect_as_in_jieba_rs() {
        for line in ["石墨烯 3 n # new", "石墨烯\t3\tn\tx", "石墨烯 3\tn\tx"] {
            let entry = parse(line).unwrap().unwrap();
            assert_eq!(
                (&*entry.word, entry.tag.as_deref(), entry.more),
                ("石墨烯", Some("n"), true)
            );
        }
    }

    #[test]
    fn malformed_lines_are_reported() {
        for (line, reason) in [
            ("深度 学习", "needs a frequency or a tag after a tab: 深度 学习<tab>5"),
            ("word\tx5\tn", "`x5` is not a frequency"),
            ("word 99999999999999999999", "too large"),
            ("word N", "`N` is neither"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
