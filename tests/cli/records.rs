//! `segment --records`: N lines in, N lines out, whatever is in them.

use std::fs;
use std::sync::LazyLock;

use jieba_rs::Jieba;
use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::pipe;
use crate::harness::{Dir, assert_same};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// What a line becomes before it is cut.
fn clean(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).replace(['\r', '\0'], " ")
}

/// The lines that the program must print.
fn cut(text: &[u8]) -> String {
    let line = |line: &[u8]| {
        let line = clean(line.strip_suffix(b"\n").unwrap_or(line));
        let words = JIEBA.cut(&line, true);
        words.iter().map(|token| token.word).collect::<Vec<_>>().join(" ") + "\n"
    };
    text.split_inclusive(|&byte| byte == b'\n').map(line).collect()
}

/// Pieces of lines, odd ones among them.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let good = select(vec![
        "我来到",
        "北京",
        "清华大学",
        "abc",
        " ",
        "，",
        "\u{fffd}",
        "\u{85}",
        "\u{2028}",
    ]);
    let odd: Vec<&[u8]> = vec![
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xe5\x8c",
        b"\x80\x80",
        b"\xed\xa0\x80",
        b"\x1a",
        b"\x0b\x0c",
        b"\xf0\x9f\x98",
        b"\x1f\x8b\x08\0",
        b"\xef\xbb\xbf.",
        b"\xff\xfe\0",
    ];
    let piece = prop_oneof![
        3 => good.prop_map(|good| good.as_bytes().to_vec()),
        2 => select(odd).prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn lines(text: &[u8]) -> usize {
    text.split_inclusive(|&byte| byte == b'\n').count()
}

#[track_caller]
fn assert_records(output: &[u8], count: usize, what: &str) {
    let text = str::from_utf8(output).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(!text.contains(['\r', '\0']), "{what}: {text:?}");
    assert!(text.is_empty() || text.ends_with('\n'), "{what}: {text:?}");
    assert_eq!(text.matches('\n').count(), count, "{what}: {text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_line_comes_out_as_one_line_with_its_words(text in text(), other in text()) {
        let dir = Dir::new();
        // A byte order mark is no part of a text.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let ran = pipe(&dir, &["segment", "--records"], text);
        prop_assert_eq!((ran.code(), ran.text()), (0, cut(text)));
        // Named files may be compressed, and may begin with the mark.
        let [text, other] = [text, &other].map(|text| [b".", text].concat());
        dir.file("a", &text);
        dir.file("b", &other);
        dir.file("empty", "");
        let ran = pipe(&dir, &["segment", "--records", "a", "empty", "b", "a"], b"");
        let expected = [&text, &other, &text].map(|text| cut(text)).concat();
        prop_assert_eq!((ran.code(), ran.text()), (0, expected));
    }

    #[test]
    fn no_option_changes_the_number_of_lines(text in text()) {
        let dir = Dir::new();
        dir.file("stop", "我\n北京\n");
        for options in [
            &["--mode", "search"][..],
            &["--mode", "full"],
            &["--mode", "full", "--compat", "python", "--drop", "space,punct"],
            &["--compat", "python", "--no-hmm"],
            &["--pos", "-d", "\t"],
            &["--drop", "space,punct", "--stop-words", "stop"],
            &["--format", "json"],
            &["--format", "json", "--pos", "--drop", "space,punct", "--invalid", "replace"],
            &["--field", "2", "--missing", "pass", "--field-separator", " ", "-d", "/"],
            &["--encoding", "gb18030"],
            &["--encoding", "big5"],
            &["--encoding", "shift_jis"],
            &["--encoding", "euc-kr"],
            &["--encoding", "auto"],
        ] {
            let ran = pipe(&dir, &[&["segment", "--records"], options].concat(), &text);
            let what = format!("{options:?} {} {}", text.escape_ascii(), ran.stderr);
            // `auto` reads UTF-16 if there is its mark, and that has other line ends.
            if options[1] == "auto" && text.starts_with(b"\xff\xfe") {
                continue;
            }
            prop_assert_eq!(ran.code(), 0, "{}", what);
            assert_records(&ran.stdout, lines(&text), &what);
        }
    }
}

#[test]
fn what_was_replaced_is_counted_by_kind_in_one_line() {
    let dir = Dir::new();
    for (input, output, message) in [
        (&b"a\r\nb\n"[..], "a\nb\n", ""),
        (b"a\r", "a\n", ""),
        (b"\r", "\n", ""),
        (b"a\n\r", "a\n\n", ""),
        (
            b"a\rb\0\0c\xff\n\xe5\x8c\xe5\n",
            "a   b     c \u{fffd}\n\u{fffd} \u{fffd}\n",
            "1 CR by a space, 2 NUL by a space, 3 invalid byte sequences by U+FFFD",
        ),
        (b"\xff", "\u{fffd}\n", "1 invalid byte sequence by U+FFFD"),
        (b"\0\n\0", " \n \n", "2 NUL by a space"),
    ] {
        let ran = pipe(&dir, &["segment", "--records"], input);
        let message = match message {
            "" => String::new(),
            message => format!("batchproc: --records replaced {message}\n"),
        };
        assert_eq!((ran.code(), ran.text().as_str(), ran.stderr), (0, output, message));
    }
    // Two files give one line. What a decoder replaces counts too.
    dir.file("a", b"\x81\x81\x81\n\0");
    dir.file("b", b"a\rb\x80\n");
    let ran = pipe(&dir, &["segment", "--records", "--encoding", "gbk", "a", "b"], b"");
    let message = "batchproc: --records replaced 1 CR by a space, 1 NUL by a space, ";
    assert!(ran.stderr.starts_with(message), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("by U+FFFD\n") && ran.stderr.lines().count() == 1,
        "{}",
        ran.stderr
    );
    let ran = pipe(&dir, &["segment", "--records", "--format", "json"], b"\xff\r\0\n");
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (0, "batchproc: 1 invalid byte sequence is in the members `invalid`\n")
    );
    assert_eq!(
        ran.text(),
        "{\"path\":\"-\",\"line\":1,\"tokens\":[{\"text\":\"\u{fffd}\",\"invalid\":\"ff\",\"bytes\":[0,1],\"characters\":[0,1]},{\"text\":\"\\r\",\"bytes\":[1,2],\"characters\":[1,2]},{\"text\":\"\\u0000\",\"bytes\":[2,3],\"characters\":[2,3]}]}\n"
    );
}

