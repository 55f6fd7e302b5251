//! Added words, and dictionaries given at run time, compared with jieba-rs.

use super::{CORE, JIEBA, MODES, cut, dictionary_words, options, text};
use crate::compiled::check;
use crate::{Compat, Core, CpuKind, Mode, Options};
use jieba_rs::Jieba;
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => dictionary_words(),
        1 => "[\u{4e00}-\u{9fff}]{1,3}",
        1 => "[a-zA-Z0-9+#&._%-]{1,4}[\u{4e00}-\u{4eff}]{0,2}",
        1 => "[\u{3400}-\u{34ff}\u{20000}-\u{200ff}]{1,2}",
        1 => "[😀 ，。/a龘]{1,2}",
    ]
}

fn frequency() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0u64), 1u64..10, 10u64..100_000, 1u64..10_000_000_000]
}

fn tag() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![Just(None), Just(Some("n")), Just(Some("own")), Just(Some(""))]
}

/// A text that begins with `text` and contains the words. It ends with many characters that are in no
/// word, because the last few characters of a text are read one by one.
fn with_words(words: &[String], text: &str) -> String {
    let mut result = text.to_owned();
    for word in words {
        result += word;
        result += "中";
        result += word;
        result += word;
        // ASCII words between spaces may be read as one character.
        result += " ";
        result += word;
        result += word;
        result += " ";
    }
    result + &"，".repeat(40)
}

/// Asserts that the core gives the same tokens as jieba-rs on every kind of CPU that this machine
/// can run, also with the added words in its tables.
pub(super) fn assert_same(core: &Core, jieba: &Jieba, text: &str) {
    let mut merged = core.clone();
    merged.merge_added_words().expect("the tables can hold a few words");
    assert!(merged.dictionary.overlay.is_empty());
    assert_eq!(check(&merged.dictionary.tables).map_err(|error| format!("{error:?}")), Ok(()));
    assert_same_for_python(core, &merged, text);
    for core in [core, &merged] {
        let mut core = core.clone();
        for kind in CpuKind::available() {
            core.set_cpu(kind);
            super::assert_same(&core, jieba, text);
        }
    }
}

