//! `check --beneath` opens nothing but regular files below a directory, and no command opens a FIFO or a
//! device that a manifest or a walk names. The kernel itself says what was opened (inotify).

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::Ordering::Relaxed;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::harness::{Dir, Ran};
use crate::opens::Opens;
use crate::swapped::while_swapped;

/// Runs `md5sum` on a file, and returns the digest.
fn md5(dir: &Dir, name: &str) -> String {
    let line = Ran::of(dir.command("md5sum", &[name]).spawn().unwrap()).text();
    line.split(' ').next().unwrap().to_string()
}

/// A directory `in`, a file outside of it, and a manifest `m` of names that all lead to a regular file.
/// Those that lead out or that no kernel may follow come last.
fn tree() -> Dir {
    let dir = Dir::new();
    dir.file("in/a", "inside\n");
    dir.file("in/d/b", "inside\n");
    dir.file("secret", "outside\n");
    symlink("d/b", dir.at("in/near")).unwrap();
    symlink("../a", dir.at("in/d/up-to-a")).unwrap();
    symlink("../secret", dir.at("in/far")).unwrap();
    symlink("..", dir.at("in/up")).unwrap();
    symlink(dir.at("in/a"), dir.at("in/absolute")).unwrap();
    let (inside, outside) = (md5(&dir, "in/a"), md5(&dir, "secret"));
    let absolute = dir.at("secret").display().to_string();
    let mut lines = String::new();
    for name in ["a", "./d/./b", "near", "d/up-to-a", "d/../a", "absolute"] {
        lines += &format!("{inside}  {name}\n");
    }
    for name in ["../secret", &absolute, "far", "up/secret", "d/../../secret"] {
        lines += &format!("{outside}  {name}\n");
    }
    dir.file("m", lines);
    dir
}

fn check(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["check"], arguments].concat()).spawn().unwrap())
}

/// The verdicts on the names of [`tree`]; `links` says whether links that stay inside are followed.
fn verdicts(dir: &Dir, links: bool) -> String {
    let absolute = dir.at("secret").display().to_string();
    let near = if links { "OK" } else { "FAILED open or read" };
    let mut text = format!("a: OK\n./d/./b: OK\nnear: {near}\nd/up-to-a: {near}\n");
    let out = ["d/../a", "absolute", "../secret", &absolute, "far", "up/secret", "d/../../secret"];
    for name in out {
        text += &format!("{name}: FAILED open or read\n");
    }
    text
}

#[test]
fn a_name_that_leaves_the_directory_is_an_error_and_its_file_is_not_opened() {
    let dir = tree();
    let secret = Opens::of(&[&dir.at("secret")]);
    // Without the option, all of these names are those of files that exist, and the file is opened.
    check(&dir, &["--quiet", "--root", "in", "m"]).good();
    assert!(secret.happened());
    for more in [&[][..], &["--ignore-missing"], &["-j", "1"]] {
        let ran = check(&dir, &[more, &["--beneath", "in", "m"]].concat());
        assert_eq!(ran.text(), verdicts(&dir, true));
        assert_eq!(ran.code(), 1);
        let reasons: Vec<_> = ran.stderr.lines().collect();
        assert_eq!(reasons[0], "batchproc: d/../a: not opened: the name has `..`");
        let out = "not opened: a symbolic link leads out of the directory";
        assert_eq!(reasons[1], format!("batchproc: absolute: {out}"));
        let absolute = dir.at("secret").display().to_string();
        assert_eq!(reasons[3], format!("batchproc: {absolute}: not opened: the name is absolute"));
        assert_eq!(reasons[4], format!("batchproc: far: {out}"));
        assert_eq!(reasons[7], "batchproc: WARNING: 7 listed files could not be read");
        assert_eq!(reasons.len(), 8);
    }
    assert!(!secret.happened());
}