#[test]
fn lines_of_many_blocks_are_clean_for_any_number_of_threads() {
    let dir = Dir::new();
    let odd: [&[u8]; 6] = [b"\r", b"\0", b"\r\r\n", b"\xff", b"\xe5", b"\r\n"];
    let mut text = Vec::new();
    for number in 0..40_000_usize {
        text.extend_from_slice("我来到北京清华大学".as_bytes());
        if number % 7 == 0 {
            text.extend_from_slice(odd[number / 7 % 6]);
        }
        if number == 20_000 {
            // A line that is longer than a block.
            text.extend_from_slice("清华大学，\0\r\u{3002}".repeat(30_000).as_bytes());
        }
    }
    let expected = cut(&text);
    for threads in ["1", "2", "8"] {
        let ran = pipe(&dir, &["segment", "--records", "-j", threads], &text);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert_same(&ran.stdout, expected.as_bytes(), threads);
    }
    dir.file("text", &text);
    let ran = pipe(&dir, &["segment", "--records", "-j", "4", "--memory", "8M", "text"], b"");
    assert_same(&ran.stdout, expected.as_bytes(), "a file");
}

#[test]
fn a_line_that_had_to_be_divided_is_said() {
    let dir = Dir::new();
    let ran = dir.segment(&["--records", "--memory", "8M"], "我".repeat(600_000));
    assert_eq!((ran.code(), ran.text().lines().count()), (0, 1));
    assert!(ran.stderr.contains("it was divided"), "{}", ran.stderr);
}

