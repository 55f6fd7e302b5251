//! Limits of the system, and rare faults of libraries: they give a line and exit code 2.

use std::fs;

use crate::harness::{Dir, Ran};

const F: &str = "b1946ac92492d2347c6235b4d2611184  f\n";

fn dir() -> Dir {
    let dir = Dir::new();
    dir.file("f", "hello\n");
    for n in 0..50 {
        dir.file(format!("t/{n}"), n.to_string());
    }
    dir
}

#[test]
fn a_limit_on_the_size_of_files_is_exit_code_2_with_a_line() {
    let dir = dir();
    dir.file("long", "a\n".repeat(100_000));
    dir.file("words", "北京 5 ns\n");
    for (arguments, output) in [
        (&["segment", "long"][..], "standard output"),
        (&["segment", "long", "-o", "out"], "out"),
        (&["segment", "long", "--output-dir", "d"], "d/long"),
        (&["hash", "t"], "standard output"),
        (&["dict", "compile", "words"], "standard output"),
        (&["dict", "compile", "words", "-o", "out"], "out"),
        (&["hash", "--help"], "standard output"),
    ] {
        // `ulimit -f` counts blocks of 512 bytes, in some shells of 1024.
        let ran = dir.shell(r#"ulimit -f 1; exec "$@" >stdout"#, arguments);
        let line = format!("batchproc: cannot write to {output}: File too large\n");
        assert_eq!((ran.code(), ran.stderr), (2, line), "{arguments:?}");
    }
    assert_eq!(dir.list("."), ["d", "f", "long", "stdout", "t", "words"], "no litter");
}

#[test]
fn a_small_stack_is_enough() {
    let dir = dir();
    let program = env!("CARGO_BIN_EXE_batchproc");
    let arguments = ["-c", r#"ulimit -s 48; exec "$@""#, "sh", program, "hash", "f"];
    // The environment takes stack space too.
    let ran = Ran::of(dir.command("/bin/sh", &arguments).env_clear().spawn().unwrap());
    assert_eq!((ran.code(), ran.text(), ran.stderr.as_str()), (0, F.into(), ""));
}

#[test]
fn too_little_memory_is_exit_code_2_with_one_line() {
    let dir = dir();
    dir.file("words", "北京 5 ns\n".repeat(5_000_000));
    let ran =
        dir.shell(r#"ulimit -v 60000; exec "$@""#, &["dict", "compile", "words", "-o", "out"]);
    assert_eq!((ran.code(), ran.stderr.lines().count()), (2, 1), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("batchproc: out of memory: no room for "), "{}", ran.stderr);
}

#[test]
fn threads_that_cannot_be_started_are_exit_code_2_with_one_line() {
    let dir = dir();
    let reason = "Resource temporarily unavailable";
    for (when, reported) in [
        ("1+", "cannot watch for signals"),
        ("2+", "cannot start threads"),
        ("4+", "the source stage failed: cannot start a thread"),
        ("5+", "the read stage failed: cannot start a thread"),
    ] {
        let inject = format!("inject=clone3,clone:error=EAGAIN:when={when}");
        let Some(ran) = dir.strace(&["-e", &inject], &["hash", "-j", "2", "t"]) else { return };
        assert_eq!((ran.code(), ran.stderr), (2, format!("batchproc: {reported}: {reason}\n")));
    }
}

#[test]
fn a_fault_inside_a_library_is_exit_code_2_with_one_line_and_no_backtrace() {
    let dir = dir();
    fs::create_dir(dir.at("d")).unwrap();
    let place = dir.at("d");
    let options = ["-e", "inject=close:error=EIO", "-P", place.to_str().unwrap()];
    let Some(ran) = dir.strace(&options, &["hash", "f", "-o", "d/out"]) else { return };
    let reported = "batchproc: an unexpected failure: unexpected error during closedir: ";
    assert!(ran.stderr.starts_with(reported), "{}", ran.stderr);
    assert_eq!((ran.code(), ran.stderr.lines().count()), (2, 1), "{}", ran.stderr);
    assert_eq!(dir.list("d"), [""; 0], "no litter");
    let Some(ran) = dir.strace(&["-e", "inject=getrandom:error=EIO"], &["hash", "t"]) else {
        return;
    };
    assert_eq!((ran.code(), ran.stderr.lines().count()), (2, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("an unexpected failure: failed to generate random data"));
}

/// Expects ten lines that begin like this, and a line with the number of further ones. Returns the rest.
fn ten_lines<'a>(stderr: &'a str, begin: &str, more: &str) -> Vec<&'a str> {
    let lines: Vec<_> = stderr.lines().collect();
    for (number, line) in (1..=10).zip(&lines) {
        assert!(line.starts_with(&format!("batchproc: m: {number}: {begin}")), "{stderr}");
    }
    assert_eq!(lines.get(10), Some(&&*format!("batchproc: m: {more} with problems")), "{stderr}");
    lines[11..].to_vec()
}

#[test]
fn a_file_that_is_no_manifest_makes_ten_lines_and_a_count() {
    let dir = dir();
    dir.file("m", "\u{1}\u{2}\u{3}\n".repeat(5000));
    let ran = dir.shell(r#"exec "$@""#, &["audit", "m", "t"]);
    let rest = ten_lines(&ran.stderr, "improperly formatted", "4990 more lines");
    assert_eq!(
        rest,
        [
            "batchproc: m: no properly formatted checksum lines found; is it a manifest? batchproc hash makes one"
        ]
    );
    assert_eq!(ran.code(), 2);

    // Two PATHs out of order: the manifest is held in memory. One PATH: it is streamed.
    let line = r#"{"path":"t/1","algorithm":"md5","digest":"c4ca4238a0b923820dcc509a6f75849b"}"#;
    for (count, more) in [(21, "11 more lines"), (11, "1 more line")] {
        dir.file("m", format!("{}{line}\n", "x\n".repeat(count)));
        for paths in [&["t"][..], &["t", "f"]] {
            let ran = dir.hash(&[&["--update", "m"], paths].concat());
            let rest = ten_lines(&ran.stderr, "this line is invalid", more);
            assert_eq!((ran.code(), rest), (1, vec![]), "{paths:?}");
        }
    }
    dir.file("m", format!("{}{line}\n", "x\n".repeat(10)));
    assert_eq!(dir.hash(&["--update", "m", "t"]).stderr.lines().count(), 10);

    // As in md5sum: a count without --warn, every line with it.
    dir.file("m", format!("{}{line}\n", "x\n".repeat(20)));
    for (option, lines) in [("--quiet", 1), ("--warn", 21)] {
        let ran = dir.shell(r#"exec "$@""#, &["check", option, "m"]);
        assert_eq!((ran.code(), ran.stderr.lines().count()), (0, lines), "{}", ran.stderr);
    }
}

#[test]
fn with_little_memory_all_threads_allocate_from_one_arena() {
    let dir = Dir::new();
    (0..300).for_each(|number| drop(dir.file(format!("t/{number}"), "x".repeat(number))));
    // The allocator of glibc reserves 128 MiB of addresses for an arena, without access.
    let reserved = |memory: &str| {
        let trace = ["-o", "log", "-e", "trace=mmap"];
        let run = ["hash", "-j", "2", "--io-threads", "4", "--memory", memory, "t"];
        dir.strace(&trace, &run)?.good();
        let log = fs::read_to_string(dir.at("log")).unwrap();
        Some(log.lines().filter(|line| line.contains("mmap(NULL, 134217728, PROT_NONE")).count())
    };
    let Some(arenas) = reserved("63M") else { return };
    assert_eq!(arenas, 0);
    assert_ne!(reserved("64M"), Some(0), "this finds no arenas");
}
