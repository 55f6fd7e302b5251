//! Which files a walk finds, and which it skips.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{Mode, OFlags, mkdirat, openat, symlinkat};

use crate::harness::{Dir, Ran, assert_same};

/// The names that a run prints, in order.
fn names(dir: &Dir, arguments: &[&str]) -> Vec<String> {
    let text = String::from_utf8(dir.hash(arguments).good()).unwrap();
    text.lines().map(|line| line[34..].to_string()).collect()
}

fn tree() -> Dir {
    let dir = Dir::new();
    for (name, size) in
        [("t/a.txt", 1), ("t/b.log", 10), ("t/.h", 100), ("t/s/c.txt", 1000), ("t/s/.d/e.log", 5)]
    {
        dir.file(name, vec![b'x'; size]);
    }
    dir.file("t/.gitignore", "*.log\n");
    dir
}

#[test]
fn nothing_is_left_out_unless_asked() {
    let dir = tree();
    assert_eq!(
        names(&dir, &["t"]),
        ["t/.gitignore", "t/.h", "t/a.txt", "t/b.log", "t/s/.d/e.log", "t/s/c.txt"]
    );
}

#[test]
fn filters_leave_out_what_they_say() {
    let dir = tree();
    for (options, expected) in [
        (&["--no-hidden"][..], &["t/a.txt", "t/b.log", "t/s/c.txt"][..]),
        (&["--gitignore"], &["t/.gitignore", "t/.h", "t/a.txt", "t/s/c.txt"]),
        (&["-g", "*.txt"], &["t/a.txt", "t/s/c.txt"]),
        (&["-g", "*.txt", "--glob", "*.log"], &["t/a.txt", "t/b.log", "t/s/.d/e.log", "t/s/c.txt"]),
        (&["--exclude", "*.log", "--exclude", ".*"], &["t/a.txt", "t/s/c.txt"]),
        (&["--exclude", "s"], &["t/.gitignore", "t/.h", "t/a.txt", "t/b.log"]),
        (&["--max-depth", "1"], &["t/.gitignore", "t/.h", "t/a.txt", "t/b.log"]),
        (&["--min-size", "10", "--max-size", "100"], &["t/.h", "t/b.log"]),
    ] {
        assert_eq!(names(&dir, &[options, &["t"]].concat()), expected, "{options:?}");
    }
}

#[test]
fn a_bad_or_empty_glob_is_a_usage_error() {
    let dir = tree();
    for (arguments, message) in [
        (&["-g", "a[", "t"][..], "bad glob 'a[': unclosed character class; missing ']'"),
        (
            &["--exclude", "a[\u{1b}", "t/a.txt"],
            "bad glob 'a[\\u{1b}': unclosed character class; missing ']'",
        ),
        (&["--exclude", "", "t"], "bad glob '': it is empty"),
        (&["-g", " ", "t"], "bad glob ' ': it is empty"),
    ] {
        let ran = dir.hash(arguments);
        assert_eq!((ran.code(), ran.stderr), (2, format!("batchproc: {message}\n")));
    }
}

#[test]
fn links_are_followed_as_arguments_but_not_in_a_walk() {
    let dir = tree();
    symlink("a.txt", dir.at("t/link")).unwrap();
    symlink("s", dir.at("t/to-s")).unwrap();
    symlink("t", dir.at("to-t")).unwrap();
    assert_eq!(names(&dir, &["--max-depth", "1", "-g", "l*", "t"]), [""; 0]);
    assert_eq!(names(&dir, &["t/link"]), ["t/link"]);
    assert_eq!(names(&dir, &["--max-depth", "1", "-g", "*.txt", "to-t"]), ["to-t/a.txt"]);
    assert_eq!(
        names(&dir, &["-L", "-g", "*.txt", "-g", "link", "t"]),
        ["t/a.txt", "t/link", "t/s/c.txt", "t/to-s/c.txt"]
    );
}

#[test]
fn a_loop_of_links_is_an_error_line_and_not_a_second_visit() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/z", "z");
    symlink(".", dir.at("t/loop")).unwrap();
    symlink("nowhere", dir.at("t/m")).unwrap();
    let ran = dir.hash(&["-L", "t"]);
    assert_eq!(ran.code(), 1);
    let lines: Vec<_> = ran.text().lines().map(|line| line[34..].to_string()).collect();
    assert_eq!(lines, ["t/a", "t/z"]);
    assert_eq!(
        ran.stderr,
        "batchproc: t/loop: not entered: the link leads back to t\nbatchproc: t/m: No such file or directory\n"
    );
}

