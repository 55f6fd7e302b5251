//! `segment -o FILE` that is interrupted, and `--resume`.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Ran, assert_same};

/// A run that does not go on for so long never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// A line of text that is another one for each number.
fn line(number: usize) -> String {
    let words =
        ["我来到北京清华大学", "他来到了网易杭研大厦", "小明硕士毕业于中国科学院计算所", "abc 12"];
    format!("{number}，{}。{}", words[number % 4], words[number / 4 % 4])
}

fn lines(from: usize, to: usize) -> String {
    (from..to).map(|number| line(number) + "\n").collect()
}

/// A corpus of several files in a directory: one without a last line end, one with a byte order mark,
/// one with bytes that are not valid, one that is compressed, and an empty one. Then there is a name
/// without a file.
fn corpus() -> Dir {
    let dir = Dir::new();
    dir.file("t/a", lines(0, 4000) + "没有行尾");
    dir.file("t/b", format!("\u{feff}{}", lines(4000, 7000)));
    let mut invalid = lines(7000, 7010).into_bytes();
    invalid.extend(b"\xff\xfe\n");
    invalid.extend(lines(7010, 10_000).into_bytes());
    dir.file("t/c", invalid);
    dir.file("plain", lines(10_000, 12_000));
    let packed = dir.segment(&["plain", "-o", "t/d.gz", "-d", ""], "");
    assert_eq!(packed.code(), 0);
    fs::remove_file(dir.at("plain")).unwrap();
    dir.file("t/e", "");
    dir.file("t/f", lines(12_000, 13_000));
    dir
}

/// `batchproc segment` with these arguments, which makes a mark every few kilobytes.
fn marking(dir: &Dir, arguments: &[&str]) -> Command {
    let mut command = dir.batchproc(&[&["segment"], arguments].concat());
    command.env("BATCHPROC_MARK", "10000");
    command
}

fn segment(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(marking(dir, arguments).spawn().unwrap())
}

/// The same, but KILL ends the process at this write to `out.partial`. `None` if strace is missing.
fn killed_at(dir: &Dir, write: u32, arguments: &[&str]) -> Option<Ran> {
    let inject = format!("inject=write:signal=KILL:when={write}");
    let partial = dir.path().canonicalize().unwrap().join("out.partial");
    let options =
        ["-E", "BATCHPROC_MARK=10000", "-qq", "-e", &inject, "-P", partial.to_str().unwrap()];
    dir.strace(&options, &[&["segment"], arguments].concat())
}

/// Runs the command and kills it again and again until it comes to its end. Returns how the last run
/// went, and how many went on in the middle.
fn through_kills(dir: &Dir, arguments: &[&str], write: u32) -> Option<(Ran, u32)> {
    let mut resumed = 0;
    for round in 0..200 {
        let ran = killed_at(dir, write + round, &[arguments, &["--resume", "-v"]].concat())?;
        resumed += u32::from(ran.stderr.contains("going on after "));
        if ran.status.code().is_some() {
            return Some((ran, resumed));
        }
        assert!(!dir.at("out").exists() && dir.at("out.partial").exists(), "round {round}");
    }
    panic!("it never comes to its end");
}

