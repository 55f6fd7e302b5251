//! The forms that a text can be brought to before it is cut: one width, a normalization form of
//! Unicode, simplified characters, small letters. `copy` makes a copy of a text in these forms.

mod folding;
mod simplified;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{
    canonical_combining_class, decompose_canonical, decompose_compatible,
};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use folding::fold;
use simplified::simplified;

/// Which forms are wanted. They are made in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Wide letters, digits and symbols become narrow; narrow kana and hangul become wide.
    pub width: bool,
    /// Letters and the accents after them become one character.
    pub nfc: bool,
    /// As `nfc`, and characters that only look special become the usual ones: `㎏` becomes `kg`.
    pub nfkc: bool,
    /// Traditional characters become simplified ones, each on its own.
    pub simplified: bool,
    /// Letters become small.
    pub case: bool,
}

impl Forms {
    /// Whether a text stays as it is.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// A word of a list in these forms.
    pub fn apply(self, word: &str) -> Cow<'_, str> {
        if self.is_empty() {
            return word.into();
        }
        let mut out = String::with_capacity(word.len());
        for part in self.parts(word) {
            self.append(&word[part.clone()], &mut out);
        }
        out.into()
    }

    /// Divides a text into parts that can be brought into these forms on their own: mostly single
    /// characters, but a letter with its accents if characters are joined.
    pub(super) fn parts(self, text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
        let joins = self.nfc || self.nfkc;
        let mut characters = text.char_indices().peekable();
        std::iter::from_fn(move || {
            let (start, first) = characters.next()?;
            let mut end = start + first.len_utf8();
            while joins
                && let Some(&(at, next)) = characters.peek()
                && self.joins(&text[start..end], next)
            {
                end = at + next.len_utf8();
                characters.next();
            }
            Some(start..end)
        })
    }

    /// Appends a part in these forms.
    #[inline]
    pub(super) fn append(self, part: &str, out: &mut String) {
        let mut characters = part.chars();
        let (Some(first), None) = (characters.next(), characters.next()) else {
            return self.append_any(part, out);
        };
        match is_plain(first) {
            true => out.push(self.replace(first)),
            false => self.append_any(part, out),
        }
    }

    fn append_any(self, part: &str, out: &mut String) {
        let narrow = part.chars().map(|c| if self.width { width(c) } else { c });
        let replace = |c| self.replace(c);
        match (self.nfkc, self.nfc) {
            (true, _) => out.extend(narrow.nfkc().map(replace)),
            (false, true) => out.extend(narrow.nfc().map(replace)),
            (false, false) => out.extend(narrow.map(replace)),
        }
    }

    /// What takes the place of a character that is normalized already.
    #[inline]
    fn replace(self, c: char) -> char {
        let c = if self.simplified { simplified(c) } else { c };
        if self.case { fold(c) } else { c }
    }

    /// Whether the character behind a part becomes one with it, or changes places with its accents.
    fn joins(self, part: &str, next: char) -> bool {
        if is_plain(next) {
            return false;
        }
        let narrow = if self.width { width(next) } else { next };
        let mut first = None;
        let each = |c| first = first.or(Some(c));
        match self.nfkc {
            true => decompose_compatible(narrow, each),
            false => decompose_canonical(narrow, each),
        }
        let first = first.unwrap_or(narrow);
        if canonical_combining_class(first) != 0 {
            // An accent belongs to what is before it, but not to a line end.
            return !part.ends_with(char::is_control);
        }
        if is_nfc_quick([first].into_iter()) == IsNormalized::Yes {
            return false;
        }
        // Such as the vowels of Korean, which become one with a consonant, but with nothing else.
        let made = |text: &str| {
            let mut made = String::new();
            self.append_any(text, &mut made);
            made
        };
        let next = next.to_string();
        made(&[part, &next].concat()) != made(part) + &made(&next)
    }
}

/// Whether a character of ASCII or an ideograph, which has one width and is normalized.
#[inline]
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// The character in its usual width: wide ones of ASCII become narrow, narrow ones of Japanese and
/// Korean become wide.
fn width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ffe3}' => '\u{af}',
        // Letters of Korean, of which NFKC makes others.
        '\u{ffa0}' => '\u{3164}',
        '\u{ffa1}'..='\u{ffbe}' => moved(c, '\u{ffa1}', '\u{3131}'),
        '\u{ffc2}'..='\u{ffc7}' => moved(c, '\u{ffc2}', '\u{314f}'),
        '\u{ffca}'..='\u{ffcf}' => moved(c, '\u{ffca}', '\u{3155}'),
        '\u{ffd2}'..='\u{ffd7}' => moved(c, '\u{ffd2}', '\u{315b}'),
        '\u{ffda}'..='\u{ffdc}' => moved(c, '\u{ffda}', '\u{3161}'),
        // All others are the same in NFKC as in the other width.
        '\u{ff01}'..='\u{ffee}' => {
            let mut usual = c;
            decompose_compatible(c, |part| usual = part);
            usual
        }
        _ => c,
    }
}

