//! Random dictionaries with odd lines, and random texts over a few characters: the tokens are those of
//! Python jieba (recorded) and of jieba-rs (asked during the test).

use std::fs;
use std::sync::LazyLock;

use batchproc::segment::{Compat, Mode, Options, Scratch, Segmenter};
use jieba_rs::Jieba;
use proptest::prelude::*;
use serde_json::Value;

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// The goldens of `make_goldens.py`. BATCHPROC_GOLDENS names a file with more of them, for a long run.
const GOLDENS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/segmentation/side-files/goldens.json");

fn segmenter(compat: Compat, replaces: bool, file: &str) -> Option<Segmenter> {
    let builder = Segmenter::builder(compat);
    let builder = match replaces {
        true => builder.dictionary(file.as_bytes()),
        false => builder.user_words(file.as_bytes()),
    };
    builder.unwrap().build().ok()
}

fn cut<'t>(segmenter: &Segmenter, text: &'t str, mode: Mode, hmm: bool) -> Vec<&'t str> {
    let (options, mut tokens) = (Options { mode, hmm, ..Options::default() }, Vec::new());
    segmenter.cut_into(text, &options, &mut Scratch::default(), &mut tokens).unwrap();
    tokens.iter().map(|token| &text[token.start as usize..token.end as usize]).collect()
}

#[test]
fn odd_dictionaries_are_read_as_python_jieba_reads_them() {
    let path = std::env::var("BATCHPROC_GOLDENS").unwrap_or(GOLDENS.into());
    let (mut refused, mut compared) = (0, 0);
    for line in fs::read_to_string(path).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let replaces = case["replaces"].as_bool().unwrap();
        let found = segmenter(Compat::Python, replaces, case["file"].as_str().unwrap());
        if case["refused"].is_boolean() {
            assert!(found.is_none(), "Python jieba refuses this: {line}");
            refused += 1;
            continue;
        }
        let found = found.unwrap_or_else(|| panic!("Python jieba reads this: {line}"));
        let text = case["text"].as_str().unwrap();
        for (name, mode, hmm) in [
            ("exact", Mode::Exact, true),
            ("exact_without_model", Mode::Exact, false),
            ("search", Mode::Search, true),
            ("full", Mode::Full, true),
        ] {
            let Some(expected) = case[name].as_array() else { continue };
            let expected: Vec<_> = expected.iter().map(|token| token.as_str().unwrap()).collect();
            assert_eq!(cut(&found, text, mode, hmm), expected, "{name}: {line}");
            compared += 1;
        }
    }
    assert!(refused > 20 && compared > 150, "{refused} {compared}");
}

/// A line of a dictionary: its white space and marks, and its columns.
#[derive(Clone, Debug)]
struct Line {
    word: String,
    frequency: Option<u64>,
    tag: Option<&'static str>,
    text: String,
}

fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(" "), 1 => prop::sample::select(vec!["  ", "\t", " \t", "\u{3000}"])]
}

fn edge() -> impl Strategy<Value = &'static str> {
    let odd = vec![" ", "\t", "\u{feff}", "\u{feff} ", "\u{b}", "\u{3000}", "\u{a0}\u{2028}"];
    prop_oneof![4 => Just(""), 1 => prop::sample::select(odd)]
}

fn line(with_frequency: bool) -> impl Strategy<Value = Line> {
    let frequency = prop_oneof![Just(0u64), 1u64..4, Just(1_000_000_000)].prop_map(Some);
    let frequency = prop_oneof![
        7 => frequency.clone(),
        3 => frequency.prop_map(move |given| given.filter(|_| with_frequency)),
    ];
    let columns = (
        "[ab清华大学京]{1,4}",
        frequency,
        prop::option::of(prop::sample::select(vec!["n", "nz", "own"])),
        prop::sample::select(vec!["", "", "", " x", "\t# new"]),
    );
    let edges = (edge(), gap(), gap(), prop::sample::select(vec!["", " ", "\t", "\u{3000}"]));
    let end = prop::sample::select(vec!["\n", "\n", "\r\n", "\r", "\n\n", "\r\r\n"]);
    (columns, edges, end).prop_map(
        |((word, frequency, tag, more), (before, one, two, after), end)| {
            let mut text = format!("{before}{word}");
            if let Some(frequency) = frequency {
                text += &format!("{one}{frequency}");
            }
            if let Some(tag) = tag {
                text += &format!("{two}{tag}");
            }
            if frequency.is_some() && tag.is_some() {
                text += more;
            }
            text += after;
            text += end;
            Line { word, frequency, tag, text }
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    "([ab清华大学京]{1,9}(，|人民|)){1,12}"
}

fn assert_same(ours: &Segmenter, jieba: &Jieba, text: &str, file: &str) {
    fn words(tokens: Vec<jieba_rs::Token<'_>>) -> Vec<&str> {
        tokens.into_iter().map(|token| token.word).collect()
    }
    for hmm in [true, false] {
        let exact = words(jieba.cut(text, hmm));
        assert_eq!(cut(ours, text, Mode::Exact, hmm), exact, "{file:?}");
        let search = words(jieba.cut_for_search(text, hmm));
        assert_eq!(cut(ours, text, Mode::Search, hmm), search, "{file:?}");
    }
    assert_eq!(cut(ours, text, Mode::Full, false), words(jieba.cut_all(text)), "{file:?}");
    let tags = jieba.tag(text, true).into_iter().map(|tag| (tag.word, tag.tag.to_string()));
    let ours = ours.tag(text).into_iter().map(|(word, tag)| (word, tag.to_string()));
    assert!(ours.eq(tags), "{file:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(100, |cases| cases.parse().unwrap()),
        ..ProptestConfig::default()
    })]

    #[test]
    fn odd_dictionaries_replace_the_built_in_one_as_in_jieba_rs(
        lines in prop::collection::vec(line(true), 1..9),
        text in text(),
    ) {
        let file: String = lines.iter().map(|line| &*line.text).collect();
        // jieba-rs knows neither byte order marks nor line ends of CR alone.
        let plain = file.replace('\u{feff}', "").replace('\r', "\n");
        let mut jieba = Jieba::empty();
        jieba.load_dict(&mut plain.as_bytes()).unwrap();
        assert_same(&segmenter(Compat::JiebaRs, true, &file).unwrap(), &jieba, &text, &file);
    }

    #[test]
    fn odd_user_dictionaries_are_added_as_in_jieba_rs(
        lines in prop::collection::vec(line(false), 1..9),
        // Many words are put into the tables of the dictionary, few lie beside them.
        times in prop_oneof![Just(1usize), Just(201)],
        text in text(),
    ) {
        let lines = vec![lines; times].concat();
        let file: String = lines.iter().map(|line| &*line.text).collect();
        let mut jieba = JIEBA.clone();
        // load_dict refuses lines in which only the frequency is missing. add_word means the same.
        for Line { word, frequency, tag, .. } in &lines {
            jieba.add_word(word, frequency.map(|frequency| frequency as usize), *tag);
        }
        assert_same(&segmenter(Compat::JiebaRs, false, &file).unwrap(), &jieba, &text, &file);
        if lines.iter().all(|line| line.frequency.is_some()) {
            let plain = file.replace('\u{feff}', "").replace('\r', "\n");
            let mut jieba = JIEBA.clone();
            jieba.load_dict(&mut plain.as_bytes()).unwrap();
            assert_same(&segmenter(Compat::JiebaRs, false, &file).unwrap(), &jieba, &text, &file);
        }
    }
}
