//! `segment --field`, `--csv` and `--json-field`: one field of each record is cut, and all else stays.

use std::process::Stdio;
use std::sync::LazyLock;

use jieba_rs::Jieba;
use proptest::prelude::*;

use crate::harness::{Dir, Ran, assert_same};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

/// The tokens of a text with spaces between them, each line on its own.
fn cut(text: &str) -> String {
    let line = |line: &str| {
        let words = JIEBA.cut(line, true);
        words.iter().map(|token| token.word).collect::<Vec<_>>().join(" ")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Different texts without line ends, quotes and separators.
fn texts(count: usize) -> Vec<String> {
    let lines = LINES.lines().filter(|line| !line.is_empty()).cycle().enumerate();
    let text = |(number, line): (usize, &str)| {
        line.replace(|c: char| c.is_control() || "\",\\".contains(c), "") + &number.to_string()
    };
    lines.take(count).map(text).collect()
}

/// Runs Python with a script, whose standard input is `input`. `None` if there is no Python.
fn python(dir: &Dir, script: &str, input: &[u8]) -> Option<Vec<u8>> {
    if dir.command("python3", &["-c", ""]).stdin(Stdio::null()).output().is_err() {
        eprintln!("skipped: there is no python3");
        return None;
    }
    let ran = Ran::with_stdin(dir.command("python3", &["-c", script]), input);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    Some(ran.stdout)
}

/// Records as Python reads them from CSV or JSON Lines, by a script that prints them as JSON Lines.
fn records(dir: &Dir, script: &str, input: &[u8]) -> Option<Vec<serde_json::Value>> {
    let json = python(dir, script, input)?;
    Some(
        json.split_inclusive(|&b| b == b'\n').map(|l| serde_json::from_slice(l).unwrap()).collect(),
    )
}

const READ_CSV: &str = "
import csv, io, json, sys
csv.field_size_limit(1 << 30)
text = io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline='')
for row in csv.reader(text): print(json.dumps(row))
";
const READ_JSON: &str = "
import json, sys
for line in sys.stdin.buffer: print(json.dumps(json.loads(line)))
";

#[test]
fn only_the_column_is_cut_for_any_number_of_threads() {
    let dir = Dir::new();
    let [mut input, mut expected] = [String::new(), String::new()];
    for (number, text) in texts(9000).iter().enumerate() {
        let end = ["\n", "\r\n"][number % 2];
        let rest = format!("\t我来到北京  {number}\t{}", "x".repeat(number % 9));
        input += &format!("{number}\t{text}{rest}{end}");
        expected += &format!("{number}\t{}{rest}{end}", cut(text));
    }
    dir.file("text", &input);
    for threads in ["1", "2", "8"] {
        let got = dir.segment(&["--field", "2", "-j", threads, "text"], "").good();
        assert_same(&got, expected.as_bytes(), threads);
    }
    let other = |text: &str| text.replace('\t', "||");
    let got = dir.segment(&["--field", "2", "--field-separator", "||"], other(&input)).good();
    assert_same(&got, other(&expected).as_bytes(), "||");
    let last = dir.segment(&["--field", "1"], "我来到北京\r\n\n他来到").good();
    assert_eq!(String::from_utf8(last).unwrap(), "我 来到 北京\r\n\n他 来到");
}

#[test]
fn the_columns_are_those_of_the_program_cut() {
    let dir = Dir::new();
    let rows: Vec<_> = texts(500).chunks(4).map(|row| row.join("\t") + "\n").collect();
    let input = rows.concat();
    let columns =
        |which: &str, text: &[u8]| Ran::with_stdin(dir.command("cut", &["-f", which]), text).good();
    let got = dir.segment(&["--field", "3"], &input).good();
    for others in ["1,2", "4"] {
        assert_same(&columns(others, &got), &columns(others, input.as_bytes()), others);
    }
    let plain = dir.segment(&[], columns("3", input.as_bytes())).good();
    assert_same(&columns("3", &got), &plain, "3");
}

#[test]
fn csv_is_read_and_written_as_python_reads_it() {
    let dir = Dir::new();
    let mut input = "\u{feff}id,\"the text\",more\r\n".to_string();
    for (number, text) in texts(6000).iter().enumerate() {
        let half = text.floor_char_boundary(text.len() / 2);
        let (a, b) = text.split_at(half);
        input += &match number % 5 {
            0 => format!("{number},{text},我来到北京\n"),
            1 => format!("{number},\"{a}\n{b}\",\"我来到,\"\"北京\"\r\n"),
            2 => format!("\"{number}\n\",\"{a},\"\"{b}\",\n"),
            3 => format!("{number},{a}\"{b},\r\n\r\n"),
            _ => format!("{number},\"{a}\r\n{b}\"{b},x\n"),
        };
    }
    dir.file("text", &input);
    let got = dir.segment(&["--csv", "--field", "the text", "text", "-j1"], "").good();
    for arguments in [["the text", "4"], ["2", "2"]] {
        let [field, threads] = arguments;
        let other = dir.segment(&["--csv", "--field", field, "text", "-j", threads], "").good();
        if field == "2" {
            // The header is a record like all others then.
            let line = |text: &[u8]| text.iter().position(|&b| b == b'\n').unwrap();
            assert_same(&other[line(&other)..], &got[line(&got)..], field);
        } else {
            assert_same(&other, &got, field);
        }
    }
    let Some(before) = records(&dir, READ_CSV, &input.as_bytes()["\u{feff}".len()..]) else {
        return;
    };
    let after = records(&dir, READ_CSV, &got).unwrap();
    assert_eq!(before.len(), after.len());
    for (number, (before, after)) in before.iter().zip(&after).enumerate() {
        if let Some(text) = before[1].as_str().filter(|_| number > 0) {
            let mut expected = before.clone();
            // CR LF within a field is a line end too.
            expected[1] = text.split("\r\n").map(cut).collect::<Vec<_>>().join("\r\n").into();
            assert_eq!(after, &expected, "record {number}");
        } else {
            assert_eq!(after, before, "record {number}");
        }
    }
}

#[test]
fn strings_in_json_are_decoded_cut_and_escaped_and_all_else_stays() {
    let dir = Dir::new();
    let [mut input, mut expected] = [String::new(), String::new()];
    for (number, text) in texts(6000).iter().enumerate() {
        let ascii: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let raw = if number % 3 == 0 { &ascii } else { text };
        let frame = |value: &str| match number % 4 {
            0 => format!("{{\"id\": {number}.50, \"text\" :  {value},\"z\":\"\\u4e2d\\/\"}}\n"),
            1 => format!("{{\"te\\u0078t\":{value}, \"a\":{{\"text\":\"我来到\"}}}}\r\n"),
            2 => format!(" {{\"text\":[{value} ,\"北京\" ], \"n\":[1,null,{{}}]}}  \n"),
            _ => format!("\n{{\"text\":\"x\",\"text\":{value}}}\n"),
        };
        input += &frame(&format!("\"{raw}\""));
        expected += &frame(&serde_json::to_string(&cut(text)).unwrap());
    }
    dir.file("text", &input);
    for threads in ["1", "2", "8"] {
        let got = dir.segment(&["--json-field", "text", "-j", threads, "text"], "").good();
        assert_same(&got, expected.as_bytes(), threads);
    }
    let odd = r#"{"a":{"b":"\ud83d\ude00我来到\n北京\"\\\u0001\t"},"b":"我来到"}"#;
    let got = dir.segment(&["--json-field", "a.b"], odd).good();
    let wanted = r#"{"a":{"b":"😀 我 来到\n北京 \" \\ \u0001 \t"},"b":"我来到"}"#;
    assert_eq!(String::from_utf8(got.clone()).unwrap(), wanted);
    for earlier in ["1", "-1", "1.5", "true", "\"x\"", "[1,{}]", "null", "{\"text\":\"x\"}"] {
        let line = |text: &str| format!(r#"{{"a":{earlier},"a":{{"text":"{text}"}}}}"#);
        let got = dir.segment(&["--json-field", "a.text"], line("我来到")).good();
        assert_eq!(String::from_utf8(got).unwrap(), line("我 来到"));
    }
    let last = dir.segment(&["--json-field", "a.text"], r#"{"a":{"text":"我来到"},"a":5}"#);
    assert_eq!((last.code(), &last.stdout[..]), (1, &b""[..]));
    let reason = "line 1 has something else than an object on the way to `a.text`; it is left out (--missing pass keeps it)";
    assert_eq!(last.stderr, format!("batchproc: -: {reason}\n"));
    let Some(before) = records(&dir, READ_JSON, odd.as_bytes()) else { return };
    let mut before = before[0].clone();
    before["a"]["b"] = cut(before["a"]["b"].as_str().unwrap()).into();
    assert_eq!(records(&dir, READ_JSON, &got).unwrap()[0], before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 24 } else { 96 }))]

    /// With an empty delimiter, cutting changes nothing, so no byte may change.
    #[test]
    fn no_byte_but_those_between_the_words_changes(
        lines in prop::collection::vec("([我来到北京清华大学a]{0,9}[ \u{3000}.]?\t){1,4}[来到b]{0,3}\r?\n", 0..20),
        csv in prop::collection::vec("(([我来到北京a ]{0,6}|\"([我来到a,\n]|\"\"){0,9}\"),){1,3}[b北]{0,3}\r?\n", 0..20),
        end in "(我来到\t北京|)",
    ) {
        let dir = Dir::new();
        let text = lines.concat() + &end;
        let got = dir.segment(&["--field", "2", "-d", "", "--missing", "pass"], &text).good();
        assert_same(&got, text.as_bytes(), "columns");
        let text = csv.concat();
        let got = dir.segment(&["--csv", "--field", "2", "-d", "", "--missing", "pass"], &text).good();
        assert_same(&got, text.as_bytes(), "CSV");
        let text: String = lines.iter().enumerate().map(|(number, line)| {
            format!("{{ \"a\":{number},\"text\": {} }}\n", serde_json::to_string(line).unwrap())
        }).collect();
        let got = dir.segment(&["--json-field", "text", "-d", ""], &text).good();
        assert_same(&got, text.as_bytes(), "JSON");
    }
}

