//! Writes a dictionary as a text that can be compiled again: a line `word frequency tag` for each word.

use std::collections::HashSet;

use batchproc_jieba::compiled::Compiled;
use batchproc_jieba::{Compat, Listed};

use super::dictionary_lines::{Entry, parse};
use super::load_error::LoadError;
use super::python_lines::parse_replacement;

/// The word that comes twice in Python jieba's dictionary.
const TWICE: &str = "B超";

/// The text of a dictionary.
#[derive(Debug)]
pub struct DictionaryText {
    /// The lines, in the order of the bytes of their words.
    pub text: String,
    /// What the text cannot say, so that a dictionary that is made from it is another one.
    pub lost: Vec<String>,
    /// What a dictionary that is made from the text does in another way.
    pub notes: Vec<String>,
}

/// The text of a dictionary, with lines and tags as `compat` reads them.
///
/// # Errors
/// When no line can be written for a word.
pub fn text(compiled: &Compiled, compat: Compat) -> Result<DictionaryText, LoadError> {
    let dictionary = &compiled.dictionary;
    let protected: HashSet<&str> = compiled.protected.iter().map(|word| &**word).collect();
    let words = dictionary.words();
    let mut text = String::with_capacity(16 * words.len());
    let (mut other_tags, mut found_whole) = (Vec::new(), Vec::new());
    // If a word comes twice, its last frequency counts, and Python jieba also adds the first one to the
    // sum of all. So one word that comes twice makes this sum what it is.
    let [sum, sum_of_python] = dictionary.totals();
    let twice = sum_of_python.wrapping_sub(sum);
    let alike = |word: &Listed<'_>| word.frequency == twice && word.word == TWICE;
    let alike = words.iter().position(alike).unwrap_or(0);
    for (index, listed) in words.iter().enumerate() {
        let is_protected = protected.contains(&*listed.word);
        if index == alike && twice > 0 {
            let first = Listed { frequency: twice, ..listed.clone() };
            push_line(&mut text, &first, compat, is_protected)?;
        }
        if push_line(&mut text, listed, compat, is_protected)? != is_protected {
            found_whole.push(&*listed.word);
        }
        if listed.tags[0] != listed.tags[1] {
            other_tags.push(&*listed.word);
        }
    }
    let lost = [
        tell(&other_tags, "has another tag with the other --compat, which the text cannot say", "have other tags with the other --compat, which the text cannot say"),
        (dictionary.forbidden_count() > 0).then(|| {
            let count = dictionary.forbidden_count();
            format!("{count} of the words were forbidden by the frequency 0; the text says so only of their frequencies")
        }),
    ];
    let notes = tell(
        &found_whole,
        "has symbols, and a dictionary that is made from the text finds it as a whole",
        "have symbols, and a dictionary that is made from the text finds them as a whole",
    );
    let lost = lost.into_iter().flatten().collect();
    Ok(DictionaryText { text, lost, notes: notes.into_iter().collect() })
}

/// Parses a line of a dictionary.
type Parse = fn(&str) -> Result<Option<Entry>, String>;

/// Appends a line from which the same word is read again. Returns whether that word is protected: it
/// is, if it should be, and it may be if it should not.
fn push_line(
    text: &mut String,
    listed: &Listed<'_>,
    compat: Compat,
    protected: bool,
) -> Result<bool, LoadError> {
    let Listed { word, frequency, tags } = listed;
    let (tag, parse): (_, Parse) = match compat {
        Compat::JiebaRs => (tags[0], |line| parse(line.trim())),
        Compat::Python => (tags[1], parse_replacement),
    };
    let mut read = None;
    // With tabs, a word may have spaces, and is protected if it has symbols.
    for separator in [" ", "\t"] {
        let mut line = [word, &*frequency.to_string(), tag].join(separator);
        line.truncate(line.trim_end_matches(separator).len());
        let Ok(Some(entry)) = parse(&line) else { continue };
        let is_same = entry.word == *word
            && entry.frequency == Some(*frequency)
            && entry.tag.as_deref().unwrap_or_default() == tag
            && !line.contains('\n')
            && entry.protected >= protected;
        if is_same && (read.is_none() || entry.protected == protected) {
            let is_best = entry.protected == protected;
            read = Some((line, entry.protected));
            if is_best {
                break;
            }
        }
    }
    let Some((line, is_protected)) = read else {
        return Err(LoadError::new(format!(
            "no line of a dictionary can say the word `{}`",
            word.escape_debug()
        )));
    };
    text.push_str(&line);
    text.push('\n');
    Ok(is_protected)
}

/// A sentence about words: `one` or `several`, and the first.
fn tell(words: &[&str], one: &str, several: &str) -> Option<String> {
    match words {
        [] => None,
        [word] => Some(format!("1 word {one}: `{word}`")),
        [word, ..] => Some(format!("{} words {several}; the first is `{word}`", words.len())),
    }
}
