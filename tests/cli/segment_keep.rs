//! Parts of a text that stay whole: --keep and --keep-regex.

use std::collections::BTreeSet;

use crate::harness::{Dir, Ran, assert_same};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

const SENTENCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/segmentation/kept.txt");
const ALL: &str = "url,email,mention,hashtag,number,date,time,unit";

/// The sentences of the fixture as plain text, and the marked parts of each.
fn sentences() -> (String, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(SENTENCES).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
    let marked = |line: &&str| {
        let parts = line.split('⟦').skip(1);
        parts.map(|part| part.split('⟧').next().unwrap().to_string()).collect()
    };
    let plain = lines.iter().map(|line| line.replace(['⟦', '⟧'], "") + "\n").collect();
    (plain, lines.iter().map(marked).collect())
}

#[test]
fn marked_parts_are_tokens_in_every_mode_and_exact_mode_loses_nothing() {
    let dir = Dir::new();
    let (text, marked) = sentences();
    for compat in ["jieba-rs", "python"] {
        for mode in ["exact", "search", "full"] {
            let arguments = ["--keep", ALL, "--mode", mode, "--compat", compat, "-d", "\u{1}"];
            let ran = String::from_utf8(dir.segment(&arguments, &text).good()).unwrap();
            for ((line, parts), whole) in ran.lines().zip(&marked).zip(text.lines()) {
                let tokens: Vec<&str> = line.split('\u{1}').collect();
                for part in parts {
                    assert!(tokens.contains(&&**part), "{mode} {compat}: {part} in {tokens:?}");
                }
                if mode == "exact" {
                    assert_eq!(tokens.concat(), whole);
                }
            }
            assert_eq!(ran.lines().count(), marked.len());
        }
    }
}

#[test]
fn only_the_kinds_that_are_named_stay_whole() {
    let dir = Dir::new();
    let text = "7月5日12:30跑了5公里，得3.5分\n";
    let cut = |kinds: &str| {
        let ran = dir.segment(&["--keep", kinds, "-d", "|"], text).good();
        String::from_utf8(ran).unwrap()
    };
    assert_eq!(cut("date"), "7月5日|12|:|30|跑|了|5|公里|，|得|3.5|分\n");
    assert_eq!(cut("time,unit"), "7|月|5日|12:30|跑|了|5公里|，|得|3.5分\n");
    assert_eq!(cut("number"), "7|月|5|日|12|:|30|跑|了|5|公里|，|得|3.5|分\n");
    let none = dir.segment(&["-d", "|"], text).good();
    assert_same(&none, "7|月|5|日|12|:|30|跑|了|5|公里|，|得|3.5|分\n".as_bytes(), "none");
}

#[test]
fn kept_tokens_have_the_tag_of_their_kind_and_their_range_in_the_line() {
    let dir = Dir::new();
    let text = "去7月5日\n看http://a.b/c，\n";
    let ran = dir.segment(&["--keep", "date,url", "--pos", "--format", "json"], text).good();
    let expected = concat!(
        r#"{"path":"-","line":1,"tokens":[{"text":"去","bytes":[0,3],"characters":[0,1],"tag":"v"},"#,
        r#"{"text":"7月5日","bytes":[3,11],"characters":[1,5],"tag":"t"}]}"#,
        "\n",
        r#"{"path":"-","line":2,"tokens":[{"text":"看","bytes":[0,3],"characters":[0,1],"tag":"v"},"#,
        r#"{"text":"http://a.b/c","bytes":[3,15],"characters":[1,13],"tag":"x"},"#,
        r#"{"text":"，","bytes":[15,18],"characters":[13,14],"tag":"x"}]}"#,
        "\n"
    );
    assert_same(&ran, expected.as_bytes(), "json");
}

