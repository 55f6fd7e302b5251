//! Dictionaries in the format that jieba documents: a word a line, with its frequency and its tag,
//! both optional, separated by spaces; UTF-8, with or without a byte order mark, LF or CRLF. In a
//! line with tabs these separate the parts, and the word may contain spaces. One that replaces the
//! built-in one may also be compiled, see [`super::core::compiled`].

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Fatal, reason};
use crate::escape::printable;
use batchproc_jieba::compiled::{self, Compiled};
use batchproc_jieba::{Compat, Core, Dictionary, Protected, is_block_character};
use batchproc_os::early;

/// Larger frequencies are a slip of the finger, and sums of them would not be exact.
const MOST_FREQUENT: u64 = 1_000_000_000_000;

/// What a dictionary that replaces the built-in one may not be.
const EMPTY: &str = "there are no words in it";

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
/// in their order. Words without a frequency get that which jieba-rs or Python jieba suggests.
///
/// # Errors
/// When a file cannot be read, or a line not be understood: the file, the line and the reason; and when
/// the one that replaces the built-in one has no words.
pub fn load(
    replacement: Option<&Path>,
    additions: &[PathBuf],
    compat: Compat,
) -> Result<Loaded, Fatal> {
    let mut core = Core::new();
    let mut words = Vec::new();
    if let Some(file) = replacement {
        let source = Source::open(file)?;
        let compiled = match source.is_compiled() {
            true => source.read_compiled()?,
            false => source.compile()?,
        };
        if compiled.words == 0 {
            return Err(fail(&printable(file), EMPTY));
        }
        log::info!("dictionary {}: {} words", printable(file), compiled.words);
        core = compiled.dictionary.into();
        words.extend(compiled.protected);
    }
    for file in additions {
        let source = Source::open(file)?;
        if source.is_compiled() {
            let reason = "is a compiled one, which can replace the built-in one but not add to it";
            return Err(source.fail(reason));
        }
        let entries = source.entries(false)?;
        for entry in &entries {
            let suggested = || core.suggest_frequency(&entry.word, compat);
            let frequency = entry.frequency.unwrap_or_else(suggested);
            core.add_word(&entry.word, Some(frequency), entry.tag.as_deref());
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

/// Makes what [`load`] reads without delay of a dictionary that replaces the built-in one; `-` is
/// standard input.
///
/// # Errors
/// When the file cannot be read, or a line not be understood: the file, the line and the reason; and when
/// there are no words in it.
pub fn compile(file: &Path) -> Result<Compiled, Fatal> {
    let source = match file.as_os_str() == "-" {
        true => {
            let name = "standard input".to_string();
            let stdin = early::stdin().map_err(|error| fail(&name, &reason(&error)))?;
            Source::new(name, Box::new(stdin))?
        }
        false => Source::open(file)?,
    };
    if source.is_compiled() {
        return Err(source.fail("is compiled already"));
    }
    source.compile()
}

/// An open dictionary.
struct Source {
    /// As it is called in messages.
    name: String,
    /// Its first bytes, which tell what it is.
    begin: Vec<u8>,
    rest: Box<dyn Read>,
}

impl Source {
    fn open(file: &Path) -> Result<Self, Fatal> {
        let name = printable(file);
        match early::open(file) {
            Ok(opened) => Self::new(name, Box::new(opened)),
            Err(error) => Err(fail(&name, &reason(&error))),
        }
    }

    fn new(name: String, mut rest: Box<dyn Read>) -> Result<Self, Fatal> {
        let mut begin = Vec::new();
        match rest.by_ref().take(16).read_to_end(&mut begin) {
            Ok(_) => Ok(Self { name, begin, rest }),
            Err(error) => Err(fail(&name, &reason(&error))),
        }
    }

    fn fail(&self, reason: &str) -> Fatal {
        fail(&self.name, reason)
    }

    fn is_compiled(&self) -> bool {
        Compiled::is_begun_by(&self.begin)
    }

    fn read_compiled(self) -> Result<Compiled, Fatal> {
        let read = Compiled::read(self.begin.chain(self.rest));
        read.map_err(|error| fail(&self.name, &reason_of(&error)))
    }

    /// Makes a dictionary of its lines, of which each needs a frequency.
    fn compile(self) -> Result<Compiled, Fatal> {
        let name = self.name.clone();
        let entries = self.entries(true)?;
        if entries.is_empty() {
            return Err(fail(&name, EMPTY));
        }
        let words = entries.len() as u64;
        let listed = entries.iter().map(|entry| {
            let tag = entry.tag.as_deref().unwrap_or("");
            (entry.word.as_str(), entry.frequency.unwrap_or(0), tag)
        });
        let dictionary = Dictionary::from_words(listed).map_err(|reason| fail(&name, &reason))?;
        Ok(Compiled { dictionary, protected: protected(entries).collect(), words })
    }

    /// What its lines say.
    fn entries(mut self, needs_frequency: bool) -> Result<Vec<Entry>, Fatal> {
        let mut bytes = std::mem::take(&mut self.begin);
        self.rest.read_to_end(&mut bytes).map_err(|error| self.fail(&reason(&error)))?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            let fail = |reason: &str| self.fail(&format!("line {number}: {reason}"));
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
}

/// What is wrong with a compiled dictionary.
fn reason_of(error: &compiled::Error) -> String {
    match error {
        compiled::Error::Read(error) => reason(error),
        compiled::Error::Damaged(what) => format!("is damaged: {what}"),
        compiled::Error::OtherByteOrder => {
            "was compiled on a machine of another byte order".to_string()
        }
        compiled::Error::OtherVersion => {
            "was compiled by another version of batchproc, or is damaged at bytes 24 to 40; \
             compile it again"
                .to_string()
        }
    }
}

fn fail(name: &str, reason: &str) -> Fatal {
    Fatal(format!("dictionary {name}: {reason}"))
}

/// Parses a line; nothing for an empty one.
fn parse(line: &str) -> Result<Option<Entry>, String> {
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
        _ => Err("more than a word, a frequency and a tag".into()),
    }
}

/// Word, frequency and tag of a line with spaces. As Python jieba, takes a tag of small letters and a
/// frequency from its end; what is left is the word.
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
            "`{last}` is neither a frequency nor a tag of small letters; in a word with spaces, separate its parts by tabs"
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
    fn frequency_and_tag_are_really_optional() {
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
    fn what_cannot_be_understood_is_told() {
        for (line, told) in [
            ("a\tb\tc\td", "more than a word"),
            ("深度 学习", "`学习` is neither a frequency nor a tag"),
            ("word\tx5\tn", "`x5` is not a frequency"),
            ("\tn", "no word before"),
            ("word 99999999999999999999", "too large"),
            ("word 5 N", "`N` is neither"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
