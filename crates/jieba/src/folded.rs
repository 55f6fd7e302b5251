//! Adds the words of a dictionary in another spelling, for texts whose letters are folded to lower
//! case before they are cut: `T恤` is found as `t恤` then.

use super::builder::codes::{BMP, Codes};
use super::builder::layout::{LABEL_MASK, base, value};
use super::jieba::Core;
use super::tables::Tables;

impl Core {
    /// Adds each word that has a capital letter of ASCII also with small letters. If the word is
    /// there with small letters already, the higher frequency counts. Words that were added before
    /// and are not merged stay as they are. Takes some milliseconds.
    pub fn add_lower_case(&mut self) {
        let tables = &self.dictionary.tables;
        let mut found = Vec::new();
        for (word, value) in words_with_capitals(tables) {
            let tag = tables.value_tags[value as usize];
            let name = tables.tags[usize::from(tag)].to_string();
            found.push((word.to_lowercase(), tables.frequencies[value as usize], name));
        }
        for (word, frequency, tag) in found {
            let known = self.dictionary.value_of(&word);
            let known = self.dictionary.tables.frequencies[known as usize];
            if frequency > known {
                self.add_word(&word, Some(frequency), Some(&tag));
            }
        }
    }
}

/// The words in the tables that have a capital letter of ASCII, and their values.
fn words_with_capitals(tables: &Tables) -> Vec<(String, u32)> {
    let is_capital = |code: u16| ('A'..='Z').any(|capital| tables.codes.get(capital) == code);
    let capitals: Vec<u16> = (0..128).filter(|&code| is_capital(code)).collect();
    let characters = characters(&tables.codes);
    // Indexed by a base: the index of the unit that has it, plus one.
    let mut parents = vec![0u32; tables.units.len()];
    for (index, &unit) in (1..).zip(&*tables.units) {
        if let Some(parent) = parents.get_mut(base(unit) as usize).filter(|_| base(unit) != 0) {
            *parent = index;
        }
    }
    let mut firsts = vec![0u16; tables.units.len()];
    for (code, &base) in tables.first.iter().enumerate().filter(|&(_, &base)| base != 0) {
        if let Some(first) = firsts.get_mut(base as usize) {
            *first = code as u16;
        }
    }
    let mut words = Vec::new();
    let single = |&code: &u16| (code, tables.single_value[usize::from(code)]);
    for (code, value) in capitals.iter().map(single).filter(|&(_, value)| value != 0) {
        words.push((characters[usize::from(code)].to_string(), value));
    }
    let mut codes = Vec::new();
    for (index, &unit) in tables.units.iter().enumerate().filter(|&(_, &unit)| value(unit) != 0) {
        codes.clear();
        let mut at = index;
        loop {
            let label = tables.units[at] & LABEL_MASK;
            codes.push(label as u16);
            let base = at - label as usize;
            match (parents[base], firsts[base]) {
                (0, first) => break codes.push(first),
                (parent, _) => at = parent as usize - 1,
            }
        }
        if codes.iter().any(|code| capitals.contains(code)) {
            let word = codes.iter().rev().map(|&code| characters[usize::from(code)]).collect();
            words.push((word, value(unit)));
        }
    }
    words
}

/// Indexed by a code above 1: its character.
fn characters(codes: &Codes) -> Vec<char> {
    let mut characters = vec!['\0'; codes.len()];
    let bmp = (0..BMP as u32).zip(&*codes.bmp);
    let astral = codes.astral.iter().copied().zip(&*codes.astral_codes);
    for (point, &code) in bmp.chain(astral).filter(|&(_, &code)| code > 1) {
        characters[usize::from(code)] = char::from_u32(point).unwrap_or_default();
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Scratch};

    #[test]
    fn the_words_with_capitals_are_those_of_the_list_that_the_dictionary_was_made_of() {
        let lines = [("T恤", 9, "n"), ("ABC", 8, "eng"), ("aBc中", 7, "x"), ("中B文", 6, "n")];
        let others = [("中文", 5, "n"), ("a", 4, "x"), ("abc", 20, "nz"), ("Z", 3, "q")];
        let core = Core::from_words(lines.into_iter().chain(others)).unwrap();
        let mut words = words_with_capitals(&core.dictionary.tables);
        words.sort();
        let words: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["ABC", "T恤", "Z", "aBc中", "中B文"]);
    }

    #[test]
    fn a_folded_text_has_the_words_of_the_dictionary() {
        let mut core = Core::new();
        core.add_lower_case();
        let cut = |text: &str| {
            let mut tokens = Vec::new();
            core.cut(text, &Options::default(), &mut Scratch::default(), &mut tokens);
            let word =
                |token: &crate::Token| text[token.start as usize..token.end as usize].to_string();
            tokens.iter().map(word).collect::<Vec<_>>()
        };
        assert_eq!(cut("买了t恤"), ["买", "了", "t恤"]);
        assert_eq!(cut("买了T恤"), ["买", "了", "T恤"]);
        assert_eq!(core.dictionary.value_of("T恤") != 0, core.dictionary.value_of("t恤") != 0);
    }
}
