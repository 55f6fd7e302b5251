//! Failing system calls, and signals at chosen moments, injected by strace. Without strace these tests are
//! skipped.

use std::fs::{self, File};
use std::process::Stdio;

use crate::harness::{Dir, Ran};

/// A manifest. Output may replace it.
const OLD: &str = "0123456789abcdef0123456789abcdef  old\n";

/// Whether strace works here.
fn strace_works(dir: &Dir) -> bool {
    let ran = dir.command("strace", &["-o", "/dev/null", "true"]).output();
    let works = ran.is_ok_and(|ran| ran.status.success());
    if !works {
        eprintln!("skipped: strace is not available");
    }
    works
}

/// Runs `batchproc` under strace, which injects a fault into calls on `path`, or into all calls.
fn injected(dir: &Dir, path: Option<&str>, inject: &str, arguments: &[&str], stdout: Stdio) -> Ran {
    let program = env!("CARGO_BIN_EXE_batchproc");
    let inject = format!("inject={inject}");
    let mut all = vec!["-f", "-qq", "-o", "/dev/null", "-e", &inject];
    let path = path.map(|path| dir.at(path));
    if let Some(path) = &path {
        all.extend(["-P", path.to_str().unwrap()]);
    }
    all.push(program);
    all.extend(arguments);
    let mut command = dir.command("strace", &all);
    Ran::of(command.stdin(Stdio::null()).stdout(stdout).spawn().unwrap())
}

#[test]
fn a_broken_pipe_of_a_file_is_a_failure_and_the_old_file_stays() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    dir.file("a", "");
    dir.file("words", "好词 3\n");
    for (path, arguments) in [
        (Some("out.partial"), &["hash", "a", "a", "-o", "out"][..]),
        (None, &["hash", "a", "-o", "out"]),
        (None, &["hash", "a", "a", "--order", "completion", "-o", "out"]),
        (None, &["segment", "words", "-o", "out"]),
        (None, &["dict", "compile", "words", "--overwrite", "-o", "out"]),
    ] {
        dir.file("out", OLD);
        // Without a path the fault is injected from the first write on, to any file.
        let inject = if path.is_some() { "write:error=EPIPE" } else { "write:error=EPIPE:when=1" };
        let ran = injected(&dir, path, inject, arguments, Stdio::piped());
        let reported = "batchproc: cannot write to out: Broken pipe\n";
        assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported), "{arguments:?}");
        assert_eq!(fs::read_to_string(dir.at("out")).unwrap(), OLD, "{arguments:?}");
        assert_eq!(dir.list("."), ["a", "out", "words"], "{arguments:?}");
    }
    let stdout = File::create(dir.at("redirected")).unwrap();
    let inject = "write:error=EPIPE:when=1";
    let ran = injected(&dir, None, inject, &["hash", "a"], stdout.into());
    let reported = "batchproc: cannot write to standard output: Broken pipe\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported));
}

#[test]
fn what_cannot_be_compared_is_an_error_before_anything_is_replaced() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    let text = "我来到北京 3\n";
    dir.file("b", "大学");
    for (arguments, good) in [
        (&["segment", "a", "-o", "a"][..], Some("我 来到 北京   3\n")),
        (&["segment", "a", "b", "-o", "a"], Some("我 来到 北京   3\n大学")),
        // These names are refused in any case.
        (&["segment", "a", "--output-dir", "."], None),
        (&["segment", "--user-dict", "a", "b", "-o", "a"], None),
        (&["hash", "a", "b", "--overwrite", "-o", "a"], None),
        (&["dict", "compile", "a", "--overwrite", "-o", "a"], None),
    ] {
        for call in ["statx", "newfstatat", "fstat", "readlink"] {
            for when in 1..25 {
                dir.file("a", text);
                let inject = format!("{call}:error=EIO:when={when}");
                let ran = injected(&dir, None, &inject, arguments, Stdio::piped());
                let left = fs::read_to_string(dir.at("a")).unwrap();
                let how = format!("{arguments:?} {inject}: {:?} {}", ran.status, ran.stderr);
                match ran.code() {
                    0 => assert_eq!(Some(left.as_str()), good, "{how}"),
                    _ => assert_eq!(left, text, "{how}"),
                }
            }
        }
    }
}

