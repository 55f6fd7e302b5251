//! `segment --skip-lines`: lines that match pass unchanged, and the others are cut as without them.

use crate::harness::{Dir, assert_same};

const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

/// Subtitles of several blocks, with a number and a time code before each line of text. The last line
/// has no end.
fn subtitles() -> String {
    let mut text = String::new();
    for (number, line) in LINES.lines().cycle().enumerate().take(4_000) {
        let end = ["\n", "\r\n"][number % 2];
        text += &format!("{number}{end}00:00:01,000 --> 00:00:02,000{end}");
        text += &[line, end, end].concat();
    }
    text + "123"
}

const SKIP: [&str; 4] = ["--skip-lines", "^[0-9]+$", "--skip-lines", " --> "];

/// Whether the options in [`SKIP`] skip a line.
fn is_skipped(line: &str) -> bool {
    let body = line.trim_end_matches('\n').trim_end_matches('\r');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit()) || body.contains(" --> ")
}

/// A text without the lines that are skipped.
fn others(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !is_skipped(line)).collect()
}

#[test]
fn lines_that_match_pass_and_the_others_are_cut_as_without_them() {
    let dir = Dir::new();
    let text = subtitles();
    dir.file("text", &text);
    dir.file("others", others(&text));
    for options in [
        &[][..],
        &["--pos"],
        &["-d", "|", "--drop", "punct"],
        &["--mode", "full"],
        &["--pretokenized"],
    ] {
        let cut = dir.segment(&[&["others"], options].concat(), "").text();
        let mut cut = cut.split_inclusive('\n');
        let lines = text.split_inclusive('\n');
        let expected: String =
            lines.map(|line| if is_skipped(line) { line } else { cut.next().unwrap() }).collect();
        for run in [&["-j", "1"][..], &["-j", "4"], &["-j", "2", "--memory", "8M"]] {
            let all = [&["text"], &SKIP[..], options, run].concat();
            assert_same(&dir.segment(&all, "").good(), expected.as_bytes(), &format!("{all:?}"));
        }
    }
    // A token of each line, and still the same lines.
    let ours =
        dir.segment(&["-d", "\n", "--skip-lines", "^<"], "我来到\n<p> 北京\n北京你好").good();
    assert_same(&ours, "我\n来到\n<p> 北京\n北京\n你好".as_bytes(), "lines between tokens");
}

#[test]
fn each_line_that_is_skipped_has_its_object_in_json() {
    let dir = Dir::new();
    let text = subtitles();
    dir.file("text", &text);
    let all = dir.segment(&["text", "--format", "json"], "").text();
    let ours = dir.segment(&[&["text", "--format", "json"], &SKIP[..]].concat(), "").text();
    let lines = all.lines().zip(text.lines()).enumerate().map(|(index, (json, line))| {
        let skipped = |line| {
            format!(
                "{{\"path\":\"text\",\"line\":{},\"tokens\":[],\"skipped\":\"{line}\"}}\n",
                index + 1
            )
        };
        if is_skipped(line) { skipped(line) } else { format!("{json}\n") }
    });
    assert_same(ours.as_bytes(), lines.collect::<String>().as_bytes(), "json");
    let odd = dir
        .segment(&["--format", "json", "--skip-lines", "^#"], b"#\t\"\xff\r\n\n".as_slice())
        .good();
    let expected = "{\"path\":\"-\",\"line\":1,\"tokens\":[],\"skipped\":\"#\\t\\\"\u{fffd}\"}\n{\"path\":\"-\",\"line\":2,\"tokens\":[]}\n";
    assert_same(&odd, expected.as_bytes(), "odd bytes");
}

#[test]
fn neither_counts_nor_keywords_see_lines_that_are_skipped() {
    let dir = Dir::new();
    let text = subtitles();
    for options in [
        &["--count"][..],
        &["--keywords", "9"],
        &["--keywords", "9", "--keyword-method", "textrank"],
    ] {
        let expected = dir.segment(options, others(&text)).good();
        let ours = dir.segment(&[&SKIP[..], options].concat(), &text).good();
        assert!(!expected.is_empty());
        assert_same(&ours, &expected, &format!("{options:?}"));
    }
}

#[test]
fn invalid_bytes_are_those_of_the_lines_that_are_cut() {
    let dir = Dir::new();
    let text = b"#\xff\n#\xff\n\xe5\x8c\x97\xffa\n#\n";
    let ran = dir.segment(&["--skip-lines", "^#"], text.as_slice());
    assert_same(&ran.stdout, b"#\xff\n#\xff\n\xe5\x8c\x97 \xff a\n#\n", "kept");
    let place = "a byte sequence in line 3 (byte offset 9) is not valid UTF-8";
    assert!(ran.stderr.contains(place), "{}", ran.stderr);
    let ran = dir.segment(&["--skip-lines", "^#", "--invalid", "replace"], text.as_slice());
    assert_same(&ran.stdout, b"#\xff\n#\xff\n\xe5\x8c\x97 \xef\xbf\xbd a\n#\n", "replaced");
}

#[test]
fn records_that_match_pass_whole() {
    let dir = Dir::new();
    let text = "# 我来到\t北京\n1\t我来到北京\n";
    let ours = dir.segment(&["--field", "2", "--skip-lines", "^# "], text).good();
    assert_same(&ours, "# 我来到\t北京\n1\t我 来到 北京\n".as_bytes(), "field");
    let counts =
        dir.segment(&["--field", "2", "--skip-lines", "^# ", "--count", "--tags", "ns"], text);
    assert_same(&counts.good(), "北京\t1\n".as_bytes(), "count");
    let json = "// no JSON\n{\"a\":\"我来到\"}\n";
    let ours = dir.segment(&["--json-field", "a", "--skip-lines", "^//"], json).good();
    assert_same(&ours, "// no JSON\n{\"a\":\"我 来到\"}\n".as_bytes(), "json");
    for (arguments, reason) in [
        (&["--csv", "--field", "1", "--skip-lines", "^#"][..], "cannot be used with --csv"),
        (
            &["--skip-lines", "^("],
            "--skip-lines: regex parse error:\n    ^(\n     ^\nerror: unclosed group",
        ),
    ] {
        let ran = dir.segment(arguments, text);
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
}
