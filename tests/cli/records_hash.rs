//! `hash --records`: a line for every name, and what readers of manifests make of a line with an error.

use std::fs;

use serde_json::Value;

use crate::engine::pipe;
use crate::harness::{Dir, Ran, bytes_name};

/// MD5 of `a`, from RFC 1321, and of `b`, from md5sum.
const A: &str = "0cc175b9c0f1b6a831c399e269772661";
const B: &str = "92eb5ffee6ae2fec3ad71c777531578f";

/// The path and what is said of it, for each line.
fn said(output: &[u8]) -> Vec<(String, String)> {
    let line = |line: &[u8]| {
        let line: Value = serde_json::from_slice(line).unwrap();
        let text = |name: &str| line[name].as_str().map(String::from);
        let path = text("path").or(text("path_hex")).unwrap();
        assert!(line["error"].is_null() || line["digest"].is_null(), "{line}");
        (path, text("digest").or(text("error")).unwrap())
    };
    output.split_inclusive(|&byte| byte == b'\n').map(line).collect()
}

fn listed(dir: &Dir, options: &[&str], names: &[u8]) -> Ran {
    pipe(dir, &[&["hash", "--records", "--files-from", "-"], options].concat(), names)
}

#[test]
fn every_name_has_its_line_in_its_place() {
    let dir = Dir::new();
    dir.file("a", "a");
    dir.file("b", "b");
    dir.file(bytes_name(b"\xff"), "b");
    dir.file("d/x", "");
    dir.fifo("p");
    let names = b"a\ngone\nb\nd\n\np\n\xff\n\xfe\na\n";
    let missing = "No such file or directory";
    let expected = [
        ("a", A),
        ("gone", missing),
        ("b", B),
        ("d", "Is a directory"),
        ("-", "name 5: is empty"),
        ("p", "not opened: it is a FIFO"),
        ("ff", B),
        ("fe", missing),
        ("a", A),
    ];
    for options in [&[][..], &["--format", "json"], &["-j", "1"], &["-j", "8", "--io-threads", "4"]]
    {
        let ran = listed(&dir, options, names);
        let expected = expected.map(|(path, says)| (path.to_string(), says.to_string()));
        assert_eq!((ran.code(), said(&ran.stdout)), (1, expected.into()), "{options:?}");
        assert_eq!(ran.stderr, "batchproc: 5 of 9 files failed; their lines say why\n");
    }
    assert!(
        listed(&dir, &[], names)
            .text()
            .contains("{\"path\":\"gone\",\"error\":\"No such file or directory\"}\n")
    );
    let ran = listed(&dir, &["--order", "completion"], names);
    let sorted = |mut all: Vec<(String, String)>| {
        all.sort();
        all
    };
    let all = expected.map(|(path, says)| (path.to_string(), says.to_string()));
    assert_eq!((ran.code(), sorted(said(&ran.stdout))), (1, sorted(all.into())));
    assert_eq!(listed(&dir, &[], b"a\nb").good().iter().filter(|&&byte| byte == b'\n').count(), 2);
    assert_eq!(listed(&dir, &[], b"").good(), b"");
    // A walk has a line for each name that it finds.
    let ran = dir.hash(&["--records", "d", "gone"]);
    let paths: Vec<_> = said(&ran.stdout).into_iter().map(|(path, _)| path).collect();
    assert_eq!((ran.code(), paths), (1, vec!["d/x".to_string(), "gone".into()]));
}

#[test]
fn the_file_of_the_output_in_the_list_has_a_line_too() {
    let dir = Dir::new();
    dir.file("a", "a");
    for _ in 0..2 {
        let ran = listed(&dir, &["-o", "m"], b"m\na\n");
        let lines = said(&fs::read(dir.at("m")).unwrap());
        assert_eq!((ran.code(), lines.len(), lines[0].0.as_str()), (1, 2, "m"), "{}", ran.stderr);
        assert_eq!(lines[1], ("a".into(), A.into()));
    }
}

