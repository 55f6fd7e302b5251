//! `batchproc segment`: text in, tokens out, line by line. The results are compared with jieba-rs.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::LazyLock;

use jieba_rs::Jieba;
use proptest::prelude::*;

use crate::harness::{Dir, Ran, assert_same};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

/// Cuts each line of a text with `cut` and joins its tokens. Line ends are kept.
fn by_line(text: &str, delimiter: &str, cut: impl Fn(&str) -> Vec<String>) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let body = line.strip_suffix('\n').unwrap_or(line);
            let body = if body.len() < line.len() {
                body.strip_suffix('\r').unwrap_or(body)
            } else {
                body
            };
            cut(body).join(delimiter) + &line[body.len()..]
        })
        .collect()
}

fn words(tokens: Vec<jieba_rs::Token<'_>>) -> Vec<String> {
    tokens.into_iter().map(|token| token.word.to_string()).collect()
}

/// A text of about `bytes` bytes with LF, CRLF and empty lines, and without a line end at the end.
fn text(bytes: usize) -> String {
    let mut text = String::new();
    for (number, line) in LINES.lines().cycle().enumerate() {
        if text.len() >= bytes {
            break;
        }
        text += line;
        text += ["\n", "\r\n", "", "\n\n"][number % 7 % 4];
    }
    text + "没有换行"
}

#[test]
fn every_mode_is_what_jieba_rs_makes_for_any_number_of_threads() {
    let dir = Dir::new();
    let text = text(700_000);
    dir.file("text", &text);
    let cut = |hmm| move |line: &str| words(JIEBA.cut(line, hmm));
    let search = |hmm| move |line: &str| words(JIEBA.cut_for_search(line, hmm));
    let full = |line: &str| words(JIEBA.cut_all(line));
    let tagged = |line: &str| {
        JIEBA.tag(line, true).iter().map(|tag| format!("{}/{}", tag.word, tag.tag)).collect()
    };
    let expected: [(&[&str], String); 6] = [
        (&[], by_line(&text, " ", cut(true))),
        (&["--no-hmm", "-d", "|"], by_line(&text, "|", cut(false))),
        (&["--mode", "search"], by_line(&text, " ", search(true))),
        (&["--mode", "search", "--no-hmm"], by_line(&text, " ", search(false))),
        (&["--mode", "full", "-d", "\u{3001}"], by_line(&text, "\u{3001}", full)),
        (&["--pos"], by_line(&text, " ", tagged)),
    ];
    for (arguments, expected) in &expected {
        for threads in ["1", "2", "16"] {
            let mut all = vec!["text", "-j", threads];
            all.extend(*arguments);
            let got = dir.segment(&all, "").good();
            assert_same(&got, expected.as_bytes(), &format!("{all:?}"));
        }
    }
}

#[test]
fn the_code_for_every_kind_of_cpu_gives_the_same_words() {
    let dir = Dir::new();
    let text = text(100_000);
    dir.file("text", &text);
    let expected = by_line(&text, " ", |line| words(JIEBA.cut(line, true)));
    let run_for = |processor: &str| {
        let mut command = dir.batchproc(&["segment", "text"]);
        Ran::of(command.env("BATCHPROC_SEGMENT_PROCESSOR", processor).spawn().unwrap())
    };
    let wanted = "batchproc: BATCHPROC_SEGMENT_PROCESSOR must be one of ";
    for processor in ["portable", "avx2", "avx512"] {
        let ran = run_for(processor);
        if ran.code() == 2 && processor != "portable" {
            assert!(ran.stderr.starts_with(wanted));
            continue;
        }
        assert_same(&ran.good(), expected.as_bytes(), processor);
    }
    let ran = run_for("best");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.starts_with(wanted), "{}", ran.stderr);
}

