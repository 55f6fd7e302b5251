//! `segment --pretokenized`: texts that are cut already. The results are compared with jieba-rs and with
//! what `split_whitespace` gives.

use std::collections::HashMap;
use std::sync::LazyLock;

use jieba_rs::Jieba;

use crate::harness::{Dir, assert_same};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

#[test]
fn words_get_the_tags_that_they_have_in_a_text() {
    let dir = Dir::new();
    let text = LINES.repeat(1 + 200_000 / LINES.len());
    let (mut words, mut expected) = (String::new(), String::new());
    for line in text.lines() {
        let tags = JIEBA.tag(line, true);
        let tags: Vec<_> = tags.iter().filter(|tag| !tag.word.trim().is_empty()).collect();
        words += &(tags.iter().map(|tag| tag.word).collect::<Vec<_>>().join("  ") + " \r\n");
        let tagged: Vec<_> = tags.iter().map(|tag| format!("{}/{}", tag.word, tag.tag)).collect();
        expected += &(tagged.join("|") + "\r\n");
    }
    dir.file("words", &words);
    for threads in ["1", "4"] {
        let all = ["words", "--pretokenized", "--pos", "-d", "|", "-j", threads];
        assert_same(&dir.segment(&all, "").good(), expected.as_bytes(), threads);
    }
}

#[test]
fn nothing_but_white_space_separates_tokens() {
    let dir = Dir::new();
    let text = " 中华人民\u{3000}共和国你·我，好\tc++\r\n\n  \n北\u{a0}京 a\u{b}b";
    let expected = "中华人民|共和国你·我，好|c++\r\n\n\n北|京|a|b";
    assert_same(
        &dir.segment(&["--pretokenized", "-d", "|"], text).good(),
        expected.as_bytes(),
        "text",
    );
    // A long line is divided only after white space.
    let line = "你·我，是、一。个".repeat(3) + " 词\u{3000}";
    let line = line.repeat(60_000);
    let expected = line.split_whitespace().collect::<Vec<_>>().join("|");
    let all = ["--pretokenized", "-d", "|", "--memory", "8M"];
    assert_same(&dir.segment(&all, line.as_str()).good(), expected.as_bytes(), "a long line");
    for option in [&["--mode", "full"][..], &["--no-hmm"]] {
        assert_eq!(dir.segment(&[&["--pretokenized"], option].concat(), "").code(), 2);
    }
}

#[test]
fn tokens_are_counted_weighed_filtered_and_placed() {
    let dir = Dir::new();
    let text = "杭研大厦 在 北京 ， 杭研大厦 GPU\n";
    let counts = dir.segment(&["--pretokenized", "--count"], text.repeat(40_000)).text();
    let mut expected: HashMap<&str, u32> = HashMap::new();
    text.split_whitespace().for_each(|word| *expected.entry(word).or_default() += 40_000);
    let counts: HashMap<&str, u32> = counts
        .lines()
        .map(|line| {
            line.split_once('\t').map(|(word, count)| (word, count.parse().unwrap())).unwrap()
        })
        .collect();
    assert_eq!(counts, expected);
    let new = dir.segment(&["--pretokenized", "--count", "--new"], text).good();
    assert_same(&new, "杭研大厦\t2\n".as_bytes(), "new");
    let best = dir.segment(&["--pretokenized", "--keywords", "1"], text).text();
    assert!(best.starts_with("-\t杭研大厦\t"), "{best}");
    let json = dir.segment(
        &["--pretokenized", "--format", "json", "--origin", "--drop", "punct,latin,single"],
        text,
    );
    let expected = r#"{"path":"-","line":1,"tokens":[{"text":"杭研大厦","bytes":[0,12],"characters":[0,4],"from":"text"},{"text":"北京","bytes":[17,23],"characters":[7,9]},{"text":"杭研大厦","bytes":[28,40],"characters":[12,16],"from":"text"}]}"#;
    assert_same(&json.good(), format!("{expected}\n").as_bytes(), "json");
    let ran = dir.segment(&["--pretokenized", "-d", "|"], b"\xe5\x8c\x97\xff a\n".as_slice());
    assert_same(&ran.stdout, b"\xe5\x8c\x97|\xff|a\n", "invalid bytes");
    assert!(ran.stderr.contains("line 1 (byte offset 3) is not valid UTF-8"), "{}", ran.stderr);
}