#[test]
fn a_record_of_csv_whose_only_field_becomes_empty_stays_a_record() {
    let dir = Dir::new();
    let input = "text\n，。\n\n我来到\n\"！\"\n？\r\n。";
    let got = dir.segment(&["--csv", "--field", "text", "--drop", "punct"], input).good();
    let wanted = "text\n\"\"\n\n我 来到\n\"\"\n\"\"\r\n\"\"";
    assert_eq!(String::from_utf8(got.clone()).unwrap(), wanted);
    let script = "
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline='')
for row in csv.DictReader(text): print(json.dumps(row['text']))
";
    let Some(rows) = records(&dir, script, &got) else { return };
    assert_eq!(rows, ["", "我 来到", "", "", ""]);
    // A record with other fields needs no quotes.
    let got = dir.segment(&["--csv", "--field", "1", "--drop", "punct"], "。,\n").good();
    assert_eq!(got, b",\n");
}

#[test]
fn counts_and_keywords_are_those_of_the_field() {
    let dir = Dir::new();
    let texts = texts(300);
    let plain: String = texts.iter().map(|text| text.clone() + "\n").collect();
    let rows: String = texts.iter().map(|text| format!("清华大学\t{text}\t清华大学\n")).collect();
    let csv: String = texts.iter().map(|text| format!("清华大学,\"{text}\",清华\n")).collect();
    let json: String =
        texts.iter().map(|text| format!("{{\"a\":\"清华\",\"t\":\"{text}\"}}\n")).collect();
    let all: [(&[&str], &str); 3] = [
        (&["--field", "2"], &rows),
        (&["--csv", "--field", "2"], &csv),
        (&["--json-field", "t"], &json),
    ];
    for what in [&["--count"][..], &["--keywords", "9"], &["--count", "--format", "json"]] {
        let expected = dir.segment(what, &plain).good();
        for (field, input) in all {
            let arguments = [field, what].concat();
            assert_same(
                &dir.segment(&arguments, input).good(),
                &expected,
                &format!("{arguments:?}"),
            );
        }
    }
}

