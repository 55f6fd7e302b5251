//! Kinds of characters that decide whether a token is a word.

use std::ops::RangeInclusive;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character is punctuation or a symbol.
pub fn is_punctuation(c: char) -> bool {
    use GeneralCategoryGroup::{Punctuation, Symbol};
    !is_usual(c) && matches!(c.general_category_group(), Punctuation | Symbol)
}

/// Whether a character is a symbol: a sign of mathematics or of a currency, an emoji and the like.
pub fn is_symbol(c: char) -> bool {
    !is_usual(c) && c.general_category_group() == GeneralCategoryGroup::Symbol
}

/// Whether a character is a digit of any script, or another sign for a number that is no letter,
/// such as `①` and `½`.
pub fn is_digit(c: char) -> bool {
    use GeneralCategory::{DecimalNumber, OtherNumber};
    let category = || c.general_category();
    c.is_ascii_digit() || !is_usual(c) && matches!(category(), DecimalNumber | OtherNumber)
}

/// Whether a character may stand in a number beside its digits.
pub fn is_in_numbers(c: char) -> bool {
    matches!(c, '+' | '-' | '.' | ',' | '%' | '‰' | '＋' | '－' | '．' | '，' | '％')
}

/// Whether a character is a letter of the Latin script.
pub fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || !c.is_ascii() && {
            let after = LATIN.partition_point(|range| *range.start() <= c);
            after.checked_sub(1).is_some_and(|at| LATIN[at].contains(&c))
        }
}

/// Whether a character may stand in a word of Latin letters beside these and digits: a sign with
/// which the cutter joins letters, or a mark.
pub fn is_in_latin(c: char) -> bool {
    use GeneralCategory::NonspacingMark;
    "+#&._%-".contains(c) || !c.is_ascii() && c.general_category() == NonspacingMark
}

/// The letters of the Latin script beyond ASCII.
const LATIN: [RangeInclusive<char>; 37] = [
    '\u{aa}'..='\u{aa}',
    '\u{ba}'..='\u{ba}',
    '\u{c0}'..='\u{d6}',
    '\u{d8}'..='\u{f6}',
    '\u{f8}'..='\u{2b8}',
    '\u{2e0}'..='\u{2e4}',
    '\u{1d00}'..='\u{1d25}',
    '\u{1d2c}'..='\u{1d5c}',
    '\u{1d62}'..='\u{1d65}',
    '\u{1d6b}'..='\u{1d77}',
    '\u{1d79}'..='\u{1dbe}',
    '\u{1e00}'..='\u{1eff}',
    '\u{2071}'..='\u{2071}',
    '\u{207f}'..='\u{207f}',
    '\u{2090}'..='\u{209c}',
    '\u{212a}'..='\u{212b}',
    '\u{2132}'..='\u{2132}',
    '\u{214e}'..='\u{214e}',
    '\u{2160}'..='\u{2188}',
    '\u{2c60}'..='\u{2c7f}',
    '\u{a722}'..='\u{a787}',
    '\u{a78b}'..='\u{a7cd}',
    '\u{a7d0}'..='\u{a7d1}',
    '\u{a7d3}'..='\u{a7d3}',
    '\u{a7d5}'..='\u{a7dc}',
    '\u{a7f2}'..='\u{a7ff}',
    '\u{ab30}'..='\u{ab5a}',
    '\u{ab5c}'..='\u{ab64}',
    '\u{ab66}'..='\u{ab69}',
    '\u{fb00}'..='\u{fb06}',
    '\u{ff21}'..='\u{ff3a}',
    '\u{ff41}'..='\u{ff5a}',
    '\u{10780}'..='\u{10785}',
    '\u{10787}'..='\u{107b0}',
    '\u{107b2}'..='\u{107ba}',
    '\u{1df00}'..='\u{1df1e}',
    '\u{1df25}'..='\u{1df2a}',
];

/// Whether a character shows nothing where it stands alone: a control or format character, or one
/// that only chooses a form of the character before it, such as U+FE0F. White space is not meant,
/// nor a mark that shows: in Thai or in decomposed letters, it is a part of the text.
pub fn shows_nothing(c: char) -> bool {
    use GeneralCategory::{Control, Format};
    let category = || c.general_category();
    !is_usual(c)
        && !c.is_whitespace()
        && (matches!(category(), Control | Format) || chooses_form(c))
}

/// Whether a character is a mark that never shows. Unicode calls such marks ignorable by default.
fn chooses_form(c: char) -> bool {
    matches!(c,
        '\u{34f}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180d}'
        | '\u{180f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is a usual letter, digit or ideograph, or a hexagram, which lies among these.
/// This is quick to find out.
fn is_usual(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{3400}'..='\u{9fff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    /// Compares a kind of characters with a class of regular expressions.
    fn assert_is_class(class: &str, is: fn(char) -> bool) {
        let class = Regex::new(&format!("^(?:{class})$")).unwrap();
        let unassigned = Regex::new(r"^\p{Cn}$").unwrap();
        for c in '\0'..=char::MAX {
            let (mut room, mut copy) = ([0; 4], [0; 4]);
            // One of the two may know a later version of Unicode.
            // Hexagrams lie among the ideographs, and count as usual.
            let known = !('\u{4dc0}'..='\u{4dff}').contains(&c)
                && c.general_category() != GeneralCategory::Unassigned
                && !unassigned.is_match(c.encode_utf8(&mut room));
            let expected = class.is_match(c.encode_utf8(&mut copy));
            assert!(!known || is(c) == expected, "{c:?} {:x}", u32::from(c));
        }
    }

    #[test]
    fn the_kinds_of_characters_are_those_of_unicode() {
        assert_is_class(r"[\p{P}\p{S}]", is_punctuation);
        assert_is_class(r"\p{S}", is_symbol);
        assert_is_class(r"[\p{Nd}\p{No}]", is_digit);
        assert_is_class(r"\p{Latin}", is_latin);
        let ignorable = r"\p{Default_Ignorable_Code_Point}&&\p{M}";
        let nothing = format!(r"[[\p{{Cc}}\p{{Cf}}[{ignorable}]]--\p{{White_Space}}]");
        assert_is_class(&nothing, shows_nothing);
    }
}
