//! Messages about what went wrong name what to type. What they name is typed here.

use std::fs;

use crate::harness::{Dir, Ran};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// A tree, its manifest, and a copy under another name in which one file is damaged.
fn backup() -> Dir {
    let dir = Dir::new();
    for tree in ["my photos", "backup"] {
        for name in ["a", "b", "c/d"] {
            dir.file(format!("{tree}/{name}"), name);
        }
    }
    dir.file("backup/b", "x");
    dir.hash(&["-o", "m", "my photos"]).good();
    dir
}

/// The arguments of the command at the end of a message, as a shell reads them.
fn proposed(dir: &Dir, stderr: &str) -> Ran {
    let (_, command) = stderr.lines().last().unwrap().rsplit_once(": batchproc ").unwrap();
    let script = format!("\"$0\" {command}");
    let program = env!("CARGO_BIN_EXE_batchproc");
    Ran::of(dir.command("bash", &["-c", &script, program]).spawn().unwrap())
}

#[test]
fn the_command_for_a_copy_with_another_name_is_said_and_works() {
    let dir = backup();
    let ran = run(&dir, &["audit", "m", "backup"]);
    let message = "batchproc: m: none of the files that it lists lies below the PATHs; its first name is my photos/a; if backup is a copy of what it lists: batchproc audit --strip-prefix='my photos/' --root backup m backup\n";
    assert_eq!((ran.code(), &*ran.stderr), (2, message));
    let ran = proposed(&dir, &ran.stderr);
    let verdicts = "backup/a: ok\nbackup/b: changed\nbackup/c/d: ok\n";
    assert_eq!((ran.code(), &*ran.text()), (1, verdicts), "{}", ran.stderr);

    let ran = run(&dir, &["diff", "m", "backup"]);
    let message = "batchproc: no name is on both sides; the first names are my photos/a and a; if they are the same tree: batchproc diff --old-root='my photos' m backup\n";
    assert_eq!((ran.code(), &*ran.stderr), (1, message));
    let ran = proposed(&dir, &ran.stderr);
    assert_eq!((ran.code(), &*ran.text()), (1, "b: changed\n"), "{}", ran.stderr);
    let ran = run(&dir, &["diff", "backup", "m"]);
    assert!(ran.stderr.contains("diff --new-root='my photos' backup m\n"), "{}", ran.stderr);
}

#[test]
fn a_manifest_of_the_directory_itself_is_compared_with_a_copy_too() {
    let dir = Dir::new();
    dir.file("in/a", "a");
    dir.file("copy/a", "a");
    let mut made = dir.batchproc(&["hash", "-o", "../m", "a"]);
    Ran::of(made.current_dir(dir.at("in")).spawn().unwrap()).good();
    let ran = run(&dir, &["audit", "m", "copy"]);
    assert!(ran.stderr.ends_with(": batchproc audit --root copy m copy\n"), "{}", ran.stderr);
    assert_eq!(proposed(&dir, &ran.stderr).text(), "copy/a: ok\n");
    // Where nothing exists, there is nothing to propose.
    let ran = run(&dir, &["audit", "m", "in/a"]);
    let general = "give the same PATHs as when it was made; for a copy elsewhere, --strip-prefix PREFIX --root COPY MANIFEST COPY\n";
    assert!(ran.stderr.ends_with(general), "{}", ran.stderr);
}

#[test]
fn with_root_the_directory_itself_is_the_path() {
    let dir = Dir::new();
    dir.file("d/a", "a");
    dir.file("elsewhere/x", "");
    let mut made = dir.batchproc(&["hash", "--format", "json", "-o", "in.json", "."]);
    Ran::of(made.current_dir(dir.at("d")).spawn().unwrap()).good();
    let from = |ran: &mut std::process::Command| {
        Ran::of(ran.current_dir(dir.at("elsewhere")).spawn().unwrap())
    };
    let ran = from(&mut dir.batchproc(&["audit", "--root", "../d", "../d/in.json", "."]));
    let command =
        "PATH must be the directory itself: batchproc audit --root ../d ../d/in.json ../d\n";
    assert!(ran.code() == 2 && ran.stderr.ends_with(command), "{}", ran.stderr);
    let ran = from(&mut dir.batchproc(&["audit", "--root", "../d", "../d/in.json", "../d"]));
    assert_eq!((ran.code(), &*ran.text()), (0, "../d/a: ok\n"));
    let help = run(&dir, &["audit", "--help"]).text();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("PATH is not looked up there"), "{help}");
}