#[test]
fn a_line_that_cannot_be_cut_stays_in_its_place() {
    let dir = Dir::new();
    let by_field = ["segment", "--records", "--field", "2"];
    let ran = pipe(&dir, &by_field, "a\t我来到\r\nb\n\nc\t大\0学".as_bytes());
    assert_eq!((ran.code(), ran.text().as_str()), (1, "a\t我 来到\nb\n\nc\t大   学\n"));
    assert_eq!(
        ran.stderr,
        "batchproc: -: 2 lines cannot be cut and stay as they are; the first is line 2, which has no field 2\n\
         batchproc: --records replaced 1 NUL by a space\n"
    );
    let ran =
        pipe(&dir, &[&by_field[..], &["--missing", "pass"]].concat(), "a\t我来到\nb\n".as_bytes());
    assert_eq!(ran.good(), "a\t我 来到\nb\n".as_bytes());
    // The words would make other fields of this line.
    let spaces = ["segment", "--records", "--field", "2", "--field-separator", "||", "-d", "|"];
    let ran = pipe(&dir, &spaces, "a||我来到||c\na||| |||c\nd||我来到\n".as_bytes());
    assert_eq!((ran.code(), ran.text().as_str()), (1, "a||我|来到||c\na||| |||c\nd||我|来到\n"));
    let json = "{\"t\":\"我来到\"}\n{\"t\":7}\nno JSON\n{\"t\":\"大\0学\"}\n{\"u\":1}\n\n{\"t\":\"北\\r京\\u0000\"}";
    let ran = pipe(&dir, &["segment", "--records", "--json-field", "t"], json.as_bytes());
    let expected = "{\"t\":\"我 来到\"}\n{\"t\":7}\nno JSON\n{\"t\":\"大   学\"}\n{\"u\":1}\n\n{\"t\":\"北 \\r 京 \\u0000\"}\n";
    assert_eq!((ran.code(), ran.text().as_str()), (1, expected));
    let first = "batchproc: -: 3 lines cannot be cut and stay as they are; the first is line 2, ";
    assert!(ran.stderr.starts_with(first), "{}", ran.stderr);
}

#[test]
fn options_that_cannot_hold_are_refused() {
    let dir = Dir::new();
    dir.file("a", "我来到\n");
    for (options, reason) in [
        (&["--count"][..], "cannot be used with '--count'"),
        (&["--keywords", "3"], "cannot be used with '--keywords <N>'"),
        (&["--csv", "--field", "1"], "cannot be used with '--csv'"),
        (&["--order", "completion"], "in the order of the input"),
        (&["--invalid", "keep"], "cannot be used with --invalid keep"),
        (&["--invalid", "fail"], "cannot be used with --invalid fail"),
        (&["--invalid", "fail", "--format", "json"], "cannot be used with --invalid fail"),
        (&["--binary", "fail"], "cannot be used with --binary fail"),
        (&["-d", "\r"], "-d cannot have CR, LF or NUL"),
        (&["-d", "a\nb"], "-d cannot have CR, LF or NUL"),
        (
            &["--field", "2", "--field-separator", "\r"],
            "--field-separator cannot have CR, LF or NUL",
        ),
    ] {
        let ran = pipe(&dir, &[&["segment", "--records"], options, &["a"]].concat(), b"");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{options:?}");
        assert!(ran.stderr.contains(reason), "{options:?}: {}", ran.stderr);
    }
    let held = ["--invalid", "replace", "--binary", "text", "-d", "|"];
    let ran = pipe(&dir, &[&["segment", "--records", "a"][..], &held].concat(), b"");
    assert_eq!(ran.good(), "我|来到\n".as_bytes());
}

#[test]
fn standard_input_is_taken_as_it_is_and_a_named_file_is_decompressed() {
    let dir = Dir::new();
    dir.file("text", "我来到北京");
    let packed = dir.command("gzip", &["-k", "text"]).status();
    if !packed.is_ok_and(|status| status.success()) {
        return eprintln!("skipped: there is no gzip");
    }
    let packed = fs::read(dir.at("text.gz")).unwrap();
    let ran = pipe(&dir, &["segment", "--records", "text.gz"], b"");
    assert_eq!(ran.good(), "我 来到 北京\n".as_bytes());
    let ran = pipe(&dir, &["segment", "--records"], &packed);
    assert_eq!((ran.code(), ran.text()), (0, cut(&packed)), "{}", ran.stderr);
}

#[test]
fn each_result_in_a_directory_has_clean_lines() {
    let dir = Dir::new();
    dir.file("a", b"a\rb\r\n\0");
    dir.file("b", "北京");
    let ran = pipe(&dir, &["segment", "--records", "a", "b", "--output-dir", "out"], b"");
    let message = "batchproc: --records replaced 1 CR by a space, 1 NUL by a space\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (0, message));
    let read = |name: &str| fs::read_to_string(dir.at("out").join(name)).unwrap();
    assert_eq!((read("a").as_str(), read("b").as_str()), ("a   b\n \n", "北京\n"));
}
