//! `Compat::Python` compared with the recorded output of Python jieba in `fixtures/segmentation`.

use super::cut;
use crate::{Compat, Core, Mode, Options};

fn fixture(name: &str) -> String {
    let path = format!("{}/../../fixtures/segmentation/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a fixture")
}

fn assert_golden(core: &Core, mode: Mode, hmm: bool, golden: &str) {
    let options = Options { mode, hmm, compat: Compat::Python, tags: false };
    let (input, golden) = (fixture("input.txt"), fixture(golden));
    assert_eq!(input.split_terminator('\n').count(), golden.lines().count());
    for (line, expected) in input.split_terminator('\n').zip(golden.lines()) {
        let expected: Vec<String> = serde_json::from_str(expected).expect("a list of tokens");
        let words: Vec<&str> = cut(core, line, options).iter().map(|word| word.0).collect();
        assert_eq!(words, expected, "{line:?} {options:?}");
    }
}

#[test]
fn python_jiebas_tokens_come_out() {
    let core = Core::new();
    assert_golden(&core, Mode::Exact, true, "exact.json");
    assert_golden(&core, Mode::Exact, false, "exact-without-model.json");
    assert_golden(&core, Mode::Search, true, "search.json");
    assert_golden(&core, Mode::Full, false, "full.json");
}

#[test]
fn words_are_added_as_python_jieba_adds_them() {
    let mut core = Core::new();
    let added: Vec<(String, Option<u64>, u64, Option<String>)> =
        serde_json::from_str(&fixture("added-words.json")).expect("words");
    for (word, given, frequency, tag) in &added {
        let given = given.unwrap_or_else(|| core.suggest_frequency(word, Compat::Python));
        assert_eq!(core.add_word(word, Some(given), tag.as_deref()), *frequency, "{word}");
    }
    assert_golden(&core, Mode::Exact, true, "added.json");
    assert_golden(&core, Mode::Full, false, "added-full.json");
    assert_golden(&core, Mode::Search, false, "added-search-without-model.json");
}

/// A line of `overlaps.json`.
#[derive(serde::Deserialize)]
struct Overlaps {
    dictionary: Option<Vec<(String, u64)>>,
    added: Vec<(String, Option<u64>, u64)>,
    text: String,
    exact: Vec<String>,
    exact_without_model: Vec<String>,
    search: Vec<String>,
    full: Vec<String>,
}

#[test]
fn overlapping_words_are_chosen_to_the_last_bit_as_python_jieba_chooses() {
    for line in fixture("overlaps.json").lines() {
        let case: Overlaps = serde_json::from_str(line).expect("a case");
        let mut core = match &case.dictionary {
            None => Core::new(),
            Some(words) => {
                let words = words.iter().map(|(word, frequency)| (&word[..], *frequency, "n"));
                Core::from_words(words).expect("a small dictionary")
            }
        };
        for (word, given, frequency) in &case.added {
            let given = given.unwrap_or_else(|| core.suggest_frequency(word, Compat::Python));
            assert_eq!(core.add_word(word, Some(given), None), *frequency, "{word} {line}");
        }
        for (mode, hmm, expected) in [
            (Mode::Exact, true, &case.exact),
            (Mode::Exact, false, &case.exact_without_model),
            (Mode::Search, true, &case.search),
            (Mode::Full, true, &case.full),
        ] {
            let options = Options { mode, hmm, compat: Compat::Python, tags: false };
            let words: Vec<_> = cut(&core, &case.text, options).iter().map(|word| word.0).collect();
            assert_eq!(words, *expected, "{options:?} {line}");
        }
    }
}
