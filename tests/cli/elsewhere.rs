//! Manifests that were made in another directory or on another system: `--backslashes`,
//! `--strip-prefix`, `--base-name`, and the hints that name them.

use crate::harness::{Dir, Ran};

const A: &str = "60b725f10c9c85c70d97880dfe8191b3"; // "a\n"
const B: &str = "3b5d5c3712955042212316173ccf37be"; // "b\n"

fn files() -> Dir {
    let dir = Dir::new();
    dir.file("here/dist/app.exe", "a\n");
    dir.file("here/x", "b\n");
    dir.file("here/-", "b\n");
    dir
}

fn run(dir: &Dir, arguments: &[&str]) -> (i32, String, String) {
    let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
    (ran.code(), ran.text(), ran.stderr)
}

#[test]
fn check_finds_files_under_the_names_that_md5sum_finds_after_an_edit() {
    let dir = files();
    for (manifest, script, options) in [
        (format!("{A} *dist\\app.exe\n{B} *x\n"), r"s,\\,/,g", &["--backslashes"][..]),
        (format!("\\{A}  dist\\\\app.exe\n"), r"s,\\,,;s,\\\\,/,g", &["--backslashes"]),
        (format!("{A}  /far/dist/app.exe\n{B}  x\n"), "s,/far/,,", &["--strip-prefix", "/far/"]),
        (format!("MD5 (o/p/x) = {B}\nMD5 (q/x) = {A}\n"), "s,(.*/,(,", &["--base-name"]),
        (
            format!("{A}  C:\\far\\dist\\app.exe\n{B}  C:\\far\\x\n"),
            r"s,C:.far.,,;s,\\,/,",
            &["--strip-prefix=C:/far/", "--backslashes"],
        ),
        (format!("{B}  a/-\n"), "s,a/-,./-,", &["--base-name"]),
    ] {
        dir.file("m", &manifest);
        let oracle = format!("sed -e '{script}' m > edited && cd here && exec md5sum -c ../edited");
        let theirs = Ran::of(dir.command("sh", &["-c", &oracle]).spawn().unwrap());
        let (code, text, _) =
            run(&dir, &[&["check", "-a", "md5", "--root", "here", "m"], options].concat());
        assert_eq!((code, &text), (theirs.code(), &theirs.text()), "{manifest}");
        assert!(text.contains(": OK"), "{manifest}");
        let (code, other, _) =
            run(&dir, &[&["hash", "-c", "-a", "md5", "--root", "here", "m"], options].concat());
        assert_eq!((code, other), (theirs.code(), text), "{manifest}");
        // Nothing is changed without the options.
        assert_eq!(run(&dir, &["check", "--root", "here", "m"]).0, 1, "{manifest}");
    }
}

#[test]
fn two_entries_that_get_one_name_are_both_checked() {
    let dir = files();
    let sha1 = "89e6c98d92887913cadf06b2adb97f26cde4849b"; // "b\n"
    for manifest in [
        format!("{B}  p/x\n{A}  q/x\n"),
        format!("MD5 (p/x) = {B}\nMD5 (q/x) = {A}\n"),
        format!("MD5 (p/x) = {B}\nSHA1 (q/x) = {}\n", sha1.replace('8', "9")),
        format!("path,algorithm,digest\np/x,md5,{B}\nq/x,sha1,{}\n", sha1.replace('8', "9")),
    ] {
        dir.file("m", &manifest);
        let (code, text, _) = run(&dir, &["check", "--root", "here", "--base-name", "m"]);
        assert_eq!((code, text.as_str()), (1, "x: OK\nx: FAILED\n"), "{manifest}");
    }
    dir.file("m", format!("{A}  p/x\n{B}  q/x\n"));
    let (code, text, stderr) =
        run(&dir, &["audit", "--base-name", "--root", "here", "m", "here/x"]);
    assert_eq!((code, text.as_str()), (1, "here/x: ok\n"));
    assert!(stderr.contains("m: 2: contradicts line 1; this later line counts"), "{stderr}");
}

