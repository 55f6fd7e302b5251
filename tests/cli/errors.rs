//! Errors: each has a line and an exit code, and all other files are still processed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use crate::harness::{Dir, Ran};

#[test]
fn a_missing_file_is_a_line_and_exit_code_1() {
    let dir = Dir::new();
    dir.file("a", "");
    for arguments in [&["gone", "a", "also\ngone\u{1b}[2J"][..], &["gone"]] {
        let ran = dir.hash(arguments);
        assert_eq!(ran.code(), 1);
        assert!(ran.stderr.starts_with("batchproc: gone: No such file or directory\n"));
    }
    let ran = dir.hash(&["", "a"]);
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (1, "batchproc: '': No such file or directory\n")
    );
    let ran = dir.hash(&["a", "also\ngone\u{1b}[2J"]);
    assert_eq!(ran.text(), "d41d8cd98f00b204e9800998ecf8427e  a\n");
    assert_eq!(
        ran.stderr, "batchproc: also\\ngone\\u{1b}[2J: No such file or directory\n",
        "a name cannot steer the terminal"
    );
}

#[test]
fn a_read_error_is_a_line_and_the_others_are_hashed() {
    let dir = Dir::new();
    dir.file("a", "");
    dir.file("z", "");
    // This regular file can be opened, but not read at its beginning, not even by root.
    let ran = dir.hash(&["a", "/proc/self/mem", "z"]);
    assert_eq!((ran.code(), ran.text().lines().count()), (1, 2));
    assert_eq!(ran.stderr, "batchproc: /proc/self/mem: Input/output error\n");
}

#[test]
fn what_may_not_be_read_is_a_line() {
    let dir = Dir::new();
    dir.file("t/a", "");
    dir.file("t/b/c", "");
    let close = |name: &str, mode| {
        fs::set_permissions(dir.at(name), Permissions::from_mode(mode)).unwrap();
    };
    close("t/a", 0);
    close("t/b", 0);
    close(".", 0o755);
    // Root may read everything, so the program then runs as another user.
    let program = env!("CARGO_BIN_EXE_batchproc");
    let ran = if rustix::process::getuid().is_root() {
        let copy = dir.at("batchproc");
        fs::copy(program, &copy).unwrap();
        let arguments =
            ["--reuid=65534", "--regid=65534", "--clear-groups", "./batchproc", "hash", "t"];
        Ran::of(dir.command("setpriv", &arguments).spawn().unwrap())
    } else {
        dir.hash(&["t"])
    };
    close("t/b", 0o755);
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (1, "batchproc: t/a: Permission denied\nbatchproc: t/b: Permission denied\n")
    );
}

#[test]
fn a_link_to_itself_is_a_line() {
    let dir = Dir::new();
    symlink("self", dir.at("self")).unwrap();
    let ran = dir.hash(&["self"]);
    assert_eq!((ran.code(), ran.stdout.len()), (1, 0));
    assert_eq!(ran.stderr, "batchproc: self: Too many levels of symbolic links\n");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let dir = Dir::new();
    for arguments in [
        &["--no-such-option"][..],
        &["-j", "0", "."],
        &["--memory", "1M", "."],
        &["--format", "xml", "."],
        &["--format", "csv", "-z", "."],
        &["--min-size", "many", "."],
    ] {
        let ran = dir.hash(arguments);
        assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(Ran::of(dir.batchproc(&[]).spawn().unwrap()).code(), 2);
    let help = Ran::of(dir.batchproc(&["hash", "--help"]).spawn().unwrap());
    assert_eq!((help.code(), help.stderr.as_str()), (0, ""));
}

#[test]
fn it_needs_no_environment() {
    let dir = Dir::new();
    dir.file("a", "");
    let ran = Ran::of(dir.batchproc(&["hash", "."]).env_clear().spawn().unwrap());
    assert_eq!(ran.good(), b"d41d8cd98f00b204e9800998ecf8427e  ./a\n");
}
