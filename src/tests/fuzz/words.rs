//! Words, tags and keywords of random dictionaries over few characters, compared with jieba-rs; and words
//! that stay whole, compared with a plain search.

use batchproc_jieba::{Core, Cutter, Options, Protected, Scratch};
use jieba_rs::{Jieba, KeywordExtract, KeywordExtractConfig, TfIdf};

use super::random::Random;
use super::run;
use crate::segment::{Compat, Method, Mode, Segmenter};

const CHARACTERS: [&str; 6] = ["清", "华", "大", "学", "京", "A"];

/// The lines of a dictionary of few characters, each word once.
fn lines(random: &mut Random, most: usize) -> Vec<String> {
    let mut words = std::collections::BTreeMap::new();
    for _ in 0..1 + random.below(most) {
        let word = random.text(&CHARACTERS, 5);
        if !word.is_empty() && !word.contains('A') {
            let frequency = random.pick(&["0", "1", "2", "1000", "1000000000"]).to_string();
            let tag = *random.pick(&["n", "v", "ns", "own", "eng"]);
            words.insert(word, format!("{frequency} {tag}"));
        }
    }
    words.into_iter().map(|(word, rest)| format!("{word} {rest}\n")).collect()
}

fn text(random: &mut Random) -> String {
    let parts =
        ["清", "华", "大", "学", "京", "清华", "大学", "，", " ", "A", "b1", "3.5", "\n", "我"];
    random.text(&parts, 60)
}

#[test]
fn words_tags_and_keywords_of_small_dictionaries_are_those_of_jieba_rs() {
    let mut extractor = TfIdf::default();
    *extractor.config_mut() = KeywordExtractConfig::builder().use_hmm(true).build();
    run("small dictionaries", &[], &[], |_, random| {
        let dictionary = lines(random, 12).concat();
        let user = lines(random, 5).concat();
        if dictionary.is_empty() {
            return;
        }
        let mut jieba = Jieba::with_dict(&mut dictionary.as_bytes()).unwrap();
        jieba.load_dict(&mut user.as_bytes()).unwrap();
        let builder =
            Segmenter::builder(Compat::JiebaRs).dictionary(dictionary.as_bytes()).unwrap();
        let segmenter = builder.user_words(user.as_bytes()).unwrap().build().unwrap();
        let text = text(random);
        let shown = || format!("{dictionary}+ {user}text {text:?}");
        for (line, whole) in text.lines().map(|line| (line, line.trim_end_matches('\r'))) {
            assert_eq!(
                segmenter.cut(line, Mode::Exact),
                words(jieba.cut(whole, true)),
                "{}",
                shown()
            );
            let search = words(jieba.cut_for_search(whole, true));
            assert_eq!(segmenter.cut(line, Mode::Search), search, "{}", shown());
            let tags = jieba.tag(whole, true).into_iter().map(|tag| (tag.word, tag.tag));
            let found: Vec<_> = segmenter.tag(line);
            assert_eq!(found, tags.collect::<Vec<_>>(), "{}", shown());
        }
        let line = text.replace(['\n', 'A'], "");
        let expected = extractor.extract_keywords(&jieba, &line, 5, vec![]);
        let expected: Vec<_> =
            expected.into_iter().map(|word| (word.keyword, word.weight)).collect();
        assert_eq!(segmenter.keywords(&line, Method::TfIdf, 5), expected, "{}", shown());
    });
}

/// The words of jieba-rs as strings.
fn words(tokens: Vec<jieba_rs::Token<'_>>) -> Vec<&str> {
    tokens.into_iter().map(|token| token.word).collect()
}

#[test]
fn texts_are_cut_as_jieba_rs_cuts_them() {
    let (jieba, segmenter) = (Jieba::new(), Segmenter::default());
    let parts = [
        "我来到北京清华大学",
        "研究生命的起源",
        "乒乓球拍卖完了",
        "龘",
        "𠮷",
        "😀",
        "C++",
        "3.14%",
        "foo_bar",
        " ",
        "，",
        "\u{3000}",
        "\t",
        "的",
        "囫囵吞枣",
        "龙龙",
        "ＡＢ",
        "\u{200b}",
        "1,000",
        "T恤",
        "豈",
    ];
    run("segmentation", &[], &[], |_, random| {
        let line = random.text(&parts, 30);
        assert_eq!(segmenter.cut(&line, Mode::Exact), words(jieba.cut(&line, true)), "{line:?}");
        let search = words(jieba.cut_for_search(&line, true));
        assert_eq!(segmenter.cut(&line, Mode::Search), search, "{line:?}");
    });
}

#[test]
fn protected_words_stay_whole_as_a_plain_search_finds_them() {
    let core = Core::new();
    // No letters and digits: a word of these is not kept in the middle of a longer one.
    let parts = ["深度", " ", "学习", "*", "·", "-", "，", "学", "深"];
    run("protected words", &[], &[], |_, random| {
        let words: Vec<_> = (0..1 + random.below(5)).map(|_| random.text(&parts, 4)).collect();
        let words: Vec<_> = words.into_iter().filter(|word| !word.trim().is_empty()).collect();
        let Some(protected) = Protected::new(&words, None).unwrap() else { return };
        let text = random.text(&parts, 25);
        let mut found = Vec::new();
        protected.each(&text, |range, _| found.push(range));
        let (mut expected, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let here = words.iter().filter(|word| text[at..].starts_with(&word[..]));
            match here.map(String::len).max() {
                Some(length) => {
                    expected.push(at..at + length);
                    at += length;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        assert_eq!(found, expected, "{words:?} in {text:?}");
        let cutter =
            Cutter { core: &core, options: Options::default(), protected: Some(&protected) };
        let mut tokens = Vec::new();
        cutter.cut(text.as_bytes(), &mut Scratch::default(), &mut tokens);
        let ranges: Vec<_> = tokens.iter().map(|t| t.start as usize..t.end as usize).collect();
        assert!(expected.iter().all(|whole| ranges.contains(whole)), "{words:?} in {text:?}");
        let all: String = ranges.into_iter().map(|range| &text[range]).collect();
        assert_eq!(all, text);
    });
}