#[test]
fn a_kernel_without_openat2_follows_no_link_and_opens_nothing_outside_either() {
    let dir = tree();
    let secret = Opens::of(&[&dir.at("secret")]);
    for error in ["ENOSYS", "EPERM"] {
        let inject = format!("inject=openat2:error={error}");
        let options = ["-e", "trace=openat2", "-e", &inject];
        let Some(ran) = dir.strace(&options, &["check", "--beneath", "in", "m"]) else { return };
        assert_eq!((ran.text(), ran.code()), (verdicts(&dir, false), 1));
    }
    assert!(!secret.happened());
}

#[test]
fn standard_input_and_a_digest_without_a_name_are_not_read_beneath_a_directory() {
    let dir = Dir::new();
    dir.file("in/x", "a\n");
    dir.file("m", "60b725f10c9c85c70d97880dfe8191b3  -\n");
    let arguments = ["check", "--beneath", "in", "m"];
    let ran = Ran::with_stdin(dir.batchproc(&arguments), b"a\n");
    assert_eq!((ran.text().as_str(), ran.code()), ("-: FAILED open or read\n", 1));
    dir.file("in/x.md5", "60b725f10c9c85c70d97880dfe8191b3\n");
    check(&dir, &["--status", "in/x.md5"]).good();
    let ran = check(&dir, &["--beneath", "in", "in/x.md5"]);
    assert_eq!((ran.text().as_str(), ran.code()), ("in/x: FAILED open or read\n", 1));
    assert!(
        ran.stderr.starts_with("batchproc: in/x: not opened: the line does not name the file\n")
    );
}

#[test]
fn what_is_missing_beneath_a_directory_may_be_ignored_but_the_directory_itself_may_not() {
    let dir = Dir::new();
    dir.file("in/x", "a\n");
    dir.file("gone", "a\n");
    let a = "60b725f10c9c85c70d97880dfe8191b3";
    dir.file("m", format!("{a}  x\n{a}  gone\n"));
    assert_eq!(check(&dir, &["--ignore-missing", "--beneath", "in", "m"]).good(), b"x: OK\n");
    let ran = check(&dir, &["--beneath", "none", "m"]);
    let reason = "batchproc: cannot open the directory none: No such file or directory\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reason));
    let ran = check(&dir, &["--beneath", "in", "--root", "in", "m"]);
    assert_eq!(ran.code(), 2);
    let ran = Ran::of(dir.batchproc(&["hash", "-c", "--beneath", "in", "m"]).spawn().unwrap());
    assert_eq!((ran.text().as_str(), ran.code()), ("x: OK\ngone: FAILED open or read\n", 1));
}

#[test]
fn links_of_a_manifest_are_compared_beneath_a_directory_and_not_followed() {
    let dir = Dir::new();
    dir.file("in/d/x", "a\n");
    dir.file("out/x", "a\n");
    symlink("/etc/passwd", dir.at("in/d/link")).unwrap();
    symlink("/etc/passwd", dir.at("out/link")).unwrap();
    dir.hash(&["--links", "--format", "json", "-o", "m", "in/d"]).good();
    let beneath = ["--strip-prefix", "in/", "--beneath", "in", "m"];
    assert_eq!(check(&dir, &beneath).good(), b"d/link: OK\nd/x: OK\n");
    fs::rename(dir.at("in/d"), dir.at("in/old")).unwrap();
    symlink("../out", dir.at("in/d")).unwrap();
    let ran = check(&dir, &beneath);
    let failed = "d/link: FAILED open or read\nd/x: FAILED open or read\n";
    assert_eq!((ran.text().as_str(), ran.code()), (failed, 1));
}

/// A FIFO and, if this process may make one, a device, by these names in `t`.
fn special(dir: &Dir) -> Vec<&'static str> {
    dir.file("t/file", "a\n");
    dir.fifo("t/fifo");
    let device = dir.at("t/device");
    match mknodat(CWD, &device, FileType::CharacterDevice, Mode::from(0o666), makedev(1, 3)) {
        Ok(()) => vec!["t/fifo", "t/device"],
        Err(error) => {
            eprintln!("skipped for a device: {error}");
            vec!["t/fifo"]
        }
    }
}