#[test]
fn a_call_that_goes_on_failing_does_not_hang_the_run() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    dir.file("a", "");
    dir.file("b", "");
    for (inject, reported) in [
        ("write:error=EINTR", "cannot write to out: interrupted again and again"),
        // In each round the third `stat` of the file is that of its current name.
        (
            "statx:error=EIO:when=3+4",
            "cannot write out: no file can be created beside it: Input/output error",
        ),
    ] {
        let arguments = ["hash", "a", "b", "-o", "out"];
        let ran = injected(&dir, Some("out.partial"), inject, &arguments, Stdio::piped());
        assert_eq!((ran.code(), ran.stderr), (2, format!("batchproc: {reported}\n")));
        assert!(!dir.at("out").exists());
        let _ = fs::remove_file(dir.at("out.partial"));
    }
}

#[test]
fn a_signal_the_moment_a_temporary_file_exists_leaves_no_litter() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    dir.file("t/a", "");
    dir.file("t/words", "好词 3\n");
    for arguments in [
        &["hash", "t/a", "-o", "out"][..],
        &["hash", "t", "--order", "completion", "-o", "out"],
        &["hash", "t", "-o", "out"],
        &["segment", "t/words", "-o", "out"],
        &["segment", "t", "-o", "out"],
        &["segment", "t", "--count", "-o", "out"],
        &["segment", "t", "--output-dir", "d"],
        &["dict", "compile", "t/words", "--overwrite", "-o", "out"],
    ] {
        for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
            dir.file("out", OLD);
            // A temporary file is locked right after it was created.
            let inject = format!("flock:signal={signal}:when=1");
            let ran = injected(&dir, None, &inject, arguments, Stdio::piped());
            assert_eq!(ran.code(), code, "{arguments:?} {:?} {}", ran.status, ran.stderr);
            assert_eq!(fs::read_to_string(dir.at("out")).unwrap(), OLD, "{arguments:?}");
            if dir.at("d").exists() {
                assert!(!dir.list("d/t").iter().any(|name| name.ends_with(".tmp")));
                fs::remove_dir_all(dir.at("d")).unwrap();
            }
            // Files can have their results before the run hears of the signal. These are kept, and it says so.
            if ran.stderr.contains("--resume continues from out.partial") {
                fs::remove_file(dir.at("out.partial")).unwrap();
                fs::remove_file(dir.at("out.partial.run")).unwrap();
            }
            assert_eq!(dir.list("."), ["out", "t"], "{arguments:?}");
        }
    }
}

#[test]
fn a_text_that_fails_to_be_read_leaves_only_whole_lines() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    dir.file("t", "我来到北京清华大学，他来到了网易杭研大厦\n".repeat(5000));
    let whole = dir.segment(&["t"], "").good();
    for when in 1..4 {
        let inject = format!("read:error=EIO:when={when}");
        let ran = injected(&dir, Some("t"), &inject, &["segment", "t"], Stdio::piped());
        let reported = "batchproc: t: Input/output error\n";
        assert_eq!((ran.code(), ran.stderr.as_str()), (1, reported), "{when}");
        assert!(whole.starts_with(&ran.stdout) && ran.stdout.len() < whole.len(), "{when}");
        assert!(ran.stdout.is_empty() || ran.stdout.ends_with(b"\n"), "{when}: torn");
    }
}

#[test]
fn a_manifest_that_cannot_be_read_once_is_not_updated() {
    let dir = Dir::new();
    if !strace_works(&dir) {
        return;
    }
    dir.file("t/a", "x");
    dir.hash(&["t", "--format", "csv", "-o", "m.csv"]).good();
    let before = fs::read(dir.at("m.csv")).unwrap();
    let unreadable = "cannot read the manifest m.csv: Input/output error";
    let cut_off =
        "m.csv: cannot be read to its end: Input/output error; the rest of the list was not read";
    // The manifest is looked at, and then read along with the walk.
    for (call, expected) in [(1, unreadable), (2, cut_off)] {
        let inject = format!("read:error=EIO:when={call}");
        let update = ["hash", "--update", "m.csv", "t", "-o", "m.csv"];
        let ran = injected(&dir, Some("m.csv"), &inject, &update, Stdio::piped());
        assert_eq!(ran.code(), 2, "read {call}");
        let reported = format!("batchproc: {expected}");
        assert!(ran.stderr.starts_with(&reported), "read {call}: {}", ran.stderr);
        assert_eq!(fs::read(dir.at("m.csv")).unwrap(), before, "read {call}");
    }
}
