//! `dict compile --base`: a base and user dictionaries in one file, which is mapped into memory.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::process::{Child, Stdio};

use crate::harness::{Dir, Ran, assert_same};

const TEXT: &str = "我来到北京清华大学，他来到了网易杭研大厦。石墨烯和云计算是深度 学习\n小明硕士毕业于中国科学院计算所";

/// Two user dictionaries: `one` has words without frequencies, of which `two` has parts.
fn dictionaries() -> Dir {
    let dir = Dir::new();
    dir.file("text", TEXT);
    dir.file("one", "石墨烯\n云计算\n杭研大厦\n来到北京 3 v\n清华大学 0\n");
    dir.file("two", "石墨 n\n和云\n科学院计 nz\n毕业于\n");
    dir.file("base", "北京 34488 ns\n大学 20025 n\n科学 300 n\n清华大学 2053 nt\n的 318825 uj\n");
    dir
}

fn compile(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::with_stdin(dir.batchproc(&[&["dict", "compile"], arguments].concat()), b"")
}

#[test]
fn a_base_with_user_dictionaries_segments_as_its_parts() {
    let dir = dictionaries();
    let users = ["--user-dict", "one", "--user-dict", "two"];
    for compat in ["jieba-rs", "python"] {
        let run = |arguments: &[&str]| {
            let ran = compile(&dir, &[arguments, &["--compat", compat]].concat());
            assert_eq!((ran.code(), ran.stderr), (0, String::new()), "{arguments:?}");
        };
        run(&[&["--base", "built-in", "-o", "all.dict"][..], &users].concat());
        run(&[&["base", "-o", "small.dict"][..], &users].concat());
        run(&["--base", "base", "--user-dict", "one", "-o", "first.dict"]);
        run(&["--base", "first.dict", "--user-dict", "two", "-o", "second.dict"]);
        for how in [
            &[][..],
            &["--no-hmm"],
            &["--mode", "search"],
            &["--mode", "full"],
            &["--pos"],
            &["--keywords", "9"],
        ] {
            let segment = |dictionaries: &[&str]| {
                dir.segment(&[how, dictionaries, &["--compat", compat, "text"]].concat(), "").good()
            };
            let what = format!("{compat} {how:?}");
            assert_same(&segment(&["--dict", "all.dict"]), &segment(&users), &what);
            let parts = segment(&[&["--dict", "base"][..], &users].concat());
            for file in ["small.dict", "second.dict"] {
                assert_same(&segment(&["--dict", file]), &parts, &format!("{what}: {file}"));
            }
            assert!(parts != segment(&["--dict", "base"]), "{what}: the words make no difference");
        }
    }
}

#[test]
fn what_cannot_be_one_dictionary_is_reported() {
    let dir = dictionaries();
    assert_eq!(compile(&dir, &["base", "--user-dict", "one", "-o", "d"]).code(), 0);
    for (arguments, reason) in [
        (&["dict", "compile", "-o", "x"][..], "<WORDS>"),
        (&["dict", "compile", "base", "--base", "built-in", "-o", "x"], "cannot be used with"),
        (
            &["dict", "compile", "-", "--user-dict", "-", "-o", "x"],
            "standard input can be only one",
        ),
        (&["dict", "compile", "base", "--user-dict", "d", "-o", "x"], "--user-dict cannot add it"),
        (&["dict", "compile", "--base", "d", "-o", "x"], "is compiled already"),
        (
            &["segment", "--compat", "python", "--dict", "d", "text"],
            "dictionary d: was compiled with --compat jieba-rs, which gave its words other \
             frequencies than --compat python does; use --compat jieba-rs, or compile it again",
        ),
    ] {
        let ran = Ran::with_stdin(dir.batchproc(arguments), b"");
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        assert!(ran.stderr.contains(reason), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(dir.list("."), ["base", "d", "one", "text", "two"]);
}

/// A run that has read its dictionary and segmented a line, and waits for more.
fn waiting(dir: &Dir) -> Child {
    let mut child =
        dir.batchproc(&["segment", "--dict", "d"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all("清华大学\n".as_bytes()).unwrap();
    let mut line = String::new();
    let mut output = BufReader::with_capacity(1, child.stdout.as_mut().unwrap());
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "清华大学\n");
    child
}

#[test]
fn a_dictionary_that_changes_while_it_is_mapped_ends_the_run() {
    let cut_off = "batchproc: dictionary d was cut off while it was in use\n";
    let changed = "batchproc: dictionary d was changed while it was in use\n";
    for (change, code, stderr) in [
        ("cut off", 2, cut_off),
        ("cut off in its last page", 2, changed),
        ("written to", 2, changed),
        ("replaced", 0, ""),
        ("removed", 0, ""),
    ] {
        let dir = dictionaries();
        assert_eq!(compile(&dir, &["--base", "built-in", "-o", "d"]).code(), 0);
        let mut child = waiting(&dir);
        let file = fs::File::options().write(true).open(dir.at("d")).unwrap();
        let length = file.metadata().unwrap().len();
        match change {
            "cut off" => file.set_len(4096).unwrap(),
            "cut off in its last page" => file.set_len(length - 1).unwrap(),
            "written to" => file.write_all_at(b"x", length - 1).unwrap(),
            "replaced" => {
                let compiled = compile(&dir, &["base", "-o", "d"]);
                assert_eq!((compiled.code(), compiled.stderr), (0, String::new()));
            }
            _ => fs::remove_file(dir.at("d")).unwrap(),
        }
        // The run may end before it has read everything.
        let _ = child.stdin.as_mut().unwrap().write_all(TEXT.repeat(2000).as_bytes());
        let ran = Ran::of(child);
        assert_eq!((ran.code(), &ran.stderr[..]), (code, stderr), "{change}");
    }
}
