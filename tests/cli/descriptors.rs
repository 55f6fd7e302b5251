//! Standard descriptors that are closed, full, or of the wrong kind. If the run uses such a descriptor, an
//! error is reported; otherwise it does not matter.

use std::fs;
use std::io;

use crate::harness::{Dir, Ran};

const F: &str = "b1946ac92492d2347c6235b4d2611184  f\n";
const BAD: &str = "Bad file descriptor";

/// A directory with a file, a tree, a manifest of the tree, and a dictionary.
fn dir() -> Dir {
    let dir = Dir::new();
    dir.file("f", "hello\n");
    dir.file("t/a", "a");
    dir.file("t/b", "b");
    dir.file("words", "北京 5 ns\n");
    let manifest = dir.hash(&["--format", "json", "t"]).good();
    dir.file("manifest", manifest);
    dir
}

#[test]
fn a_closed_standard_input_that_is_read_is_an_error() {
    let dir = dir();
    for (arguments, code, reported) in [
        (&["hash"][..], 1, "-"),
        (&["hash", "-"], 1, "-"),
        (&["segment"], 1, "-"),
        (&["check"], 1, "cannot read the manifest -"),
        (&["audit", "-", "t"], 2, "cannot read the manifest -"),
        (&["hash", "--files-from", "-"], 2, "cannot read the list -"),
        (&["hash", "--files-from", "/dev/stdin"], 2, "cannot read the list /dev/stdin"),
        (&["segment", "--files-from", "-"], 2, "cannot read the list -"),
        (&["hash", "--update", "/dev/fd/0", "t"], 2, "cannot read the manifest /dev/fd/0"),
        (&["dict", "compile", "-"], 2, "dictionary standard input"),
        (&["segment", "--dict", "/dev/stdin", "f"], 2, "dictionary /dev/stdin"),
        (
            &["segment", "--stop-words", "/dev/stdin", "f"],
            2,
            "cannot read the stop words /dev/stdin",
        ),
    ] {
        let ran = dir.shell(r#"exec "$@" <&-"#, arguments);
        let line = format!("batchproc: {reported}: {BAD}\n");
        assert_eq!((ran.code(), ran.text(), ran.stderr), (code, String::new(), line));
    }
}

#[test]
fn the_others_are_hashed_although_standard_input_is_closed() {
    let ran = dir().shell(r#"exec "$@" <&-"#, &["hash", "-", "f"]);
    assert_eq!((ran.code(), ran.text()), (1, F.into()));
    assert_eq!(ran.stderr, format!("batchproc: -: {BAD}\n"));
}

/// All commands that write to standard output.
const WRITE: [&[&str]; 14] = [
    &["hash", "f"],
    &["hash", "t"],
    &["hash", "f", "-o", "/dev/stdout"],
    &["hash", "-c", "manifest"],
    &["hash", "--list-algorithms"],
    &["hash", "--update", "manifest", "t"],
    &["segment", "f"],
    &["segment", "--count", "t"],
    &["check", "manifest"],
    &["audit", "manifest", "t"],
    &["dict", "compile", "words"],
    &["--help"],
    &["hash", "--help"],
    &["--version"],
];

#[test]
fn a_standard_output_that_cannot_take_the_results_is_exit_code_2() {
    let dir = dir();
    for (script, reason) in [
        (r#"exec "$@" >&-"#, BAD),
        (r#"exec "$@" 1</dev/null"#, BAD),
        (r#"exec "$@" >/dev/full"#, "No space left on device"),
    ] {
        for arguments in WRITE {
            let ran = dir.shell(script, arguments);
            let line = format!("batchproc: cannot write to standard output: {reason}\n");
            assert_eq!((ran.code(), ran.stderr), (2, line), "{script} {arguments:?}");
        }
    }
}

#[test]
fn a_reader_that_wants_no_more_is_no_failure_of_help() {
    let dir = dir();
    for arguments in [&["--help"][..], &["--version"], &["hash", "--list-algorithms"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let ran = Ran::of(dir.batchproc(arguments).stdout(writer).spawn().unwrap());
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_closed_descriptor_that_is_not_used_does_not_matter() {
    let dir = dir();
    let sums = "0cc175b9c0f1b6a831c399e269772661  t/a\n92eb5ffee6ae2fec3ad71c777531578f  t/b\n";
    let ran = dir.shell(r#"exec "$@" <&- 2>&-"#, &["hash", "t"]);
    assert_eq!((ran.code(), ran.text()), (0, sums.into()));
    for arguments in [
        &["hash", "t", "-o", "out"][..],
        &["check", "--status", "manifest"],
        &["check", "--quiet", "manifest"],
        &["audit", "--quiet", "manifest", "t"],
    ] {
        let ran = dir.shell(r#"exec "$@" <&- >&-"#, arguments);
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(dir.at("out")).unwrap(), sums);
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    let dir = dir();
    for (arguments, code) in [
        (&["hash", "f"][..], 0),
        (&["hash", "-v", "--stats", "f"], 0),
        (&["hash", "missing"], 1),
        (&["hash", "--nonsense"], 2),
        (&["hash", "f", "-o", "/dev/full"], 2),
        // Here standard error receives the results.
        (&["hash", "f", "-o", "/dev/stderr"], 2),
    ] {
        assert_eq!(dir.shell(r#"exec "$@" 2>&-"#, arguments).code(), code, "{arguments:?}");
    }
}

#[test]
fn no_file_that_is_opened_takes_the_place_of_a_closed_descriptor() {
    let dir = dir();
    let ran =
        dir.shell(r#"exec "$@" <&- >&- 2>&-"#, &["hash", "-v", "missing", "-", "f", "-o", "o"]);
    assert_eq!(ran.code(), 1);
    assert_eq!(fs::read_to_string(dir.at("o")).unwrap(), F, "neither the log nor the errors");
}
