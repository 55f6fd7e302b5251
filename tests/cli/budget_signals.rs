//! Signals during `hash --update --rehash` with a budget: the manifest is replaced by a true one, from
//! which the next run goes on.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::audit::touch;
use crate::harness::{Dir, Ran};

/// More than the program reads at a time.
const BIG: u64 = 40 << 20;

/// A limit against hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A tree with its manifest `m`. The file `t/c` is big.
fn tree() -> Dir {
    let dir = Dir::new();
    for name in ["a", "b", "d", "e"] {
        dir.file(format!("t/{name}"), [b'x'; 100]);
        touch(&dir, &format!("t/{name}"));
    }
    dir.file("t/c", "");
    big(&dir, "t/c");
    dir.settle();
    dir.hash(&["--update", "m", "-o", "m", "t"]);
    dir
}

fn big(dir: &Dir, name: &str) {
    let file = File::create(dir.at(name)).unwrap();
    file.set_len(BIG).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
}

/// The names of the files that were read in the runs of each number, from the last one.
fn read_by_run(dir: &Dir) -> Vec<Vec<String>> {
    let text = fs::read_to_string(dir.at("m")).unwrap();
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let (rest, hashed) = line.strip_suffix('}').unwrap().rsplit_once("\"hashed\":").unwrap();
        let name = rest.split('"').nth(3).unwrap().to_string();
        lines.push((hashed.into(), name));
    }
    lines.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    lines
        .chunk_by(|a, b| a.0 == b.0)
        .map(|run| run.iter().map(|line| line.1.clone()).collect())
        .collect()
}

const RUN: [&str; 14] = [
    "hash",
    "-vv",
    "-j1",
    "--io-threads",
    "1",
    "--rehash",
    "--sample",
    "100%",
    "--resume",
    "--update",
    "m",
    "-o",
    "m",
    "t",
];

/// Starts a run that needs hours for the big file, and waits until it has read other files and opened
/// the big one.
fn reading(dir: &Dir, waited: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = dir.batchproc(&[&RUN[..], &["--limit", "2000"]].concat()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (done, over) = mpsc::channel::<()>();
    let pid = Pid::from_child(&child);
    let guard = thread::spawn(move || {
        if over.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    // The lines come from several threads, so their order is not certain.
    let mut missing = waited.to_vec();
    let mut line = String::new();
    while !missing.is_empty() {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no line {missing:?}");
        missing.retain(|end| !line.trim_end().ends_with(end));
    }
    drop(done);
    guard.join().unwrap();
    (child, stderr)
}

/// Sends the signal and returns the exit code and the lines of standard error that are not of the log.
fn stop(
    (child, stderr): (Child, BufReader<std::process::ChildStderr>),
    signal: Signal,
) -> (i32, Vec<String>) {
    kill_process(Pid::from_child(&child), signal).unwrap();
    let lines = stderr.lines().map(Result::unwrap);
    let lines = lines.filter(|line| line.starts_with("batchproc: ")).collect();
    (Ran::of(child).code(), lines)
}

/// The files that a further run without a limit opens, in their order.
fn opened_next(dir: &Dir) -> Vec<String> {
    let ran = Ran::of(dir.batchproc(&RUN).spawn().unwrap());
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let opened = ran.stderr.lines().filter_map(|line| Some(line.split_once(" opening ")?.1));
    opened.map(String::from).collect()
}

fn is_true(dir: &Dir) {
    assert_eq!(dir.list("."), ["m", "t"]);
    Ran::of(dir.batchproc(&["check", "--quiet", "m"]).spawn().unwrap()).good();
}

#[test]
fn what_was_read_again_before_a_signal_counts_and_the_next_run_reads_the_rest_first() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let dir = tree();
        let run = reading(&dir, &["read again: t/a", "read again: t/b", "opening t/c"]);
        let (ended, lines) = stop(run, signal);
        let number = code - 128;
        let stopped = format!("batchproc: stopped by signal {number}; m has what was read before");
        assert_eq!((ended, lines.last()), (code, Some(&stopped)), "{lines:?}");
        let note = "batchproc: read again: 2 of 5 unchanged files, 200 B of 40.00 MiB; ";
        assert!(lines[0].starts_with(note), "{lines:?}");
        assert_eq!(read_by_run(&dir), [vec!["t/a", "t/b"], vec!["t/c", "t/d", "t/e"]]);
        is_true(&dir);
        let audit = Ran::of(dir.batchproc(&["audit", "--quiet", "m", "t"]).spawn().unwrap());
        assert_eq!((audit.code(), audit.text()), (0, String::new()));
        assert_eq!(opened_next(&dir), ["t/c", "t/d", "t/e", "t/a", "t/b"]);
    }
}

#[test]
fn a_signal_during_the_update_keeps_all_lines_and_leaves_out_new_files() {
    let dir = tree();
    let old = fs::read(dir.at("m")).unwrap();
    dir.file("t/0", "new and read");
    dir.file("t/00", "new and read, so that the reader pauses");
    big(&dir, "t/new");
    File::options().write(true).open(dir.at("t/c")).unwrap().set_len(BIG + 1).unwrap();
    dir.settle();
    let (code, lines) = stop(reading(&dir, &["opening t/c"]), Signal::TERM);
    assert_eq!((code, read_by_run(&dir).len()), (143, 2), "{lines:?}");
    let text = fs::read(dir.at("m")).unwrap();
    assert_eq!(text[text.len() - old.len()..], old, "what was there");
    assert_eq!(read_by_run(&dir)[0], ["t/0", "t/00"], "what is new");
    let unread = "batchproc: 1 new file was not read and has no line yet; the next run reads it";
    let cut = lines.iter().any(|line| line.contains("stopped before every directory was read"));
    assert!(cut || lines.iter().any(|line| line == unread), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("line stays as it was") || cut), "{lines:?}");
    let mut opened = opened_next(&dir);
    assert_eq!(opened[..2], ["t/c", "t/new"]);
    opened[2..].sort();
    assert_eq!(opened[2..], ["t/0", "t/00", "t/a", "t/b", "t/d", "t/e"]);
    is_true(&dir);
}