#[test]
fn no_command_opens_a_fifo_or_a_device_that_a_manifest_or_a_walk_names() {
    let dir = Dir::new();
    let names = special(&dir);
    let empty = "d41d8cd98f00b204e9800998ecf8427e";
    let mut lines = "60b725f10c9c85c70d97880dfe8191b3  t/file\n".to_string();
    for (number, name) in names.iter().enumerate() {
        symlink(dir.at(name), dir.at(format!("t/link{number}"))).unwrap();
        lines += &format!("{empty}  {name}\n{empty}  t/link{number}\n");
    }
    dir.file("m", &lines);
    dir.file("list", names.join("\n") + "\nt/file\n");
    let entry = r#""digest":"d41d8cd98f00b204e9800998ecf8427e","size":0,"mtime":1,"#;
    let line = |name: &&str| format!("{{{entry}\"path\":\"{name}\"}}\n");
    dir.file("m.json", names.iter().map(line).collect::<String>());
    let paths: Vec<_> = names.iter().map(|name| dir.at(name)).collect();
    let opens = Opens::of(&paths);
    let failed = 2 * names.len();
    for arguments in
        [&["check", "m"][..], &["check", "--root", ".", "m"], &["check", "--beneath", ".", "m"]]
    {
        let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
        assert_eq!(ran.code(), 1);
        assert_eq!(ran.text().matches(": FAILED open or read\n").count(), failed, "{arguments:?}");
        assert!(!opens.happened(), "{arguments:?}");
    }
    for arguments in [
        &["audit", "m", "t"][..],
        &["audit", "--follow", "m", "t"],
        &["audit", "--no-read", "m.json", "t"],
        &["audit", "--links", "m.json", "t"],
        &["hash", "t"],
        &["hash", "--follow", "t"],
        &["hash", "--update", "m.json", "--format", "json", "t", "-o", "new.json"],
        &["hash", "--update", "m.json", "--format", "json", "--follow", "t", "-o", "new.json"],
        &["hash", "--files-from", "list"],
        &["segment", "t"],
        &["segment", "--files-from", "list"],
        &["dups", "t"],
        &["dups", "--follow", "--from", "m.json"],
        &["diff", "m", "t"],
        &["diff", "t", "t"],
    ] {
        let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
        assert!([0, 1, 2].contains(&ran.code()), "{arguments:?}: {}", ran.stderr);
        assert!(!opens.happened(), "{arguments:?}: {}", ran.stderr);
    }
    // The kernel would have said so.
    drop(fs::OpenOptions::new().read(true).write(true).open(dir.at("t/fifo")).unwrap());
    assert!(opens.happened());
}

#[test]
fn a_directory_that_is_swapped_for_a_link_does_not_lead_out_of_the_directory() {
    const FILES: usize = 200;
    let dir = Dir::new();
    let mut lines = String::new();
    let mut outside = Vec::new();
    for number in 0..FILES {
        dir.file(format!("in/a/d/{number}"), "a\n");
        outside.push(dir.file(format!("out/d/{number}"), "secret\n"));
        lines += &format!("60b725f10c9c85c70d97880dfe8191b3  a/d/{number}\n");
    }
    dir.file("m", lines);
    symlink("../out", dir.at("in/link")).unwrap();
    let opens = Opens::of(&outside);
    while_swapped(&dir.at("in/a"), &dir.at("in/link"), |swaps| {
        let (mut good, mut bad) = (0, 0);
        for _ in 0..20 {
            let ran = check(&dir, &["--beneath", "in", "m"]);
            assert_eq!(ran.text().lines().count(), FILES);
            good += ran.text().matches(": OK\n").count();
            bad += ran.text().matches(": FAILED open or read\n").count();
        }
        assert_eq!(good + bad, 20 * FILES);
        assert!(swaps.load(Relaxed) > 0);
    });
    assert!(!opens.happened());
}
