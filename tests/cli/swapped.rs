//! A walk does not leave the directory that it was given through a symbolic link, although directories
//! are swapped for links while it runs. The kernel itself says what was opened.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::harness::{Dir, Ran};
use crate::opens::Opens;

/// The runs of each command.
const RUNS: usize = 12;

/// Exchanges `directory` and `link` again and again while `work` runs, which is told how often so far.
pub fn while_swapped(directory: &Path, link: &Path, work: impl FnOnce(&AtomicU64)) {
    let (over, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                renameat_with(CWD, directory, CWD, link, RenameFlags::EXCHANGE).unwrap();
                swaps.fetch_add(1, Relaxed);
            }
        });
        let _end = SetAtEnd(&over);
        work(&swaps);
    });
}

/// Ends the swaps even if `work` panics.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Directories below `t`, and `out` with files and directories of the same names. `t/link` leads there.
fn tree(dir: &Dir) -> Vec<std::path::PathBuf> {
    let mut outside = Vec::new();
    for number in 0..60 {
        for below in ["", "e/f/"] {
            let name = format!("d{}/{below}{number}", number % 6);
            dir.file(format!("t/a/{name}"), "a\n");
            outside.push(dir.file(format!("out/{name}"), "a\n"));
        }
    }
    for number in 0..6 {
        for below in ["", "/e", "/e/f"] {
            outside.push(dir.at(format!("out/d{number}{below}")));
        }
    }
    symlink("../out", dir.at("t/link")).unwrap();
    outside
}

#[test]
fn a_directory_that_is_swapped_for_a_link_does_not_lead_out_of_the_tree() {
    let dir = Dir::new();
    let outside = tree(&dir);
    dir.hash(&["--format", "json", "t", "-o", "m"]).good();
    let opens = Opens::of(&outside);
    while_swapped(&dir.at("t/a"), &dir.at("t/link"), |swaps| {
        for arguments in [
            &["hash", "t"][..],
            &["hash", "--order", "completion", "-j1", "--io-threads", "1", "t"],
            &["hash", "--links", "--format", "json", "t"],
            &["hash", "--update", "m", "--rehash", "--format", "json", "t"],
            &["audit", "m", "t"],
            &["dups", "t"],
            &["diff", "m", "t"],
            &["segment", "t"],
            &["hash", "t/"],
            &["hash", "./t/.", "t/a/d1"],
        ] {
            for _ in 0..RUNS {
                let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
                assert!([0, 1, 2].contains(&ran.code()), "{arguments:?}: {}", ran.stderr);
                // Nothing of the directory was left out without a message.
                if arguments == ["hash", "t"] && ran.code() == 0 {
                    assert!([0, 120].contains(&ran.text().lines().count()), "{}", ran.text());
                }
            }
            if !arguments.contains(&"t/a/d1") {
                assert!(!opens.happened(), "{arguments:?}");
            }
        }
        assert!(swaps.load(Relaxed) > 0);
    });
}
