//! User dictionaries. The results are compared with Python jieba: with recorded output, and with Python jieba
//! itself if it is installed.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::harness::{Dir, Ran, assert_same};

const FIXTURES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/segmentation/user-dictionary");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

#[test]
fn every_documented_form_of_line_behaves_as_in_python_jieba() {
    let dir = Dir::new();
    let golden = std::fs::read(fixture("golden.txt")).unwrap();
    let (words, lines) = (fixture("words.txt"), fixture("lines.txt"));
    let ours = dir.segment(&["--compat", "python", "--user-dict", &words, &lines], "").good();
    assert_same(&ours, &golden, "user dictionary");

    // BATCHPROC_PYTHON names a Python with jieba 0.42.1.
    let Ok(python) = std::env::var("BATCHPROC_PYTHON") else {
        eprintln!("BATCHPROC_PYTHON is not set: only the golden was compared");
        return;
    };
    for name in ["words.txt", "lines.txt"] {
        dir.file(name, std::fs::read(fixture(name)).unwrap());
    }
    let mut command = Command::new(python);
    let ran = command.arg(fixture("make_golden.py")).arg(dir.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_same(&ours, &std::fs::read(dir.at("golden.txt")).unwrap(), "Python itself");
}

#[test]
fn words_with_spaces_and_symbols_are_kept_whole() {
    let dir = Dir::new();
    dir.file("words", "深度 学习\t\tn\nC++17\nK-Means\t\n<NUM>\n深度 学习 框架\tnz\n");
    let text = "用深度 学习和C++17做K-Means，<NUM><NUM>次。深度 学习 框架\n";
    let segment = |arguments: &[&str], text: &str| {
        let ran = dir.segment(&[&["--user-dict", "words"], arguments].concat(), text);
        let note = "batchproc: dictionary words: 3 words have spaces or symbols, \
                    the first in line 1: `深度 学习`\n";
        assert_eq!((ran.code(), &*ran.stderr), (0, note));
        ran.stdout
    };
    let ran = segment(&["-d", "|"], text);
    let expected = "用|深度 学习|和|C++17|做|K-Means|，|<NUM>|<NUM>|次|。|深度 学习 框架\n";
    assert_same(&ran, expected.as_bytes(), "protected");
    let tagged = segment(&["--pos"], "深度 学习\n");
    assert_same(&tagged, "深度 学习/n\n".as_bytes(), "tagged");

    // In a very long line no block may end within such a word.
    let line = "深度 学习 ".repeat(100_000);
    let ran = segment(&["-d", "|"], &line);
    assert_same(&ran, "深度 学习| |".repeat(100_000).trim_end_matches('|').as_bytes(), "endless");
}

#[test]
fn a_dictionary_can_be_replaced() {
    let dir = Dir::new();
    dir.file("words", "南京 3 ns\n市长 5 n\n江大桥 2 nr\n");
    let ran = dir.segment(&["--dict", "words", "--no-hmm", "--pos"], "南京市长江大桥\n").good();
    assert_same(&ran, "南京/ns 市长/n 江大桥/nr\n".as_bytes(), "replaced");
}

#[test]
fn a_bad_line_is_reported_before_any_work() {
    let dir = Dir::new();
    dir.file("text", "我来到北京\n");
    for (option, content, reported) in [
        (
            "--user-dict",
            "好词\n深度 学习\n".as_bytes(),
            "line 2: `学习` is neither a frequency nor a tag of lower-case letters; a word with spaces needs a frequency or a tag after a tab: ",
        ),
        ("--user-dict", b"a\nb\n\xff\n", "line 3: is not UTF-8"),
        ("--dict", "好词 3\n坏词\n".as_bytes(), "line 2: a dictionary that replaces"),
    ] {
        dir.file("words", content);
        let ran = dir.segment(&[option, "words", "text", "-o", "out"], "");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0));
        assert!(
            ran.stderr.starts_with(&format!("batchproc: dictionary words: {reported}")),
            "{}",
            ran.stderr
        );
        assert!(!dir.at("out").exists());
    }
    let ran = dir.segment(&["--user-dict", "missing", "text"], "");
    assert_eq!(ran.stderr, "batchproc: dictionary missing: No such file or directory\n");
    dir.file("words", "好词\n又一个 3 n\n");
    let ran = dir.segment(&["-v", "--user-dict", "words", "text"], "");
    assert!(ran.stderr.contains("user dictionary words: 2 words"), "{}", ran.stderr);
}

#[test]
fn an_output_that_would_replace_a_dictionary_or_a_list_is_refused() {
    let dir = Dir::new();
    dir.file("t", "我来到北京\n");
    symlink("w", dir.at("link")).unwrap();
    for (arguments, what) in [
        (&["--dict", "w", "t"][..], "the dictionary (--dict)"),
        (&["--user-dict", "w", "t"], "a dictionary (--user-dict)"),
        (&["--user-dict", "more", "--user-dict", "./link", "t"], "a dictionary (--user-dict)"),
        (&["--stop-words", "w", "t"], "the stop words (--stop-words)"),
        (&["--files-from", "w"], "the list (--files-from)"),
        (&["--files-from", "-"], "the list (--files-from)"),
        (&["--count", "--user-dict", "w", "t"], "a dictionary (--user-dict)"),
        (&["--keywords", "3", "--files-from", "/dev/stdin"], "the list (--files-from)"),
    ] {
        for output in ["w", "link", "./w"] {
            dir.file("more", "好词\n");
            dir.file("w", "t 3\n");
            let all = [&["segment"], arguments, &["-o", output]].concat();
            let stdin = fs::File::open(dir.at("w")).unwrap();
            let ran = Ran::of(dir.batchproc(&all).stdin(stdin).spawn().unwrap());
            let reported = format!(
                "batchproc: {output} is both the output (-o) and {what}: its content would be lost\n"
            );
            assert_eq!((ran.code(), ran.stderr), (2, reported), "{all:?}");
            assert_eq!(fs::read_to_string(dir.at("w")).unwrap(), "t 3\n", "{all:?}");
            assert_eq!(dir.list("."), ["link", "more", "t", "w"], "{all:?}");
        }
    }
    dir.segment(&["--user-dict", "w", "t", "-o", "new"], "").good();
    assert_eq!(fs::read_to_string(dir.at("new")).unwrap(), "我 来到 北京\n");
}