#[test]
fn fifos_sockets_and_links_are_counted_and_never_opened() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.fifo("t/fifo");
    symlink("a", dir.at("t/link")).unwrap();
    let _socket = UnixListener::bind(dir.at("t/socket")).unwrap();
    assert_eq!(names(&dir, &["t"]), ["t/a"], "a good run is silent");
    let reported = dir.hash(&["-v", "t"]);
    assert_eq!(reported.code(), 0);
    assert!(
        reported.stderr.contains("; skipped 1 symbolic link, 1 FIFO, 1 socket; 0 failed;"),
        "{}",
        reported.stderr
    );
}

#[test]
fn what_is_wrong_with_a_gitignore_file_is_reported() {
    let dir = Dir::new();
    dir.file("t/.gitignore", "*.log\n[b-a]\n!keep.log\n");
    dir.file("t/s/.gitignore", "/x\n");
    for name in ["t/a.log", "t/b", "t/keep.log", "t/s/x", "t/s/y/x", "t/s/z.log"] {
        dir.file(name, "");
    }
    dir.fifo("t/s/y/.gitignore");
    let ran = dir.hash(&["--gitignore", "--exclude", ".gitignore", "t"]);
    let names: Vec<_> = ran.text().lines().map(|line| line[34..].to_string()).collect();
    assert_eq!(names, ["t/b", "t/keep.log", "t/s/y/x"]);
    let reported = "batchproc: t/.gitignore: line 2: bad glob '[b-a]': invalid range; 'b' > 'a'\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, reported));
}

#[test]
fn an_empty_directory_gives_empty_output() {
    assert_eq!(Dir::new().hash(&["."]).good(), b"");
}

#[test]
fn a_glob_that_matches_nothing_is_reported_and_one_that_was_to_find_something_is_counted() {
    let dir = tree();
    let line = |what: &str| {
        format!("batchproc: {what} (a glob is matched against the path below the PATH argument)\n")
    };
    let reported = |glob: &str| line(&format!("the glob '{glob}' matched nothing"));
    let absolute = format!("{}/t/*.txt", dir.path().display());
    for (options, code, found, stderr) in [
        (&["-g", "t/*.txt"][..], 1, &[][..], reported("t/*.txt")),
        (&["-g", &absolute], 1, &[], reported(&absolute)),
        (&["-g", "*.pdf", "-g", "*.txt"], 1, &["t/a.txt", "t/s/c.txt"], reported("*.pdf")),
        // The glob matches a directory, but no file in it.
        (&["-g", "s"], 1, &[], reported("s")),
        (&["-g", "*.log", "--exclude", "*.log"], 1, &[], reported("*.log")),
        (
            &["-g", "/a.txt", "--exclude", "t"],
            0,
            &["t/a.txt"],
            line("--exclude 't' excluded nothing"),
        ),
        (&["-g", "a.*", "--exclude", "s"], 0, &["t/a.txt"], String::new()),
        (&["-g", "!*.log", "-g", "*.txt"], 0, &["t/a.txt", "t/s/c.txt"], String::new()),
    ] {
        let ran = dir.hash(&[options, &["t"]].concat());
        let names: Vec<_> = ran.text().lines().map(|line| line[34..].to_string()).collect();
        assert_eq!((ran.code(), ran.stderr), (code, stderr), "{options:?}");
        assert_eq!(names, found, "{options:?}");
    }
    // No file matches the excluded glob, which is no error.
    dir.hash(&["--exclude", "*.none", "t"]).good();
    let reported = dir.hash(&["-v", "--exclude", "*.none", "t"]);
    assert!(reported.stderr.contains("--exclude '*.none' excluded nothing"), "{}", reported.stderr);
    // To files that are named no glob applies, and one PATH in which it matches is enough.
    assert_eq!(names(&dir, &["-g", "*.pdf", "t/a.txt"]), ["t/a.txt"]);
    assert_eq!(names(&dir, &["-g", "c.txt", "t/a.txt", "t", "t/s"]).len(), 3);
}

