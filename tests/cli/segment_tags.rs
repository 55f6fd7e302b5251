//! `segment --tags`, `--drop`, `--min-length`, `--origin` and `--count --new`: which tokens are wanted,
//! and where they come from. The results are compared with jieba-rs.

use std::collections::HashMap;
use std::sync::LazyLock;

use jieba_rs::Jieba;

use crate::harness::{Dir, assert_same};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

/// A text of several blocks.
fn text() -> String {
    LINES.replace('\r', "").repeat(1 + 200_000 / LINES.len())
}

/// The tokens of a line with their tags.
fn tagged(line: &str) -> Vec<(&str, &str)> {
    JIEBA.tag(line, true).into_iter().map(|tag| (tag.word, tag.tag)).collect()
}

/// Whether jieba-rs has a word only from its model: it is in no dictionary.
fn is_new(word: &str) -> bool {
    let is_ideograph = |c: char| c.is_alphabetic() && u32::from(c) > 0x2e80;
    let has_ideograph = word.chars().any(|c| is_ideograph(c) && jieba_rs_cuts(c));
    word.chars().count() > 1 && has_ideograph && !JIEBA.has_word(word)
}

/// Whether jieba-rs takes a character for an ideograph.
fn jieba_rs_cuts(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x2_ebef | 0x2_f800..=0x2_fa1f)
}

#[test]
fn only_tokens_with_the_tags_are_printed_and_counted() {
    let dir = Dir::new();
    let text = text();
    dir.file("text", &text);
    for (option, tags) in [
        ("n", &["n"][..]),
        ("n,v,ns", &["n", "v", "ns"]),
        ("x", &["x"]),
        ("v*,m", &["v", "vd", "vg", "vi", "vn", "vq", "m"]),
    ] {
        let stay = |line: &str, pos: bool| {
            let kept = tagged(line).into_iter().filter(|(_, tag)| tags.contains(tag));
            let words =
                kept.map(|(word, tag)| if pos { format!("{word}/{tag}") } else { word.into() });
            words.collect::<Vec<String>>()
        };
        for (pos, threads) in [(false, "1"), (false, "4"), (true, "4")] {
            let expected: Vec<String> =
                text.lines().map(|line| stay(line, pos).join("|") + "\n").collect();
            let mut all = vec!["text", "-d", "|", "--tags", option, "-j", threads];
            all.extend(pos.then_some("--pos"));
            let ours = dir.segment(&all, "").good();
            assert_same(&ours, expected.concat().as_bytes(), &format!("{all:?}"));
        }
        if option == "x" {
            // Some of these tokens show nothing, and do not count.
            continue;
        }
        let mut counts: HashMap<String, u64> = HashMap::new();
        for word in text.lines().flat_map(|line| stay(line, false)) {
            *counts.entry(word).or_default() += 1;
        }
        let ours =
            String::from_utf8(dir.segment(&["text", "--count", "--tags", option], "").good());
        let ours = ours.unwrap();
        let line = |line: &str| {
            let (word, count) = line.rsplit_once('\t').unwrap();
            (
                word.replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\"),
                count.parse().unwrap(),
            )
        };
        assert_eq!(ours.lines().map(line).collect::<HashMap<_, u64>>(), counts, "{option}");
    }
    let json = dir.segment(&["--format", "json", "--tags", "ns"], "我来到北京\n").good();
    let expected =
        r#"{"path":"-","line":1,"tokens":[{"text":"北京","bytes":[9,15],"characters":[3,5]}]}"#;
    assert_same(&json, format!("{expected}\n").as_bytes(), "json");
}

#[test]
fn a_tag_that_no_token_can_have_is_wrong_usage() {
    let dir = Dir::new();
    dir.file("words", "石墨烯 300 material\n");
    for (option, tag) in
        [("nn", "`nn`"), ("n,verb", "`verb`"), ("N", "`N`"), ("zz*", "`zz*`"), ("", "``")]
    {
        let ran = dir.segment(&["--tags", option], "我来到北京\n");
        assert_eq!((ran.code(), ran.text()), (2, String::new()), "{option}");
        let reason = format!("--tags: no token can have the tag {tag}; the tags are a,ad,ag,");
        assert!(ran.stderr.contains(&reason), "{}", ran.stderr);
    }
    let ran = dir.segment(&["--user-dict", "words", "--tags", "material"], "我来到石墨烯\n");
    assert_eq!((ran.code(), ran.text()), (0, "石墨烯\n".into()));
    assert!(dir.segment(&["--tags", "material"], "").stderr.contains("`material`"));
}

