//! Tests: `--changed`, for files that are written to while they are read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use crate::harness::Dir;

const LENGTH: usize = 30 << 20;

fn large(dir: &Dir) {
    dir.file("log", vec![b'x'; LENGTH]);
    dir.file("quiet", "content");
}

/// Writes to the file as long as `body` runs, or until `body` sets the flag.
fn while_written<T>(path: &Path, body: impl FnOnce(&AtomicBool) -> T) -> T {
    let file = File::options().write(true).open(path).unwrap();
    let (end, begun) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Relaxed) {
                file.write_at(b"y", LENGTH as u64 / 2).unwrap();
                begun.store(true, Relaxed);
            }
        });
        while !begun.load(Relaxed) {
            thread::yield_now();
        }
        let result = body(&end);
        end.store(true, Relaxed);
        result
    })
}

#[test]
fn a_file_that_is_always_written_to_is_an_error_or_has_a_mark() {
    let dir = Dir::new();
    large(&dir);
    let changed = "batchproc: log: changed while it was read: it was written to\n";
    while_written(&dir.at("log"), |_| {
        for action in [&[][..], &["--changed", "fail"], &["--changed", "retry:1"]] {
            let ran = dir.hash(&[action, &["log", "quiet"]].concat());
            assert_eq!((ran.code(), ran.stderr.as_str()), (1, changed), "{action:?}");
            assert_eq!(ran.text(), "9a0364b9e99bb480dd25e1f0284c8555  quiet\n");
        }
        for form in ["json", "csv"] {
            let ran =
                dir.hash(&["--changed", "mark", "--format", form, "log", "quiet", "-o", form]);
            let said = "batchproc: log: changed while it was read; its result is marked\n";
            assert_eq!((ran.code(), ran.stderr.as_str()), (0, said));
        }
    });
    let read = |name: &str| std::fs::read_to_string(dir.at(name)).unwrap();
    let json = read("json");
    let lines: Vec<_> = json.lines().collect();
    assert!(lines[0].ends_with(",\"ctime\":null,\"changed\":true}"), "{}", lines[0]);
    assert!(lines[0].contains("\"mtime\":null,"), "{}", lines[0]);
    assert!(!lines[1].contains("changed"), "{}", lines[1]);
    let csv = read("csv");
    let rows: Vec<_> = csv.split("\r\n").collect();
    assert!(rows[0].ends_with(",changed") && rows[1].ends_with(",true"), "{csv}");
    assert!(rows[2].starts_with("quiet,") && rows[2].ends_with(','), "{csv}");

    // A file with a mark is never called corrupt, and an update reads it.
    for form in ["json", "csv"] {
        dir.file("log", vec![b'z'; LENGTH]);
        let audit = dir.batchproc(&["audit", form, "log", "quiet"]).output().unwrap();
        assert_eq!(audit.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&audit.stdout).contains("log: changed\n"));
        let updated = dir.hash(&["--update", form, "log", "quiet", "-o", "new", "--overwrite"]);
        assert_eq!((updated.code(), updated.stderr.as_str()), (0, ""));
        let check = dir.batchproc(&["check", "new"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&check.stdout), "log: OK\nquiet: OK\n");
    }
}

#[test]
fn a_file_that_changed_is_read_again_until_it_stays_the_same() {
    let dir = Dir::new();
    large(&dir);
    let arguments = ["hash", "-v", "--changed", "retry", "log", "quiet"];
    let (code, out) = while_written(&dir.at("log"), |end| {
        let mut child = dir.batchproc(&arguments).stderr(Stdio::piped()).spawn().unwrap();
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            if line.unwrap().contains("reading log again") {
                end.store(true, Relaxed);
            }
        }
        let mut out = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        (child.wait().unwrap().code(), out)
    });
    let expected = dir.command("md5sum", &["log", "quiet"]).output().unwrap().stdout;
    assert_eq!((code, out), (Some(0), expected));
}

#[test]
fn a_mark_without_a_place_for_it_is_refused() {
    let dir = Dir::new();
    dir.file("a", "a");
    for arguments in [
        &["hash", "--changed", "mark", "a"][..],
        &["hash", "--changed", "mark", "--format", "hashdeep", "a"],
        &["hash", "--changed", "mark", "-c", "a"],
        &["audit", "--changed", "mark", "a", "a"],
        &["check", "--changed", "mark", "a"],
        &["hash", "--changed", "retry:", "a"],
    ] {
        let ran = dir.batchproc(arguments).output().unwrap();
        assert_eq!((ran.status.code(), ran.stdout.len()), (Some(2), 0), "{arguments:?}");
    }
}