#[test]
fn stop_words_that_are_not_utf_8_are_reported_before_any_work() {
    let dir = Dir::new();
    dir.file("t", "他的书是我的\n");
    dir.file("words", "北京 5 ns\n");
    let mut compile = dir.batchproc(&["dict", "compile", "words", "-o", "compiled"]);
    Ran::of(compile.spawn().unwrap()).good();
    dir.file("gbk", b"a\r\n\xb5\xc4\r\n");
    dir.file("utf16", b"\xff\xfe\x84\x76\n\0");
    dir.file("utf16-without-mark", b"\0\x4e\n\0\x2f\x66\n\0");
    for (list, reported) in [
        ("gbk", "line 2: is not UTF-8"),
        ("utf16", "line 1: is not UTF-8"),
        (
            "utf16-without-mark",
            "line 1: has a zero byte; the file may be UTF-16, convert it to UTF-8",
        ),
        ("compiled", "line 1: is not UTF-8"),
    ] {
        let ran = dir.segment(&["--stop-words", list, "t", "-o", "out"], "");
        let reported = format!("batchproc: stop words {list}: {reported}\n");
        assert_eq!((ran.code(), ran.stderr), (2, reported));
        assert!(!dir.at("out").exists(), "{list}");
    }
    dir.file("good", "\u{feff}的\r\n\r\n 是 \r\n我");
    assert_eq!(dir.segment(&["--stop-words", "good", "t"], "").good(), "他 书\n".as_bytes());
}

#[test]
fn a_dictionary_without_words_does_not_replace_the_built_in_one() {
    let dir = Dir::new();
    dir.file("t", "我来到北京\n");
    for empty in ["", "\u{feff}\r\n\n  \n"] {
        dir.file("empty", empty);
        let ran = dir.segment(&["--dict", "empty", "t", "-o", "out"], "");
        let reported = "batchproc: dictionary empty: there are no words in it\n";
        assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported), "{empty:?}");
        assert!(!dir.at("out").exists());
        let added = dir.segment(&["--user-dict", "empty", "t"], "").good();
        assert_eq!(added, "我 来到 北京\n".as_bytes());
    }
}

#[test]
fn no_result_below_a_directory_replaces_a_dictionary_of_its_own_run() {
    let dir = Dir::new();
    dir.file("t/w", "大学\n");
    dir.file("o/t/w", "北京 3 ns\n");
    let ran = dir.segment(&["--user-dict", "o/t/w", "t", "--output-dir", "o"], "");
    let reported =
        "batchproc: t/w: its result in --output-dir would replace a dictionary (--user-dict)\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, reported));
    assert_eq!(std::fs::read_to_string(dir.at("o/t/w")).unwrap(), "北京 3 ns\n");
}

#[test]
fn the_frequency_0_forbids_a_word_with_symbols_too() {
    let dir = Dir::new();
    dir.file("yes", "北京，上海 5\n");
    dir.file("no", "北京，上海 0\n");
    dir.file("text", "我在北京，上海\n");
    for compat in ["jieba-rs", "python"] {
        let run = |dictionaries: &[&str]| {
            let mut arguments = vec!["--compat", compat, "text"];
            dictionaries.iter().for_each(|name| arguments.extend(["--user-dict", name]));
            dir.segment(&arguments, "").stdout
        };
        let cut = "我 在 北京 ， 上海\n".as_bytes();
        assert_eq!(run(&["yes"]), "我 在 北京，上海\n".as_bytes(), "{compat}");
        assert_eq!(run(&["no"]), cut, "{compat}");
        assert_eq!(run(&["yes", "no"]), cut, "{compat}");
    }
}

#[test]
fn stop_words_add_up_and_a_second_dictionary_is_refused() {
    let dir = Dir::new();
    dir.file("one", "的\n");
    dir.file("two", "了\n");
    dir.file("text", "我的你了\n");
    let ran = dir.segment(&["--stop-words", "one", "--stop-words", "two", "text"], "");
    assert_eq!((ran.code(), &ran.stdout[..]), (0, "我 你\n".as_bytes()));
    let ran = dir.segment(&["--dict", "gone", "--dict", "one", "text"], "");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("--dict replaces the built-in dictionary"), "{}", ran.stderr);
}

#[test]
fn no_encoding_of_a_side_file_is_guessed() {
    let dir = Dir::new();
    dir.file("gbk", b"\xb5\xc4\n");
    dir.file("utf-8", "的\n");
    dir.file("text", "我的\n");
    let run = |encoding, list| {
        let ran = dir.segment(&["--encoding", encoding, "--stop-words", list, "text"], "");
        (ran.code(), ran.stderr)
    };
    let reason = "batchproc: stop words gbk: line 1: is not UTF-8, and --encoding auto guesses only the encoding of the text\n";
    assert_eq!(run("auto", "gbk"), (2, reason.into()));
    assert_eq!(run("auto", "utf-8"), (0, String::new()));
    let note = "batchproc: utf-8: read as UTF-8, since it is valid UTF-8, in spite of --encoding\n";
    assert_eq!(run("gbk", "utf-8"), (0, note.into()));
}