#[test]
fn invalid_bytes_are_those_of_the_field() {
    let dir = Dir::new();
    let input = b"\xff\ta\n\xff\tab\xff\xe5\x8c\x97\xe4\xba\xac\n";
    let ran = dir.segment(&["--field", "2"], input);
    assert_eq!(
        (ran.code(), &ran.stdout[..]),
        (0, &b"\xff\ta\n\xff\tab \xff \xe5\x8c\x97\xe4\xba\xac\n"[..])
    );
    let place = "a byte sequence in line 2 (byte offset 8) is not valid UTF-8";
    assert_eq!(ran.stderr, format!("batchproc: -: {place}; passed through unchanged\n"));
    let ran = dir.segment(&["--field", "2", "--invalid", "replace"], input);
    let replaced = [b"\xff\ta\n\xff\t", "ab \u{fffd} 北京\n".as_bytes()].concat();
    assert_eq!((ran.code(), ran.stdout), (0, replaced));
    let ran = dir.segment(&["--field", "2", "--invalid", "fail"], input);
    assert_eq!((ran.code(), ran.stderr), (1, format!("batchproc: -: {place}\n")));
    for invalid in ["keep", "replace", "fail"] {
        let json = |line: &[u8]| dir.segment(&["--json-field", "t", "--invalid", invalid], line);
        for line in [&b"{\"t\":\"a\xff\"}\n"[..], b"{\"a\xff\":1,\"t\":\"a\"}\n"] {
            let ran = json(line);
            assert_eq!((ran.code(), &ran.stdout[..]), (1, &b""[..]), "{invalid}");
            assert!(ran.stderr.contains("line 1 is no valid JSON: "), "{}", ran.stderr);
        }
        let other = b"{\"a\":\"\xff\",\"t\":\"a\"}\n";
        assert_eq!(json(other).good(), other, "{invalid}");
    }
}

