//! `segment --output-dir` that is interrupted, and `--resume`.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Dir, Ran};

/// A run that does not go on for so long never will.
const PATIENCE: Duration = Duration::from_secs(60);

fn corpus(dir: &Dir) {
    for (name, text) in [("a", "我来到北京"), ("b", "他来到了网易"), ("c", "小明硕士毕业")]
    {
        dir.file(format!("t/{name}"), format!("{text}清华大学\n"));
    }
    dir.settle();
}

/// The files that a run has opened.
fn opened(ran: &Ran) -> Vec<&str> {
    let opened = ran.stderr.lines().filter_map(|line| Some(line.split_once(" opening ")?.1));
    let mut opened: Vec<_> = opened.collect();
    opened.sort_unstable();
    opened
}

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    dir.segment(&[&["-vv", "t", "--output-dir", "d"], arguments].concat(), "")
}

const RESUME: &[&str] = &["--resume"];

#[test]
fn only_files_without_an_unchanged_result_of_the_same_command_are_read() {
    let dir = Dir::new();
    corpus(&dir);
    assert_eq!(opened(&run(&dir, RESUME)), ["t/a", "t/b", "t/c"]);
    let results = ["a", "b", "c"].map(|name| fs::read(dir.at(format!("d/t/{name}"))).unwrap());
    assert_eq!(opened(&run(&dir, RESUME)), [""; 0]);
    // An input that has changed, a result that somebody has changed, one that is gone, one that was
    // put there, and a new input.
    type Change = fn(&Dir);
    let changes: [(&str, Change); 5] = [
        ("t/a", |dir| drop(dir.file("t/a", "我来到北京清华大学\n"))),
        ("t/b", |dir| drop(dir.file("d/t/b", "something else\n"))),
        ("t/c", |dir| fs::remove_file(dir.at("d/t/c")).unwrap()),
        ("t/c", |dir| fs::rename(dir.file("other", "小明"), dir.at("d/t/c")).unwrap()),
        ("t/d", |dir| drop(dir.file("t/d", "北京\n"))),
    ];
    for (name, change) in changes {
        change(&dir);
        let ran = run(&dir, RESUME);
        assert_eq!((ran.code(), opened(&ran)), (0, vec![name]), "{}", ran.stderr);
        assert_eq!(opened(&run(&dir, RESUME)), [""; 0], "{name}");
        dir.settle();
    }
    for (name, result) in ["a", "b", "c"].iter().zip(&results) {
        assert_eq!(&fs::read(dir.at(format!("d/t/{name}"))).unwrap(), result, "{name}");
    }
}

#[test]
fn results_of_another_command_are_never_taken_for_those_of_this_one() {
    let dir = Dir::new();
    corpus(&dir);
    dir.file("stop", "来到\n");
    let same = ["--stop-words", "stop", "--resume"];
    assert_eq!(run(&dir, &same).code(), 0);
    for (arguments, named) in [
        (&["--resume"][..], "content of stop, stop-words"),
        (&["--stop-words", "stop", "--resume", "--mode", "full"], "mode"),
    ] {
        let ran = run(&dir, arguments);
        let said = format!(
            "batchproc: cannot resume d: d/.batchproc.run: it is from a run with another value of: {named}; without this file, everything is done anew\n"
        );
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.ends_with(&said), "{}", ran.stderr);
    }
    // A run without --resume with other options replaces results. They are made again.
    assert_eq!(run(&dir, &["-d", "/"]).code(), 0);
    let ran = run(&dir, &same);
    assert_eq!(opened(&ran), ["t/a", "t/b", "t/c"], "{}", ran.stderr);
    assert_eq!(fs::read_to_string(dir.at("d/t/a")).unwrap(), "我 北京 清华大学\n");
    // The same name, but another content.
    dir.file("stop", "我\n");
    let ran = run(&dir, &same);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("another value of: content of stop; "), "{}", ran.stderr);
    fs::remove_file(dir.at("d/.batchproc.run")).unwrap();
    assert_eq!(opened(&run(&dir, &same)), ["t/a", "t/b", "t/c"]);
    assert_eq!(fs::read_to_string(dir.at("d/t/a")).unwrap(), "来到 北京 清华大学\n");
}

#[test]
fn a_killed_run_goes_on_with_what_has_no_result() {
    let dir = Dir::new();
    corpus(&dir);
    let list = ["-vv", "--files-from", "-", "--output-dir", "d", "--resume"];
    let all = [&["segment"][..], &list].concat();
    let mut child = dir.batchproc(&all).stdin(Stdio::piped()).spawn().unwrap();
    let mut names = child.stdin.take().unwrap();
    names.write_all(b"t/a\nt/b\n").unwrap();
    // Results that wait get their names after a second. Then they are recorded.
    let lines = || fs::read(dir.at("d/.batchproc.run")).unwrap_or_default();
    let begun = Instant::now();
    while lines().iter().filter(|&&byte| byte == b'\n').count() < 4 {
        assert!(begun.elapsed() < PATIENCE, "nothing is recorded");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(names);
    let ran = dir.segment(&list, "t/a\nt/b\ngone\nt/c\n");
    assert_eq!((ran.code(), opened(&ran)), (1, vec!["gone", "t/c"]), "{}", ran.stderr);
    assert_eq!(dir.list("d/t"), ["a", "b", "c"]);
    // What failed has no result, so it fails again. The same place twice is an error as ever.
    let ran = dir.segment(&list, "t/a\ngone\nt/../t/a\n./t/a\n");
    assert_eq!(ran.code(), 1);
    let twice = "./t/a: another file's result has the same path in --output-dir";
    assert!(
        ran.stderr.contains("gone: No such file") && ran.stderr.contains(twice),
        "{}",
        ran.stderr
    );
}

#[test]
fn runs_killed_at_any_rename_leave_whole_results_and_go_on() {
    let dir = Dir::new();
    corpus(&dir);
    let expected = ["a", "b", "c"].map(|name| dir.segment(&[&format!("t/{name}")], "").good());
    for when in 1..4 {
        let inject = format!("inject=renameat,renameat2:signal=KILL:when={when}");
        let arguments = ["segment", "t", "--output-dir", "d", "--resume"];
        let Some(ran) = dir.strace(&["-qq", "-e", &inject], &arguments) else { return };
        assert_eq!(ran.status.code(), None, "{}", ran.stderr);
        let ran = run(&dir, RESUME);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        for (name, expected) in ["a", "b", "c"].iter().zip(&expected) {
            assert_eq!(&fs::read(dir.at(format!("d/t/{name}"))).unwrap(), expected, "{when}");
        }
        fs::remove_dir_all(dir.at("d")).unwrap();
    }
}

#[test]
fn a_run_without_resume_leaves_no_record_and_no_input_may_replace_one() {
    let dir = Dir::new();
    corpus(&dir);
    assert_eq!(run(&dir, &[]).code(), 0);
    assert_eq!(dir.list("d"), ["t"]);
    dir.file(".batchproc.run", "我来到\n");
    let arguments = [".batchproc.run", "t/a", "--output-dir", "d", "--resume"];
    let ran = dir.segment(&arguments, "");
    let said = "batchproc: .batchproc.run: its result in --output-dir would replace the record of --resume\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, said));
    let ran = dir.segment(&["t", "--output-dir", "e", "--stop-words", "-", "--resume"], "");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("standard input cannot be read again"), "{}", ran.stderr);
}
