//! Kinds of characters that decide whether a token is a word.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character is punctuation or a symbol.
pub fn is_punctuation(c: char) -> bool {
    use GeneralCategoryGroup::{Punctuation, Symbol};
    !is_usual(c) && matches!(c.general_category_group(), Punctuation | Symbol)
}

/// Whether a character shows nothing where it stands alone: a control or format character, or a
/// mark that changes the character before it. White space is not meant.
pub fn shows_nothing(c: char) -> bool {
    use GeneralCategory::{Control, EnclosingMark, Format, NonspacingMark};
    let category = || c.general_category();
    !is_usual(c)
        && !c.is_whitespace()
        && matches!(category(), Control | EnclosingMark | Format | NonspacingMark)
}

/// Whether a character is a usual letter, digit or ideograph. This is quick to find out.
fn is_usual(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{3400}'..='\u{9fff}').contains(&c)
}
