//! Dictionaries in which very many words begin at one place. The words of a piece are then not all
//! in memory at the same time.

use super::dictionaries::assert_same;
use super::{MODES, cut, options};
use crate::{Compat, Core, Options, Scratch};
use jieba_rs::Jieba;
use proptest::prelude::*;

/// A core and a jieba-rs with these words and frequencies.
fn both<'a>(words: impl Iterator<Item = (&'a str, u64)> + Clone) -> (Core, Jieba) {
    let lines = words.clone().map(|(word, frequency)| format!("{word} {frequency} n\n"));
    let jieba = Jieba::with_dict(&mut lines.collect::<String>().as_bytes()).expect("a dictionary");
    let words = words.map(|(word, frequency)| (word, frequency, "n"));
    (Core::from_words(words).expect("a small dictionary"), jieba)
}

fn words(of: &'static str) -> impl Strategy<Value = Vec<(String, u64)>> {
    let frequency = prop_oneof![2 => 0u64..3, 1 => Just(1_000u64), 1 => Just(1_000_000_000u64)];
    let words = prop::collection::btree_map(of, frequency, 1..30);
    words.prop_map(Vec::from_iter)
}

/// A dictionary of words over one or two characters, and the clauses of a text.
fn world() -> impl Strategy<Value = (Vec<(String, u64)>, Vec<String>)> {
    let clauses = |of: &'static str| prop::collection::vec(of, 1..30);
    prop_oneof![
        (words("[华]{1,9}"), clauses("[华]{1,9}")),
        (words("[清华]{1,9}"), clauses("[清华]{1,9}")),
        (words("[a1]{1,9}"), clauses("[a1]{1,9}")),
        (words("[华a]{1,9}"), clauses("[华a.龘]{1,9}")),
    ]
}

proptest! {
    #[test]
    fn words_that_overlap_everywhere_are_cut_as_jieba_rs_cuts_them(
        (words, clauses) in world(),
        added in prop::collection::vec(("[清华a]{1,9}", prop::option::of(0u64..3)), 0..9),
        gap in "[ ，\n]",
    ) {
        let (mut core, mut jieba) = both(words.iter().map(|(word, frequency)| (&word[..], *frequency)));
        for (word, frequency) in &added {
            let wanted = jieba.add_word(word, frequency.map(|f| f as usize), None);
            prop_assert_eq!(core.add_word(word, *frequency, None), wanted as u64);
        }
        assert_same(&core, &jieba, &clauses.concat());
        assert_same(&core, &jieba, &clauses.join(&gap));
    }

    // A single clause has few words, so all of them are in memory.
    #[test]
    fn a_text_is_cut_as_its_clauses_are(
        (words, clauses) in world(),
        added in prop::collection::vec(("[清华a]{1,9}", prop::option::of(0u64..3)), 0..9),
        hmm: bool,
        tags: bool,
    ) {
        let (mut core, _) = both(words.iter().map(|(word, frequency)| (&word[..], *frequency)));
        for (word, frequency) in &added {
            core.add_word(word, *frequency, None);
        }
        let clauses: Vec<String> = clauses.iter().map(|clause| format!("{clause}\n")).collect();
        let text = clauses.concat();
        let compats = [Compat::JiebaRs, Compat::Python];
        for (mode, compat) in MODES.into_iter().flat_map(|mode| compats.map(|c| (mode, c))) {
            let options = Options { compat, ..options(mode, hmm, tags) };
            let parts: Vec<_> =
                clauses.iter().flat_map(|clause| cut(&core, clause, options)).collect();
            prop_assert_eq!(cut(&core, &text, options), parts, "{:?}", options);
        }
    }
}

/// All of them together would be over a million.
#[test]
fn few_of_the_words_of_a_piece_are_in_memory_at_the_same_time() {
    const WORDS: usize = 300;
    const LENGTH: usize = 4000;
    let words: Vec<String> = (1..=WORDS).map(|length| "华".repeat(length)).collect();
    let (core, jieba) = both(words.iter().map(|word| (&word[..], 1)));
    let mut with_added = Core::empty();
    for word in &words {
        with_added.add_word(word, Some(1), None);
    }
    let text = "华".repeat(LENGTH);
    for core in [&core, &with_added] {
        for mode in [crate::Mode::Exact, crate::Mode::Search] {
            let options = options(mode, true, true);
            let (mut scratch, mut tokens) = (Scratch::default(), Vec::new());
            core.cut(&text, &options, &mut scratch, &mut tokens);
            let lists = &scratch.words;
            for list in [&lists.edges, &lists.added, &lists.merged] {
                // A list that grows may get twice the room that it needs.
                let most = 2 * (LENGTH + 64 * WORDS);
                assert!(list.capacity() <= most, "room for {} words", list.capacity());
            }
        }
    }
    super::assert_same(&core, &jieba, &"华".repeat(1500));
}
