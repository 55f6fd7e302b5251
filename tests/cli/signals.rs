//! Runs that end by signals.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Stdio};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Ran};

/// A run that waits for its list, so that it is still running when a signal comes.
struct Waiting {
    child: Child,
    stderr: BufReader<Box<dyn Read>>,
}

impl Waiting {
    fn start(dir: &Dir, arguments: &[&str]) -> Self {
        Self::command(dir, "hash", arguments)
    }

    fn command(dir: &Dir, command: &str, arguments: &[&str]) -> Self {
        let mut all = vec![command, "-v", "--files-from", "-"];
        all.extend(arguments);
        let mut child = dir.batchproc(&all).stdin(Stdio::piped()).spawn().unwrap();
        let stderr: Box<dyn Read> = Box::new(child.stderr.take().unwrap());
        let mut waiting = Self { child, stderr: BufReader::new(stderr) };
        // The first line of the log appears after the signal handlers are installed.
        waiting.line();
        waiting
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(mut self) -> (i32, String, String) {
        let list = self.child.stdin.take();
        let ran = Ran::of(self.child);
        drop(list);
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (ran.code(), ran.text(), stderr)
    }
}

#[test]
fn signals_end_a_waiting_run_with_the_codes_of_the_shell() {
    let dir = Dir::new();
    for (command, signal, code) in [
        ("hash", Signal::INT, 130),
        ("hash", Signal::TERM, 143),
        ("hash", Signal::HUP, 129),
        ("dups", Signal::INT, 130),
        ("dups", Signal::TERM, 143),
    ] {
        let waiting = Waiting::command(&dir, command, &[]);
        waiting.signal(signal);
        let (ended, _, stderr) = waiting.end();
        assert_eq!(ended, code);
        assert!(
            stderr.ends_with(&format!("batchproc: stopped by signal {}\n", code - 128)),
            "{stderr}"
        );
    }
}

#[test]
fn what_was_finished_before_a_signal_is_written() {
    let dir = Dir::new();
    dir.file("a", "");
    let mut waiting = Waiting::start(&dir, &[]);
    waiting.child.stdin.as_mut().unwrap().write_all(b"a\n").unwrap();
    let mut line = [0; 36];
    waiting.child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    waiting.signal(Signal::INT);
    assert_eq!(waiting.end().0, 130);
    assert_eq!(&line, b"d41d8cd98f00b204e9800998ecf8427e  a\n");
}

#[test]
fn an_interrupted_run_leaves_the_old_file_and_no_litter() {
    let dir = Dir::new();
    let old = "d41d8cd98f00b204e9800998ecf8427e  old\n";
    dir.file("t/old", old);
    let waiting = Waiting::start(&dir, &["-o", "t/old"]);
    waiting.signal(Signal::TERM);
    let (code, _, stderr) = waiting.end();
    assert_eq!(code, 143);
    assert!(stderr.ends_with("stopped by signal 15; t/old is unchanged\n"), "{stderr}");
    assert_eq!(
        (dir.list("t"), fs::read_to_string(dir.at("t/old")).unwrap()),
        (vec!["old".into()], old.into())
    );
}

#[test]
fn sigusr1_prints_a_line_of_progress() {
    let mut waiting = Waiting::start(&Dir::new(), &[]);
    waiting.signal(Signal::USR1);
    let line = waiting.line();
    assert!(line.starts_with("batchproc: 0 files, 0 B, 0 B/s, 0:0"), "{line}");
    drop(waiting.child.stdin.take());
    assert_eq!(waiting.end().0, 0);
}

#[test]
fn a_second_signal_ends_at_once_without_litter() {
    let dir = Dir::new();
    dir.file("t/old", "old");
    // The output is a full pipe: writing blocks, so only the second signal can end the run.
    let mut child = dir
        .batchproc(&["hash", "-v", "--files-from", "-", "-o", "/dev/stdout"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines();
    lines.next().unwrap().unwrap();
    let mut list = child.stdin.take().unwrap();
    let filler = std::thread::spawn(move || while list.write_all(b"t/old\n").is_ok() {});
    let pid = Pid::from_child(&child);
    // One line was read. The pipe takes some more, and then blocks.
    let mut one = [0; 34];
    child.stdout.as_mut().unwrap().read_exact(&mut one).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let held = child.stdout.take();
    let status = child.wait().unwrap();
    drop(held);
    filler.join().unwrap();
    assert!(matches!(status.code(), Some(130 | 143)), "{status:?}");
}

#[test]
fn a_killed_run_leaves_the_old_or_the_complete_new_file() {
    let dir = Dir::new();
    for n in 0..400 {
        dir.file(format!("t/{n}"), vec![b'x'; n * 100]);
    }
    let complete = dir.hash(&["t"]).good();
    let old = b"d41d8cd98f00b204e9800998ecf8427e  old\n".to_vec();
    let mut seen = [false; 2];
    for round in 0..30 {
        fs::write(dir.at("out"), &old).unwrap();
        let mut child = dir.batchproc(&["hash", "t", "-o", "out"]).spawn().unwrap();
        // Kills it after a different delay each time.
        for _ in 0..round {
            fs::read_dir(dir.at("t")).unwrap().count();
        }
        let _ = child.kill();
        child.wait().unwrap();
        let found = fs::read(dir.at("out")).unwrap();
        assert!(found == old || found == complete, "round {round}: {} bytes", found.len());
        seen[usize::from(found == complete)] = true;
    }
    assert!(seen[0], "some runs were killed before their end");
}

#[test]
fn a_run_whose_list_has_no_writer_yet_can_be_stopped() {
    let dir = Dir::new();
    dir.fifo("list");
    let mut child = dir.batchproc(&["hash", "-v", "--files-from", "list"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(Ran::of(child).code(), 130);
}

#[test]
fn signals_that_the_caller_ignores_stay_ignored() {
    let dir = Dir::new();
    dir.file("a", "");
    let script =
        format!("trap '' INT HUP; exec {} hash -v --files-from -", env!("CARGO_BIN_EXE_batchproc"));
    let mut child = dir.command("sh", &["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap();
    for signal in [Signal::INT, Signal::HUP] {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    child.stdin.take().unwrap().write_all(b"a\n").unwrap();
    let ran = Ran::of(child);
    assert_eq!((ran.code(), ran.text().lines().count()), (0, 1));
}

/// Starts the program. Returns the writing end of its FIFO once the program has opened it.
fn reading_from(dir: &Dir, arguments: &[&str]) -> (Child, File) {
    let mut child = dir.batchproc(arguments).spawn().unwrap();
    loop {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        match File::options().write(true).custom_flags(flags).open(dir.at("fifo")) {
            Ok(fifo) => return (child, fifo),
            Err(_) if child.try_wait().unwrap().is_none() => std::thread::yield_now(),
            Err(error) => panic!("{arguments:?}: {error}: {:?}", Ran::of(child).stderr),
        }
    }
}

#[test]
fn a_run_that_waits_for_what_it_reads_first_is_stopped_by_a_signal() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.fifo("fifo");
    for arguments in [
        &["audit", "fifo", "t"][..],
        &["check", "fifo"],
        &["hash", "--update", "fifo", "t"],
        &["hash", "--files-from", "fifo"],
        &["segment", "--files-from", "fifo"],
        &["segment", "--dict", "fifo", "t/a"],
        &["segment", "--user-dict", "fifo", "t"],
        &["segment", "--stop-words", "fifo", "t"],
        &["dict", "compile", "fifo"],
    ] {
        for begun in [&b""[..], b"a 5\na"] {
            let (child, mut fifo) = reading_from(&dir, arguments);
            fifo.write_all(begun).unwrap();
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            let ran = Ran::of(child);
            let line = "batchproc: stopped by signal 15\n";
            assert_eq!((ran.code(), ran.text()), (143, String::new()), "{arguments:?}");
            assert!(ran.stderr.ends_with(line), "{arguments:?}: {}", ran.stderr);
            let others = ran.stderr.lines().filter(|line| line.contains("interrupted")).count();
            assert_eq!(others, 0, "{arguments:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn an_audit_whose_output_nobody_reads_is_no_failure() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.fifo("fifo");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut audit = dir.batchproc(&["audit", "fifo", "t"]);
    let child = audit.stdout(writer).spawn().unwrap();
    Ran::of(child).good();
}

#[test]
fn a_signal_while_groups_and_verdicts_are_written_is_no_success() {
    let dir = Dir::new();
    // More output than a pipe holds, so the run waits for its reader.
    let name = |n: usize| format!("{n:0200}");
    (0..1000).for_each(|n| drop(dir.file(format!("t/{}", name(n)), (n / 2).to_string())));
    fs::create_dir(dir.at("empty")).unwrap();
    for arguments in [&["dups", "t"][..], &["diff", "empty", "t"]] {
        let mut child = dir.batchproc(arguments).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = [0; 1];
        stdout.read_exact(&mut first).unwrap();
        let pid = Pid::from_child(&child);
        kill_process(pid, Signal::INT).unwrap();
        // The thread that watches for signals handles the first one before it prints this line.
        kill_process(pid, Signal::USR1).unwrap();
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).unwrap();
        let ran = Ran::of(child);
        let last = rest.windows(200).any(|window| window == name(999).as_bytes());
        assert!(!last, "{arguments:?}: the output is not complete");
        assert_eq!(ran.code(), 130, "{arguments:?}: {line}");
    }
}
