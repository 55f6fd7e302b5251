//! Directories whose listing fails halfway. `strace` makes the system call fail. Without it these tests
//! print a reported and pass.

use crate::harness::{Dir, Ran};

/// Runs `batchproc` under strace with an `inject` expression of strace. `None` if strace does not work.
pub fn with_faults(dir: &Dir, inject: &str, arguments: &[&str]) -> Option<Ran> {
    let traced = inject.split(':').next().unwrap();
    let (traced, inject) = (format!("trace={traced}"), format!("inject={inject}"));
    dir.strace(&["-e", &traced, "-e", &inject], arguments)
}

/// The third `getdents64` call of a thread lists `t/d`, after two calls for `t`; in completion order it is
/// the second call.
const THIRD: &str = "getdents64:error=ESTALE:when=3";
/// At the second call the first names of `t` are known, if `t` has many.
const SECOND: &str = "getdents64:error=EIO:when=2";

fn tree() -> Dir {
    let dir = Dir::new();
    for name in ["t/a", "t/d/f", "t/d/g", "t/e", "t/z"] {
        dir.file(name, format!("{name}\n"));
    }
    dir
}

/// A directory whose many names need several calls.
fn large() -> Dir {
    let dir = Dir::new();
    for number in 0..1000 {
        dir.file(format!("t/{number:0100}"), "");
    }
    dir
}

fn names(ran: &Ran) -> Vec<String> {
    ran.text().lines().map(|line| line[34..].to_string()).collect()
}

#[test]
fn a_directory_whose_listing_fails_is_an_error_line_with_its_name() {
    let dir = tree();
    for (order, fault) in [("input", THIRD), ("completion", SECOND)] {
        let fault = fault.replace("EIO", "ESTALE");
        let Some(ran) = with_faults(&dir, &fault, &["hash", "--order", order, "t"]) else { return };
        assert_eq!((ran.code(), ran.stderr.as_str()), (1, "batchproc: t/d: Stale file handle\n"));
        let mut found = names(&ran);
        found.sort();
        assert_eq!(found, ["t/a", "t/e", "t/z"], "{order}");
    }
    let ran = with_faults(&dir, THIRD, &["segment", "t", "--output-dir", "o"]).unwrap();
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, "batchproc: t/d: Stale file handle\n"));
    assert_eq!(dir.list("o/t"), ["a", "e", "z"]);
}

#[test]
fn what_the_manifest_has_below_a_directory_whose_listing_fails_is_unreadable() {
    let dir = tree();
    for (root, manifest) in [("t", "m"), (".", "t/m")] {
        dir.hash(&[root, "-o", manifest]).good();
        let fault = if root == "." { "getdents64:error=ESTALE:when=1" } else { THIRD };
        let Some(ran) = with_faults(&dir, fault, &["audit", manifest, root]) else { return };
        let mut verdicts: Vec<_> = ran.text().lines().map(String::from).collect();
        verdicts.sort();
        let (name, summary) = match root {
            "t" => ("t/d", "3 ok, 3 unreadable"),
            // The manifest itself is one of the names.
            _ => (".", "7 unreadable"),
        };
        assert_eq!(
            (ran.code(), ran.stderr),
            (1, format!("batchproc: {name}: Stale file handle\nbatchproc: {summary}\n"))
        );
        if root == "t" {
            let lines =
                "t/a: ok|t/d/f: unreadable|t/d/g: unreadable|t/d: unreadable|t/e: ok|t/z: ok";
            assert_eq!(verdicts.join("|"), lines);
        }
    }
}

#[test]
fn an_update_keeps_the_lines_below_a_directory_whose_listing_fails_and_says_so() {
    let dir = tree();
    let run = ["hash", "--format", "json", "t", "-o", "m"];
    Ran::of(dir.batchproc(&run).spawn().unwrap()).good();
    let before = std::fs::read_to_string(dir.at("m")).unwrap();
    let digests = |text: &str| -> Vec<_> {
        text.lines().map(|line| line.split("\"size\"").next().unwrap().to_string()).collect()
    };
    let lines = "2 lines are kept as they were, as their files could not be read";
    // With a streamed manifest, and with one held in memory.
    for (order, fault) in [("input", THIRD), ("completion", SECOND)] {
        let fault = fault.replace("EIO", "ESTALE");
        let run = ["hash", "--order", order, "--update", "m", "t", "-o", "n"];
        let Some(ran) = with_faults(&dir, &fault, &run) else { return };
        assert_eq!(
            (ran.code(), ran.stderr),
            (1, format!("batchproc: t/d: Stale file handle\nbatchproc: m: {lines}\n"))
        );
        let mut after = digests(&std::fs::read_to_string(dir.at("n")).unwrap());
        after.sort();
        assert_eq!(after, digests(&before), "{order}");
    }
}

#[test]
fn names_that_came_before_a_listing_failed_are_used_and_the_others_are_not_missing() {
    let dir = large();
    dir.hash(&["--format", "json", "t", "-o", "m"]).good();
    for order in ["input", "completion"] {
        let Some(ran) = with_faults(&dir, SECOND, &["hash", "--order", order, "t"]) else { return };
        assert_eq!((ran.code(), ran.stderr.as_str()), (1, "batchproc: t: Input/output error\n"));
        let found = names(&ran).len();
        assert!((1..1000).contains(&found), "{found} names");

        let ran = with_faults(&dir, SECOND, &["audit", "--order", order, "m", "t"]).unwrap();
        // The directory itself has a verdict too.
        let summary = format!("batchproc: {found} ok, {} unreadable\n", 1001 - found);
        assert_eq!(
            (ran.code(), ran.stderr),
            (1, format!("batchproc: t: Input/output error\n{summary}"))
        );

        let run = ["hash", "--order", order, "--update", "m", "t", "-o", "n"];
        let ran = with_faults(&dir, SECOND, &run).unwrap();
        assert_eq!(ran.code(), 1);
        let lines = std::fs::read_to_string(dir.at("n")).unwrap().lines().count();
        assert_eq!(lines, 1000, "{}", ran.stderr);
    }
}

#[test]
fn a_listing_that_ends_for_want_of_the_directory_is_whole_only_if_that_was_removed() {
    let dir = large();
    let fault = SECOND.replace("EIO", "ENOENT");
    let Some(ran) = with_faults(&dir, &fault, &["hash", "t"]) else { return };
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, "batchproc: t: No such file or directory\n"));
}
