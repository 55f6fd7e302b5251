//! Parses lines of dictionaries in the format that jieba documents:
//!
//! ```text
//!  word [frequency] [tag]
//! ```
//! Spaces separate the word, the frequency and the tag. In a line with tabs only tabs separate
//! them, so the word may contain spaces.

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
}

impl From<Word> for Entry {
    fn from(Word { word, frequency, tag }: Word) -> Self {
        let protected = word.chars().any(|c| !is_block_character(c));
        Self { word, frequency, tag, protected }
    }
}

/// Parses a line. `None` if the line is empty.
pub fn parse(line: &str) -> Result<Option<Entry>, String> {
    let tabs = line.trim_matches([' ', '\r']).contains('\t');
    let (word, frequency, tag) = if tabs { by_tabs(line)? } else { by_spaces(line.trim())? };
    if !tabs && word.is_empty() {
        return Ok(None);
    }
    if word.is_empty() {
        return Err("there is no word before the first tab".into());
    }
    if !frequency.is_empty() && !is_number(frequency) {
        return Err(format!("`{frequency}` is not a frequency, which is a whole number"));
    }
    let frequency = match frequency {
        "" => None,
        digits => match digits.parse() {
            Ok(number @ 0..=MOST_FREQUENT) => Some(number),
            _ => return Err(format!("the frequency {digits} is too large")),
        },
    };
    let unfindable = word.chars().any(|c| !is_block_character(c));
    let symbols = tabs && word.bytes().any(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    Ok(Some(Entry {
        word: word.into(),
        frequency,
        tag: (!tag.is_empty()).then(|| tag.into()),
        protected: unfindable || symbols,
    }))
}

/// Word, frequency and tag of a line with tabs.
fn by_tabs(line: &str) -> Result<(&str, &str, &str), String> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    match fields[..] {
        [word, one] if is_number(one) => Ok((word, one, "")),
        [word, one] => Ok((word, "", one)),
        [word, frequency, tag] => Ok((word, frequency, tag)),
        _ => Err("has more than a word, a frequency and a tag".into()),
    }
}

/// Word, frequency and tag of a line with spaces. As in Python jieba, first a tag of lower-case
/// letters and then a frequency are taken from the end of the line. The rest is the word.
fn by_spaces(line: &str) -> Result<(&str, &str, &str), String> {
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
            "`{last}` is neither a frequency nor a tag of lower-case letters; if the word contains spaces, separate word, frequency and tag by tabs"
        ));
    }
    Ok((word, frequency, tag))
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> (String, Option<u64>, Option<String>, bool) {
        let entry = parse(line).unwrap().unwrap();
        (entry.word, entry.frequency, entry.tag, entry.protected)
    }

    #[test]
    fn frequency_and_tag_are_optional() {
        let word = || "云计算".to_string();
        assert_eq!(parsed("云计算"), (word(), None, None, false));
        assert_eq!(parsed("云计算 5\r"), (word(), Some(5), None, false));
        assert_eq!(parsed("云计算 n"), (word(), None, Some("n".into()), false));
        assert_eq!(parsed("云计算 5 n"), (word(), Some(5), Some("n".into()), false));
        assert_eq!(parsed("Edu Trust认证 2000"), ("Edu Trust认证".into(), Some(2000), None, true));
        assert_eq!(parse("  \r"), Ok(None));
    }

    #[test]
    fn with_tabs_a_word_may_have_spaces_and_symbols() {
        assert_eq!(parsed("深度 学习\t\tn"), ("深度 学习".into(), None, Some("n".into()), true));
        assert_eq!(parsed("C++17\t3"), ("C++17".into(), Some(3), None, true));
        assert_eq!(parsed("C++17 3"), ("C++17".into(), Some(3), None, false));
        assert_eq!(parsed("<NUM>"), ("<NUM>".into(), None, None, true));
    }

    #[test]
    fn malformed_lines_are_reported() {
        for (line, reason) in [
            ("a\tb\tc\td", "more than a word"),
            ("深度 学习", "`学习` is neither a frequency nor a tag"),
            ("word\tx5\tn", "`x5` is not a frequency"),
            ("\tn", "no word before"),
            ("word 99999999999999999999", "too large"),
            ("word 5 N", "`N` is neither"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
