//! `dict compile`: a compiled dictionary segments like its source text, and errors are reported.

use std::fs;

use crate::harness::{Dir, Ran, assert_same};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/segmentation");

/// The lines of a dictionary. The last words must be found before the text is cut.
const WORDS: &str = "\u{feff}北京 34488 ns\r\n大学 20025 n\n清华大学 2053 nt\n\n中华 30\n中华人民共和国 400 ns\n\
                     的 318825 uj\n我们 9000 r\nIC卡 3 n\n\u{20000}\u{9fff} 3 own\n深度 学习\t4\tn\nC++17\t3\n";

/// The output of a run that ended well, in which a text like `WORDS` was noted as odd.
fn noted(ran: Ran, name: &str) -> Vec<u8> {
    let notes = format!(
        "batchproc: dictionary {name}: 2 words have spaces or symbols, the first in line 11: `深度 学习`\n\
         batchproc: dictionary {name}: 1 tag is in no other dictionary: `own` in line 10\n"
    );
    assert_eq!((ran.code(), ran.stderr), (0, notes));
    ran.stdout
}

fn compile(dir: &Dir, arguments: &[&str], stdin: &str) -> Ran {
    let mut all = vec!["dict", "compile"];
    all.extend(arguments);
    Ran::with_stdin(dir.batchproc(&all), stdin.as_bytes())
}

/// A directory with the dictionary as text and compiled.
fn compiled() -> Dir {
    let dir = Dir::new();
    dir.file("words", WORDS);
    assert_eq!(noted(compile(&dir, &["words", "-o", "words.dict"], ""), "words"), b"");
    dir
}

#[test]
fn a_compiled_dictionary_segments_as_its_text() {
    let dir = compiled();
    let mut text = fs::read_to_string(format!("{FIXTURES}/input.txt")).unwrap();
    text += "我们深度 学习C++17的IC卡\u{20000}\u{9fff}，中华人民共和国清华大学\r\n";
    dir.file("text", &text);
    dir.file("more", "中华人 5 n\n我们大学\n大学 0\n");
    let plain = WORDS.replace("\r\n", "\n").replace("\n\n", "\n").replace(['\u{feff}', '\t'], " ");
    dir.file("plain", plain.replace("深度 学习", "深度学习").trim_start());
    let ran = compile(&dir, &["plain", "--compat", "python", "-o", "plain.dict"], "");
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let mut different = 0;
    for how in [
        &[][..],
        &["--no-hmm"],
        &["--mode", "search"],
        &["--mode", "full"],
        &["--pos"],
        &["--pos", "--compat", "python"],
        &["--mode", "search", "--compat", "python", "--no-hmm"],
        &["--mode", "full", "--compat", "python"],
        &["--format", "json", "--pos"],
        &["--count"],
        &["--keywords", "20", "--keyword-method", "textrank"],
    ] {
        // Python jieba refuses empty lines and tabs.
        let name = if how.contains(&"python") { "plain" } else { "words" };
        for more in [&[][..], &["--user-dict", "more"]] {
            let segment = |dictionary: &[&str]| {
                let arguments = [how, more, dictionary, &["text"]].concat();
                dir.segment(&arguments, "")
            };
            let by_text = segment(&["--dict", name]);
            assert_eq!(by_text.code(), 0, "{}", by_text.stderr);
            let by_text = by_text.stdout;
            assert_same(
                &segment(&["--dict", &format!("{name}.dict")]).good(),
                &by_text,
                &format!("{how:?} {more:?}"),
            );
            different += usize::from(segment(&[]).good() != by_text);
        }
    }
    assert_eq!(different, 22, "the dictionary makes a difference in every case");
}

#[test]
fn a_dictionary_can_come_and_go_through_pipes() {
    let dir = compiled();
    let file = fs::read(dir.at("words.dict")).unwrap();
    assert!(noted(compile(&dir, &["-"], WORDS), "standard input") == file);
    let segment = ["segment", "--dict", "/dev/stdin", "words"];
    let ran = Ran::with_stdin(dir.batchproc(&segment), &file).good();
    let by_text = noted(dir.segment(&["--dict", "words", "words"], ""), "words");
    assert_same(&ran, &by_text, "from a pipe");
}