#[test]
fn so_many_files_may_fail_as_the_user_allows() {
    let dir = Dir::new();
    dir.file("a", "a");
    dir.file("text", "北京\n");
    let said = |most: &str| format!("batchproc: 1 of 4 files failed, {most} allows\n");
    for (most, code, message) in [
        ("0", 1, said("more than --allow-failed 0")),
        ("1", 0, said("no more than --allow-failed 1")),
        ("24.9%", 1, said("more than --allow-failed 24.9%")),
        ("25%", 0, said("no more than --allow-failed 25%")),
        ("100%", 0, said("no more than --allow-failed 100%")),
    ] {
        let ran = listed(&dir, &["--allow-failed", most], b"a\na\ngone\na\n");
        let lines = ran.stdout.iter().filter(|&&byte| byte == b'\n').count();
        let message = message + "batchproc: 1 of 4 files failed; its line says why\n";
        assert_eq!((ran.code(), lines, ran.stderr), (code, 4, message), "{most}");
    }
    let gone = "batchproc: gone: No such file or directory\n";
    let message =
        format!("{gone}batchproc: 1 of 2 files failed, no more than --allow-failed 1 allows\n");
    let ran = dir.hash(&["--allow-failed", "1", "a", "gone"]);
    assert_eq!((ran.code(), ran.stderr), (0, message.clone()));
    let ran = dir.segment(&["--allow-failed", "1", "text", "gone"], "");
    assert_eq!((ran.code(), ran.stderr, ran.stdout), (0, message, "北京\n".into()));
    let ran = dir.hash(&["--allow-failed", "1", "a"]);
    assert_eq!(ran.good(), format!("{A}  a\n").into_bytes());
    // A glob that matches nothing is no file that failed.
    let ran = dir.hash(&["--allow-failed", "100%", "-g", "*.none", "."]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert_eq!(dir.hash(&["--allow-failed", "x", "a"]).code(), 2);
    assert_eq!(dir.hash(&["--check", "--allow-failed", "1", "a"]).code(), 2);
}

#[test]
fn readers_of_manifests_skip_lines_with_an_error_and_say_how_many_there_are() {
    let dir = Dir::new();
    dir.file("a", "a");
    dir.file("b", "b");
    listed(&dir, &["-o", "m"], b"a\ngone\nb\nlost\n");
    let warning = "2 lines have no digest, since their files could not be read\n";
    let ran = |arguments: &[&str]| Ran::of(dir.batchproc(arguments).spawn().unwrap());
    let check = ran(&["check", "m"]);
    assert_eq!((check.code(), check.text().as_str()), (0, "a: OK\nb: OK\n"));
    assert_eq!(check.stderr, format!("batchproc: WARNING: {warning}"));
    assert_eq!(ran(&["check", "--strict", "m"]).code(), 1);
    let audit = ran(&["audit", "m", "a", "b"]);
    assert_eq!((audit.code(), audit.text().as_str()), (1, "a: ok\nb: ok\n"));
    assert_eq!(audit.stderr, format!("batchproc: m: {warning}batchproc: 2 ok\n"));
    for arguments in [&["dups", "--from", "m"][..], &["diff", "m", "m"]] {
        let ran = ran(arguments);
        assert_ne!(ran.code(), 0, "{arguments:?}");
        assert!(ran.stderr.contains(&format!("batchproc: m: {warning}")), "{}", ran.stderr);
    }
    // An update reads the files now.
    dir.file("gone", "b");
    dir.file("names", "a\ngone\nb\n");
    let update = ran(&["hash", "--update", "m", "--files-from", "names", "-o", "new"]);
    assert_eq!((update.code(), update.stderr), (0, format!("batchproc: m: {warning}")));
    let new = said(&fs::read(dir.at("new")).unwrap());
    assert_eq!(new, [("a", A), ("gone", B), ("b", B)].map(|(a, b)| (a.to_string(), b.to_string())));
    let walked = ran(&["hash", "--update", "m", "a", "b", "gone", "-o", "walked"]);
    assert_eq!((walked.code(), walked.stderr), (0, format!("batchproc: m: {warning}")));
}

#[test]
fn a_manifest_of_nothing_but_errors_is_one_and_may_be_replaced() {
    let dir = Dir::new();
    dir.file("a", "a");
    let ran = listed(&dir, &["-o", "m"], b"gone\n");
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (1, "batchproc: 1 of 1 file failed; its line says why\n")
    );
    let check = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    let message = "batchproc: WARNING: 1 line has no digest, since its file could not be read\n";
    assert_eq!((check.code(), check.stderr.as_str()), (1, message));
    assert_eq!(dir.hash(&["a", "-o", "m"]).good(), b"");
    assert_eq!(fs::read_to_string(dir.at("m")).unwrap(), format!("{A}  a\n"));
}

#[test]
fn options_that_cannot_hold_are_refused() {
    let dir = Dir::new();
    dir.file("a", "a");
    dir.hash(&["--seal", "--format", "json", "a", "-o", "sealed"]).good();
    let sealed = fs::read(dir.at("sealed")).unwrap();
    for (options, reason) in [
        (&["--format", "gnu"][..], "--records needs --format json"),
        (&["--tag"], "cannot be used with '--tag'"),
        (&["--seal"], "cannot be used with '--seal'"),
        (&["--update", "sealed"], "cannot be used with '--update <MANIFEST>'"),
        (&["--resume", "-o", "x"], "cannot be used with '--resume'"),
        (&["--check"], "cannot be used with '--check'"),
        (&["-o", "sealed"], "the old file has a seal"),
    ] {
        let ran = dir.hash(&[&["--records", "a"], options].concat());
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{options:?}");
        assert!(ran.stderr.contains(reason), "{options:?}: {}", ran.stderr);
    }
    assert_eq!(fs::read(dir.at("sealed")).unwrap(), sealed);
    let ran = listed(&dir, &["--min-size", "1"], b"a\n");
    assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{}", ran.stderr);
}

#[test]
fn a_list_that_breaks_off_is_no_success_whatever_is_allowed() {
    let dir = Dir::new();
    dir.file("a", "a");
    let long = [&b"a\n"[..], &vec![b'x'; 2 << 20]].concat();
    let ran = listed(&dir, &["--allow-failed", "100%"], &long);
    assert_eq!(
        (ran.code(), said(&ran.stdout)),
        (2, vec![("a".into(), A.into())]),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_manifest_stays_if_its_disk_is_away() {
    let dir = Dir::new();
    dir.file("t/1", "a");
    let first = listed(&dir, &["-o", "m"], b"t/1\n");
    assert_eq!(first.code(), 0);
    let before = fs::read(dir.at("m")).unwrap();
    fs::rename(dir.at("t"), dir.at("away")).unwrap();
    let ran = listed(&dir, &["-o", "m", "--allow-failed", "100%"], b"t/1\n");
    assert_eq!((ran.code(), fs::read(dir.at("m")).unwrap()), (1, before), "{}", ran.stderr);
    assert!(ran.stderr.contains("m is unchanged"), "{}", ran.stderr);
}
