//! Words with spaces or symbols, such as `深度 学习` or `<NUM>`. jieba accepts them in its dictionary
//! but never finds them. This module finds them before the text is cut. The leftmost match counts,
//! and the longest one of several that begin at the same place. A word does not match inside a
//! longer run of letters and digits: `A-B` is not found in `DATA-BASE`, nor `l'e` in `l'été`. These
//! are the letters of scripts that put spaces between words, so ideographs are none of them.

use std::ops::Range;

use super::limit::LimitExceeded;
use aho_corasick::{AhoCorasick, MatchKind};

/// A set of such words.
#[derive(Debug)]
pub(crate) struct Words {
    automaton: AhoCorasick,
}

impl Words {
    /// A set of these words; `None` if there are none.
    ///
    /// # Errors
    /// There are too many words for the search.
    pub fn new(words: &[String]) -> Result<Option<Self>, LimitExceeded> {
        if words.is_empty() {
            return Ok(None);
        }
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).map_err(
                |error| LimitExceeded(format!("too many words with spaces or symbols: {error}")),
            )?;
        Ok(Some(Self { automaton }))
    }

    /// The first match in `text` that begins at byte `start` or later.
    pub fn find(&self, text: &str, mut start: usize) -> Option<Range<usize>> {
        let mut end = text.len();
        loop {
            let input = aho_corasick::Input::new(text).span(start..end);
            let shorter = end < text.len();
            match self.automaton.find(input) {
                // The shorter words were tried. This match may be cut short by `end`.
                Some(found) if shorter && found.start() > start => {
                    (start, end) = (found.start(), text.len());
                }
                Some(found) if !runs_on(text, found.start()) && !runs_on(text, found.end()) => {
                    return Some(found.range());
                }
                // Next come the shorter words that begin at the same place.
                Some(found) if !runs_on(text, found.start()) => {
                    (start, end) = (found.start(), found.end() - 1);
                }
                // No word can begin at this place.
                Some(found) => (start, end) = (found.start() + 1, text.len()),
                None if shorter => (start, end) = (start + 1, text.len()),
                None => return None,
            }
        }
    }
}

/// Whether a run of letters and digits goes on at byte `at` of the text.
pub(crate) fn runs_on(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    before.chars().next_back().is_some_and(is_letter) && after.chars().next().is_some_and(is_letter)
}

/// Whether the character is a digit, a letter of a script that puts spaces between words, or an
/// accent that follows such a letter.
pub(crate) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{300}'..='\u{36f}' => true,
        // Thai, Lao, Tibetan, Burmese and Khmer.
        '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => false,
        // From the radicals to the last ideographs of the first plane, without the letters of Yi.
        '\u{2e80}'..='\u{a4cf}' => false,
        // Ideographs for compatibility, and narrow kana.
        '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' => false,
        // Kana and ideographs of the other planes.
        '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}' => false,
        _ => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(words: &[&str], text: &str) -> Vec<String> {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        let protected = Words::new(&words).unwrap().unwrap();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(range) = protected.find(text, at) {
            at = range.end;
            found.push(text[range].to_string());
        }
        found
    }

    #[test]
    fn the_longest_word_at_the_leftmost_place_is_found() {
        assert_eq!(
            all(&["深度 学习", "深度 学习 框架", "学习 框架"], "深度 学习 框架"),
            ["深度 学习 框架"]
        );
        assert_eq!(
            all(&["<NUM>", "K-Means"], "<NUM><NUM>K-Means中"),
            ["<NUM>", "<NUM>", "K-Means"]
        );
    }

    #[test]
    fn a_word_is_not_found_inside_a_run_of_letters_or_digits() {
        assert_eq!(all(&["A-B", "C++17"], "DATA-BASE C++170 C++17。A-B"), ["C++17", "A-B"]);
    }

    #[test]
    fn letters_are_those_of_all_scripts_with_spaces_between_words() {
        assert_eq!(all(&["f+1", "l'e"], "caf+1 éf+1 f+1é l'eé l'ee\u{301} l'e\u{301}"), [""; 0]);
        assert_eq!(all(&["а-б", "1-2"], "ва-б а-бв 1-2٣ ９1-2 1-2年 第1-2"), ["1-2", "1-2"]);
        assert_eq!(
            all(&["深 度", "あ い"], "用深 度学あ いう한深 度"),
            ["深 度", "あ い", "深 度"]
        );
    }

    #[test]
    fn where_the_longest_word_is_refused_the_next_shorter_one_is_tried() {
        let words = ["C++", "C++ 1", "C++ 17", "++ 1", "深 度", "深 度a"];
        assert_eq!(all(&words, "C++ 178深 度ab"), ["C++", "深 度"]);
        assert_eq!(all(&words, "C++ 17"), ["C++ 17"]);
        assert_eq!(all(&words, "C++ 1"), ["C++ 1"]);
        assert_eq!(all(&["a b", "a bc d", "c d"], "a bc de c d"), ["c d"]);
        assert_eq!(all(&["a b+", "b+c"], "xa b+c"), ["b+c"]);
        assert_eq!(all(&["++ a", "+ ", "+ aa"], "++ aa"), ["+ aa"]);
    }

    /// What the search finds, said in another way: from each place on, all words from the longest
    /// to the shortest.
    fn simple(words: &[String], text: &str) -> Vec<String> {
        let (mut found, mut at) = (Vec::new(), 0);
        let mut words = words.to_vec();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let joined = |at: usize| text.is_char_boundary(at) && runs_on(text, at);
        while at < text.len() {
            let fits = |word: &&String| {
                text.is_char_boundary(at)
                    && text[at..].starts_with(word.as_str())
                    && !joined(at)
                    && !joined(at + word.len())
            };
            match words.iter().find(fits) {
                Some(word) => {
                    found.push(word.clone());
                    at += word.len();
                }
                None => at += 1,
            }
        }
        found
    }

    proptest::proptest! {
        #[test]
        fn all_words_are_found_as_a_simple_search_finds_them(
            words in proptest::collection::vec("[aé度 +]{1,4}", 1..6),
            text in "[aé度 +]{0,16}",
        ) {
            let borrowed: Vec<_> = words.iter().map(String::as_str).collect();
            proptest::prop_assert_eq!(all(&borrowed, &text), simple(&words, &text));
        }
    }
}
