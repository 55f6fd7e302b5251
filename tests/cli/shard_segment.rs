//! `segment --shard` divides text by its bytes at line ends. The result of a single run is the oracle.

use crate::harness::{Dir, Ran, assert_same};
use crate::shard::{check, merge, part, parts};

/// Some megabytes of lines of all lengths.
fn long_text() -> String {
    let words = ["我来到北京清华大学", "，", "他来到了网易杭研大厦", " ", "abc", "。", "", "的"];
    let mut text = String::new();
    let mut number = 7_u32;
    for line in 0..12_000 {
        for _ in 0..number % 30 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(words[(number >> 24) as usize % words.len()]);
        }
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(if line % 5 == 0 { "\r\n" } else { "\n" });
        if line == 6000 {
            // This line is longer than the range of most shards.
            text.push_str(&"很长的一行，".repeat(40_000));
            text.push('\n');
        }
    }
    text + "没有换行"
}

fn texts() -> Dir {
    let dir = Dir::new();
    dir.file("big", long_text());
    dir.file("d/1", "\u{feff}带标记的\n第二行");
    dir.file("d/2", "");
    dir.file("d/3", "尾");
    dir.file("d/4", b"bad \xff\xfe\nx\xe4\xb8\n\xff\n".repeat(30));
    dir.file("d/5", "\n".repeat(50));
    dir.file("d/6", "长行".repeat(3000));
    dir.file("d/7", "一行\n".repeat(500));
    dir.file("few", "我来到北京。\n\n\r\n清华大学\n他来了");
    dir
}

#[test]
fn merged_texts_are_that_of_one_run() {
    let dir = texts();
    check(&dir, &[1, 2, 7, 64], &["segment", "big"]);
    check(&dir, &[1, 2, 7, 64], &["segment", "d", "few", "d/7", "d/1"]);
    check(&dir, &[7], &["segment", "--drop", "space,punct", "d", "few"]);
    // More shards than lines.
    check(&dir, &[2, 7, 64], &["segment", "few"]);
    check(&dir, &[200], &["segment", "few"]);
}

#[test]
fn the_line_numbers_of_merged_json_are_those_of_one_run() {
    let dir = texts();
    check(&dir, &[1, 2, 64], &["segment", "--format", "json", "d", "few", "few"]);
    check(&dir, &[7], &["segment", "--format", "json", "big", "d", "big"]);
    check(&dir, &[7, 64], &["segment", "--format", "json", "--drop", "space", "--pos", "few"]);
}

#[test]
fn merged_counts_are_those_of_one_run_also_of_words_that_are_not_utf_8() {
    let dir = texts();
    dir.file("tabs", "a\tb\\c\r\nd\t\\\n".repeat(9));
    for form in ["text", "json"] {
        check(&dir, &[1, 2, 7], &["segment", "--count", "--format", form, "big", "d", "tabs"]);
        check(&dir, &[64], &["segment", "--count", "--format", form, "d", "tabs"]);
    }
}

#[test]
fn merged_keywords_are_those_of_one_run_and_no_file_is_divided() {
    let dir = texts();
    // Whole files may be compressed, or have any encoding.
    let packed =
        Ran::with_stdin(dir.command("gzip", &["-c"]), "压缩的文本\n".repeat(50).as_bytes());
    dir.file("d/8.gz", packed.stdout);
    for form in ["text", "json"] {
        let options = ["segment", "--keywords", "3", "--format", form, "d", "big", "few"];
        check(&dir, &[1, 2, 7, 64], &options);
    }
    for shard in ["1/2", "2/2"] {
        dir.segment(&["--shard", shard, "--output-dir", "out", "--invalid", "replace", "d"], "");
    }
    dir.segment(&["--output-dir", "one", "d"], "");
    assert_eq!(dir.list("out/d"), dir.list("one/d"));
}

#[test]
fn fields_are_divided_at_line_ends() {
    let dir = texts();
    dir.file("f.tsv", "1\t我来到北京\t3\n2\t清华大学\t4\r\n".repeat(60));
    dir.file("f.jsonl", "{\"a\":\"我来到北京\"}\n{\"a\":\"清华\\n大学\"}\n".repeat(40));
    check(&dir, &[2, 7, 64], &["segment", "--field", "2", "f.tsv", "f.tsv"]);
    check(&dir, &[2, 7], &["segment", "--json-field", "a", "f.jsonl"]);
}

#[test]
fn all_shards_find_the_same_encoding() {
    let dir = Dir::new();
    // Nothing but ASCII in the first 64 KiB, and text in which the guess needs more than a line.
    let text = "ascii only\n".repeat(8000) + &"编码测试，我来到北京清华大学。\n".repeat(400);
    dir.file("gb", gb18030(&text));
    dir.file("ascii", "plain\n".repeat(100));
    for of in [2, 7, 64] {
        let options = ["segment", "--encoding", "auto", "gb", "ascii"];
        let one = Ran::of(dir.batchproc(&options).spawn().unwrap());
        assert!(one.stderr.contains("read as GB"), "{}", one.stderr);
        let merged = merge(&dir, &parts(&dir, of, &options), &[]);
        assert_same(&merged.stdout, &one.stdout, &merged.stderr);
    }
    check(&dir, &[7], &["segment", "--encoding", "gb18030", "--format", "json", "gb"]);
}

