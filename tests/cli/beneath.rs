//! `check --beneath DIR` reads only what lies below DIR, whatever a stranger's manifest names.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use crate::harness::{Dir, Ran};

fn check(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["check"], arguments].concat()).spawn().unwrap())
}

/// The digest of `secret`, as if the stranger had guessed it.
const SECRET: &str = "5ebe2294ecd0e0f08eab7690d2a6ee69";

#[test]
fn names_that_lead_out_are_failures_and_are_not_read() {
    let dir = Dir::new();
    dir.file("secret", "secret");
    dir.file("d/sub/f", "secret");
    symlink("../secret", dir.at("d/out")).unwrap();
    symlink("..", dir.at("d/up")).unwrap();
    symlink("sub", dir.at("d/inside")).unwrap();
    symlink("/dev/zero", dir.at("d/zero")).unwrap();
    dir.fifo("d/fifo");
    let secret = dir.at("secret").display().to_string();
    let names = [
        "sub/f",
        "inside/f",
        "./sub//f",
        "out",
        "up/secret",
        "../secret",
        "sub/../../secret",
        &secret,
        "fifo",
        "zero",
        "/dev/stdin",
        "-",
        "none",
    ];
    dir.file("m", names.map(|name| format!("{SECRET}  {name}\n")).concat());
    let expected = "\
        sub/f: OK\n\
        inside/f: OK\n\
        ./sub//f: OK\n";
    for options in [&["--beneath", "d", "m"][..], &["--beneath", "./d/", "m"]] {
        let ran = check(&dir, options);
        assert_eq!(ran.code(), 1);
        let failed: String =
            names[3..].iter().map(|name| format!("{name}: FAILED open or read\n")).collect();
        assert_eq!(ran.text(), format!("{expected}{failed}"), "{}", ran.stderr);
        let outside = ran.stderr.matches("leads out of the directory of --beneath").count();
        assert_eq!(outside, 7, "{}", ran.stderr);
    }
    // The old way reads all of them that are files.
    let ran = check(&dir, &["--root", "d", "m"]);
    assert!(ran.text().contains("out: OK\n"), "{}", ran.text());
    assert_eq!(check(&dir, &["--beneath", "none", "m"]).code(), 2);
    let ran = dir.hash(&["-c", "--beneath", "d", "m", "--quiet"]);
    assert_eq!((ran.code(), ran.text().lines().count()), (1, 10), "{}", ran.stderr);
}

#[test]
fn links_in_manifests_are_looked_at_below_the_directory_alone() {
    let dir = Dir::new();
    fs::create_dir_all(dir.at("d/sub")).unwrap();
    symlink("anywhere", dir.at("link")).unwrap();
    symlink("anywhere", dir.at("d/sub/link")).unwrap();
    symlink("..", dir.at("d/up")).unwrap();
    let line = |path: &str| format!("{{\"path\":\"{path}\",\"link\":\"anywhere\"}}\n");
    dir.file("m.json", ["sub/link", "up/link", "../link"].map(line).concat());
    let ran = check(&dir, &["--beneath", "d", "m.json"]);
    let expected = "sub/link: OK\nup/link: FAILED open or read\n../link: FAILED open or read\n";
    assert_eq!((ran.code(), &*ran.text()), (1, expected), "{}", ran.stderr);
}

#[test]
fn a_directory_that_becomes_a_link_during_the_run_leads_nowhere() {
    let dir = Dir::new();
    dir.file("outside/f", "secret");
    dir.file("d/real/f", "inside");
    symlink("../outside", dir.at("d/link")).unwrap();
    dir.file("m", format!("{SECRET}  now/f\n").repeat(20_000));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Relaxed) {
                for name in ["d/real", "d/link"] {
                    fs::rename(dir.at(name), dir.at("d/now")).unwrap();
                    fs::rename(dir.at("d/now"), dir.at(name)).unwrap();
                }
            }
        });
        let ran = check(&dir, &["--beneath", "d", "m"]);
        stop.store(true, Relaxed);
        assert_eq!(ran.code(), 1);
        let text = ran.text();
        assert_eq!(text.lines().count(), 20_000);
        assert!(!text.contains("OK"), "a file outside was read");
    });
}

#[test]
fn no_check_waits_for_a_fifo_or_reads_a_device() {
    let dir = Dir::new();
    dir.fifo("fifo");
    dir.file("m", format!("{SECRET}  fifo\n{SECRET}  /dev/zero\n"));
    for options in [&["m"][..], &["--root", ".", "m"]] {
        let ran = check(&dir, options);
        assert_eq!((ran.code(), ran.text().matches("FAILED open or read").count()), (1, 2));
    }
}
