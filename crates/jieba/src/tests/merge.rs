//! Many added words that move into the tables: no word is lost, and none is invented.

use super::{CORE, JIEBA};
use crate::builder::layout::{LABEL_MASK, base, value};
use crate::tables::Tables;
use std::collections::{BTreeMap, HashMap};

/// All words in the double array and their values. A word is given by the codes of its characters.
fn words(tables: &Tables) -> BTreeMap<Vec<u16>, u32> {
    let firsts = tables.first.iter().enumerate().filter(|&(_, &base)| base != 0);
    let mut beginnings: HashMap<u32, Vec<u16>> =
        firsts.map(|(code, &base)| (base, vec![code as u16])).collect();
    let mut words = BTreeMap::new();
    let mut left: Vec<(u32, u16, u64)> = (0..)
        .zip(&*tables.units)
        .filter(|&(_, &unit)| unit != 0)
        .map(|(at, &unit)| (at - (unit & LABEL_MASK) as u32, (unit & LABEL_MASK) as u16, unit))
        .collect();
    // Each round finds the children of the nodes that the round before has found.
    while !left.is_empty() {
        let before = left.len();
        left.retain(|&(parent, label, unit)| {
            let Some(beginning) = beginnings.get(&parent) else { return true };
            let word = [&beginning[..], &[label]].concat();
            if value(unit) != 0 {
                words.insert(word.clone(), value(unit));
            }
            if base(unit) != 0 {
                assert!(beginnings.insert(base(unit), word).is_none(), "two nodes share a base");
            }
            false
        });
        assert!(left.len() < before, "{} units have no parent", left.len());
    }
    words
}

/// Words of Han characters, in an order that looks random but is always the same.
fn many_words(count: usize) -> impl Iterator<Item = String> {
    let mut state = 1u64;
    let mut number = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count).map(move |_| {
        let length = 2 + number(4);
        // The fewer characters there are, the more beginnings the words share.
        let range = [50, 3000, 20_000][number(3) as usize];
        let character = |_| char::from_u32(0x4e00 + number(range) as u32).expect("a character");
        (0..length).map(character).collect()
    })
}

#[test]
fn the_tables_hold_the_old_words_and_the_added_ones() {
    let mut core = CORE.clone();
    let mut expected = words(&core.dictionary.tables);
    for (number, word) in many_words(20_000).enumerate() {
        core.add_word(&word, Some(number as u64 % 7), None);
        let codes = word.chars().map(|c| core.dictionary.tables.codes.get(c)).collect();
        expected.insert(codes, core.dictionary.value_of(&word));
        if number % 9_000 == 0 {
            core.merge_added_words().expect("room for some thousand words");
        }
    }
    core.merge_added_words().expect("room for some thousand words");
    assert!(core.dictionary.overlay.is_empty());
    let found = words(&core.dictionary.tables);
    assert!(found == expected, "{} words, not {}", found.len(), expected.len());
}

#[test]
fn many_added_words_are_cut_as_jieba_rs_cuts_them() {
    let (mut core, mut jieba) = (CORE.clone(), JIEBA.clone());
    let mut text = String::new();
    for (number, word) in many_words(3000).enumerate() {
        let frequency = (number % 3 > 0).then_some(number);
        let wanted = jieba.add_word(&word, frequency, None);
        assert_eq!(core.add_word(&word, frequency.map(|f| f as u64), None), wanted as u64);
        text += &word;
        text += if number % 5 == 0 { "，" } else { &word };
    }
    core.merge_added_words().expect("room for some thousand words");
    super::assert_same(&core, &jieba, &text);
}

#[test]
fn added_words_of_letters_are_found_between_spaces() {
    // Words between spaces are read as one character if no dictionary word can begin in them. The
    // last characters of a text are read one by one, so the text is longer.
    let (mut core, mut jieba) = (CORE.clone(), JIEBA.clone());
    for word in ["ab", "x9", "YZ中"] {
        core.add_word(word, Some(1000), None);
        jieba.add_word(word, Some(1000), None);
    }
    core.merge_added_words().expect("room for a few words");
    let text = format!("中 abab x9 x99 cab YZ YZ中{}", "，".repeat(60));
    super::assert_same(&core, &jieba, &text);
}
