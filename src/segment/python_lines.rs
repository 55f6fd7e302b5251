//! Parses lines of dictionaries exactly as Python jieba 0.42.1 does: `load_userdict` reads user
//! dictionaries, and `gen_pfdict` reads dictionaries that replace the built-in one.

use super::dictionary_lines::{Columns, Entry, is_digits, is_tag};

/// White space that Python removes at the ends of bytes, such as those of a line.
const OF_BYTES: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];

/// Parses a line of a user dictionary. `None` if the line is empty. A tag of lower-case letters and
/// a frequency count only after a single space; all that stands before them is the word.
///
/// # Errors
/// When the frequency is too large.
pub fn parse_addition(line: &str) -> Result<Option<Entry>, String> {
    let line = line.trim_matches(OF_BYTES).trim_start_matches('\u{feff}');
    if line.is_empty() {
        return Ok(None);
    }
    let (rest, tag) = column(line, is_tag);
    let (word, frequency) = column(rest, is_digits);
    Entry::new(Columns { word, frequency, tag, more: false }, false).map(Some)
}

/// Takes the last column of a line if it passes the test and a word remains before it.
fn column(line: &str, test: fn(&str) -> bool) -> (&str, &str) {
    match line.rsplit_once(' ') {
        Some((rest, last)) if !rest.is_empty() && test(last) => (rest, last),
        _ => (line, ""),
    }
}

/// Parses a line of a dictionary that replaces the built-in one. Single spaces separate its
/// columns. A byte order mark is a part of the word.
///
/// # Errors
/// When Python jieba would refuse the line, or its frequency is negative or too large.
pub fn parse_replacement(line: &str) -> Result<Option<Entry>, String> {
    let line = line.trim_matches(OF_BYTES);
    let mut columns = line.split(' ');
    let word = columns.next().unwrap_or_default();
    let Some(frequency) = columns.next() else {
        return Err("Python jieba needs a word, one space and a frequency in each line".into());
    };
    let tag = columns.next().unwrap_or_default();
    let more = columns.next().is_some();
    let digits = integer(frequency).ok_or_else(|| {
        format!("`{frequency}` is no frequency for Python jieba, which needs a whole number after the first space")
    })?;
    Entry::new(Columns { word, frequency: &digits, tag, more }, false).map(Some)
}

/// The digits of a number that Python's `int` accepts: white space may stand around it, and single
/// underscores in it. Only ASCII digits are taken.
fn integer(text: &str) -> Option<String> {
    let space = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
    let number = text.trim_matches(space);
    let number = number.strip_prefix('+').unwrap_or(number);
    number.split('_').all(is_digits).then(|| number.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the regular expression of Python jieba finds in these lines, as printed by
    /// `re_userdict.match(line).groups()`.
    #[test]
    fn a_line_of_a_user_dictionary_has_the_columns_of_pythons_regular_expression() {
        for (line, word, frequency, tag) in [
            ("\u{feff}\u{feff}云计算 5\r", "云计算", Some(5), None),
            ("\t云计算 5 n\t", "云计算", Some(5), Some("n")),
            ("云计算  5 n", "云计算 ", Some(5), Some("n")),
            ("云计算\t5\tn", "云计算\t5\tn", None, None),
            ("云计算 5 N", "云计算 5 N", None, None),
            ("云计算 5 n2", "云计算 5 n2", None, None),
            ("云计算 5 n 6", "云计算 5 n", Some(6), None),
            ("石墨烯 3 n # new", "石墨烯 3 n #", None, Some("new")),
            ("我的测试 test 1000", "我的测试 test", Some(1000), None),
            ("5 n", "5", None, Some("n")),
            ("\u{feff} 5 n", " 5", None, Some("n")),
            ("\u{feff} n", " n", None, None),
            ("a\rb 007", "a\rb", Some(7), None),
            ("\u{3000}a\u{3000}", "\u{3000}a\u{3000}", None, None),
        ] {
            let entry = parse_addition(line).unwrap().unwrap();
            let columns = (&*entry.word, entry.frequency, entry.tag.as_deref());
            assert_eq!(columns, (word, frequency, tag), "{line:?}");
        }
        for line in ["", " \t\r", "\u{feff}", " \u{feff}\t"] {
            assert_eq!(parse_addition(line), Ok(None));
        }
    }

    #[test]
    fn a_line_of_a_replacement_has_the_columns_of_pythons_split() {
        for (line, word, frequency, tag) in [
            ("a 5\r", "a", 5, None),
            ("\u{feff}a 5 n x", "\u{feff}a", 5, Some("n")),
            ("a \t+1_000\t n", "a", 1000, Some("n")),
            ("a\tb 5", "a\tb", 5, None),
        ] {
            let entry = parse_replacement(line).unwrap().unwrap();
            let columns = (&*entry.word, entry.frequency, entry.tag.as_deref());
            assert_eq!(columns, (word, Some(frequency), tag), "{line:?}");
        }
        for line in ["", "a", "a  5", "a\t5", "a n 5", "a 5\tn", "a 5__0", "a -1", "a 1.0"] {
            assert!(parse_replacement(line).is_err(), "{line:?}");
        }
    }
}
