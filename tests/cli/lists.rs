//! `--files-from`: a stream of names from a file or standard input.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::harness::{Dir, Ran};

const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";

#[test]
fn names_come_by_line_or_by_nul_from_a_file_or_standard_input() {
    let dir = Dir::new();
    dir.file("a b", "");
    dir.file("c\nd", "");
    dir.file("lines", "a b\n./a b\n");
    dir.file("nuls", "c\nd\0a b");
    let lines = format!("{EMPTY}  a b\n{EMPTY}  ./a b\n").into_bytes();
    let nuls = format!("\\{EMPTY}  c\\nd\n{EMPTY}  a b\n").into_bytes();
    assert_eq!(dir.hash(&["--files-from", "lines"]).good(), lines);
    assert_eq!(dir.hash_with_stdin(&["--files-from", "-"], b"a b\n./a b").good(), lines);
    assert_eq!(dir.hash(&["--files-from", "nuls", "-0"]).good(), nuls);
    assert_eq!(dir.hash_with_stdin(&["--files-from", "-", "--null"], b"c\nd\0a b\0").good(), nuls);
}

#[test]
fn what_is_no_file_is_an_error_in_its_place_and_loses_nothing_else() {
    let dir = Dir::new();
    dir.file("a", "");
    dir.file("d/x", "");
    dir.fifo("fifo");
    let ran = dir.hash_with_stdin(&["--files-from", "-", "-v"], b"a\nd\nmissing\n\nfifo\na\n");
    assert_eq!(ran.code(), 1);
    assert_eq!(ran.text(), format!("{EMPTY}  a\n{EMPTY}  a\n"));
    let errors: Vec<_> =
        ran.stderr.lines().filter(|line| line.starts_with("batchproc: ")).collect();
    assert_eq!(
        errors[..4],
        [
            "batchproc: d: Is a directory",
            "batchproc: missing: No such file or directory",
            "batchproc: -: name 4: is empty",
            "batchproc: fifo: not opened: it is a FIFO",
        ]
    );
    assert!(errors[4].contains("; 4 failed"), "{errors:?}");
}

#[test]
fn the_first_result_appears_while_the_list_is_still_open() {
    let dir = Dir::new();
    dir.file("first", "");
    dir.file("second", "");
    for order in ["input", "completion"] {
        let arguments = ["hash", "--files-from", "-", "--order", order];
        let mut child = dir.batchproc(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut list = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        for name in ["first", "second"] {
            writeln!(list, "{name}").unwrap();
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            assert_eq!(line, format!("{EMPTY}  {name}\n"));
        }
        drop(list);
        assert_eq!(Ran::of(child).good(), b"");
    }
}

#[test]
fn a_list_that_cannot_be_read_ends_the_run() {
    let dir = Dir::new();
    for (list, reason) in [("missing", "No such file or directory"), (".", "Is a directory")] {
        let ran = dir.hash(&["--files-from", list]);
        assert_eq!(ran.code(), 2);
        assert_eq!(ran.stderr, format!("batchproc: cannot read the list {list}: {reason}\n"));
    }
}

#[test]
fn a_list_and_paths_together_are_a_usage_error() {
    let dir = Dir::new();
    assert_eq!(dir.hash(&["--files-from", "list", "path"]).code(), 2);
    assert_eq!(dir.hash(&["-0", "path"]).code(), 2);
}

#[test]
fn a_list_that_breaks_off_is_exit_code_2_and_leaves_the_old_output() {
    let dir = Dir::new();
    dir.file("a", "");
    let old = format!("{EMPTY}  old\n");
    dir.file("out", &old);
    let list = [&b"a\n"[..], &[b'x'; 2 << 20], b"\na\n"].concat();
    let reason = "batchproc: -: name 2: is longer than 1 MiB; is this file a list of names?; the rest of the list was not read\n";
    let ran = dir.hash_with_stdin(&["--files-from", "-"], &list);
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reason));
    assert_eq!(ran.text(), format!("{EMPTY}  a\n"), "what was before it");
    let ran = dir.hash_with_stdin(&["--files-from", "-", "-o", "out"], &list);
    let resumable = format!("{}; --resume continues from out.partial\n", reason.trim_end());
    assert_eq!((ran.code(), ran.stderr), (2, resumable));
    // This file cannot be read at its beginning.
    let ran = dir.hash(&["--files-from", "/proc/self/mem", "-o", "out"]);
    assert_eq!(ran.code(), 2);
    assert_eq!(std::fs::read_to_string(dir.at("out")).unwrap(), old);
}