#[test]
fn a_signal_before_the_names_have_ended_keeps_the_lines_of_names_that_did_not_come() {
    let lists = [
        ("", 5, vec!["t/a t/b t/c t/d t/e"]),
        ("t/d\nt/new\n", 4, vec!["t/new", "t/a t/b t/c t/d t/e"]),
    ];
    for (list, kept, runs) in lists {
        let runs = runs.iter().map(|run| run.split(' ').map(String::from).collect()).collect();
        let dir = tree();
        dir.file("t/new", "new");
        let arguments =
            ["hash", "--rehash", "--sample", "1", "--update", "m", "-o", "m", "--files-from", "-"];
        let mut child = dir.batchproc(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(list.as_bytes()).unwrap();
        // Only the files show what the run has done.
        let written = list.lines().count();
        let partial = dir.at("m.partial");
        while fs::read(&partial).map_or(-1, |text| text.split(|&b| b == b'\n').count() as i64 - 1)
            < written as i64
        {
            thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let ran = Ran::of(child);
        drop(stdin);
        let first = format!(
            "batchproc: stopped before every directory was read: {kept} lines stay as they were"
        );
        assert!(ran.stderr.starts_with(&first), "{}", ran.stderr);
        assert_eq!((ran.code(), read_by_run(&dir)), (143, runs));
        is_true(&dir);
    }
}

#[test]
fn a_first_run_that_a_signal_ends_leaves_what_it_has_read() {
    for list in ["", "t/a\nt/b\n"] {
        let dir = tree();
        fs::remove_file(dir.at("m")).unwrap();
        let arguments = [
            "hash",
            "-v",
            "--rehash",
            "--sample",
            "1",
            "--update",
            "m",
            "-o",
            "m",
            "--files-from",
            "-",
        ];
        let mut child = dir.batchproc(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(list.as_bytes()).unwrap();
        let lines = list.lines().count() + 1;
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut String::new()).unwrap();
        stderr.read_line(&mut String::new()).unwrap();
        while fs::read(dir.at("m.partial")).unwrap_or_default().split(|&b| b == b'\n').count()
            < lines
        {
            thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert_eq!(Ran::of(child).code(), 143);
        drop(stdin);
        if list.is_empty() {
            assert!(!dir.at("m").exists(), "nothing was read");
        } else {
            assert_eq!(read_by_run(&dir), [["t/a", "t/b"]]);
            is_true(&dir);
        }
    }
}

#[test]
fn what_was_read_again_before_a_kill_is_not_read_again_with_resume() {
    let dir = tree();
    let old = fs::read(dir.at("m")).unwrap();
    let run = reading(&dir, &["read again: t/a", "read again: t/b", "opening t/c"]);
    let (_, lines) = stop(run, Signal::KILL);
    assert_eq!(lines, [""; 0]);
    assert_eq!(fs::read(dir.at("m")).unwrap(), old);
    assert_eq!(dir.list("."), ["m", "m.partial", "m.partial.run", "t"]);
    assert_eq!(opened_next(&dir), ["t/c", "t/d", "t/e"]);
    assert_eq!(read_by_run(&dir).len(), 1);
    is_true(&dir);
}
