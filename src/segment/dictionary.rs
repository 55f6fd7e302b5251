//! Dictionaries in the format that jieba documents: a word a line, with its frequency and its tag,
//! both optional, separated by spaces; UTF-8, with or without a byte order mark, LF or CRLF. In a
//! line with tabs these separate the parts, and the word may contain spaces.

use std::fs;
use std::path::{Path, PathBuf};

use super::core::{Core, is_block_character};
use super::protect::Protected;
use crate::error::{Fatal, reason};
use crate::report::names::printable;

/// Larger frequencies are a slip of the finger, and sums of them would not be exact.
const MOST_FREQUENT: u64 = 1_000_000_000_000;

/// A line of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    word: String,
    frequency: Option<u64>,
    tag: Option<String>,
    /// Whether the word has to be found before the text is cut.
    protected: bool,
}

/// A core, and the words it cannot find.
#[derive(Debug)]
pub struct Loaded {
    /// The dictionary.
    pub core: Core,
    /// The words with spaces or symbols.
    pub protected: Option<Protected>,
    /// The characters of these that are in no word of the dictionary; sorted.
    pub bound: Vec<char>,
}

/// Loads the dictionary that replaces the built-in one, if there is one, and those that add to it,
/// in their order.
///
/// # Errors
/// When a file cannot be read, or a line not be understood: the file, the line and the reason.
pub fn load(replacement: Option<&Path>, additions: &[PathBuf]) -> Result<Loaded, Fatal> {
    let mut core = Core::new();
    let mut words = Vec::new();
    if let Some(file) = replacement {
        let entries = read(file, true)?;
        let listed = entries.iter().map(|entry| {
            let tag = entry.tag.as_deref().unwrap_or("");
            (entry.word.as_str(), entry.frequency.unwrap_or(0), tag)
        });
        core = Core::from_words(listed).map_err(|reason| fail(file, &reason))?;
        log::info!("dictionary {}: {} words", printable(file), entries.len());
        words.extend(protected(entries));
    }
    for file in additions {
        let entries = read(file, false)?;
        for entry in &entries {
            core.add_word(&entry.word, entry.frequency, entry.tag.as_deref());
        }
        log::info!("user dictionary {}: {} words", printable(file), entries.len());
        words.extend(protected(entries));
    }
    let mut bound: Vec<char> = words.iter().flat_map(|word| word.chars()).collect();
    bound.retain(|&c| !is_block_character(c));
    bound.sort_unstable();
    bound.dedup();
    Ok(Loaded { core, protected: Protected::new(&words).map_err(Fatal)?, bound })
}

fn protected(entries: Vec<Entry>) -> impl Iterator<Item = String> {
    entries.into_iter().filter(|entry| entry.protected).map(|entry| entry.word)
}

fn fail(file: &Path, reason: &str) -> Fatal {
    Fatal(format!("dictionary {}: {reason}", printable(file)))
}

fn read(file: &Path, needs_frequency: bool) -> Result<Vec<Entry>, Fatal> {
    let bytes = fs::read(file).map_err(|error| fail(file, &reason(&error)))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let fail = |reason: &str| fail(file, &format!("line {number}: {reason}"));
        let line = str::from_utf8(line).map_err(|_| fail("is not UTF-8"))?;
        let Some(entry) = parse(line).map_err(|reason| fail(&reason))? else { continue };
        if needs_frequency && entry.frequency.is_none() {
            return Err(fail(
                "a dictionary that replaces the built-in one needs a frequency for each word",
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Parses a line; nothing for an empty one.
fn parse(line: &str) -> Result<Option<Entry>, String> {
    let tabs = line.trim_matches([' ', '\r']).contains('\t');
    let fields: Vec<&str> = if tabs {
        line.split('\t').map(str::trim).collect()
    } else {
        line.split_whitespace().collect()
    };
    let (word, frequency, tag) = match fields[..] {
        [] | [""] => return Ok(None),
        [word] => (word, "", ""),
        [word, one] if is_number(one) => (word, one, ""),
        [word, one] => (word, "", one),
        [word, frequency, tag] => (word, frequency, tag),
        _ => {
            let hint =
                if tabs { "" } else { "; in a word with spaces, separate its parts by tabs" };
            return Err(format!("more than a word, a frequency and a tag{hint}"));
        }
    };
    if word.is_empty() {
        return Err("there is no word before the first tab".into());
    }
    if !frequency.is_empty() && !is_number(frequency) {
        return Err(format!("`{frequency}` is not a frequency, which is a whole number"));
    }
    if !tabs && !tag.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(format!(
            "`{tag}` is neither a frequency nor a tag of small letters; in a word with spaces, separate its parts by tabs"
        ));
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
    fn frequency_and_tag_are_really_optional() {
        let word = || "云计算".to_string();
        assert_eq!(parsed("云计算"), (word(), None, None, false));
        assert_eq!(parsed("云计算 5\r"), (word(), Some(5), None, false));
        assert_eq!(parsed("云计算 n"), (word(), None, Some("n".into()), false));
        assert_eq!(parsed("云计算 5 n"), (word(), Some(5), Some("n".into()), false));
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
    fn what_cannot_be_understood_is_told() {
        for (line, told) in [
            ("a b c d", "more than a word"),
            ("深度 学习", "`学习` is neither a frequency nor a tag"),
            ("word x5 n", "`x5` is not a frequency"),
            ("\tn", "no word before"),
            ("word 99999999999999999999", "too large"),
            ("word 5 N", "`N` is neither"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
