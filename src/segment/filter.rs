//! Removes tokens from the output. Tokens are removed only after the text is cut into words, since
//! the characters around a word affect how it is cut.

use std::io::{self, Read};

use super::encoding::Source;
use super::forms::Forms;
use super::load_error::LoadError;
use super::side_files;
use super::stop_words::StopWords;
pub use super::unwanted::Kinds;
use super::unwanted::Unwanted;
use batchproc_jieba::{Token, ends_line};

/// The tokens to remove.
#[derive(Debug, Default)]
pub struct Filter {
    unwanted: Unwanted,
    stop_words: StopWords,
    /// Indexed by the tag of a token: whether the token stays. `None` if all tags do.
    tags: Option<Vec<bool>>,
    /// Tokens with fewer characters are removed.
    least: usize,
    /// The forms that stop words get.
    pub(crate) forms: Forms,
    /// Notes for the user about the lists of stop words.
    pub notes: Vec<String>,
}

impl Filter {
    /// Removes the tokens of these kinds.
    pub fn new(kinds: Kinds) -> Self {
        Self { unwanted: Unwanted::new(kinds), ..Self::default() }
    }

    /// Also removes tokens with fewer characters than this. A byte sequence that is not valid is one
    /// character.
    #[must_use]
    pub fn with_least(self, least: usize) -> Self {
        Self { least, ..self }
    }

    /// Also removes tokens with other tags than these: `tags` says for each tag, by its index,
    /// whether the tokens stay that have it.
    #[must_use]
    pub fn with_tags(self, tags: Option<Vec<bool>>) -> Self {
        Self { tags, ..self }
    }

    /// Whether byte sequences that are not valid may be removed.
    pub fn may_drop_invalid(&self) -> bool {
        self.tags.is_some() || self.least > 1
    }

    /// Adds the words of a list with one word on each line. White space around a word is ignored.
    /// `name` is the name of the list in messages, and `encoding` its encoding unless it is UTF-8.
    /// Returns the number of all stop words.
    ///
    /// # Errors
    /// When the list cannot be read or decoded. The error has the list's name, the line if there is
    /// one, and the reason.
    pub fn add_stop_words(
        &mut self,
        name: &str,
        mut list: impl Read,
        encoding: Source,
    ) -> Result<usize, LoadError> {
        let mut bytes = Vec::new();
        let read = list.read_to_end(&mut bytes);
        read.map_err(|error| Self::unreadable(name, error))?;
        let fail = |reason| LoadError::new(format!("stop words {name}: {reason}"));
        let (text, unexpected) = side_files::text(bytes, encoding).map_err(fail)?;
        self.notes.extend(unexpected.then(|| side_files::note_of_utf_8(name)));
        let words = side_files::trimmed_lines(&text).filter(|(_, word)| !word.is_empty());
        let words: Vec<_> = words.map(|(_, word)| self.forms.apply(word)).collect();
        self.stop_words.extend(words.iter().map(|word| word.as_bytes()));
        Ok(self.stop_words.len())
    }

    /// Adds stop words as they are, without removing white space around them. Empty words have no
    /// effect.
    pub fn add_words<'w>(&mut self, words: impl IntoIterator<Item = &'w str>) {
        let words = words.into_iter().filter(|word| !word.is_empty());
        self.stop_words.extend(words.map(str::as_bytes));
    }

    /// The error for a list of stop words that cannot be read.
    pub fn unreadable(name: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("cannot read the stop words {name}"), error)
    }

    /// Removes the unwanted tokens of a text from `tokens`. Line ends always stay.
    pub fn apply(&self, text: &[u8], tokens: &mut Vec<Token>) {
        let word = |token: Token| &text[token.start as usize..token.end as usize];
        if let Some(tags) = &self.tags {
            retain(tokens, |token| tags[token.tag.index()] || ends_line(word(token)));
        }
        if self.least > 0 {
            retain(tokens, |token| has_characters(word(token), self.least));
        }
        if !self.unwanted.is_empty() {
            retain(tokens, |token| !self.unwanted.contains(word(token)));
        }
        if self.stop_words.len() > 0 {
            let is_stop_word = |token: Token| {
                self.stop_words.contains(text, token.start as usize, token.end as usize)
            };
            retain(tokens, |token| !is_stop_word(token) || ends_line(word(token)));
        }
    }
}