#[test]
fn runs_killed_at_any_write_and_resumed_give_the_uninterrupted_result() {
    let dir = corpus();
    let csv: String = (0..6000).map(|n| format!("{n},\"{}\n{}\"\r\n", line(n), n % 7)).collect();
    dir.file("csv/a", format!("id,text\n{csv}"));
    dir.file("csv/b", format!("text,id\n\"{}\",5\n{}", line(3), "x\n".repeat(9)));
    let json: String =
        (0..5000).map(|n| format!("{{\"n\":{n},\"t\":\"{}\"}}\n", line(n))).collect();
    dir.file("json", format!("no json\n{json}[]\n"));
    dir.file("whole", "{\"t\":\"我来到北京\"}\n");
    for (arguments, code) in [
        (&["t"][..], 0),
        (&["t", "gone", "t/f"], 1),
        (&["--format", "json", "--pos", "t"], 0),
        (&["--invalid", "fail", "t"], 1),
        (&["--invalid", "replace", "--drop", "punct", "t"], 0),
        (&["--encoding", "auto", "t"], 0),
        (&["--csv", "--field", "text", "csv/a", "csv/b"], 0),
        (&["--json-field", "t", "json", "whole"], 1),
        (&["--keywords", "5", "t"], 0),
        (&["--keywords", "2", "--per", "line", "t"], 0),
    ] {
        let _ = fs::remove_file(dir.at("expected"));
        let plain = segment(&dir, &[arguments, &["-o", "expected"]].concat());
        assert_eq!(plain.code(), code, "{arguments:?}: {}", plain.stderr);
        let expected = fs::read(dir.at("expected")).unwrap();
        for write in [1, 2, 3, 5] {
            let _ = fs::remove_file(dir.at("out"));
            let arguments = [arguments, &["-o", "out"]].concat();
            let Some((ran, resumed)) = through_kills(&dir, &arguments, write) else { return };
            assert_eq!(ran.code(), code, "{arguments:?}: {}", ran.stderr);
            let result = fs::read(dir.at("out")).unwrap();
            assert_same(&result, &expected, &format!("{arguments:?} {write}"));
            assert!(!dir.at("out.partial").exists() && !dir.at("out.partial.run").exists());
            let small = expected.len() < 100_000;
            assert!(
                small || write == 1 || resumed > 0,
                "{arguments:?} {write} began anew each time"
            );
        }
    }
}

/// Starts a run over a list of names, and stops it by TERM when the first files have their result.
fn stopped(dir: &Dir, arguments: &[&str]) {
    let all = [&["--files-from", "-", "-o", "out"], arguments].concat();
    let mut child = marking(dir, &all).stdin(Stdio::piped()).spawn().unwrap();
    let mut list = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut list, b"t/a\ngone\nt/b\n").unwrap();
    // Only the file shows that the second text is there.
    let is_there = || {
        let text = fs::read(dir.at("out.partial")).unwrap_or_default();
        text.windows(4).any(|four| four == b"6999") && text.ends_with(b"\n")
    };
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < PATIENCE, "the texts have no result");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ran = Ran::of(child);
    assert_eq!(ran.code(), 143, "{}", ran.stderr);
    let said =
        "batchproc: stopped by signal 15; out is unchanged; --resume continues from out.partial\n";
    assert!(ran.stderr.ends_with(said), "{}", ran.stderr);
    drop(list);
}

const LIST: &[u8] = b"t/a\ngone\nt/b\nt/f\n";

fn resume(dir: &Dir, arguments: &[&str]) -> Ran {
    let all = [&["-vv", "--files-from", "-", "-o", "out", "--resume"], arguments].concat();
    Ran::with_stdin(marking(dir, &all), LIST)
}

fn opened(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter_map(|line| Some(line.split_once(" opening ")?.1)).collect()
}

