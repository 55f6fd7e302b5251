//! `batchproc segment`: files, encodings, errors.

use std::fs;

use crate::harness::{Dir, assert_same};

const TEXT: &str = "我来到北京清华大学。\r\n乔布斯，\n\n最后一行";
const TOKENS: &str = "我 来到 北京 清华大学 。\r\n乔布斯 ，\n\n最后 一行";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn every_encoding_gives_the_same_tokens() {
    let dir = Dir::new();
    let (gb18030, _, _) = encoding_rs::GB18030.encode(TEXT);
    let marked = format!("\u{feff}{TEXT}");
    let (little, big) = (utf16(&marked, u16::to_le_bytes), utf16(&marked, u16::to_be_bytes));
    for (name, bytes, reported) in [
        ("gb18030", gb18030.to_vec(), ""),
        ("gbk", gb18030.to_vec(), ""),
        ("auto", gb18030.to_vec(), "batchproc: -: read as GBK\n"),
        ("utf-16", little.clone(), ""),
        ("utf-16le", little.clone(), ""),
        ("utf-16be", big.clone(), ""),
        ("auto", little, "batchproc: -: read as UTF-16, little-endian\n"),
        ("auto", big, "batchproc: -: read as UTF-16, big-endian\n"),
        ("auto", marked.into_bytes(), ""),
        ("auto", TEXT.into(), ""),
        ("utf-8", TEXT.into(), ""),
    ] {
        let ran = dir.segment(&["--encoding", name], bytes);
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, reported), "{name}");
        assert_same(&ran.stdout, TOKENS.as_bytes(), name);
    }
    let (big5, _, _) = encoding_rs::BIG5.encode("滾滾長江東逝水\n");
    let ran = dir.segment(&["--encoding", "big5"], big5).good();
    assert_same(&ran, &dir.segment(&[], "滾滾長江東逝水\n").good(), "big5");
}

#[test]
fn a_long_text_in_another_encoding_is_decoded_whole() {
    let text =
        format!("{}乔布斯\n", "abc,\n".repeat(40_000)) + &"南京市长江大桥，\n".repeat(30_000);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let dir = Dir::new();
    let expected = dir.segment(&[], &text).good();
    for name in ["gb18030", "auto"] {
        assert_same(&dir.segment(&["--encoding", name], &bytes).stdout, &expected, name);
    }
    let invalid = [&bytes[..], b"\xff\n"].concat();
    let ran = dir.segment(&["--encoding", "gb18030"], &invalid);
    assert_same(&ran.stdout, &[expected.as_ref(), &b"\xff\n"[..]].concat(), "an invalid byte");
    let place = format!("line 70002 (byte offset {})", bytes.len());
    let reported = format!("a byte sequence in {place} is not valid gb18030");
    assert_eq!(ran.stderr, format!("batchproc: -: {reported}; passed through unchanged\n"));
}

#[test]
fn what_is_no_utf_16_is_replaced_and_reported() {
    let dir = Dir::new();
    for (encoding, text, result, reported) in [
        // The text ends in the middle of a code unit.
        (
            "utf-16le",
            &b"\x17\x53\xac\x4e\x41"[..],
            "北京 \u{fffd}",
            "a byte sequence in line 1 (byte offset 4) is not valid UTF-16, little-endian",
        ),
        // Half of a surrogate pair. Its bytes are a valid letter in UTF-8.
        (
            "utf-16be",
            b"\xd8\x80\x53\x17\x4e\xac\xd8\x00",
            "\u{fffd} 北京 \u{fffd}",
            "2 sequences of bytes are not valid UTF-16, big-endian, the first in line 1 (byte offset 0)",
        ),
    ] {
        for invalid in ["keep", "replace"] {
            let ran = dir.segment(&["--encoding", encoding, "--invalid", invalid], text);
            assert_eq!(ran.text(), result, "{encoding} {invalid}");
            let reported = format!("batchproc: -: {reported}; replaced by U+FFFD\n");
            assert_eq!((ran.code(), ran.stderr), (0, reported), "{encoding} {invalid}");
        }
    }
    // An invalid sequence with an ASCII byte, and one without.
    let ran = dir.segment(&["--encoding", "gb18030"], b"\xff\n\x84\x31\xa5\x30\n");
    assert_eq!(ran.stdout, b"\xff\n\xef\xbf\xbd\n");
    assert_eq!(
        ran.stderr,
        "batchproc: -: 2 sequences of bytes are not valid gb18030, the first in line 1 (byte offset 0); \
         1 replaced by U+FFFD, the rest passed through unchanged\n"
    );
}