/// The character that is as far behind `to` as `c` is behind `from`.
fn moved(c: char, from: char, to: char) -> char {
    char::from_u32(c as u32 - from as u32 + to as u32).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// For each character, its NFC, its NFKC, and what it is in another width, as hexadecimal digits.
    const PYTHON: &str = "
import unicodedata
for point in range(0x110000):
    c = chr(point)
    if 0xd800 <= point < 0xe000 or unicodedata.category(c) == 'Cn': continue
    parts = unicodedata.decomposition(c).split()
    width = chr(int(parts[1], 16)) if parts and parts[0] in ('<wide>', '<narrow>') else c
    forms = [unicodedata.normalize('NFC', c), unicodedata.normalize('NFKC', c), width]
    print(point, *[form.encode().hex() for form in forms])
";

    #[test]
    fn all_characters_have_the_forms_that_they_have_in_python() {
        let Ok(python) = Command::new("python3").args(["-c", PYTHON]).output() else {
            eprintln!("skipped: there is no python3");
            return;
        };
        let none = Forms::default();
        let forms = [
            Forms { nfc: true, ..none },
            Forms { nfkc: true, ..none },
            Forms { width: true, ..none },
        ];
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut compared = 0;
        for line in String::from_utf8(python.stdout).unwrap().lines() {
            let mut columns = line.split(' ');
            let point: u32 = columns.next().unwrap().parse().unwrap();
            let character = char::from_u32(point).unwrap().to_string();
            for (form, expected) in forms.iter().zip(columns) {
                assert_eq!(hex(&form.apply(&character)), expected, "U+{point:04X} {form:?}");
            }
            compared += 1;
        }
        assert!(compared > 100_000);
    }

    #[test]
    fn no_character_becomes_one_with_what_it_does_not_combine_with() {
        let none = Forms::default();
        for forms in [Forms { nfc: true, ..none }, Forms { nfkc: true, width: true, ..none }] {
            for c in ('\u{80}'..='\u{2ffff}').filter(|c| canonical_combining_class(*c) == 0) {
                for before in ["\n", "我"] {
                    let text = format!("{before}{c}");
                    let parts: Vec<_> = forms.parts(&text).map(|part| text[part].len()).collect();
                    let is_mark =
                        c.nfkd().next().is_some_and(|c| canonical_combining_class(c) != 0);
                    let joins = is_mark && !before.ends_with(char::is_control);
                    let expected =
                        if joins { vec![text.len()] } else { vec![before.len(), c.len_utf8()] };
                    if !is_mark || forms.nfkc {
                        assert_eq!(parts, expected, "{before:?} U+{:04X} {forms:?}", c as u32);
                    }
                }
            }
            for text in ["\n\u{301}\u{323}", "\r\n\u{344}\u{323}"] {
                assert_eq!(forms.parts(text).next().unwrap(), 0..1, "{text:?}");
            }
        }
    }

    #[test]
    fn each_form_changes_what_it_is_about() {
        let is = |forms: Forms, text: &str, expected: &str| {
            assert_eq!(forms.apply(text), expected, "{text} {forms:?}");
        };
        let width = Forms { width: true, ..Forms::default() };
        is(width, "ＡＢＣ１２３，！　｡ｱﾊﾟ￥￣㎏ﬁ", "ABC123,! 。アハ\u{309a}¥¯㎏ﬁ");
        is(Forms { nfc: true, ..width }, "ﾊﾟe\u{301}ｅ\u{301}", "パéé");
        is(Forms { nfc: true, ..Forms::default() }, "e\u{301}\u{323}ＡÅ㎏", "ẹ\u{301}ＡÅ㎏");
        is(Forms { nfkc: true, ..Forms::default() }, "㎏ﬁＡ①ﾊﾟ㍿", "kgfiA1パ株式会社");
        is(Forms { simplified: true, ..Forms::default() }, "漢語計算機 中国", "汉语计算机 中国");
        is(Forms { case: true, ..Forms::default() }, "iPhone ÀΣςЖẞſİı", "iphone àσσжßsİı");
        is(Forms::default(), "Ａ漢", "Ａ漢");
    }
}
