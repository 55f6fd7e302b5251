//! The simple case folding of Unicode, which makes one character of one character.

/// The character that stands for all those that differ from it only in case.
#[inline]
pub(super) fn fold(c: char) -> char {
    match c {
        '\0'..='\x7f' => c.to_ascii_lowercase(),
        // Ideographs, kana and hangul have no case.
        '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => c,
        _ => fold_other(c),
    }
}

fn fold_other(c: char) -> char {
    match c {
        // The dotless and the dotted letter of Turkish are letters of their own.
        '\u{131}' | '\u{130}' => c,
        // Cherokee folds to capital letters.
        '\u{13a0}'..='\u{13f5}' => c,
        '\u{13f8}'..='\u{13fd}' => shifted(c, -8),
        '\u{ab70}'..='\u{abbf}' => shifted(c, 0x13a0 - 0xab70),
        // The small letter of the capital letter, since there may be several small letters.
        _ => only(only(c, c.to_uppercase()), only(c, c.to_uppercase()).to_lowercase()),
    }
}

/// The only character of these, or `otherwise` if there are more.
fn only(otherwise: char, mut characters: impl Iterator<Item = char>) -> char {
    match (characters.next(), characters.next()) {
        (Some(one), None) => one,
        _ => otherwise,
    }
}

fn shifted(c: char, by: i32) -> char {
    (c as u32).checked_add_signed(by).and_then(char::from_u32).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// For each character, the only character of its full folding, if there is only one.
    const PYTHON: &str = "
import sys, unicodedata
for point in range(0x110000):
    c = chr(point)
    if not 0xd800 <= point < 0xe000 and unicodedata.category(c) != 'Cn' and len(c.casefold()) == 1:
        print(point, ord(c.casefold()))
";

    #[test]
    fn all_characters_fold_as_in_python() {
        let Ok(python) = Command::new("python3").args(["-c", PYTHON]).output() else {
            eprintln!("skipped: there is no python3");
            return;
        };
        let lines = String::from_utf8(python.stdout).unwrap();
        let mut compared = 0;
        for line in lines.lines() {
            let (point, folded) = line.split_once(' ').unwrap();
            let character = |text: &str| char::from_u32(text.parse().unwrap()).unwrap();
            let (point, folded) = (character(point), character(folded));
            assert_eq!(fold(point), folded, "{point:?} U+{:04X}", point as u32);
            compared += 1;
        }
        assert!(compared > 100_000);
    }
}
