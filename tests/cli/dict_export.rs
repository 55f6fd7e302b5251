//! `dict export`: a dictionary as text, which compiles to the same dictionary.

use std::fs;
use std::process::Stdio;

use crate::harness::{Dir, Ran, assert_same};

fn export(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["dict", "export"], arguments].concat()).spawn().unwrap())
}

fn compile(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["dict", "compile"], arguments].concat()).spawn().unwrap())
}

const NOTE: &str = "batchproc: 1 word has symbols, and a dictionary that is made from the text finds it as a whole: `γ射线`\n";

#[test]
fn the_built_in_dictionary_is_that_of_python_jieba() {
    let dir = Dir::new();
    let ran = export(&dir, &["-o", "ours"]);
    assert_eq!((ran.code(), &*ran.stderr), (0, NOTE));
    let ours = fs::read_to_string(dir.at("ours")).unwrap();
    assert_eq!(ours.lines().count(), 349_046);
    let script = "import jieba, sys; sys.stdout.buffer.write(jieba.get_dict_file().read())";
    let python = dir.command("python3", &["-c", script]).stdin(Stdio::null()).output();
    let Some(theirs) = python.ok().filter(|python| python.status.success()) else {
        eprintln!("skipped: there is no Python jieba");
        return;
    };
    let theirs = String::from_utf8(theirs.stdout).unwrap();
    let mut theirs: Vec<&str> = theirs.lines().collect();
    theirs.sort_unstable();
    let mut ours: Vec<&str> = ours.lines().collect();
    ours.sort_unstable();
    assert_same(ours.join("\n").as_bytes(), theirs.join("\n").as_bytes(), "words");
}

#[test]
fn the_text_of_a_dictionary_compiles_to_the_same_dictionary() {
    let dir = Dir::new();
    dir.file("words", "北京 34488 ns\nC++17\t5\teng\nC++ 7 nz\n深度 学习\t5\tn\n大学 20025 n\n石墨 0\nγ射线 3 n\n大学 7 v\n");
    assert_eq!(compile(&dir, &["words", "-o", "words.dict"]).code(), 0);
    assert_eq!(export(&dir, &["-o", "built-in"]).code(), 0);
    assert_eq!(compile(&dir, &["built-in", "-o", "built-in.dict"]).code(), 0);
    for name in ["words", "built-in"] {
        let compiled = format!("{name}.dict");
        let ran = export(&dir, &["--dict", &compiled, "-o", "text"]);
        assert_eq!((ran.code(), &*ran.stderr), (0, ""), "{name}");
        assert_eq!(compile(&dir, &["text", "-o", "again.dict"]).code(), 0);
        let [one, other] = [&*compiled, "again.dict"].map(|name| fs::read(dir.at(name)).unwrap());
        assert!(one == other, "{name}");
        // A text gives the same lines as its compiled dictionary.
        let of_text = export(&dir, &["--dict", name]);
        assert_same(&of_text.stdout, &fs::read(dir.at("text")).unwrap(), name);
    }
    let text = fs::read_to_string(dir.at("text")).unwrap();
    assert_same(text.as_bytes(), &fs::read(dir.at("built-in")).unwrap(), "built-in");
    // The note above is about this word.
    let lines = include_str!("../../fixtures/segmentation/input.txt").replace("γ射线", "");
    for compat in ["jieba-rs", "python"] {
        let segment = |more: &[&str]| {
            dir.segment(&[more, &["--compat", compat, "--pos"]].concat(), &lines).stdout
        };
        assert_same(&segment(&["--dict", "built-in"]), &segment(&[]), compat);
    }
}

#[test]
fn what_a_text_cannot_say_is_said() {
    let dir = Dir::new();
    dir.file("user", "北京 5 place\n大学 0\n石墨烯\n");
    assert_eq!(compile(&dir, &["--base", "built-in", "--user-dict", "user", "-o", "d"]).code(), 0);
    let ran = export(&dir, &["--dict", "d", "-o", "text"]);
    assert_eq!(ran.code(), 1);
    let lost = "batchproc: 2 words have other tags with the other --compat, which the text cannot say; the first is `北京`\n\
                batchproc: 1 of the words were forbidden by the frequency 0; the text says so only of their frequencies\n";
    assert_eq!(ran.stderr, format!("{NOTE}{lost}"));
    let text = fs::read_to_string(dir.at("text")).unwrap();
    for line in ["北京 5 ns", "大学 0 n", "石墨烯 1"] {
        assert!(text.lines().any(|other| other == line), "{line}");
    }
    for (arguments, reason) in [
        (&["--dict", "d", "--compat", "python"][..], "was compiled with --compat jieba-rs"),
        (&["--dict", "d", "-o", "d"], "d is both the input and the output (-o)"),
        (&["--dict", "none"], "none: No such file"),
    ] {
        let ran = export(&dir, arguments);
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        assert!(ran.stderr.contains(reason), "{arguments:?}: {}", ran.stderr);
    }
}