#[test]
fn what_was_mixed_up_or_is_missing_is_named() {
    let dir = Dir::new();
    dir.file("d/a.txt", "text\n");
    dir.hash(&["-o", "a.md5", "d"]).good();
    for (arguments, code, message) in [
        (
            &["audit", "d", "a.md5"][..],
            2,
            "cannot read the manifest d: Is a directory; MANIFEST comes before PATH",
        ),
        (
            &["check", "d"],
            1,
            "cannot read the manifest d: Is a directory; use batchproc audit MANIFEST d",
        ),
        (
            &["check", "d/a.txt"],
            1,
            "d/a.txt: no properly formatted checksum lines found; is it a manifest? batchproc hash makes one",
        ),
        (
            &["check", "-a", "sha256,blake3", "a.md5"],
            1,
            "a.md5: no properly formatted checksum lines found; -a accepts only digests of sha256, blake3",
        ),
        (&["hash", ""], 1, "'': No such file or directory"),
        (
            &["hash", "--update", "m", "d"],
            2,
            "cannot read the manifest m: No such file or directory; with -o m it is made",
        ),
        (&["hash", "--quiet", "a.md5"], 2, "--quiet needs --check; or use batchproc check"),
        (&["hash", "-w", "a.md5"], 2, "--warn (-w) needs --check; or use batchproc check"),
        (
            &["hash", "--root=d", "--strict", "a.md5"],
            2,
            "--strict, --root need --check; or use batchproc check",
        ),
        (
            &["hash", "-o", "none/m", "d"],
            2,
            "cannot write none/m: no file can be created beside it: No such file or directory",
        ),
        (
            &["segment", "--csv", "--field", "a", "--field-separator", r"\t", "d/a.txt"],
            2,
            r"--field-separator needs one character of ASCII with --csv, neither a quote nor a line end; for a tab: $'\t'",
        ),
        (
            &["segment", "--field", "text", "d/a.txt"],
            2,
            r"--field needs a number from 1; a name is possible with --csv; for TSV with a header: --csv --field-separator $'\t'",
        ),
    ] {
        let ran = run(&dir, arguments);
        let message = format!("batchproc: {message}\n");
        assert_eq!((ran.code(), ran.stderr), (code, message), "{arguments:?}");
    }
    for (arguments, message) in [
        (["hash", "-a", "sha-3", "d"], "perhaps sha3-256; --list-algorithms of hash lists all"),
        (["hash", "-a", "SHA_256", "d"], "perhaps sha256; "),
        (["hash", "-a", "md6", "d"], "expected one of md5, sha1"),
    ] {
        let ran = run(&dir, &arguments);
        assert!(ran.code() == 2 && ran.stderr.contains(message), "{}", ran.stderr);
    }
}

#[test]
fn a_text_in_place_of_a_name_is_answered_with_a_pipe() {
    let dir = Dir::new();
    let ran = run(&dir, &["segment", "我来到北京", "清华大学"]);
    let message = "batchproc: 我来到北京: No such file or directory\n\
                   batchproc: hint: to cut a text: echo TEXT | batchproc segment\n\
                   batchproc: 清华大学: No such file or directory\n";
    assert_eq!((ran.code(), &*ran.stderr), (1, message));
    let ran = run(&dir, &["segment", "none"]);
    assert_eq!(&*ran.stderr, "batchproc: none: No such file or directory\n");
}

#[test]
fn a_run_that_ended_by_itself_is_no_interrupted_one_and_can_still_be_continued() {
    let dir = Dir::new();
    for name in ["a", "b", "c"] {
        dir.file(format!("d/{name}"), name);
    }
    dir.settle();
    let night = |more: &[&str]| {
        run(&dir, &[&["hash", "-vv", "--max-gone", "0", "-o", "m", "d"], more].concat())
    };
    let remark = "which an interrupted run left, is replaced";
    assert_eq!(night(&[]).code(), 0);
    fs::remove_file(dir.at("d/b")).unwrap();
    let refused = night(&[]);
    assert!(refused.stderr.contains("--resume continues from m.partial"), "{}", refused.stderr);
    assert_eq!(
        (refused.code(), dir.list(".")),
        (2, ["d", "m", "m.partial", "m.partial.run"].map(String::from).to_vec())
    );
    dir.file("d/b", "b");
    // A resumed run opens only what has no result yet.
    let kept = ["m.partial", "m.partial.run"].map(|name| (name, fs::read(dir.at(name)).unwrap()));
    let resumed = night(&["--resume"]);
    assert_eq!(
        (resumed.code(), resumed.stderr.matches(" opening ").count()),
        (0, 1),
        "{}",
        resumed.stderr
    );
    kept.iter().for_each(|(name, bytes)| drop(dir.file(name, bytes)));
    let good = night(&[]);
    assert!(good.code() == 0 && !good.stderr.contains(remark), "{}", good.stderr);
    assert_eq!(dir.list("."), ["d", "m"]);
    // Without the note at the end of its description, a run was interrupted.
    let description = String::from_utf8(kept[1].1.clone()).unwrap();
    dir.file("m.partial", &kept[0].1);
    dir.file("m.partial.run", description.strip_suffix("ended\n").unwrap());
    let good = night(&[]);
    assert!(good.code() == 0 && good.stderr.contains(remark), "{}", good.stderr);
}