#[test]
fn kept_tokens_are_counted_and_ranked_as_whole_words() {
    let dir = Dir::new();
    let text = "北京的http://a.b/c和http://a.b/c\n";
    let ran = dir.segment(&["--keep", "url", "--count"], text).good();
    assert_same(&ran, "http://a.b/c\t2\n北京\t1\n和\t1\n的\t1\n".as_bytes(), "count");
    let ran = dir.segment(&["--keep", "url", "--keywords", "1"], text).good();
    let ran = String::from_utf8(ran).unwrap();
    assert!(ran.starts_with("-\thttp://a.b/c\t"), "{ran}");
}

#[test]
fn own_expressions_join_the_kinds_and_the_words_of_dictionaries() {
    let dir = Dir::new();
    dir.file("words", "甲-1 号\t5\tn\n");
    let arguments =
        ["--keep", "number", "--keep-regex", "[甲乙]-[0-9]+", "--keep-regex", "^第.章", "-d", "|"];
    let ran = dir.segment(
        &[&arguments[..], &["--user-dict", "words"]].concat(),
        "第一章甲-1 号和乙-22，3.5和第一章\n",
    );
    assert_eq!(ran.code(), 0);
    assert_same(&ran.stdout, "第一章|甲-1 号|和|乙-22|，|3.5|和|第一章\n".as_bytes(), "all");
}

#[test]
fn an_expression_that_cannot_be_used_ends_the_run() {
    let dir = Dir::new();
    let fails = |expression: &str| {
        let ran = dir.segment(&["--keep-regex", "a", "--keep-regex", expression], "");
        assert_eq!(ran.code(), 2);
        ran.stderr.to_string()
    };
    let stderr = fails("(b");
    assert!(
        stderr.starts_with("batchproc: --keep-regex `(b`: ") && stderr.contains("unclosed group"),
        "{stderr}"
    );
    let expected =
        "batchproc: --keep-regex `\\bb`: has a word boundary for all of Unicode; write (?-u:\\b)\n";
    assert_eq!(fails("\\bb"), expected);
}

#[test]
fn an_endless_line_is_divided_at_no_kept_token() {
    let dir = Dir::new();
    let unit = "写信到foo.bar@example.com，#你好，世界#！23,876人在http://a.b/c，是2024-07-05。";
    let whole = dir.segment(&["--keep", ALL, "-d", "|"], unit).good();
    let whole = String::from_utf8(whole).unwrap();
    let tokens: Vec<&str> = whole.split('|').collect();
    assert!(tokens.contains(&"#你好，世界#") && tokens.contains(&"2024-07-05"), "{tokens:?}");
    let times = 10_000;
    let ran = dir.segment(&["--keep", ALL, "-d", "|"], unit.repeat(times)).good();
    let expected = vec![whole; times].join("|");
    assert_same(&ran, expected.as_bytes(), "kinds");
    let ran = dir.segment(&["--keep-regex", "#[^#]*#", "-d", "|"], unit.repeat(times)).good();
    let ran = String::from_utf8(ran).unwrap();
    let different: BTreeSet<_> = ran.split('|').filter(|token| token.contains('#')).collect();
    assert_eq!(different, BTreeSet::from(["#你好，世界#"]));
}

#[test]
fn invalid_bytes_and_fields_leave_kept_tokens_whole() {
    let dir = Dir::new();
    let ran: Ran = dir.segment(&["--keep", "date", "-d", "|"], "a\u{1}");
    assert_eq!(ran.code(), 0);
    dir.file("bad", b"7\xe6\x9c\x885\xe6\x97\xa5\xff7\xe6\x9c\x886\xe6\x97\xa5\n");
    let ran = run(&dir, &["segment", "--keep", "date", "-d", "|", "bad"]);
    assert_same(
        &ran.stdout,
        b"7\xe6\x9c\x885\xe6\x97\xa5|\xff|7\xe6\x9c\x886\xe6\x97\xa5\n",
        "invalid",
    );
    let ran = dir.segment(&["--keep", "date", "--field", "2"], "1\t去7月5日\n").good();
    assert_same(&ran, "1\t去 7月5日\n".as_bytes(), "field");
}