#[test]
fn keywords_with_tags_are_those_that_jieba_rs_finds() {
    use jieba_rs::{KeywordExtract, KeywordExtractConfig, TextRank, TfIdf};
    let dir = Dir::new();
    let text = text().replace('\r', "");
    dir.file("text", &text);
    let config = KeywordExtractConfig::builder().use_hmm(true).build();
    let mut by_frequency = TfIdf::default();
    *by_frequency.config_mut() = config.clone();
    let by_rank = TextRank::new(5, config);
    for tags in [&["n"][..], &["nr", "ns"], &["v", "vn", "a"]] {
        let allowed: Vec<String> = tags.iter().map(|tag| (*tag).to_string()).collect();
        let ours = |method: &str| {
            let tags = tags.join(",");
            let all = ["text", "--keywords", "20", "--tags", &tags, "--keyword-method", method];
            let lines = String::from_utf8(dir.segment(&all, "").good()).unwrap();
            let line = |line: &str| {
                let fields: Vec<&str> = line.split('\t').collect();
                (fields[1].to_string(), fields[2].parse::<f64>().unwrap())
            };
            lines.lines().map(line).collect::<Vec<_>>()
        };
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        let found = ours("tfidf");
        let theirs = by_frequency.extract_keywords(&JIEBA, &text, 20, allowed.clone());
        assert_eq!(found.len(), theirs.len());
        for ((word, weight), keyword) in found.iter().zip(&theirs) {
            assert!(
                *word == keyword.keyword && close(*weight, keyword.weight),
                "{tags:?} {word} {keyword:?}"
            );
        }
        let found = ours("textrank");
        assert_eq!(found.len(), 20);
        let theirs = by_rank.extract_keywords(&JIEBA, &text, 1000, allowed);
        for (word, weight) in found {
            let keyword = theirs.iter().find(|keyword| keyword.keyword == word).unwrap();
            assert!(close(weight * 1e10, keyword.weight), "{tags:?} {word} {weight} {keyword:?}");
        }
    }
}

/// Python jieba 0.42.1 made these: `jieba.analyse.extract_tags` and `textrank`, with `allowPOS`.
#[test]
fn keywords_with_tags_and_compat_python_are_those_of_python_jieba() {
    let text = "学生在图书馆阅读历史书籍，老师在教室讲解历史。\n\
                工程师设计桥梁，工人建造桥梁，城市需要桥梁。\n\
                学生参观城市，老师讲解城市的历史，工程师讲解设计。\n";
    let by_rank: &[(&str, f64)] = &[
        ("设计", 1.0),
        ("建造", 0.9942598479861257),
        ("需要", 0.51567975485938),
        ("讲解", 0.5128096713253624),
    ];
    let by_frequency: &[(&str, f64)] = &[
        ("讲解", 3.278108382285),
        ("设计", 1.38178097769),
        ("建造", 0.84404148851),
        ("阅读", 0.73394632467),
        ("需要", 0.5430600804375),
    ];
    for (method, expected) in [("textrank", by_rank), ("tfidf", by_frequency)] {
        let all =
            ["--compat", "python", "--keywords", "9", "--tags", "v,vn", "--keyword-method", method];
        let ours = Dir::new().segment(&all, text).good();
        let lines = expected.iter().map(|(word, weight)| format!("-\t{word}\t{weight}\n"));
        assert_same(&ours, lines.collect::<String>().as_bytes(), method);
    }
}

#[test]
fn every_kind_of_token_can_be_left_out() {
    let text = "他买了，GPU mp3 C++ 3.14 50% １① 三百 +😀。T恤 2024年\u{200b}é\n";
    for (kinds, left) in [
        ("number", "他|买|了|，|GPU| |mp3| |C++| | | | |三百| |+|😀|。|T恤| |年|\u{200b}|é"),
        ("latin", "他|买|了|，| | | |3.14| |50%| |１|①| |三百| |+|😀|。|T恤| |2024|年|\u{200b}"),
        ("symbol", "他|买|了|，|GPU| |mp3| |C++| |3.14| |50%| |１|①| |三百| |。|T恤| |2024|年|é"),
        ("punct", "他|买|了|GPU| |mp3| |C++| |3.14| |50%| |１|①| |三百| |T恤| |2024|年|é"),
        ("single", "GPU|mp3|C++|3.14|50%|三百|T恤|2024"),
        ("space,punct,number,latin,single", "三百|T恤"),
    ] {
        let ours = Dir::new().segment(&["-d", "|", "--drop", kinds], text).good();
        assert_same(&ours, format!("{left}\n").as_bytes(), kinds);
    }
    let counts = Dir::new().segment(&["--count", "--drop", "number,latin,single"], text).good();
    assert_same(&counts, "T恤\t1\n三百\t1\n".as_bytes(), "count");
}

#[test]
fn short_tokens_are_left_out_by_their_characters() {
    let dir = Dir::new();
    let text = "中华人民共和国来到了𠀀𠀁\r\n的\n";
    for (least, left) in [
        ("1", "中华人民共和国 来到 了 𠀀𠀁\r\n的\n"),
        ("2", "中华人民共和国 来到 𠀀𠀁\r\n\n"),
        ("7", "中华人民共和国\r\n\n"),
        ("8", "\r\n\n"),
    ] {
        assert_same(&dir.segment(&["--min-length", least], text).good(), left.as_bytes(), least);
    }
    assert_eq!(
        dir.segment(&["--min-length", "2", "--drop", "single", "--count"], text)
            .text()
            .lines()
            .count(),
        3
    );
    assert_eq!(dir.segment(&["--min-length", "0"], text).code(), 2);
}