#[test]
fn invalid_bytes_are_kept_replaced_or_an_error() {
    let dir = Dir::new();
    dir.file("text", b"\xe4\xb8\xad\n\xe4\xb8\xad\xff\xe4\xb8\n");
    let reported = "2 sequences of bytes are not valid UTF-8, the first in line 2 (byte offset 7)";
    let run = |how: &[&str]| {
        let ran = dir.segment(&[&["text", "--invalid"], how].concat(), "");
        (ran.code(), ran.stdout, ran.stderr)
    };
    let kept = b"\xe4\xb8\xad\n\xe4\xb8\xad \xff \xe4\xb8\n".to_vec();
    let message = format!("batchproc: text: {reported}; passed through unchanged\n");
    assert_eq!(run(&["keep"]), (0, kept, message));
    let replaced = "中\n中 \u{fffd} \u{fffd}\n".into();
    let message = format!("batchproc: text: {reported}; replaced by U+FFFD\n");
    assert_eq!(run(&["replace"]), (0, replaced, message));
    assert_eq!(run(&["fail"]), (1, vec![], format!("batchproc: text: {reported}\n")));

    let ran = dir.segment(&["--encoding", "gbk"], b"\xd6\xd0\n\xff\xce\xc4");
    assert_same(&ran.stdout, b"\xe4\xb8\xad\n\xff \xe6\x96\x87", "kept of GBK");
    assert_eq!(
        ran.stderr,
        "batchproc: -: a byte sequence in line 2 (byte offset 3) is not valid GBK; passed through unchanged\n"
    );
    let json = dir.segment(&["--format", "json", "text"], "");
    assert!(
        json.text().contains(r#"{"text":"�","invalid":"e4b8","bytes":[4,6],"#),
        "{}",
        json.text()
    );
}

#[test]
fn files_come_in_order_and_lines_never_run_together() {
    let dir = Dir::new();
    dir.file("t/b", "第二");
    dir.file("t/a", "第一");
    dir.file("t/empty", "");
    dir.file("t/z", "第三\n");
    let ran = dir.segment(&["t", "missing", "t/b"], "");
    assert_eq!((ran.code(), ran.text().as_str()), (1, "第一\n第二\n第三\n第二"));
    assert_eq!(ran.stderr, "batchproc: missing: No such file or directory\n");

    let list = dir.segment(&["--files-from", "-"], "t/z\nt/a\n").good();
    assert_eq!(list, "第三\n第一".as_bytes());
}

#[test]
fn whole_files_come_out_in_one_piece_in_completion_order() {
    let dir = Dir::new();
    let mut expected = Vec::new();
    for number in 0..12 {
        let line = format!("{number}号文件的一行，");
        dir.file(format!("t/{number:02}"), format!("{}\n", line.repeat(9 + 800 * number * number)));
        let cut = dir.segment(&[&format!("t/{number:02}")], "").good();
        expected.push(cut);
    }
    assert_same(&dir.segment(&["t"], "").good(), &expected.concat(), "input order");
    let ran = dir.segment(&["t", "--order", "completion"], "").good();
    let mut lines: Vec<_> =
        ran.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    expected.sort();
    assert!(lines == expected, "lines of different files were mixed");
}

#[test]
fn results_go_to_the_same_place_below_a_directory() {
    let dir = Dir::new();
    dir.file("in/a.txt", "我来到");
    dir.file("in/sub/b.txt", "北京\n");
    dir.file("in/bad", b"\xff");
    for _ in 0..2 {
        // In the second run the results of the first lie in the walked tree, and are skipped.
        let ran = dir.segment(&["./in", "--output-dir", "in/out", "--invalid", "fail"], "");
        assert_eq!(ran.code(), 1, "{}", ran.stderr);
        assert_eq!(fs::read_to_string(dir.at("in/out/in/a.txt")).unwrap(), "我 来到");
        assert_eq!(fs::read_to_string(dir.at("in/out/in/sub/b.txt")).unwrap(), "北京\n");
        assert_eq!(dir.list("in/out/in"), ["a.txt", "sub"]);
    }
}

#[test]
fn a_text_can_be_replaced_by_its_own_words() {
    let dir = Dir::new();
    dir.file("t/a", "我来到\n");
    dir.file("t/b", "北京\n");
    dir.segment(&["t/a", "-o", "t/a"], "").good();
    assert_eq!(fs::read_to_string(dir.at("t/a")).unwrap(), "我 来到\n");
    // The output of the previous run lies in the walked directory, and is skipped.
    for _ in 0..2 {
        dir.segment(&["t", "-o", "t/out"], "").good();
        assert_eq!(fs::read_to_string(dir.at("t/out")).unwrap(), "我   来到\n北京\n");
    }
    let ran = dir.segment(&["t/a", "--output-dir", "."], "");
    assert_eq!(
        ran.stderr,
        "batchproc: t/a would be replaced by its own result; choose another --output-dir\n"
    );
    assert_eq!(ran.code(), 2);
}

#[test]
fn damage_does_not_make_utf8_something_else() {
    let dir = Dir::new();
    for text in ["我来到北京清华大学\n".repeat(20).into_bytes(), "我".into()] {
        let cut = [&text, &b"\xe6"[..]].concat();
        let ran = dir.segment(&["--encoding", "auto"], &cut);
        assert!(ran.stderr.starts_with("batchproc: -: a byte sequence in line"), "{}", ran.stderr);
        assert!(ran.stdout.ends_with(b"\xe6"));
    }
    let lone = utf16("A\u{a0a}B\n", u16::to_le_bytes);
    let broken = [&lone[..2], &[0x0a, 0xd8], &lone[4..]].concat();
    let ran = dir.segment(&["--encoding", "utf-16le"], &broken);
    assert_eq!(ran.text(), "A \u{fffd} B\n");
}

#[test]
fn bytes_that_are_no_text_take_no_longer_than_text() {
    let dir = Dir::new();
    let bytes = vec![0xff; 3_000_000];
    let ran = dir.segment(&["-d", ""], &bytes);
    assert!(ran.stdout == bytes);
    let json = dir.segment(&["--format", "json"], b"\xe5\x8c\x97\x80a\xe6\x88b\n").text();
    let places: Vec<_> = json.split("\"characters\":").skip(1).map(|rest| &rest[..5]).collect();
    assert_eq!(places, ["[0,1]", "[1,2]", "[2,3]", "[3,4]", "[4,5]"]);
}

#[test]
fn inputs_that_would_collide_are_an_error_before_any_work() {
    let dir = Dir::new();
    dir.file("in/a", "我来到");
    let ran = dir.segment(&["in/a", "./in", "--output-dir", "out"], "");
    assert_eq!(
        ran.stderr,
        "batchproc: in/a and ./in/a would be written to the same file in --output-dir\n"
    );
    assert_eq!((ran.code(), dir.at("out").exists()), (2, false));
    let ran = dir.segment(&["in/../in/a", "--output-dir", "out"], "");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("a path with .. may lead out"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_read_is_a_line_and_the_others_are_complete() {
    let dir = Dir::new();
    dir.file("t/good", "我来到\n");
    dir.file("t/binary", b"\x00\x01\xff\xfe");
    dir.fifo("t/fifo");
    let ran = dir.segment(&["t", "nowhere", "/proc/self/mem", "-o", "out"], "");
    assert_eq!(ran.code(), 1);
    assert_eq!(
        ran.stderr,
        "batchproc: t/binary: 2 sequences of bytes are not valid UTF-8, the first in line 1 (byte offset 2); passed through unchanged\n\
         batchproc: nowhere: No such file or directory\n\
         batchproc: /proc/self/mem: Input/output error\n"
    );
    assert_same(
        &fs::read(dir.at("out")).unwrap(),
        b"\x00 \x01 \xff \xfe\n\xe6\x88\x91 \xe6\x9d\xa5\xe5\x88\xb0\n",
        "out",
    );
}

#[test]
fn a_full_disk_is_exit_code_2() {
    let dir = Dir::new();
    dir.file("text", "我来到北京\n".repeat(100_000));
    let ran = dir.segment(&["text", "-o", "/dev/full"], "");
    assert_eq!(ran.code(), 2);
    assert_eq!(ran.stderr, "batchproc: cannot write to /dev/full: No space left on device\n");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let dir = Dir::new();
    for arguments in [
        &["--encoding", "klingon"] as &[&str],
        &["--mode", "fast"],
        &["--count", "--keywords", "3"],
        &["-o", "x", "--output-dir", "y"],
        &["--stop-words", "missing"],
    ] {
        assert_eq!(dir.segment(arguments, "").code(), 2, "{arguments:?}");
    }
}

#[test]
fn a_text_without_a_last_line_end_never_shares_a_line_with_the_next_one() {
    let dir = Dir::new();
    dir.file("a", "我来到");
    dir.file("marked", "\u{feff}北京\n");
    assert_eq!(dir.segment(&["a", "marked"], "").text(), "我 来到\n北京\n");
    // The first block of the second text has nothing to print.
    dir.file("b", "x\t我来到");
    dir.file("late", format!("{}y\t北京\n", "none\n".repeat(40_000)));
    let ran = dir.segment(&["b", "late", "--field", "2"], "");
    assert_eq!(ran.text(), "x\t我 来到\ny\t北京\n");
}