#[test]
fn the_log_tells_the_words_as_for_a_text() {
    let dir = compiled();
    for name in ["words", "words.dict"] {
        let ran = dir.segment(&["-v", "--dict", name, "words"], "");
        assert!(ran.stderr.contains(&format!("dictionary {name}: 11 words")), "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_compiled_is_reported_and_replaces_nothing() {
    let dir = compiled();
    let before = fs::read(dir.at("words.dict")).unwrap();
    dir.file("bad", "好词 3\n坏词\n");
    for (arguments, reported) in [
        (&["bad", "-o", "words.dict"][..], "dictionary bad: line 2: a dictionary that replaces"),
        (&["words.dict", "-o", "words.dict"], "dictionary words.dict: is compiled already\n"),
        (&["missing", "-o", "words.dict"], "dictionary missing: No such file or directory\n"),
        (&["-", "-o", "words.dict"], "dictionary standard input: line 1: `大` is neither"),
        (&[".", "-o", "words.dict"], "dictionary .: Is a directory\n"),
        (
            &["words", "-o", "missing/out"],
            "cannot write missing/out: no file can be created beside it: No such file",
        ),
    ] {
        let ran = compile(&dir, arguments, "深度 x 大\n");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        assert!(ran.stderr.contains(&format!("batchproc: {reported}")), "{}", ran.stderr);
    }
    assert!(fs::read(dir.at("words.dict")).unwrap() == before);
    assert_eq!(dir.list("."), ["bad", "words", "words.dict"]);
}

#[test]
fn words_that_the_shell_has_emptied_are_not_compiled() {
    let dir = compiled();
    let before = fs::read(dir.at("words.dict")).unwrap();
    dir.file("empty", "");
    let reported = |name: &str| format!("batchproc: dictionary {name}: there are no words in it\n");
    for name in ["empty", "-"] {
        let ran = compile(&dir, &[name, "-o", "words.dict"], "\n");
        let name = if name == "-" { "standard input" } else { name };
        assert_eq!((ran.code(), ran.stderr), (2, reported(name)));
    }
    assert!(fs::read(dir.at("words.dict")).unwrap() == before);
    let ran = dir.shell(r#""$@" >words"#, &["dict", "compile", "words"]);
    assert_eq!((ran.code(), ran.stderr), (2, reported("words")));
    assert_eq!(fs::read(dir.at("words")).unwrap(), b"");
}

#[test]
fn a_damaged_compiled_dictionary_is_reported_before_any_work() {
    let dir = compiled();
    let good = fs::read(dir.at("words.dict")).unwrap();
    let changed = |at: usize| {
        let mut file = good.clone();
        file[at] ^= 1;
        file
    };
    for (file, reported) in [
        (
            good[..10].to_vec(),
            "is damaged: `header` needs bytes 0 to 56, but the file ends before that\n",
        ),
        (good[..good.len() - 1].to_vec(), "is damaged: `units` needs bytes "),
        (changed(good.len() - 1), "is damaged: `units` (bytes "),
        (
            changed(24),
            "was compiled by another version of batchproc, or is damaged at bytes 24 to 40",
        ),
        (changed(100), "is damaged: `table of sections` does not match its checksum\n"),
        ([&good[..], b"x"].concat(), "is damaged: more bytes follow its end at byte "),
    ] {
        dir.file("file", file);
        let ran = dir.segment(&["--dict", "file", "words", "-o", "out"], "");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0));
        assert!(
            ran.stderr.starts_with(&format!("batchproc: dictionary file: {reported}")),
            "{}",
            ran.stderr
        );
        assert!(!dir.at("out").exists());
    }
    let ran = dir.segment(&["--user-dict", "words.dict", "words"], "");
    assert_eq!(ran.code(), 2);
    let reported = "batchproc: dictionary words.dict: is compiled, and --user-dict cannot add it";
    assert!(ran.stderr.starts_with(reported), "{}", ran.stderr);
}