#[test]
fn options_that_do_not_go_together_are_wrong_usage() {
    let dir = Dir::new();
    for other in [&["--csv"][..], &["--field-separator", ";"]] {
        let ran = dir.segment(&[&["--json-field", "a"], other].concat(), "{\"a\":\"b\"}\n");
        assert_eq!((ran.code(), ran.text().as_str()), (2, ""), "{other:?}");
        assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
    }
    let all: [(&[&str], &str); 11] = [
        (&["--field", "0"], "--field needs a number from 1"),
        (&["--field", "name"], "--field needs a number from 1"),
        (&["--csv", "--field", "0"], "--field needs a number from 1"),
        (&["--csv", "--field", "1", "--field-separator", "\""], "--field-separator needs one"),
        (&["--field", "1", "--field-separator", ""], "--field-separator needs at least one"),
        (&["--field", "1", "-d", "a\tb"], "the words of a field cannot be separated by"),
        (&["--field", "1", "--pos", "--field-separator", "/"], "the words of a field cannot be"),
        (&["--json-field", "a..b"], "--json-field needs names"),
        (&["--json-field", "a", "--format", "json"], "--format json prints all tokens"),
        (&["--json-field", "a", "-d", "\n"], "-d cannot have a line end"),
        (&["--missing", "pass"], "--missing is about a field"),
    ];
    for (arguments, reason) in all {
        let ran = dir.segment(arguments, "");
        assert_eq!(ran.code(), 2, "{arguments:?}");
        assert!(ran.stderr.starts_with(&format!("batchproc: {reason}")), "{}", ran.stderr);
    }
}

#[test]
fn keywords_of_a_file_with_lines_that_lack_the_field_are_those_of_the_other_lines() {
    let dir = Dir::new();
    let good: String = texts(50).iter().map(|text| format!("a\t{text}\n")).collect();
    dir.file("good", &good);
    dir.file("bad", good.replacen('\n', "\nb\n", 7));
    for what in [
        &["--keywords", "9"][..],
        &["--keywords", "9", "--format", "json"],
        &["--keywords", "5", "--keyword-method", "textrank"],
        &["--count"],
    ] {
        let all = |name: &str| dir.segment(&[&["--field", "2"], what, &[name]].concat(), "");
        let expected = all("good").text().replace("good", "bad");
        let ran = all("bad");
        assert!(!expected.is_empty());
        assert_eq!((ran.text(), ran.code()), (expected, 1), "{what:?}");
        let stderr = "batchproc: bad: 7 lines cannot be cut and are left out (--missing pass keeps them); the first is line 2, which has no field 2\n";
        assert_eq!(ran.stderr, stderr);
    }
}

#[test]
fn no_keywords_are_no_keywords() {
    let dir = Dir::new();
    for number in ["0", "-1", "x", ""] {
        let ran = dir.segment(&[&format!("--keywords={number}")], "我来到北京");
        assert_eq!((ran.code(), ran.text().as_str()), (2, ""));
        assert!(ran.stderr.contains("expected a number from 1"), "{}", ran.stderr);
    }
}
