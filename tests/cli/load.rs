//! Options that keep a run from slowing down the rest of the machine: `--limit` and `--nice`.

use std::fs;
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Ran};

/// The seconds that a run took, as its summary says.
fn seconds(dir: &Dir, arguments: &[&str]) -> (f64, Vec<u8>) {
    let all = [arguments, &["--summary", "s"]].concat();
    let ran = Ran::of(dir.batchproc(&all).spawn().unwrap());
    assert_eq!(ran.code(), 0, "{arguments:?} {}", ran.stderr);
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.at("s")).unwrap()).unwrap();
    (summary["seconds"].as_f64().unwrap(), ran.stdout)
}

#[test]
fn a_limit_holds_for_all_readers_together_and_changes_no_result() {
    let dir = Dir::new();
    // 120,000 bytes: small files, one longer than a piece of the limit, and an empty one.
    for n in 0..30 {
        dir.file(format!("t/{n}"), format!("{n:02}").repeat(1000));
    }
    dir.file("t/long", vec![b'x'; 60_000]);
    dir.file("t/empty", "");
    dir.hash(&["-o", "m", "t"]).good();
    for arguments in [
        &["hash", "t"][..],
        &["check", "m"],
        &["audit", "m", "t"],
        &["segment", "t"],
        &["hash", "-a", "sha256,md5", "--io-threads", "1", "t"],
        &["hash", "t/long"],
    ] {
        let (_, expected) = seconds(&dir, arguments);
        let (slow, found) = seconds(&dir, &[arguments, &["--limit", "200K"]].concat());
        assert!(expected == found, "{arguments:?}");
        // A run that is slowed down by other programs only takes longer. What is read last may be
        // read at once: a twentieth of a second's worth.
        let bytes = if arguments.contains(&"t/long") { 60_000.0 } else { 120_000.0 };
        let least = bytes / f64::from(200 << 10) - 0.06;
        assert!(slow >= least, "{arguments:?}: {slow} {least}");
    }
    let input = vec![b'x'; 60_000];
    let expected = dir.hash_with_stdin(&[], &input).good();
    let begun = Instant::now();
    assert_eq!(dir.hash_with_stdin(&["--limit", "200K"], &input).good(), expected);
    assert!(begun.elapsed().as_secs_f64() >= 60_000.0 / f64::from(200 << 10) - 0.06);
}

#[test]
fn a_signal_ends_a_run_whose_readers_wait_for_the_limit() {
    for command in ["hash", "segment"] {
        let dir = Dir::new();
        for name in ["a", "b", "c"] {
            dir.file(format!("t/{name}"), "x".repeat(5000));
        }
        // Each reader may read a page at once, and the next one then waits for more than an hour.
        let child = dir.batchproc(&[command, "--limit", "1", "t"]).spawn().unwrap();
        let begun = Instant::now();
        while !has_open(child.id(), "t/a") {
            assert!(begun.elapsed() < Duration::from_secs(60), "no file was opened");
            thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let ran = Ran::of(child);
        assert_eq!((ran.code(), ran.stderr.as_str()), (143, "batchproc: stopped by signal 15\n"));
    }
}

/// Whether the process has opened the file whose path ends with this name.
fn has_open(process: u32, name: &str) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let mut targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| target.ends_with(name))
}

#[test]
fn a_limit_of_nothing_is_refused() {
    let dir = Dir::new();
    for limit in ["0", "x", "-1", "1.5M"] {
        let ran = dir.hash(&["--limit", limit, "."]);
        assert_eq!((ran.code(), ran.text()), (2, String::new()), "{limit}");
    }
}

#[test]
fn a_nice_run_has_the_lowest_priority_on_all_its_threads() {
    let dir = Dir::new();
    dir.file("a", "");
    dir.fifo("list");
    let arguments = ["hash", "--nice", "--summary", "s", "--files-from", "list"];
    let mut child = dir.batchproc(&arguments).spawn().unwrap();
    let mut list = fs::OpenOptions::new().write(true).open(dir.at("list")).unwrap();
    list.write_all(b"a\n").unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 36]).unwrap();
    let tasks = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let tasks: Vec<_> = tasks.map(|task| task.unwrap().path()).collect();
    let mut names = Vec::new();
    for task in &tasks {
        let Ok(stat) = fs::read_to_string(task.join("stat")) else { continue };
        let (name, fields) = stat.rsplit_once(") ").unwrap();
        assert_eq!(fields.split(' ').nth(16), Some("19"), "{stat}");
        names.push(name.split('(').nth(1).unwrap().to_string());
        let id = task.file_name().unwrap().to_str().unwrap();
        match dir.command("ionice", &["-p", id]).spawn() {
            Ok(child) => {
                let said = Ran::of(child).text();
                // Of a thread that has just ended, nothing is known.
                assert!(said == "idle\n" || !task.exists(), "{name} {said}");
            }
            Err(_) => eprintln!("skipped: there is no ionice"),
        }
    }
    // The main thread, those of the summary and of the signals, a reader, a worker and the source. A
    // thread that has not run yet still has the name of the one that started it.
    assert!(names.len() >= 6, "{names:?}");
    drop(list);
    assert_eq!(Ran::of(child).code(), 0);
}

#[test]
fn a_priority_that_the_system_refuses_to_lower_ends_the_run_before_it_begins() {
    let dir = Dir::new();
    dir.file("a", "");
    let options = ["-e", "trace=ioprio_set", "-e", "inject=ioprio_set:error=EPERM"];
    let Some(ran) = dir.strace(&options, &["hash", "--nice", "a"]) else { return };
    let said = "batchproc: cannot lower the priority: Operation not permitted\n";
    assert_eq!((ran.code(), ran.text(), ran.stderr.as_str()), (2, String::new(), said));
}