/// Asserts that two cores give the same tokens and frequencies by the rules of Python jieba.
fn assert_same_for_python(core: &Core, other: &Core, text: &str) {
    for (mode, hmm, tags) in
        MODES.into_iter().flat_map(|mode| [(mode, true, true), (mode, false, false)])
    {
        let options = Options { compat: Compat::Python, ..options(mode, hmm, tags) };
        assert_eq!(cut(core, text, options), cut(other, text, options), "{options:?}");
    }
    for word in text.split_inclusive('，').filter(|word| word.len() < 50) {
        for compat in [Compat::JiebaRs, Compat::Python] {
            let suggested = [core, other].map(|core| core.suggest_frequency(word, compat));
            assert_eq!(suggested[0], suggested[1], "{word}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn added_words_are_cut_as_jieba_rs_cuts_them(
        added in prop::collection::vec((word(), prop::option::of(frequency()), tag()), 1..8),
        merged_before in 0..8usize,
        text in text(),
    ) {
        let (mut core, mut jieba) = (CORE.clone(), JIEBA.clone());
        for (index, (word, frequency, tag)) in added.iter().enumerate() {
            if index == merged_before {
                core.merge_added_words().expect("room for a few words");
            }
            let wanted = jieba.add_word(word, frequency.map(|f| f as usize), *tag);
            prop_assert_eq!(core.add_word(word, *frequency, *tag), wanted as u64, "{}", word);
        }
        let words: Vec<String> = added.into_iter().map(|(word, ..)| word).collect();
        assert_same(&core, &jieba, &with_words(&words, &text));
    }
}

proptest! {
    #[test]
    fn a_dictionary_given_at_run_time_replaces_the_built_in_one(
        words in prop::collection::vec((word(), 1u64..100_000, "[a-z]{1,2}"), 1..40),
        added in prop::collection::vec((word(), prop::option::of(1u64..1000)), 0..3),
        text in text(),
    ) {
        // jieba-rs splits the fields of a line at white space.
        prop_assume!(!words.iter().any(|(word, ..)| word.contains(' ')));
        let file: String =
            words.iter().map(|(word, frequency, tag)| format!("{word} {frequency} {tag}\n")).collect();
        let mut jieba = Jieba::with_dict(&mut file.as_bytes()).expect("a dictionary");
        let entries = words.iter().map(|(word, frequency, tag)| (&word[..], *frequency, &tag[..]));
        let mut core = Core::from_words(entries).expect("a small dictionary");
        for (word, frequency) in &added {
            let wanted = jieba.add_word(word, frequency.map(|f| f as usize), None);
            prop_assert_eq!(core.add_word(word, *frequency, None), wanted as u64);
        }
        let words: Vec<String> = words.into_iter().map(|(word, ..)| word).collect();
        assert_same(&core, &jieba, &with_words(&words, &text));
    }

    // In these texts, words overlap everywhere, many routes have equal scores, and single
    // characters are no words. The text is long enough to be divided into parts, which end at
    // commas.
    #[test]
    fn long_texts_of_few_characters_take_the_same_route(
        words in prop::collection::btree_map(
            "[清华大学京]{1,5}",
            prop_oneof![3 => 0u64..3, 1 => Just(1_000u64), 1 => Just(1_000_000_000u64)],
            1..20,
        ),
        added in prop::collection::vec(("[清华大学京]{1,4}", prop::option::of(0u64..3)), 0..9),
        merged_before in 0..9usize,
        text in "([清华大学京]{1,30}，){10,50}",
    ) {
        let file: String =
            words.iter().map(|(word, frequency)| format!("{word} {frequency} n\n")).collect();
        let mut jieba = Jieba::with_dict(&mut file.as_bytes()).expect("a dictionary");
        let entries = words.iter().map(|(word, &frequency)| (&word[..], frequency, "n"));
        let mut core = Core::from_words(entries).expect("a small dictionary");
        for (index, (word, frequency)) in added.iter().enumerate() {
            if index == merged_before {
                core.merge_added_words().expect("room for a few words");
            }
            let wanted = jieba.add_word(word, frequency.map(|f| f as usize), None);
            prop_assert_eq!(core.add_word(word, *frequency, None), wanted as u64);
        }
        assert_same(&core, &jieba, &text);
    }
}

#[test]
fn an_empty_dictionary_leaves_all_to_the_model() {
    let text = "我来到北京清华大学 WES-5.4.5 😀\r\nabc";
    assert_same(&Core::empty(), &Jieba::empty(), text);
}

#[test]
fn a_word_that_was_removed_for_python_can_still_be_cut_around() {
    let mut core = Core::new();
    core.add_word("清华大学", Some(0), None);
    let options = Options { compat: Compat::Python, ..options(Mode::Exact, false, false) };
    let words: Vec<_> = cut(&core, "清华大学", options).iter().map(|word| word.0).collect();
    assert_eq!(words, ["清华", "大学"]);
}

#[test]
fn runs_that_are_words_themselves_are_left_as_the_route_took_them() {
    // The characters are so frequent that the route rejects the words. The model alone would join
    // the characters.
    let characters = ["清", "华", "大", "学"].map(|word| (word, 1_000_000, "n"));
    let words = ["清华", "清华大", "清华大学"].map(|word| (word, 1, "n"));
    let entries = || characters.into_iter().chain(words);
    let file: String =
        entries().map(|(word, frequency, tag)| format!("{word} {frequency} {tag}\n")).collect();
    let jieba = Jieba::with_dict(&mut file.as_bytes()).expect("a dictionary");
    let core = Core::from_words(entries()).expect("a small dictionary");
    for text in ["清华", "清华大", "清华大学", "华大", "华大学", "大学清华"] {
        assert_same(&core, &jieba, text);
    }
}

#[test]
fn frequencies_whose_sum_is_zero_lose_no_text() {
    // The sum of these frequencies wraps around to 0 at 2^64. A user's dictionary may have any
    // frequencies.
    let words = [("清华", 1, "n"), ("清华大学", u64::MAX, "n")];
    let core = Core::from_words(words).expect("a small dictionary");
    let text = "清华大学，".repeat(40);
    let words = cut(&core, &text, options(Mode::Exact, false, false));
    assert_eq!(words.iter().map(|word| word.0).collect::<String>(), text);
}