/// Whether a token has at least so many characters, or ends a line.
fn has_characters(token: &[u8], least: usize) -> bool {
    let begins_character = |byte: &&u8| **byte & 0xc0 != 0x80;
    // A single byte that is not valid may look like the middle of a character.
    let count = token.iter().filter(begins_character).count().max(token.len().min(1));
    count >= least || ends_line(token)
}

/// Keeps the tokens that `keeps` accepts. Tokens of both kinds follow each other in any order, so
/// the CPU would often mispredict a branch here. Each token is moved, therefore, and the next one
/// overwrites it if it is not wanted.
#[inline(always)]
fn retain(tokens: &mut Vec<Token>, keeps: impl Fn(Token) -> bool) {
    let mut kept = 0;
    for at in 0..tokens.len() {
        let token = tokens[at];
        tokens[kept] = token;
        kept += usize::from(keeps(token));
    }
    tokens.truncate(kept);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::segment::characters::{is_punctuation, is_symbol, shows_nothing};
    use batchproc_jieba::Tag;

    /// The words that stay, found in a simple way. Line ends stay.
    fn simple<'w>(words: &[&'w [u8]], kinds: Kinds, stop_words: &HashSet<&[u8]>) -> Vec<&'w [u8]> {
        let stays = |word: &&&[u8]| {
            let all = |test: fn(char) -> bool| {
                let word = str::from_utf8(word);
                word.is_ok_and(|word| word.chars().all(|c| test(c) || shows_nothing(c)))
            };
            let matches = |regex: &LazyLock<Regex>| {
                str::from_utf8(word).is_ok_and(|word| regex.is_match(word))
            };
            let dropped = kinds.space && all(char::is_whitespace)
                || kinds.punctuation && all(is_punctuation)
                || kinds.symbols && all(is_symbol)
                || kinds.numbers && matches(&NUMBER)
                || kinds.latin && matches(&LATIN)
                || stop_words.contains(**word);
            ends_line(word) || !dropped
        };
        words.iter().filter(stays).copied().collect()
    }

    /// The words that a filter leaves of these.
    fn left(filter: &Filter, words: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut text, mut tokens) = (Vec::new(), Vec::new());
        for word in words {
            let start = text.len() as u32;
            text.extend_from_slice(word);
            tokens.push(Token { start, end: text.len() as u32, tag: Tag::default() });
        }
        filter.apply(&text, &mut tokens);
        let word = |token: &Token| text[token.start as usize..token.end as usize].to_vec();
        tokens.iter().map(word).collect()
    }

    fn filter(kinds: Kinds, stop_words: &HashSet<&[u8]>) -> Filter {
        let mut filter = Filter::new(kinds);
        // The words come in two lists.
        let lists: (Vec<&[u8]>, Vec<&[u8]>) = stop_words.iter().partition(|word| word.len() > 5);
        for list in [lists.0, lists.1] {
            filter.stop_words.extend(list);
        }
        filter
    }

    /// Numbers, with what shows nothing anywhere in them.
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"^(?:[-+.,%‰＋－．，％]|{NOTHING})*[\p{{Nd}}\p{{No}}](?:[-+.,%‰＋－．，％\p{{Nd}}\p{{No}}]|{NOTHING})*$")).unwrap()
    });
    /// Words of Latin letters.
    static LATIN: LazyLock<Regex> = LazyLock::new(|| {
        let other = format!(r"(?:[-+#&._%\p{{Nd}}\p{{No}}\p{{Mn}}]|{NOTHING})");
        Regex::new(&format!(r"^{other}*\p{{Latin}}(?:\p{{Latin}}|{other})*$")).unwrap()
    });
    const NOTHING: &str =
        r"[[\p{Cc}\p{Cf}[\p{Default_Ignorable_Code_Point}&&\p{M}]]--\p{White_Space}]";

    /// All sets of kinds.
    fn all_kinds() -> Vec<Kinds> {
        let kinds = |set: u32| {
            let [space, punctuation, symbols, numbers, latin] =
                [0, 1, 2, 3, 4].map(|bit| set >> bit & 1 == 1);
            Kinds { space, punctuation, symbols, numbers, latin }
        };
        (0..1 << 5).map(kinds).collect()
    }

    #[test]
    fn every_character_is_kept_or_dropped_as_its_kind_says() {
        // The characters of the other planes have no table. A few of them are enough.
        let all = ('\0'..='\u{ffff}').chain(('\u{10000}'..=char::MAX).step_by(97));
        let all: Vec<String> = all.map(String::from).collect();
        // Some characters also with a letter, with white space, and with punctuation.
        let some = all.iter().filter(|c| {
            ["\u{ad}", "\u{3000}", "。", "·", "\u{301}", "😀", "５", "é", "+"].contains(&&***c)
        });
        let some = some.flat_map(|c| {
            [format!("{c}的"), format!("{c}\u{301} "), format!("。{c}"), format!("a{c}7")]
        });
        let words: Vec<String> = some.chain(all.iter().cloned()).collect();
        let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
        for kinds in all_kinds() {
            let none = HashSet::new();
            assert!(
                left(&filter(kinds, &none), &words) == simple(&words, kinds, &none),
                "{kinds:?}"
            );
        }
    }

    /// Words that differ only in their last bytes, in their length, or in zeros.
    fn word() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => "[的了和]{0,3}|[，。 \u{3000}\u{ad}a]{0,3}".prop_map(String::into_bytes),
            2 => "[-+.,%‰％a-c1-9１é½\u{301}\u{fe0f}]{1,4}|[a＄😀+]{1,2}".prop_map(String::into_bytes),
            2 => "(的了和){1,2}[ab]{0,2}|的了a[ab]{0,2}|\u{0}{0,9}|a{250,258}".prop_map(String::into_bytes),
            1 => "\n|\r\n|\r|[，。]{0,2}\n".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..4),
        ]
    }

    proptest! {
        #[test]
        fn words_are_dropped_as_by_a_simple_filter(
            words in prop::collection::vec(word(), 0..60),
            stop_words in prop::collection::vec(word(), 0..20),
            kinds in prop::sample::select(all_kinds()),
        ) {
            let words: Vec<&[u8]> = words.iter().map(|word| &word[..]).collect();
            let stop_words = stop_words.iter().filter(|word| !word.is_empty());
            let stop_words: HashSet<&[u8]> = stop_words.map(|word| &word[..]).collect();
            let filter = filter(kinds, &stop_words);
            prop_assert_eq!(left(&filter, &words), simple(&words, kinds, &stop_words));
        }

        #[test]
        fn short_words_are_dropped_by_their_characters(
            words in prop::collection::vec(word(), 0..60),
            least in 0usize..5,
        ) {
            // An invalid sequence is a word of its own.
            let words = words.iter().filter(|word| str::from_utf8(word).is_ok());
            let invalid: [&[u8]; 3] = [b"\xff", b"\x80", b"\xe4\xb8"];
            let words: Vec<&[u8]> = words.map(|word| &word[..]).chain(invalid).collect();
            let count = |word: &[u8]| String::from_utf8_lossy(word).chars().count();
            let stays = |word: &&&[u8]| count(word) >= least || ends_line(word);
            let expected: Vec<&[u8]> = words.iter().filter(stays).copied().collect();
            prop_assert_eq!(left(&Filter::default().with_least(least), &words), expected);
        }
    }
}
