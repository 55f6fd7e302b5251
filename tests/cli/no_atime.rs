//! `--no-atime`: reading leaves the access times of files and directories as they are.

use std::fs::{self, File, FileTimes};
use std::time::{Duration, SystemTime};

use crate::harness::{Dir, Ran};

/// A time before that of every change.
fn old() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

fn accessed(dir: &Dir, name: &str) -> SystemTime {
    fs::metadata(dir.at(name)).unwrap().accessed().unwrap()
}

const NAMES: [&str; 4] = ["t", "t/small", "t/large", "t/sub"];

/// Makes the files, with old access times.
fn files() -> Dir {
    let dir = Dir::new();
    dir.file("t/small", "文本\n");
    dir.file("t/large", vec![b'\n'; 2 << 20]);
    dir.file("t/sub/f", "");
    make_old(&dir);
    dir
}

fn make_old(dir: &Dir) {
    for name in NAMES {
        let times = FileTimes::new().set_accessed(old());
        File::open(dir.at(name)).unwrap().set_times(times).unwrap();
    }
}

#[test]
fn every_command_can_leave_access_times_as_they_are() {
    let dir = files();
    dir.hash(&["t", "-o", "m"]).good();
    if NAMES.iter().any(|name| accessed(&dir, name) == old()) {
        eprintln!("skipped: this file system changes no access times");
        return;
    }
    for arguments in [
        &["hash", "t"][..],
        &["hash", "t/small"],
        &["hash", "-a", "sha256,md5", "--order", "completion", "t"],
        &["check", "m"],
        &["audit", "m", "t"],
        &["dups", "t"],
        &["diff", "m", "t"],
        &["segment", "t"],
        &["segment", "t/small"],
    ] {
        make_old(&dir);
        let all = [arguments, &["--no-atime"]].concat();
        let ran = Ran::of(dir.batchproc(&all).spawn().unwrap());
        assert_eq!(ran.code(), 0, "{all:?} {}", ran.stderr);
        assert!(!ran.stderr.contains("refused"), "{all:?} {}", ran.stderr);
        for name in NAMES {
            assert_eq!(accessed(&dir, name), old(), "{all:?} {name}");
        }
    }
}

#[test]
fn files_of_which_the_system_does_not_allow_it_are_read_and_counted() {
    let dir = files();
    let [small, large] = ["t/small", "t/large"].map(|name| dir.at(name).display().to_string());
    let Some(ran) = dir.strace(
        &["-P", &small, "-e", "trace=openat", "-e", "inject=openat:error=EPERM:when=1"],
        &["hash", "--no-atime", &small, &large],
    ) else {
        return;
    };
    let plain = dir.hash(&[&small, &large]);
    assert_eq!((ran.code(), &ran.stdout), (0, &plain.stdout), "{}", ran.stderr);
    assert_eq!(
        ran.stderr,
        "batchproc: access times may have changed: the system refused --no-atime for files of other users: 1\n"
    );
}