#[test]
fn options_that_only_a_walk_can_follow_are_refused_with_a_list() {
    let dir = Dir::new();
    dir.file("list", "list\n");
    for option in
        ["--exclude=*.x", "-gx", "--gitignore", "--no-hidden", "--max-depth=1", "-x", "-L"]
    {
        assert_eq!(dir.hash(&["--files-from", "list", option]).code(), 2, "{option}");
    }
    assert_eq!(dir.hash(&["--files-from", "list", "--min-size", "1M"]).good(), b"");
}

#[test]
fn marks_of_editors_and_other_systems_are_no_parts_of_names() {
    let dir = Dir::new();
    for name in ["a", "b", "with\r"] {
        dir.file(name, "");
    }
    let sums = |names: &[&str]| -> String {
        names.iter().map(|name| format!("{EMPTY}  {name}\n")).collect()
    };
    let reported =
        "batchproc: -: its lines end with CR LF; the CR is not taken as a part of the names\n";
    let gone = |name| format!("batchproc: {name}: No such file or directory\n");
    let with = format!("\\{EMPTY}  with\\r\n");
    for (list, code, names, stderr) in [
        (&b"\xef\xbb\xbfa\nb\n"[..], 0, sums(&["a", "b"]), String::new()),
        (b"a\r\nb\r\n", 0, sums(&["a", "b"]), reported.into()),
        (b"\xef\xbb\xbfa\r\nb\r", 0, sums(&["a", "b"]), reported.into()),
        // A name that exists with the CR is used as it is. A missing one is reported without the CR.
        (b"with\r\na\r\n", 0, with.clone() + &sums(&["a"]), reported.into()),
        (b"gone\r\na\r\n", 1, sums(&["a"]), reported.to_string() + &gone("gone")),
        // Not every line ends with CR, so the CR may be part of the name.
        (b"a\nb\r\nwith\r\n", 1, sums(&["a"]) + &with, gone("b\\r")),
    ] {
        let ran = dir.hash_with_stdin(&["--files-from", "-"], list);
        let expected = (code, names, stderr);
        assert_eq!((ran.code(), ran.text(), ran.stderr), expected, "{}", list.escape_ascii());
    }
    let ran = dir.hash_with_stdin(&["--files-from", "-", "-0"], b"\xef\xbb\xbfa\0b\r\0with\r\0");
    assert_eq!((ran.code(), ran.text()), (1, with));
    assert_eq!(ran.stderr, gone("\\u{feff}a") + &gone("b\\r"));
}

#[test]
fn a_list_in_utf_16_or_utf_32_is_exit_code_2_and_says_what_to_do() {
    let dir = Dir::new();
    dir.file("a", "");
    for (list, name) in [
        (&b"\xff\xfea\0\n\0"[..], "16"),
        (b"\xfe\xff\0a\0\n", "16"),
        (b"\xff\xfe\0\0a\0\0\0\n\0\0\0", "32"),
        (b"\0\0\xfe\xff\0\0\0a\0\0\0\n", "32"),
    ] {
        let ran = dir.hash_with_stdin(&["--files-from", "-"], list);
        let reason = format!("it is UTF-{name}; convert it with iconv -f utf-{name} -t utf-8");
        let line = format!("batchproc: -: name 1: {reason}; the rest of the list was not read\n");
        assert_eq!((ran.code(), ran.text(), ran.stderr), (2, String::new(), line));
    }
}

#[test]
fn a_list_that_is_also_the_output_is_refused() {
    let dir = Dir::new();
    dir.file("a", "");
    symlink("list", dir.at("link")).unwrap();
    // The second list looks like a manifest at its beginning.
    for list in ["a\n", "# a\n"] {
        dir.file("list", list);
        dir.file("# a", "");
        for (how, output) in [
            (&["--files-from", "list", "--overwrite"][..], "list"),
            (&["--files-from", "list"], "link"),
            (&["--files-from", "-", "--overwrite"], "list"),
            (&["--files-from", "link", "--order", "completion", "--overwrite"], "list"),
        ] {
            let all = [&["hash"], how, &["-o", output]].concat();
            let stdin = fs::File::open(dir.at("list")).unwrap();
            let ran = Ran::of(dir.batchproc(&all).stdin(stdin).spawn().unwrap());
            let reported = format!(
                "batchproc: {output} is both the output (-o) and the list (--files-from): its content would be lost\n"
            );
            assert_eq!((ran.code(), ran.stderr), (2, reported), "{list:?} {how:?}");
            assert_eq!(fs::read_to_string(dir.at("list")).unwrap(), list);
            assert_eq!(dir.list("."), ["# a", "a", "link", "list"]);
        }
    }
}