#[test]
fn a_stopped_run_goes_on_after_the_files_that_it_has_done_and_counts_those_that_failed() {
    let dir = corpus();
    let expected = segment(&dir, &["t/a", "t/b", "t/f"]).good();
    stopped(&dir, &[]);
    let ran = resume(&dir, &[]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    let said = "batchproc: out.partial: 1 file failed before the interruption, as the interrupted run has said\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    // The run may have been stopped within t/b as far as it knew.
    let opened = opened(&ran);
    assert!(!opened.contains(&"t/a") && !opened.contains(&"gone"), "{}", ran.stderr);
    assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
}

#[test]
fn a_run_is_resumed_only_with_the_same_options_and_the_same_side_files() {
    let dir = corpus();
    dir.file("stop", "的\n");
    dir.file("words", "杭研大厦 5 n\n");
    let same = ["--stop-words", "stop", "--user-dict", "words"];
    stopped(&dir, &same);
    let partial = fs::read(dir.at("out.partial")).unwrap();
    for (other, named) in [
        (&["--mode", "search"][..], "mode"),
        (&["--format", "json"], "format"),
        (&["--drop", "punct", "--pos"], "drop, pos"),
        (&["--memory", "8M"], "--memory"),
        (&["--encoding", "gbk"], "encoding"),
        (&["--user-dict", "stop"], "user-dict"),
    ] {
        let ran = resume(&dir, &[&same[..], other].concat());
        let said = format!(
            "batchproc: cannot resume out.partial: it is from a run with another value of: {named}; without --resume, everything is done anew\n"
        );
        assert_eq!(ran.code(), 2, "{other:?}");
        assert!(ran.stderr.ends_with(&said), "{other:?}: {}", ran.stderr);
    }
    for (name, content) in [("stop", "了\n"), ("words", "杭研大厦 6 n\n")] {
        let before = fs::read(dir.at(name)).unwrap();
        dir.file(name, content);
        let ran = resume(&dir, &same);
        let said = format!(
            "batchproc: cannot resume out.partial: {name} has another content than in the interrupted run; without --resume, everything is done anew\n"
        );
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.ends_with(&said), "{}", ran.stderr);
        dir.file(name, before);
    }
    assert_same(&fs::read(dir.at("out.partial")).unwrap(), &partial, "refusing changes nothing");
    // What does not matter for the result may differ, and the side files may have been made anew.
    assert_eq!(resume(&dir, &[&same[..], &["-j1", "--io-threads", "2"]].concat()).code(), 1);
    let files = ["t/a", "t/b", "t/f"];
    let expected = segment(&dir, &[&same[..], &files].concat()).good();
    assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
}

#[test]
fn inputs_that_changed_before_the_mark_are_named_and_nothing_is_resumed() {
    for (change, said) in [
        ("touch", "t/a has changed since the interrupted run read it"),
        ("remove", "t/a: No such file or directory"),
        ("list", "t/f comes where the interrupted run had t/a"),
        ("fewer", "gone is no input any more"),
    ] {
        let dir = corpus();
        stopped(&dir, &[]);
        let mut list = LIST;
        match change {
            "touch" => drop(dir.file("t/a", lines(0, 4000) + "没有行末")),
            "remove" => fs::remove_file(dir.at("t/a")).unwrap(),
            "list" => list = b"t/f\nt/a\n",
            _ => list = b"t/a\n",
        }
        let all = ["--files-from", "-", "-o", "out", "--resume"];
        let ran = Ran::with_stdin(marking(&dir, &all), list);
        let said = format!(
            "batchproc: cannot resume out.partial: {said}; without --resume, everything is done anew\n"
        );
        assert_eq!((ran.code(), ran.stderr), (2, said), "{change}");
        assert!(!dir.at("out").exists());
        // Without --resume, what is left over is said and replaced.
        let ran = segment(&dir, &["t/f", "t/b", "-o", "out"]);
        let said = "batchproc: out.partial, which an interrupted run left, is replaced (--resume would have continued it)\n";
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, said));
        assert_eq!(dir.list("."), ["out", "t"]);
    }
}