/// A text in GB18030, by iconv.
fn gb18030(text: &str) -> Vec<u8> {
    let dir = Dir::new();
    let ran =
        Ran::with_stdin(dir.command("iconv", &["-f", "utf-8", "-t", "gb18030"]), text.as_bytes());
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn text_that_cannot_be_divided_is_refused() {
    let dir = texts();
    dir.file("list", "few\n");
    for (arguments, message) in [
        (&["--shard", "1/2"][..], "standard input cannot be divided"),
        (&["--shard", "1/2", "few", "-"], "standard input cannot be divided"),
        (&["--shard", "1/2", "--encoding", "utf-16", "few"], "in this encoding cannot be divided"),
        (&["--shard", "1/2", "--csv", "--field", "1", "few"], "CSV cannot be divided"),
        (&["--shard", "1/2", "few", "-o", "out.gz"], "the output cannot be compressed"),
        (&["--shard", "1/2", "--files-from", "-"], "must be a file"),
        (&["--shard", "1/2", "few", "-o", "out", "--resume"], "cannot be used with --resume"),
        (&["--shard", "1/2", "--records", "few"], "cannot be used with --records"),
        (&["--shard", "1/2", "few", "--count", "--documents"], "cannot add their tables"),
        (&["--shard", "1/2", "few", "--keywords", "3", "--per", "line"], "cannot add their tables"),
    ] {
        let ran = dir.segment(arguments, "x");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?} {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
    dir.fifo("fifo");
    let ran = dir.segment(&["--shard", "1/2", "few", "fifo"], "");
    assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{}", ran.stderr);
    // Only the content shows that these cannot.
    let packed = Ran::with_stdin(dir.command("gzip", &["-c"]), "文本\n".repeat(50).as_bytes());
    dir.file("packed", packed.stdout);
    dir.file("utf-16", b"\xff\xfea\0\n\0");
    dir.file("binary", b"\0\x01\0\x02\n\0\0\0\0".repeat(100));
    for (name, message) in [
        ("packed", "is compressed, and compressed text cannot be divided"),
        ("utf-16", "is UTF-16, which cannot be divided"),
        ("binary", "is no text"),
    ] {
        for shard in ["1/2", "2/2"] {
            let ran = dir.segment(&["--shard", shard, "--encoding", "auto", name], "");
            assert_eq!((ran.code(), ran.stdout.len()), (1, 0), "{name} {shard} {}", ran.stderr);
            assert!(ran.stderr.contains(message), "{}", ran.stderr);
        }
    }
}

#[test]
fn parts_that_were_made_with_other_side_files_are_not_merged() {
    let dir = texts();
    dir.file("stop", "的\n");
    let options = ["segment", "--count", "--stop-words", "stop", "few"];
    let (one, _) = part(&dir, 1, 2, &options);
    let (same, _) = part(&dir, 2, 2, &options);
    assert_eq!(merge(&dir, &[one.clone(), same], &[]).code(), 0);
    dir.file("stop", "了\n");
    let (other, _) = part(&dir, 2, 2, &options);
    let ran = merge(&dir, &[one, other], &[]);
    assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{}", ran.stderr);
    let ran = dir.segment(&["--shard", "1/2", "--stop-words", "-", "few"], "的\n");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("cannot be read twice"), "{}", ran.stderr);
}

#[test]
fn a_shard_reads_little_more_than_its_range() {
    let dir = texts();
    let summary = |arguments: &[&str]| {
        dir.segment(&[arguments, &["--summary", "s.json"]].concat(), "").good();
        let text = std::fs::read_to_string(dir.at("s.json")).unwrap();
        let bytes = text.split("\"bytes\":").nth(1).unwrap();
        let digits = bytes.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap();
        digits.parse::<u64>().unwrap()
    };
    dir.file("lines", "我来到北京清华大学\n".repeat(100_000));
    let all = summary(&["lines"]);
    let sum: u64 = (1..=4).map(|n| summary(&["--shard", &format!("{n}/4"), "lines"])).sum();
    // A read takes up to 64 KiB.
    assert!((all..all + 4 * (128 << 10)).contains(&sum), "{sum} {all}");
}

#[test]
fn a_text_with_a_byte_order_mark_begins_a_new_line_after_one_without_line_end() {
    let dir = Dir::new();
    dir.file("1", "一");
    dir.file("2", "\u{feff}二\n");
    assert_eq!(dir.segment(&["1", "2"], "").good(), "一\n二\n".as_bytes());
}
