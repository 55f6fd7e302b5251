//! A low limit on open files: either everything is read, or the run fails at once with a reported.

use std::fs::File;

use crate::harness::{Dir, Ran, assert_same};
use crate::listing::with_faults;

/// Runs a command of the program with a limit on the number of open files.
fn limited(dir: &Dir, limit: usize, command: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_batchproc");
    let script = format!("ulimit -n {limit} && exec {program} {command}");
    Ran::of(dir.command("sh", &["-c", &script]).spawn().unwrap())
}

/// Files in many directories, longer than the reading buffer.
fn tree() -> Dir {
    let dir = Dir::new();
    for number in 0..48 {
        let path = dir.file(format!("t/{}/{number:03}", number % 7), "");
        File::options().write(true).open(path).unwrap().set_len(700_000).unwrap();
    }
    dir
}

/// The smallest limit that works, taken from the reported for a lower one.
fn least(dir: &Dir) -> usize {
    let ran = limited(dir, 19, "hash t");
    assert_eq!((ran.code(), ran.stdout.len()), (2, 0));
    let reported = "batchproc: no file can be read: at most 19 files may be open at once (ulimit -n), and at \
                least ";
    let rest = ran.stderr.strip_prefix(reported).expect(&ran.stderr);
    rest.strip_suffix(" are needed\n").unwrap().parse().unwrap()
}

#[test]
fn with_the_least_limit_that_is_reported_every_file_is_read() {
    let dir = tree();
    let least = least(&dir);
    assert!(least <= 30, "{least}");
    let files = "find t -type f | LC_ALL=C sort | xargs md5sum";
    let expected = Ran::of(dir.command("sh", &["-c", files]).spawn().unwrap()).good();
    for limit in [least, least + 1, least + 5] {
        for options in ["", "-j 1 --io-threads 1", "--io-threads 16"] {
            let ran = limited(&dir, limit, &format!("hash {options} t")).good();
            assert_same(&ran, &expected, &format!("{limit} {options}"));
        }
    }
    let mut completed = limited(&dir, least, "hash --order completion t").good();
    let mut lines: Vec<_> = completed.split_inclusive(|&byte| byte == b'\n').collect();
    lines.sort_by_key(|line| line[34..].to_vec());
    completed = lines.concat();
    assert_same(&completed, &expected, "completion");
}

#[test]
fn the_other_commands_need_little_more() {
    let dir = tree();
    let limit = least(&dir) + 3;
    for number in 0..300 {
        dir.file(format!("s/{}/{number}", number % 7), "我来到北京清华大学\n");
    }
    dir.hash(&["--format", "json", "t", "-o", "m"]).good();
    for (command, summary) in [
        ("check --quiet m", ""),
        ("audit --quiet m t", ""),
        ("hash --update m t -o n", ""),
        ("hash --update m --rehash t -o n", ""),
        ("hash t -o n", ""),
        ("segment s --output-dir o", ""),
    ] {
        let ran = limited(&dir, limit, command);
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, summary), "{command}");
    }
    let written: usize = (0..7).map(|number| dir.list(&format!("o/s/{number}")).len()).sum();
    assert_eq!(written, 300);
}

#[test]
fn a_file_that_cannot_be_opened_for_now_is_tried_again_and_that_is_reported_once() {
    let dir = tree();
    let expected = dir.hash(&["t"]).good();
    for error in ["EMFILE", "ENFILE"] {
        // Only opens after those that starting a thread needs.
        let fault = format!("openat,openat2:error={error}:when=12+3");
        let reported =
            "batchproc: the limit on open files (ulimit -n) was reached, so in the end at most ";
        // By chance, the errors may meet nothing but directories, of which nothing is reported.
        let is_reported = (0..20).any(|_| {
            let Some(ran) = with_faults(&dir, &fault, &["hash", "t"]) else { return true };
            assert_eq!(ran.code(), 0);
            assert_same(&ran.stdout, &expected, error);
            let is_reported = ran.stderr.starts_with(reported);
            assert_eq!(ran.stderr.lines().count(), usize::from(is_reported), "{}", ran.stderr);
            is_reported
        });
        assert!(is_reported, "{error}");
    }
}

#[test]
fn a_directory_that_cannot_be_opened_for_now_is_tried_again() {
    let dir = tree();
    let expected = dir.hash(&["t"]).good();
    for order in ["input", "completion"] {
        let fault = "open:error=EMFILE:when=2..5";
        let run = ["hash", "--order", order, "t"];
        let Some(ran) = with_faults(&dir, fault, &run) else { return };
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""));
        assert_eq!(ran.stdout.len(), expected.len(), "{order}");
    }
}
