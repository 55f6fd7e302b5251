//! `hash -o FILE` with an existing manifest: if a disk is not mounted, the manifest is not emptied.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::harness::{Dir, Ran};

const UNMOUNTED: &str = "is a disk not mounted? (--max-gone 100% replaces it anyway)";

/// Two trees, and a manifest of them in each form.
fn trees(arguments: &[&str]) -> Dir {
    let dir = Dir::new();
    for name in ["A/1", "A/2", "B/3", "B/c/4"] {
        dir.file(name, name);
    }
    dir.hash(&[arguments, &["A", "B", "-o", "m"]].concat()).good();
    dir
}

/// Runs a command that must not replace `m`.
fn refused(dir: &Dir, arguments: &[&str], reason: &str) {
    let before = fs::read(dir.at("m")).unwrap();
    let ran = dir.hash(&[arguments, &["-o", "m"]].concat());
    assert_eq!(ran.code(), 2, "{arguments:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(reason), "{arguments:?}: {}", ran.stderr);
    assert!(ran.stderr.contains("m is unchanged"), "{}", ran.stderr);
    assert_eq!(fs::read(dir.at("m")).unwrap(), before, "{arguments:?}");
}

const LOST: &str = "have no line in the new manifest";

const FORMS: [&[&str]; 3] = [&[], &["--tag"], &["--format", "json"]];

#[test]
fn a_manifest_with_entries_is_never_replaced_by_one_without() {
    for form in FORMS {
        let dir = trees(form);
        fs::create_dir(dir.at("empty")).unwrap();
        dir.file("list", "");
        for found_nothing in [
            &["empty"][..],
            &["--min-size", "1M", "A", "B"],
            &["-g", "none", "A"],
            &["--files-from", "list"],
        ] {
            let reason = format!("no file was found, and m lists some; {UNMOUNTED}");
            refused(&dir, &[form, found_nothing].concat(), &reason);
        }
        let left = dir.list(".");
        assert_eq!(left, ["A", "B", "empty", "list", "m"], "nothing is left behind");
        let ran = dir.hash(&["--max-gone", "100%", "empty", "-o", "m"]);
        assert_eq!((ran.code(), fs::read(dir.at("m")).unwrap().len()), (0, 0), "{}", ran.stderr);
    }
    // A manifest without entries may be replaced by another one without entries.
    let dir = trees(&[]);
    fs::create_dir(dir.at("empty")).unwrap();
    dir.file("m", "");
    dir.hash(&["empty", "-o", "m"]).good();
}

#[test]
fn a_path_of_which_nothing_is_found_is_refused() {
    for form in FORMS {
        let dir = trees(form);
        let update: &[&str] = if form.len() == 2 { &["--update", "m"] } else { form };
        let emptied = format!("none of the files that m lists below B was found; {UNMOUNTED}");
        // Another disk is mounted: it has other files.
        fs::rename(dir.at("B"), dir.at("unmounted")).unwrap();
        for arguments in [form, update] {
            fs::create_dir(dir.at("B")).unwrap();
            refused(&dir, &[arguments, &["A", "B"]].concat(), &emptied);
            dir.file("B/other", "other");
            refused(&dir, &[arguments, &["A", "B"]].concat(), &emptied);
            fs::remove_dir_all(dir.at("B")).unwrap();
        }
        // Plain `hash` would lose the lines; an update keeps them.
        refused(&dir, &[form, &["A", "B"]].concat(), &emptied);
        assert_eq!(dir.hash(&["--order", "completion", "A", "B", "-o", "m"]).code(), 2);
        // The refused result is kept.
        let ran = dir.hash(&[form, &["A", "-o", "m", "--max-gone", "100%"]].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        fs::remove_dir_all(dir.at("A")).unwrap();
        fs::rename(dir.at("unmounted"), dir.at("A")).unwrap();
        refused(&dir, &[form, &["A"]].concat(), "none of the files that m lists below A was found");
        let insists = ["A", "-o", "m", "--max-gone", "100%", "--resume", "-v"];
        let ran = dir.hash(&[form, &insists].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("2 files, 0 B in"), "it is not read again: {}", ran.stderr);
    }
}

#[test]
fn a_path_that_still_has_one_of_its_files_is_replaced() {
    for form in FORMS {
        let dir = trees(form);
        fs::remove_file(dir.at("B/3")).unwrap();
        dir.hash(&[form, &["A", "B", "-o", "m"]].concat()).good();
        fs::rename(dir.at("B/c/4"), dir.at("B/c/5")).unwrap();
        dir.hash(&[form, &["A", "B/c/5", "-o", "m"]].concat()).good();
        // A PATH without names in the manifest may be empty.
        fs::create_dir(dir.at("C")).unwrap();
        dir.hash(&[form, &["A", "C", "-o", "m"]].concat()).good();
    }
}

#[test]
fn more_files_than_max_gone_may_not_be_gone() {
    for form in FORMS {
        let update: &[&str] = if form.len() == 2 { &["--update", "m"] } else { form };
        for arguments in [form, update] {
            for (limit, good) in [("0", false), ("1", true), ("24.9%", false), ("25%", true)] {
                let dir = trees(form);
                fs::remove_file(dir.at("B/3")).unwrap();
                let arguments = [arguments, &["A", "B", "--max-gone", limit]].concat();
                if good {
                    dir.hash(&[&arguments[..], &["-o", "m"]].concat()).good();
                } else {
                    let gone = if arguments.contains(&"--update") { "are gone" } else { LOST };
                    let reason = format!("1 of 4 files of m {gone}, more than --max-gone allows");
                    refused(&dir, &arguments, &reason);
                }
            }
        }
    }
}

#[test]
fn all_lines_that_the_new_manifest_lacks_count_however_they_are_lost() {
    let dir = trees(&["--format", "json"]);
    let lost = |count: u32| format!("{count} of 4 files of m {LOST}, more than --max-gone allows");
    dir.file("list", "A/1\n");
    refused(&dir, &["--files-from", "list", "--max-gone", "0"], &lost(3));
    let update = ["--update", "m", "--files-from", "list", "--max-gone", "0"];
    refused(&dir, &update, "3 of 4 files of m are gone or not listed, more than --max-gone allows");
    // Lost by filters, by other PATHs, and by another spelling of a PATH.
    refused(&dir, &["-g", "[13]", "A", "B", "--max-gone", "1"], &lost(2));
    refused(&dir, &["A", "--max-gone", "1"], &lost(2));
    let absolute = dir.at("A");
    refused(&dir, &[absolute.to_str().unwrap(), "B", "--max-gone", "1"], &lost(2));
    fs::rename(dir.at("A/1"), dir.at("A/3")).unwrap();
    refused(&dir, &["A", "B", "--max-gone", "0"], &lost(1));
}

#[test]
fn a_manifest_that_somebody_else_changes_meanwhile_is_not_replaced() {
    let dir = trees(&["--format", "json"]);
    let mut running = dir.batchproc(&["hash", "--update", "m", "--files-from", "-", "-o", "m"]);
    let mut running = running.stdin(Stdio::piped()).spawn().unwrap();
    let mut names = running.stdin.take().unwrap();
    writeln!(names, "A/1").unwrap();
    // Once the run writes its temporary file, it has read the manifest.
    while !dir.at("m.partial").exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended early");
    }
    let other = fs::read_to_string(dir.at("m")).unwrap() + "\n";
    dir.file("m", &other);
    writeln!(names, "A/2\nB/3\nB/c/4").unwrap();
    drop(names);
    let ran = Ran::of(running);
    assert_eq!(ran.code(), 2);
    let reason = "another process wrote a newer m during this run, and the newer lines would be lost; run the command again; m is unchanged";
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(dir.at("m")).unwrap(), other);
}
