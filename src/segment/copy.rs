//! A copy of a text in other forms (see [`Forms`]), which decides how the text is cut, and the way
//! back from places in the copy to places in the text.

use std::ops::Range;

use super::forms::Forms;
use batchproc_jieba::Token;

/// A copy of a text.
#[derive(Debug, Default)]
pub struct Copied {
    /// The copy.
    pub text: Vec<u8>,
    /// Where the copy has other lengths or numbers of characters than the text, in ascending order.
    changes: Vec<Change>,
    buffer: String,
}

/// A part of the text that has become something else as a whole.
#[derive(Clone, Debug)]
struct Change {
    /// What it has become in the copy.
    copy: Range<u32>,
    /// Where the part ends in the text.
    end: u32,
}

impl Copied {
    /// Makes a copy of `text`. Invalid UTF-8 stays as it is.
    pub fn make(&mut self, forms: Forms, text: &[u8]) {
        self.text.clear();
        self.changes.clear();
        let mut at = 0;
        for chunk in text.utf8_chunks() {
            self.add(forms, chunk.valid(), at);
            at += chunk.valid().len() + chunk.invalid().len();
            self.text.extend_from_slice(chunk.invalid());
        }
    }

    /// Appends text that is at byte `at` of the whole text.
    fn add(&mut self, forms: Forms, text: &str, at: usize) {
        for part in forms.parts(text) {
            let old = &text[part.clone()];
            self.buffer.clear();
            forms.append(old, &mut self.buffer);
            let new = &self.buffer;
            let start = self.text.len();
            self.text.extend_from_slice(new.as_bytes());
            let is_one = |text: &str| text.chars().nth(1).is_none();
            if old != new && !(old.len() == new.len() && is_one(old) && is_one(new)) {
                self.changes.push(Change {
                    copy: offset(start)..offset(self.text.len()),
                    end: offset(at + part.end),
                });
            }
        }
    }

    /// The place in the text of a place in the copy. If it lies inside of what one part of the text
    /// has become, it is the end of this part.
    pub fn place(&self, at: u32) -> u32 {
        let index = self.changes.partition_point(|change| change.copy.start < at);
        match index.checked_sub(1).map(|before| &self.changes[before]) {
            None => at,
            Some(Change { copy, end }) => end + at.saturating_sub(copy.end),
        }
    }

    /// Moves tokens of the copy to the text. Tokens of which nothing is left in the text are removed.
    /// `shown` gets the tokens of the copy: as many, since those that are removed become part of the one
    /// before them.
    pub fn to_text(&self, tokens: &mut Vec<Token>, mut shown: Option<&mut Vec<Token>>) {
        if let Some(shown) = &mut shown {
            shown.clear();
        }
        tokens.retain_mut(|token| {
            let old = *token;
            (token.start, token.end) = (self.place(old.start), self.place(old.end));
            let stays = token.start < token.end || old.start == old.end;
            match shown.as_mut() {
                Some(shown) if stays => shown.push(old),
                Some(shown) => {
                    if let Some(last) = shown.last_mut().filter(|last| last.end == old.start) {
                        last.end = old.end;
                    }
                }
                None => {}
            }
            stays
        });
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a block has less than 4 GiB")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn copied(forms: Forms, text: &[u8]) -> Copied {
        let mut copied = Copied::default();
        copied.make(forms, text);
        copied
    }

    const NFC: Forms =
        Forms { nfc: true, width: false, nfkc: false, simplified: false, case: false };
    const NFKC: Forms =
        Forms { nfkc: true, width: false, nfc: false, simplified: false, case: false };

    #[test]
    fn a_place_inside_of_what_a_character_has_become_is_the_end_of_this_character() {
        for (text, copy, places) in [
            ("3㎏的ﬁ".as_bytes(), "3kg的fi".as_bytes(), &[0, 1, 4, 4, 5, 6, 7, 10, 10][..]),
            // Invalid bytes stay in their places.
            (
                b"\xe3\x8e\x8f\xe4\xb8\xe3\x8e\x8f\xff",
                b"kg\xe4\xb8kg\xff",
                &[0, 3, 3, 4, 5, 8, 8, 9],
            ),
            // What is normalized already has places inside of it.
            ("㎏q\u{301}".as_bytes(), "kgq\u{301}".as_bytes(), &[0, 3, 3, 4, 5, 6]),
        ] {
            let copied = copied(NFKC, text);
            assert_eq!(copied.text, copy);
            let all: Vec<u32> = (0..places.len()).map(|at| copied.place(at as u32)).collect();
            assert_eq!(all, places, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn tokens_of_which_nothing_is_left_are_removed() {
        let copied = copied(NFKC, "㍿a".as_bytes());
        assert_eq!(copied.text, "株式会社a".as_bytes());
        let token = |start, end| Token { start, end, tag: Default::default() };
        let mut tokens = vec![token(0, 6), token(6, 12), token(12, 12), token(12, 13)];
        let mut shown = Vec::new();
        copied.to_text(&mut tokens, Some(&mut shown));
        assert_eq!(tokens, [token(0, 3), token(3, 3), token(3, 4)]);
        assert_eq!(shown, [token(0, 12), token(12, 12), token(12, 13)]);
    }

    proptest! {
        #[test]
        fn a_copy_in_a_normal_form_is_that_of_the_whole_text(
            text in "([a가각각ｶﾞ゛e\u{301}\u{323}\u{308}㎏ﬁ中\u{345}ᾼ\u{f92d}\u{212b}Ωㅠㄳㅎㅏ\u{344}\r\n]|\\PC){0,12}",
        ) {
            prop_assert_eq!(copied(NFC, text.as_bytes()).text, text.nfc().collect::<String>().into_bytes());
            prop_assert_eq!(copied(NFKC, text.as_bytes()).text, text.nfkc().collect::<String>().into_bytes());
        }

        #[test]
        fn places_ascend_and_stay_between_characters(
            text in "[aＡｶﾞe\u{301}㎏ﬁ中漢Kſ\n]{0,12}",
            kinds: [bool; 5],
        ) {
            let [width, nfc, nfkc, simplified, case] = kinds;
            let copied = copied(Forms { width, nfc, nfkc, simplified, case }, text.as_bytes());
            let copy = str::from_utf8(&copied.text).unwrap();
            let ends = copy.char_indices().map(|(at, _)| at).chain([copy.len()]);
            let places: Vec<_> = ends.map(|at| copied.place(at as u32) as usize).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(places.iter().all(|&place| text.is_char_boundary(place)));
            prop_assert_eq!((places[0], places.last()), (0, Some(&text.len())));
        }
    }
}