#[test]
fn a_glob_that_matches_nothing_loses_no_earlier_output() {
    let dir = tree();
    dir.hash(&["t", "-o", "out"]).good();
    let old = std::fs::read(dir.at("out")).unwrap();
    let ran = dir.hash(&["-g", "t/*.txt", "t", "-o", "out"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("the glob 't/*.txt' matched nothing"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("; out is unchanged\n"), "{}", ran.stderr);
    assert_eq!(std::fs::read(dir.at("out")).unwrap(), old);
    for arguments in [&["segment", "-g", "*.pdf", "t"][..], &["audit", "m", "t", "-g", "*.pdf"]] {
        let manifest = dir.hash(&["t"]).good();
        dir.file("m", manifest);
        let ran = dir.shell(r#"exec "$@""#, arguments);
        assert_eq!(ran.code(), 1, "{arguments:?}");
        assert!(ran.stderr.contains("the glob '*.pdf' matched nothing"), "{}", ran.stderr);
    }
}

/// With 8 MiB of memory, 512 KiB are for the names of a directory; these need more.
#[test]
fn more_names_than_memory_should_hold_are_sorted_with_and_without_a_temporary_file() {
    let dir = Dir::new();
    for number in 0..2500_u32 {
        let number = number.reverse_bits();
        dir.file(format!("t/{number}{}", "x".repeat(230)), number.to_string());
    }
    dir.file("t/1/below", "");
    let expected = dir.shell("find t -type f | LC_ALL=C sort | xargs md5sum", &[]).good();
    for temporary in ["/tmp", "/nonexistent"] {
        let mut command = dir.batchproc(&["hash", "-v", "--memory", "8M", "t"]);
        let ran = Ran::of(command.env("TMPDIR", temporary).spawn().unwrap());
        let stays =
            ran.stderr.contains("INFO the names of a directory stay in memory: no temporary file");
        assert_eq!(stays, temporary == "/nonexistent", "{}", ran.stderr);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert_same(&ran.stdout, &expected, temporary);
    }
}

/// `find -execdir` opens each directory from the one above it, as batchproc must.
#[test]
fn files_whose_paths_are_longer_than_the_system_takes_are_hashed_checked_and_updated() {
    let dir = Dir::new();
    dir.file("t/a", "");
    dir.file("t/z", "");
    let name = "d".repeat(250);
    let mut deep = File::open(dir.at("t")).unwrap();
    for level in 0..40 {
        mkdirat(&deep, &name, Mode::RWXU).unwrap();
        deep = openat(&deep, &name, OFlags::RDONLY, Mode::empty()).unwrap().into();
        let (flags, mode) = (OFlags::WRONLY | OFlags::CREATE, Mode::RUSR | Mode::WUSR);
        let file = openat(&deep, "f", flags, mode).unwrap();
        File::from(file).write_all(format!("{level}").as_bytes()).unwrap();
        if level % 13 == 0 {
            symlinkat("f", &deep, "l").unwrap();
        }
    }
    let script = "find t -type f -execdir md5sum '{}' ';' | cut -c1-32 | sort";
    let expected = dir.shell(script, &[]).text();
    for options in [&[][..], &["--order", "completion"], &["--io-threads", "1", "--no-atime"]] {
        let text = dir.hash(&[options, &["t"]].concat()).good();
        let mut lines: Vec<_> = text.split_inclusive(|&byte| byte == b'\n').collect();
        assert!(lines.iter().any(|line| line.len() > 10_000));
        lines.sort_unstable();
        let digests: String = lines
            .iter()
            .map(|line| format!("{}\n", std::str::from_utf8(&line[..32]).unwrap()))
            .collect();
        assert_eq!(digests, expected, "{options:?}");
    }
    let followed = String::from_utf8(dir.hash(&["-L", "t"]).good()).unwrap();
    assert_eq!(followed.lines().count(), 42 + 4);
    let linked = dir.hash(&["--links", "--format", "json", "t", "-o", "m"]).good();
    assert_eq!(linked, b"");
    for (command, said) in [("check", ": OK"), ("audit", ": ok")] {
        let rest = if command == "audit" { &["m", "t"][..] } else { &["m"] };
        let ran = Ran::of(dir.batchproc(&[&[command], rest].concat()).spawn().unwrap());
        let text = ran.text();
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert_eq!(text.lines().filter(|line| line.ends_with(said)).count(), 42 + 4, "{command}");
    }
    let ran = dir.hash(&["--links", "--update", "m", "-v", "t", "-o", "m"]);
    assert!(ran.code() == 0 && ran.stderr.contains("46 unchanged"), "{}", ran.stderr);
    let dups = Ran::of(dir.batchproc(&["dups", "t"]).spawn().unwrap()).good();
    assert_eq!(dups, b"");
    let differ = Ran::of(dir.batchproc(&["diff", "--links", "t", "t"]).spawn().unwrap());
    assert_eq!((differ.code(), differ.stdout.len()), (0, 0), "{}", differ.stderr);
    let ignored = dir.hash(&["--gitignore", "t"]).good();
    assert_eq!(ignored, dir.hash(&["t"]).good());
    let list = followed.lines().map(|line| format!("{}\n", &line[34..])).collect::<String>();
    let listed = dir.hash_with_stdin(&["--files-from", "-"], list.as_bytes()).good();
    assert_same(&listed, followed.as_bytes(), "names from a list");
    let file = openat(&deep, "f", OFlags::WRONLY, Mode::empty()).unwrap();
    File::from(file).write_all(b"xx").unwrap();
    let ran = Ran::of(dir.batchproc(&["check", "--quiet", "m"]).spawn().unwrap());
    assert!(ran.code() == 1 && ran.text().ends_with("/f: FAILED\n"), "{}", ran.text());
    let removed = Ran::of(dir.command("rm", &["-rf", "t"]).spawn().unwrap());
    assert_eq!(removed.code(), 0);
}