#[test]
fn a_very_long_line_stays_one_line_however_it_is_divided() {
    let dir = Dir::new();
    let line = text(600_000).replace(['\n', '\r'], "");
    let run = "南京市长江大桥上的研究生命科学".repeat(8000);
    for line in [&line, &run] {
        let expected = words(JIEBA.cut(line, true));
        assert_same(&dir.segment(&[], line).good(), expected.join(" ").as_bytes(), "words");

        let json = dir.segment(&["--format", "json"], line).good();
        assert_eq!(json.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let parsed: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let tokens = parsed["tokens"].as_array().unwrap();
        let (mut bytes, mut characters) = (0, 0);
        assert_eq!(tokens.len(), expected.len());
        for (token, word) in tokens.iter().zip(&expected) {
            assert_eq!(token["text"], word.as_str());
            assert_eq!(
                (&token["bytes"][0], &token["characters"][0]),
                (&bytes.into(), &characters.into())
            );
            bytes += word.len();
            characters += word.chars().count();
            assert_eq!(
                (&token["bytes"][1], &token["characters"][1]),
                (&bytes.into(), &characters.into())
            );
        }

        let dropped = dir.segment(&["--drop", "punct,space", "-d", "/"], line).good();
        let kept: Vec<_> = dropped.split(|&byte| byte == b'/').collect();
        assert!(kept.iter().all(|word| !word.is_empty()), "a token was joined wrongly");
    }
}

#[test]
fn a_run_of_word_characters_beyond_the_memory_is_divided_and_reported() {
    let dir = Dir::new();
    let run = "南京市长江大桥".repeat(60_000);
    let ran = dir.segment(&["--memory", "8M"], &run);
    assert_eq!(ran.code(), 0);
    assert!(ran.stderr.starts_with(
        "batchproc: -: line 1 has a run of word characters that is longer than --memory allows"
    ));
    assert_eq!(ran.text().replace(' ', ""), run);
    let whole = dir.segment(&[], &run).good();
    assert_same(&whole, words(JIEBA.cut(&run, true)).join(" ").as_bytes(), "within the memory");
}

#[test]
fn json_lines_name_file_line_offsets_and_tags() {
    let dir = Dir::new();
    dir.file("a \"b\"", "我来到\r\n\n北京。");
    let json = dir.segment(&["--format", "json", "--pos", "a \"b\""], "").good();
    let expected = [
        r#"{"path":"a \"b\"","line":1,"tokens":[{"text":"我","bytes":[0,3],"characters":[0,1],"tag":"r"},{"text":"来到","bytes":[3,9],"characters":[1,3],"tag":"v"}]}"#,
        r#"{"path":"a \"b\"","line":2,"tokens":[]}"#,
        r#"{"path":"a \"b\"","line":3,"tokens":[{"text":"北京","bytes":[0,6],"characters":[0,2],"tag":"ns"},{"text":"。","bytes":[6,9],"characters":[2,3],"tag":"x"}]}"#,
        "",
    ];
    assert_same(&json, expected.join("\n").as_bytes(), "json");
}

#[test]
fn stop_words_and_kinds_are_left_out_after_cutting() {
    let dir = Dir::new();
    dir.file("stop", "\u{feff}的\r\n\r\n是\n");
    let text = "他的书，是 我的。\n的\n";
    assert_eq!(
        dir.segment(&["--stop-words", "stop"], text).good(),
        "他 书 ，   我 。\n\n".as_bytes()
    );
    let arguments = ["--stop-words", "stop", "--drop", "space,punct"];
    assert_eq!(dir.segment(&arguments, text).good(), "他 书 我\n\n".as_bytes());
}

#[test]
fn counts_are_of_all_input_the_most_frequent_first() {
    let dir = Dir::new();
    dir.file("t/a", "好人好书\t好人\n");
    dir.file("t/b", "好书\\ 坏人");
    let counts = dir.segment(&["--count", "t"], "").good();
    assert_same(&counts, "好书\t2\n好人\t2\n\\t\t1\n \t1\n\\\\\t1\n坏人\t1\n".as_bytes(), "counts");
    let json =
        dir.segment(&["--count", "--format", "json", "--drop", "space,punct", "t"], "").good();
    let expected = "{\"word\":\"好书\",\"count\":2}\n{\"word\":\"好人\",\"count\":2}\n{\"word\":\"坏人\",\"count\":1}\n";
    assert_same(&json, expected.as_bytes(), "json");
}

#[test]
fn a_live_pipe_gives_every_whole_line_at_once() {
    let dir = Dir::new();
    let mut child = dir.batchproc(&["segment"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..3 {
        input.write_all("我来到北京\n清华".as_bytes()).unwrap();
        line.clear();
        output.read_line(&mut line).unwrap();
        assert!(line.ends_with("我 来到 北京\n"), "{line}");
    }
    drop(input);
    output.read_line(&mut line).unwrap();
    assert_eq!(Ran::of(child).code(), 0);
    assert!(line.ends_with("清华"));
}

#[test]
fn it_needs_no_environment_and_writes_nothing_else() {
    let dir = Dir::new();
    let mut command = dir.batchproc(&["segment"]);
    command.env_clear();
    assert_eq!(
        Ran::with_stdin(command, "我来到北京\n".as_bytes()).good(),
        "我 来到 北京\n".as_bytes()
    );
    assert!(dir.list(".").is_empty());
}

fn any_line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(LINES.lines().collect::<Vec<_>>()).prop_map(str::to_string),
        1 => any::<String>(),
        1 => "[a-z0-9+#&._%-]{1,6}",
        1 => "[ ，。\\r\\t]{1,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn lines_in_are_lines_out(
        lines in prop::collection::vec(any_line(), 0..2000),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        memory in prop::sample::select(vec!["8M", "256M"]),
    ) {
        let text = lines.join(end);
        let expected = by_line(&text, " ", |line| words(JIEBA.cut(line, true)));
        let got = Dir::new().segment(&["--memory", memory], &text);
        prop_assert_eq!(got.code(), 0);
        prop_assert!(got.stdout == expected.as_bytes());
    }
}

#[test]
fn keywords_are_those_that_jieba_rs_finds() {
    use jieba_rs::{KeywordExtract, KeywordExtractConfig, TextRank, TfIdf};
    let dir = Dir::new();
    // jieba-rs would count CR LF as a word of two characters, and so as a keyword.
    let text = text(400_000).replace('\r', "");
    dir.file("t/a", &text);
    dir.file("t/b", "The 北京烤鸭真好吃，THE 北京烤鸭\n");
    let config = KeywordExtractConfig::builder().use_hmm(true).build();
    let mut by_frequency = TfIdf::default();
    *by_frequency.config_mut() = config.clone();
    let by_rank = TextRank::new(5, config);
    let ranked = ["ns", "n", "vn", "v"].map(str::to_string).to_vec();

    let lines = |arguments: &[&str]| {
        let tsv = String::from_utf8(dir.segment(&[&["t"], arguments].concat(), "").good()).unwrap();
        let line = |line: &str| {
            let fields: Vec<_> = line.split('\t').collect();
            (fields[0].to_string(), fields[1].to_string(), fields[2].parse::<f64>().unwrap())
        };
        tsv.lines().map(line).collect::<Vec<_>>()
    };
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();

    let ours = lines(&["--keywords", "30"]);
    let theirs = by_frequency.extract_keywords(&JIEBA, &text, 30, vec![]);
    assert_eq!(ours.iter().filter(|(path, ..)| path == "t/a").count(), 30);
    for ((_, word, weight), keyword) in ours.iter().zip(&theirs) {
        assert!(*word == keyword.keyword && close(*weight, keyword.weight), "{word} {keyword:?}");
    }
    let of_b: Vec<_> = ours.iter().filter(|(path, ..)| path == "t/b").map(|(_, w, _)| w).collect();
    assert_eq!(of_b, ["北京烤鸭", "好吃"]);

    let ours = lines(&["--keywords", "30", "--keyword-method", "textrank"]);
    let theirs = by_rank.extract_keywords(&JIEBA, &text, 1000, ranked);
    for (_, word, weight) in ours.iter().filter(|(path, ..)| path == "t/a") {
        let keyword = theirs.iter().find(|keyword| keyword.keyword == *word).unwrap();
        assert!(close(weight * 1e10, keyword.weight), "{word} {weight} {keyword:?}");
    }
}
