//! `-o`, full disks, and readers that close the pipe.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::harness::{Dir, Ran};

const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";
/// An existing manifest.
const OLD: &str = "0123456789abcdef0123456789abcdef  old\n";

#[test]
fn the_output_is_not_hashed_although_it_lies_in_the_tree() {
    let dir = Dir::new();
    dir.file("t/a", "");
    dir.file("t/sums", OLD);
    for _ in 0..2 {
        dir.hash(&["t", "-o", "t/sums"]).good();
        assert_eq!(fs::read_to_string(dir.at("t/sums")).unwrap(), format!("{EMPTY}  t/a\n"));
        assert_eq!(dir.list("t"), ["a", "sums"], "no litter");
    }
    let reported = dir.hash(&["-v", "t", "-o", "t/sums"]);
    assert!(
        reported.stderr.contains("skipped 3 files of the output itself"),
        "{}",
        reported.stderr
    );
    let shell = dir.command(
        "sh",
        &["-c", &format!("{} hash t > t/redirected", env!("CARGO_BIN_EXE_batchproc"))],
    );
    Ran::of({ shell }.spawn().unwrap()).good();
    let redirected = fs::read_to_string(dir.at("t/redirected")).unwrap();
    assert!(!redirected.contains("redirected"), "nor is standard output: {redirected}");
}

#[test]
fn a_replaced_file_keeps_its_mode_and_a_link_stays_a_link() {
    let dir = Dir::new();
    dir.file("a", "");
    let real = dir.file("real", OLD);
    fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
    symlink("real", dir.at("link")).unwrap();
    dir.hash(&["a", "-o", "link"]).good();
    assert!(dir.at("link").is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), format!("{EMPTY}  a\n"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_manifest_with_some_failures_is_still_written() {
    let dir = Dir::new();
    dir.file("a", "");
    assert_eq!(dir.hash(&["gone", "a", "-o", "sums"]).code(), 1);
    assert_eq!(fs::read_to_string(dir.at("sums")).unwrap(), format!("{EMPTY}  a\n"));
}

#[test]
fn a_device_as_output_is_written_to_and_not_replaced() {
    let dir = Dir::new();
    dir.file("a", "");
    dir.hash(&["a", "-o", "/dev/null"]).good();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn an_output_that_cannot_be_written_is_exit_code_2_before_any_work() {
    let dir = Dir::new();
    dir.file("a", "");
    dir.file("d/x", "");
    for (output, reason) in [
        (
            "missing/out",
            "cannot write missing/out: no file can be created beside it: No such file or directory",
        ),
        ("d", "cannot write to d: Is a directory"),
    ] {
        let ran = dir.hash(&["a", "-o", output]);
        assert_eq!((ran.code(), ran.stderr), (2, format!("batchproc: {reason}\n")));
    }
}

#[test]
fn a_full_disk_is_exit_code_2_with_a_message() {
    let dir = Dir::new();
    for n in 0..3000 {
        dir.file(format!("t/{n}"), "");
    }
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for arguments in [&["hash", "t"][..], &["hash", "t/1"], &["hash", "--order", "completion", "t"]]
    {
        let ran = Ran::of(dir.batchproc(arguments).stdout(full()).spawn().unwrap());
        assert_eq!(
            (ran.code(), ran.stderr.as_str()),
            (2, "batchproc: cannot write to standard output: No space left on device\n")
        );
    }
    let ran = dir.hash(&["t", "-o", "/dev/full"]);
    assert_eq!(ran.stderr, "batchproc: cannot write to /dev/full: No space left on device\n");
}

#[test]
fn a_closed_output_ends_the_run_at_once_and_quietly() {
    let dir = Dir::new();
    for n in 0..3000 {
        dir.file(format!("t/{n}"), "");
    }
    let mut child = dir.batchproc(&["hash", "t"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, format!("{EMPTY}  t/0\n"));
    Ran::of(child).good();
}

#[test]
fn a_closed_output_ends_a_run_that_waits_for_input() {
    let dir = Dir::new();
    dir.file("a", "");
    for arguments in [&["hash", "--files-from", "-"][..], &["hash", "-"]] {
        let mut child = dir.batchproc(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let _list = child.stdin.take();
        drop(child.stdout.take());
        Ran::of(child).good();
    }
}

#[test]
fn a_link_that_leads_nowhere_yet_stays_a_link() {
    let dir = Dir::new();
    dir.file("a", "");
    symlink("new", dir.at("link")).unwrap();
    symlink("loop", dir.at("loop")).unwrap();
    dir.hash(&["a", "-o", "link"]).good();
    assert!(dir.at("link").is_symlink() && dir.at("new").is_file());
    let ran = dir.hash(&["a", "-o", "loop"]);
    assert_eq!(ran.stderr, "batchproc: cannot write to loop: Too many levels of symbolic links\n");
}

#[test]
fn a_run_without_any_result_does_not_replace_the_last_good_one() {
    let dir = Dir::new();
    dir.file("out", OLD);
    let ran = dir.hash(&["not-mounted", "-o", "out"]);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.ends_with("batchproc: no file could be read; out is unchanged\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(dir.at("out")).unwrap(), OLD);
}

#[test]
fn standard_output_by_a_file_name_is_standard_output() {
    let dir = Dir::new();
    dir.file("a", "");
    for name in ["-", "/dev/stdout", "/dev/fd/1"] {
        let script = format!(
            "(echo x; {} hash a -o {name}; echo y) >> log; cat log; rm log",
            env!("CARGO_BIN_EXE_batchproc")
        );
        let text = Ran::of(dir.command("sh", &["-c", &script]).spawn().unwrap()).good();
        assert_eq!(String::from_utf8(text).unwrap(), format!("x\n{EMPTY}  a\ny\n"), "{name}");
    }
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one() {
    let dir = Dir::new();
    dir.file("a", "");
    let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    for name in [".out.abcDEF.tmp", ".out.young1.tmp", ".out.much-longer.tmp", ".other.abcDEF.tmp"]
    {
        let file = File::create(dir.at(name)).unwrap();
        if name != ".out.young1.tmp" {
            file.set_modified(hour).unwrap();
        }
    }
    dir.hash(&["a", "-o", "out"]).good();
    assert_eq!(
        dir.list("."),
        [".other.abcDEF.tmp", ".out.much-longer.tmp", ".out.young1.tmp", "a", "out"]
    );
}
