//! Tests: files that change, vanish or are replaced while they are opened and read.

use super::*;
use crate::files::Root;
use std::fs::{self, FileTimes};
use std::io::Write;
use std::time::SystemTime;

/// Opens a file of ten bytes, calls `change` on it, reads it, and returns the number of bytes read
/// and the error, if any.
fn read_after(change: impl FnOnce(&Path)) -> (u64, Option<String>) {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "0123456789").unwrap();
    let opener = Opener::new(Interrupt::new().unwrap());
    let mut file =
        opener.open(Item::File(path.clone(), Origin::Walked((0, 0), Root::NONE)), true).unwrap();
    change(&path);
    let filled = file.read(&mut [0; 64]);
    assert!(filled.last);
    (file.size, file.failure.map(|failure| failure.reason))
}

#[test]
fn an_unchanged_file_is_read_whole() {
    assert_eq!(read_after(|_| {}), (10, None));
}

#[test]
fn a_file_that_vanishes_after_it_was_opened_is_read_whole() {
    assert_eq!(read_after(|path| fs::remove_file(path).unwrap()), (10, None));
}

#[test]
fn a_walked_file_that_became_something_else_is_an_error_and_not_skipped() {
    let directory = tempfile::TempDir::new().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("target"), "x").unwrap();
    fs::create_dir(at("directory")).unwrap();
    std::os::unix::fs::symlink(at("target"), at("link")).unwrap();
    let mkfifo = std::process::Command::new("mkfifo").arg(at("fifo")).status();
    assert!(mkfifo.unwrap().success());
    std::os::unix::fs::symlink(at("fifo"), at("link to a fifo")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let is_now =
        |kind| format!("was a regular file when its directory was read, and is a {kind} now");
    for min_size in [None, Some(0)] {
        let opener = Opener {
            sizes: Sizes { min: min_size, max: None },
            ..Opener::new(Interrupt::new().unwrap())
        };
        for (name, reason) in [
            ("link", is_now("symbolic link")),
            ("link to a fifo", is_now("symbolic link")),
            ("fifo", is_now("FIFO")),
            ("socket", is_now("socket")),
            ("directory", "Is a directory".into()),
            ("gone", "No such file or directory".into()),
        ] {
            match opener.open(Item::File(at(name), Origin::Walked((0, 0), Root::NONE)), true) {
                Err(Unopened::Result(Refused::Failed(failure))) => {
                    assert_eq!(failure.reason, reason, "{name} {min_size:?}");
                }
                other => panic!("{name} {min_size:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_file_that_grows_shrinks_or_is_rewritten_while_it_is_read_is_an_error() {
    let open = |path: &Path| File::options().append(true).open(path).unwrap();
    let (_, grown) = read_after(|path| open(path).write_all(b"abc").unwrap());
    let (_, shrunk) = read_after(|path| open(path).set_len(5).unwrap());
    let (_, rewritten) = read_after(|path| {
        let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
        open(path).set_times(times).unwrap();
    });
    let changed = |what: &str| Some(format!("changed while it was read: {what}"));
    assert_eq!(grown, changed("its size was 10 and is 13 bytes"));
    assert_eq!(shrunk, changed("its size was 10 and is 5 bytes"));
    assert_eq!(rewritten, changed("it was written to"));
}