#[test]
fn it_is_said_that_bytes_that_are_not_valid_may_be_left_out() {
    let message = "a byte sequence in line 1 (byte offset 0) is not valid UTF-8";
    for (option, done) in [
        (["--tags", "ns"], "each is a token of one character with the tag x"),
        (["--drop", "single"], "each is a token of one character with the tag x"),
        (["--drop", "punct"], "passed through unchanged"),
    ] {
        let ran = Dir::new().segment(&option, b"\xff\xe5\x8c\x97\xe4\xba\xac\n");
        assert_eq!(ran.code(), 0);
        assert_eq!(ran.stderr, format!("batchproc: -: {message}; {done}\n"), "{option:?}");
        assert_eq!(ran.stdout.contains(&0xff), option[1] == "punct");
    }
}

#[test]
fn marks_that_show_are_kept_and_counted() {
    let dir = Dir::new();
    // Thai has vowels above and below its letters, and the é consists of a letter and a mark.
    let text = "ที่นี่ cafe\u{301}\u{200b}\u{fe0f}\n";
    for kind in ["space", "punct", "symbol", "space,punct"] {
        let left = text.replace(['\u{200b}', '\u{fe0f}'], "");
        let left = if kind.contains("space") { left.replace(' ', "") } else { left };
        let ours = dir.segment(&["-d", "", "--drop", kind], text).good();
        assert_same(&ours, left.as_bytes(), kind);
    }
    let counts = dir.segment(&["--count"], text).text();
    for mark in ['\u{301}', '\u{e35}', '\u{e48}'] {
        assert!(counts.contains(&format!("{mark}\t")), "{mark:?}: {counts}");
    }
    assert!(!counts.contains(['\u{200b}', '\u{fe0f}']));
}

#[test]
fn json_says_where_a_token_is_from_on_request() {
    let dir = Dir::new();
    let text = text();
    dir.file("text", &text);
    let plain = dir.segment(&["text", "--format", "json", "--pos"], "").good();
    let json = dir.segment(&["text", "--format", "json", "--pos", "--origin"], "").good();
    let json = String::from_utf8(json).unwrap();
    assert_same(json.replace(r#","from":"model""#, "").as_bytes(), &plain, "without the origins");
    let mut found = 0;
    for line in json.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for token in line["tokens"].as_array().unwrap() {
            let word = token["text"].as_str().unwrap();
            let origin = is_new(word).then_some("model");
            assert_eq!(token["from"].as_str(), origin, "{word}");
            found += usize::from(origin.is_some());
        }
    }
    assert!(found > 100, "{found}");

    dir.file("words", "石墨烯 300 n\n北京 40000\n");
    let all = ["--user-dict", "words", "--format", "json", "--origin"];
    let ours = dir.segment(&all, "北京杭研，\"石墨烯\"").text();
    let expected = [
        r#"{"text":"北京","bytes":[0,6],"characters":[0,2],"from":"user"}"#,
        r#"{"text":"杭研","bytes":[6,12],"characters":[2,4],"from":"model"}"#,
        r#"{"text":"，","bytes":[12,15],"characters":[4,5]}"#,
        r#"{"text":"\"","bytes":[15,16],"characters":[5,6]}"#,
        r#"{"text":"石墨烯","bytes":[16,25],"characters":[6,9],"from":"user"}"#,
        r#"{"text":"\"","bytes":[25,26],"characters":[9,10]}"#,
    ];
    let expected = format!("{{\"path\":\"-\",\"line\":1,\"tokens\":[{}]}}\n", expected.join(","));
    assert_same(ours.as_bytes(), expected.as_bytes(), "user words");
    for all in [&["--origin"][..], &["--origin", "--format", "json", "--count"], &["--new"]] {
        assert_eq!(dir.segment(all, text.as_str()).code(), 2, "{all:?}");
    }
}

#[test]
fn only_words_that_are_in_no_dictionary_are_counted_on_request() {
    let dir = Dir::new();
    dir.file("text", text());
    let all = dir.segment(&["text", "--count"], "").text();
    let is_new_line = |line: &&str| is_new(line.rsplit_once('\t').unwrap().0);
    let expected: String = all.split_inclusive('\n').filter(is_new_line).collect();
    let new = dir.segment(&["text", "--count", "--new"], "").text();
    assert!(expected.lines().count() > 50);
    assert_same(new.as_bytes(), expected.as_bytes(), "new words");
    // Those that are put into a user dictionary are new no more.
    let words: String =
        new.lines().map(|line| line.rsplit_once('\t').unwrap().0.to_string() + "\n").collect();
    dir.file("words", words);
    let rest = dir.segment(&["text", "--count", "--new", "--user-dict", "words"], "").text();
    assert!(
        new.lines().all(|line| !rest.contains(&format!("{}\t", line.rsplit_once('\t').unwrap().0))),
        "{rest}"
    );
}