#[test]
fn audit_takes_the_same_options() {
    let dir = files();
    dir.file("m", format!("{A} *C:\\far\\dist\\app.exe\n{B} *C:\\far\\x\n{B} *C:\\far\\-\n"));
    let options = &["audit", "--root", "here", "--backslashes", "--strip-prefix=C:/far/", "m"][..];
    let (code, text, _) = run(&dir, &[options, &["here"]].concat());
    assert_eq!((code, &*text), (0, "here/-: ok\nhere/dist/app.exe: ok\nhere/x: ok\n"));
    dir.file("m", format!("{B}  far/x\n{B}  far/-\n"));
    let (code, text, _) =
        run(&dir, &["audit", "--root", "here", "--base-name", "m", "here/x", "here/-"]);
    assert_eq!((code, &*text), (0, "here/x: ok\nhere/-: ok\n"));
}

#[test]
fn check_hints_once_at_the_end_of_a_manifest_with_missing_files() {
    let dir = files();
    dir.file("windows", format!("{A} *dist\\app.exe\n{B} *dist\\gone\n{B} *x\n"));
    dir.file("far", format!("MD5 (/far/dist/app.exe) = {A}\nMD5 (/far/x) = {B}\n"));
    dir.file("flat", format!("{A}  x/x\n{B}  b/x\n{B}  c/-\n"));
    dir.file("good", format!("{A}  dist/app.exe\n"));
    dir.file("gone", format!("{A}  gone\n{A}  d\\gone\n"));
    let hints = |arguments: &[&str]| {
        let (_, _, stderr) = run(&dir, &[&["check", "--root", "here"], arguments].concat());
        let hints = stderr.lines().filter_map(|line| line.strip_prefix("batchproc: hint: "));
        hints.map(str::to_string).collect::<Vec<_>>()
    };
    let windows = r"dist\app.exe exists as dist/app.exe; use --backslashes";
    let far = "/far/dist/app.exe exists as dist/app.exe; use --strip-prefix=/far/";
    // `x` is a file, so that nothing can be below it.
    let flat = "x/x exists as x; use --base-name";
    assert_eq!(hints(&["windows", "good", "far", "gone", "flat"]), [windows, far, flat]);
    assert_eq!(hints(&["--quiet", "--ignore-missing", "windows"]), [windows]);
    assert_eq!(hints(&["--status", "windows"]), [""; 0]);
    assert_eq!(hints(&["--backslashes", "windows"]), [""; 0]);
    assert_eq!(hints(&["--format", "json", "far"]), [far]);
    // The hint is right: with its option no file is missing.
    let with = run(&dir, &["check", "--root", "here", "--strip-prefix=/far/", "far"]);
    assert_eq!(with, (0, "dist/app.exe: OK\nx: OK\n".into(), String::new()));
    let (_, _, stderr) = run(&dir, &["check", "--root", "here", "windows"]);
    assert!(
        stderr.ends_with(&format!("could not be read\nbatchproc: hint: {windows}\n")),
        "{stderr}"
    );
}

#[test]
fn audit_hints_for_missing_and_moved_files_and_for_a_manifest_of_nothing_below_the_paths() {
    let dir = files();
    let last = |arguments: &[&str]| {
        let (code, _, stderr) = run(&dir, &[&["audit", "--root", "here"], arguments].concat());
        (code, stderr.lines().last().unwrap_or_default().to_string())
    };
    let hint = r"dist\app.exe exists as dist/app.exe; use --backslashes";
    dir.file("moved", format!("{A} *dist\\app.exe\n{B} *x\n"));
    dir.file("missing", format!("{B} *dist\\app.exe\n{B} *x\n"));
    for manifest in ["moved", "missing"] {
        assert_eq!(
            last(&[manifest, "here"]),
            (1, format!("batchproc: hint: {hint}")),
            "{manifest}"
        );
        assert_eq!(last(&["--status", manifest, "here"]), (1, String::new()), "{manifest}");
    }
    let (code, line) = last(&["moved", "here/dist"]);
    assert!(code == 2 && line.ends_with(&format!("here/dist\\app.exe; hint: {hint}")), "{line}");
    dir.file("gone", format!("{B} *gone\n"));
    let (code, line) = last(&["gone", "here"]);
    assert!(code == 1 && !line.contains("hint"), "{line}");
}

#[test]
fn the_options_need_a_check() {
    let dir = files();
    for option in ["--backslashes", "--base-name", "--strip-prefix=a"] {
        let (code, _, stderr) = run(&dir, &["hash", option, "here/x"]);
        assert!(
            code == 2 && stderr.contains("needs --check; or use batchproc check"),
            "{option}: {stderr}"
        );
    }
}