#[test]
fn what_cannot_be_resumed_is_refused() {
    let dir = corpus();
    for (arguments, said) in [
        (&["t", "--resume"][..], "needs a FILE"),
        (&["--resume", "-o", "out"], "with a text on standard input"),
        (&["t", "-", "--resume", "-o", "out"], "with a text on standard input"),
        (
            &["t", "--resume", "-o", "out", "--stop-words", "-"],
            "standard input cannot be read again",
        ),
        (&["t", "--resume", "-o", "out.gz"], "cannot continue compressed output"),
        (&["t", "--resume", "-o", "out", "--count"], "cannot be used with --count"),
        (&["t", "--resume", "-o", "out", "--order", "completion"], "needs --order input"),
        (&["t", "--resume", "-o", "/dev/null"], "is not a file, so nothing can be resumed"),
    ] {
        let ran = dir.segment(arguments, "");
        assert_eq!(ran.code(), 2, "{arguments:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert_eq!(dir.list("."), ["t"], "{arguments:?}");
    }
    // Without an interrupted run, --resume changes nothing.
    let expected = segment(&dir, &["t"]).stdout;
    assert_eq!(segment(&dir, &["t", "-o", "out", "--resume"]).code(), 0);
    assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
    assert_eq!(dir.list("."), ["out", "t"]);
}

#[test]
fn a_partial_file_that_is_too_short_for_its_record_is_refused() {
    let dir = corpus();
    stopped(&dir, &[]);
    let length = fs::metadata(dir.at("out.partial")).unwrap().len();
    fs::File::options().write(true).open(dir.at("out.partial")).unwrap().set_len(9).unwrap();
    let ran = resume(&dir, &[]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("cannot resume out.partial: it has 9 bytes, but should have "));
    assert!(length > 9);
}

#[test]
fn a_failure_that_leaves_the_old_file_leaves_no_partial_file() {
    let dir = corpus();
    let text = fs::read(dir.at("t/c")).unwrap();
    // The only file fails in its middle.
    let ran = segment(&dir, &["t/c", "--invalid", "fail", "-o", "out"]);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.ends_with("no file gave a complete result; out is unchanged\n"),
        "{}",
        ran.stderr
    );
    // The output is an input too.
    let ran = segment(&dir, &["t/a", "t/c", "--invalid", "fail", "-o", "t/c"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.contains("t/c is unchanged: it is also an input"), "{}", ran.stderr);
    assert_eq!(fs::read(dir.at("t/c")).unwrap(), text);
    assert_eq!(dir.list("."), ["t"]);
    assert!(!dir.at("t/c.partial").exists() && !dir.at("t/c.partial.run").exists());
}

#[test]
fn a_text_that_is_its_own_output_is_resumed_too() {
    let dir = Dir::new();
    let text = lines(0, 9000);
    dir.file("t/out", &text);
    let expected = segment(&dir, &["t/out"]).good();
    let inject = "inject=write:signal=KILL:when=3";
    let partial = dir.path().canonicalize().unwrap().join("t/out.partial");
    let options =
        ["-E", "BATCHPROC_MARK=10000", "-qq", "-e", inject, "-P", partial.to_str().unwrap()];
    let arguments = ["segment", "t/out", "-o", "t/out"];
    let Some(ran) = dir.strace(&options, &arguments) else { return };
    assert_eq!(ran.status.code(), None, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(dir.at("t/out")).unwrap(), text);
    let ran = segment(&dir, &["t/out", "-o", "t/out", "--resume", "-v"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("going on after "), "{}", ran.stderr);
    assert_same(&fs::read(dir.at("t/out")).unwrap(), &expected, "the result");
    assert_eq!(dir.list("t"), ["out"]);
}

#[test]
fn what_was_found_before_the_mark_is_in_the_messages_at_the_end_of_the_file() {
    let dir = corpus();
    let json: String = (0..5000).map(|n| format!("{{\"t\":\"{}\"}}\n", line(n))).collect();
    dir.file("json", format!("no json\n{json}[]\n"));
    dir.file("whole", "{\"t\":\"我来到北京\"}\n");
    for (arguments, said) in [
        (
            &["t/c"][..],
            "batchproc: t/c: 2 sequences of bytes are not valid UTF-8, the first in line 11",
        ),
        (
            &["json", "whole", "--json-field", "t"],
            "batchproc: json: 2 lines cannot be cut and are left out (--missing pass keeps them); the first is line 1,",
        ),
    ] {
        let plain = segment(&dir, &[arguments, &["-o", "expected"]].concat());
        assert!(plain.stderr.starts_with(said), "{}", plain.stderr);
        let arguments = [arguments, &["-o", "out", "--resume"]].concat();
        let Some(ran) = killed_at(&dir, 3, &arguments) else { return };
        assert_eq!(ran.status.code(), None, "{}", ran.stderr);
        let ran = segment(&dir, &arguments);
        assert_eq!((ran.code(), ran.stderr), (plain.code(), plain.stderr));
        assert_same(
            &fs::read(dir.at("out")).unwrap(),
            &fs::read(dir.at("expected")).unwrap(),
            "the result",
        );
        fs::remove_file(dir.at("out")).unwrap();
    }
}
