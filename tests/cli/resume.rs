//! Interrupted runs and `--resume`.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Ran, assert_same};

/// A tree with files of many sizes.
pub fn tree(files: usize) -> Dir {
    let dir = Dir::new();
    for n in 0..files {
        dir.file(format!("t/{:02}/{n}", n % 17), vec![b'x'; n * n % 9000]);
    }
    dir.file("t/03/new\nline", "x");
    dir.file("t/big", vec![b'y'; 3_000_000]);
    dir
}

/// Starts `hash` with these arguments and kills it after it has opened this many files. Returns how many it
/// opened.
pub fn kill_after(
    dir: &Dir,
    arguments: &[&str],
    opened: usize,
    count: &mut HashMap<String, u32>,
) -> bool {
    let mut all = vec!["hash", "-vv"];
    all.extend(arguments);
    let mut child = dir.batchproc(&all).stdout(Stdio::null()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    let mut killed = false;
    while let Ok(length @ 1..) = stderr.read(&mut piece) {
        text.extend(&piece[..length]);
        let lines = text.windows(9).filter(|word| word == b" opening ").count();
        if !killed && lines >= opened {
            killed = true;
            let _ = child.kill();
        }
    }
    let status = child.wait().unwrap();
    for line in String::from_utf8_lossy(&text).lines() {
        if let Some((_, name)) = line.split_once(" opening ") {
            *count.entry(name.to_string()).or_default() += 1;
        }
    }
    assert!(status.success() || killed, "{}", String::from_utf8_lossy(&text));
    status.success()
}

#[test]
fn runs_killed_at_any_moment_and_resumed_give_the_uninterrupted_result() {
    let dir = tree(300);
    for (round, form) in [
        &["--format", "gnu"][..],
        &["--format", "bsd", "-a", "md5,crc32"],
        &["--format", "json"],
        &["--format", "csv", "-a", "xxh3,md5"],
        &["-z"],
    ]
    .iter()
    .enumerate()
    {
        let expected = dir.hash(&[form, &["t"][..]].concat()).good();
        let arguments =
            [form, &["-j1", "--io-threads", "2", "--resume", "-o", "out", "t"][..]].concat();
        for first in [1, 5, 40, 150, 290] {
            let _ = fs::remove_file(dir.at("out"));
            let mut counts = HashMap::new();
            let mut kills = 0;
            let mut late = false;
            while !kill_after(&dir, &arguments, first + 37 * kills + round, &mut counts) {
                kills += 1;
                assert!(kills < 100, "it never comes to its end");
                // The kill may come when the file has its name already, and is complete then.
                late = dir.at("out").exists();
                if late {
                    break;
                }
            }
            assert_same(&fs::read(dir.at("out")).unwrap(), &expected, &format!("{form:?} {first}"));
            let most = counts.values().max().copied().unwrap_or_default() as usize;
            assert!(most <= 1 + kills, "{kills} kills, but a file was read {most} times");
            if !late {
                assert_eq!(dir.list("."), ["out", "t"], "no litter");
            }
            let _ = fs::remove_file(dir.at("out.partial.run"));
        }
    }
}

/// Makes an interrupted run: it wrote the results of all files before `t/big`.
pub fn interrupted(dir: &Dir, arguments: &[&str]) {
    dir.settle();
    let mut all = vec!["hash", "--files-from", "-", "-o", "out"];
    all.extend(arguments);
    let mut child = dir.batchproc(&all).stdin(Stdio::piped()).spawn().unwrap();
    let mut list = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut list, b"t/00/0\nt/01/1\n").unwrap();
    let partial = dir.at("out.partial");
    // Only the file shows that the lines are written.
    let lines = if arguments.contains(&"csv") { 3 } else { 2 };
    while fs::read(&partial).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count()
        < lines
    {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ran = Ran::of(child);
    drop(list);
    assert_eq!(ran.code(), 143);
    assert_eq!(
        ran.stderr,
        "batchproc: stopped by signal 15; out is unchanged; --resume continues from out.partial\n"
    );
}

#[test]
fn a_stopped_run_is_resumed_only_by_the_same_command() {
    let dir = tree(20);
    interrupted(&dir, &[]);
    dir.file("list", "t/00/0\nt/01/1\nt/02/2\n");
    let resume = |arguments: &[&str]| {
        let mut all = vec!["-vv", "--files-from", "-", "-o", "out", "--resume"];
        all.extend(arguments);
        dir.hash_with_stdin(&all, b"t/00/0\nt/01/1\nt/02/2\n")
    };
    for other in [&["-a", "sha1"][..], &["--tag"], &["-z"], &["--seal"], &["--min-size", "1"]] {
        let ran = resume(other);
        assert_eq!(ran.code(), 2);
        assert!(
            ran.stderr.contains("cannot resume out.partial: it is from a run with other arguments"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(dir.hash(&["t", "-o", "out", "--resume"]).code(), 2);
    assert_eq!(dir.hash(&["t", "--resume"]).code(), 2);
    assert_eq!(dir.hash(&["t", "-o", "out", "--resume", "--order", "completion"]).code(), 2);
    // The numbers of threads, the progress and the memory do not affect the result.
    let ran = resume(&["-j1", "--memory", "16M"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches(" opening ").count(), 1, "{}", ran.stderr);
    assert_same(
        &fs::read(dir.at("out")).unwrap(),
        &dir.hash(&["t/00/0", "t/01/1", "t/02/2"]).good(),
        "the result",
    );
}

#[test]
fn without_resume_what_is_left_over_is_mentioned_and_replaced() {
    let dir = tree(20);
    interrupted(&dir, &[]);
    let ran = dir.hash(&["t", "-o", "out"]);
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (
            0,
            "batchproc: out.partial, which an interrupted run left, is replaced (--resume would have continued it)\n"
        )
    );
    assert_same(&fs::read(dir.at("out")).unwrap(), &dir.hash(&["t"]).good(), "the result");
    assert_eq!(dir.list("."), ["out", "t"]);
}

#[test]
fn a_torn_line_is_dropped_wherever_it_is_torn() {
    let dir = tree(10);
    for form in [
        &[][..],
        &["-a", "md5,crc32"],
        &["--format", "json"],
        &["--format", "csv"],
        &["--seal"],
        &["--seal", "--format", "csv", "-a", "md5,crc32"],
    ] {
        let whole = dir.hash(&[form, &["t"][..]].concat()).good();
        let arguments = [form, &["-o", "out", "t"][..]].concat();
        for cut in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            // An empty run with the same arguments leaves the description.
            let described = kill_at_once(&dir, &arguments);
            dir.file("out.partial.run", described);
            dir.file("out.partial", &whole[..cut]);
            dir.hash(&[&arguments[..], &["--resume"]].concat()).good();
            assert_same(&fs::read(dir.at("out")).unwrap(), &whole, &format!("{form:?} {cut}"));
        }
    }
}

/// The description that a run with these arguments leaves.
fn kill_at_once(dir: &Dir, arguments: &[&str]) -> Vec<u8> {
    let path = dir.at("out.partial.run");
    loop {
        let mut child = dir.batchproc(&[&["hash"], arguments].concat()).spawn().unwrap();
        let described = loop {
            let text = fs::read(&path).unwrap_or_default();
            let over = child.try_wait().unwrap().is_some();
            if text.iter().filter(|&&byte| byte == b'\n').count() == 3 || over {
                break text;
            }
        };
        let _ = child.kill();
        child.wait().unwrap();
        if !described.is_empty() {
            return described;
        }
    }
}

#[test]
fn files_that_changed_meanwhile_find_their_place() {
    let dir = tree(20);
    interrupted(&dir, &[]);
    // One file is gone, and one that could not be read before now comes in between.
    fs::remove_file(dir.at("t/00/0")).unwrap();
    dir.file("t/00/17", "new");
    let list = b"t/00/17\nt/01/1\nt/02/2\n";
    dir.hash_with_stdin(&["--files-from", "-", "-o", "out", "--resume"], list).good();
    let expected = dir.hash(&["t/00/17", "t/01/1", "t/02/2"]).good();
    assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
}

#[test]
fn two_runs_at_once_do_not_harm_each_other() {
    let dir = tree(20);
    let mut waiting = dir
        .batchproc(&["hash", "--files-from", "-", "-o", "out"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    while !dir.at("out.partial.run").exists() {
        std::thread::yield_now();
    }
    let second = dir.hash(&["t", "-o", "out"]);
    assert_eq!(
        (second.code(), second.stderr.as_str()),
        (
            0,
            "batchproc: out.partial is not touched: another run is writing it; if this run is interrupted, it cannot be resumed\n"
        )
    );
    let resumed = dir.hash(&["t", "-o", "out", "--resume"]);
    assert_eq!(resumed.code(), 2);
    assert!(resumed.stderr.contains("another run is writing it"), "{}", resumed.stderr);
    assert_same(&fs::read(dir.at("out")).unwrap(), &dir.hash(&["t"]).good(), "the second run's");
    std::io::Write::write_all(&mut waiting.stdin.take().unwrap(), b"t/00/0\n").unwrap();
    Ran::of(waiting).good();
    assert_same(
        &fs::read(dir.at("out")).unwrap(),
        &dir.hash(&["t/00/0"]).good(),
        "the first run's",
    );
    assert_eq!(dir.list("."), ["out", "t"]);
}

/// A killed run holds its lock until the system has removed the process. Here the test holds the lock.
#[test]
fn a_lock_that_is_let_go_in_a_moment_is_waited_for() {
    let dir = tree(20);
    interrupted(&dir, &[]);
    let held = fs::File::open(dir.at("out.partial")).unwrap();
    held.lock().unwrap();
    let arguments = ["hash", "-vv", "--files-from", "-", "-o", "out", "--resume"];
    let mut child = dir.batchproc(&arguments).stdin(Stdio::piped()).spawn().unwrap();
    let (partial, descriptors) =
        (fs::canonicalize(dir.at("out.partial")).unwrap(), format!("/proc/{}/fd", child.id()));
    // Once the run has the file open, it has tried to lock it.
    let tries = || {
        let opened = fs::read_dir(&descriptors).into_iter().flatten().flatten();
        opened.map(|fd| fs::read_link(fd.path())).any(|path| path.is_ok_and(|path| path == partial))
    };
    while !tries() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    drop(held);
    let list = b"t/00/0\nt/01/1\nt/02/2\n";
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), list);
    let ran = Ran::of(child);
    assert_eq!((ran.code(), ran.stderr.matches(" opening ").count()), (0, 1), "{}", ran.stderr);
    let expected = dir.hash(&["t/00/0", "t/01/1", "t/02/2"]).good();
    assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
}

#[test]
fn an_update_is_resumed_without_reading_what_it_read() {
    let dir = tree(200);
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let manifest = fs::read(dir.at("m")).unwrap();
    for first in [3, 60, 190] {
        dir.file("m", &manifest);
        let arguments =
            ["-j1", "--io-threads", "1", "--rehash", "--update", "m", "--resume", "-o", "new", "t"];
        let mut counts = HashMap::new();
        let mut kills = 0;
        while !kill_after(&dir, &arguments, first + 40 * kills, &mut counts) {
            kills += 1;
            assert!(kills < 100, "it never comes to its end");
        }
        let most = counts.values().max().copied().unwrap_or_default() as usize;
        assert!(most <= 1 + kills, "{kills} kills, but a file was read {most} times");
        let lines = |bytes: Vec<u8>| -> Vec<String> {
            let text = String::from_utf8(bytes).unwrap();
            text.lines()
                .map(|line| {
                    line.split(",\"hashed\"").next().unwrap().trim_end_matches('}').to_string()
                })
                .collect()
        };
        let new = fs::read(dir.at("new")).unwrap();
        let hashed: std::collections::HashSet<_> = String::from_utf8_lossy(&new)
            .lines()
            .map(|line| line.split("hashed").nth(1).unwrap().to_string())
            .collect();
        assert_eq!(hashed.len(), 1, "all were read by one run, with pauses");
        assert_eq!(lines(new), lines(manifest.clone()));
        fs::remove_file(dir.at("new")).unwrap();
    }
}

/// Files that others made under the names of temporary files.
#[test]
fn links_pipes_and_files_of_others_beside_the_output_are_left_alone() {
    for name in ["out.partial", "out.partial.run"] {
        for kind in ["link", "dangling", "fifo", "file", "directory"] {
            let dir = tree(3);
            let precious = dir.file("precious", "precious");
            match kind {
                "link" => symlink(&precious, dir.at(name)).unwrap(),
                "dangling" => symlink("nowhere", dir.at(name)).unwrap(),
                "fifo" => dir.fifo(name),
                "file" => drop(dir.file(name, "precious")),
                _ => fs::create_dir(dir.at(name)).unwrap(),
            }
            let resumed = dir.hash(&["t", "-o", "out", "--resume"]);
            assert_eq!(resumed.code(), 2, "{name} {kind}");
            let reason = format!("cannot resume {name}: it is not ");
            assert!(resumed.stderr.contains(&reason), "{kind}: {}", resumed.stderr);
            let ran = dir.hash(&["t", "-o", "out"]);
            assert_eq!(ran.code(), 0, "{name} {kind}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("{name} is not touched")), "{}", ran.stderr);
            assert_same(&fs::read(dir.at("out")).unwrap(), &dir.hash(&["t"]).good(), "the result");
            assert_eq!(dir.list("."), ["out", name, "precious", "t"], "{kind}");
            assert_eq!(fs::read(&precious).unwrap(), b"precious");
            let left = fs::symlink_metadata(dir.at(name)).unwrap();
            assert_eq!(left.is_symlink(), ["link", "dangling"].contains(&kind));
            if kind == "file" {
                assert_eq!(fs::read(dir.at(name)).unwrap(), b"precious");
            }
        }
    }
}

#[test]
fn a_file_that_changed_after_it_was_hashed_is_read_again() {
    for format in ["json", "csv", "gnu", "bsd"] {
        let dir = tree(20);
        interrupted(&dir, &["--format", format]);
        dir.file("t/00/0", "another content");
        let list = b"t/00/0\nt/01/1\nt/02/2\n";
        let arguments = ["-vv", "--files-from", "-", "-o", "out", "--resume", "--format", format];
        let ran = dir.hash_with_stdin(&arguments, list);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        let opened: Vec<_> =
            ran.stderr.lines().filter_map(|line| line.split_once(" opening ")).collect();
        assert_eq!(opened.len(), 2, "{}", ran.stderr);
        let expected = dir.hash(&["--format", format, "t/00/0", "t/01/1", "t/02/2"]).good();
        assert_same(&fs::read(dir.at("out")).unwrap(), &expected, "the result");
    }
}

#[test]
fn what_the_first_write_left_at_a_full_disk_is_kept_and_resumed() {
    let dir = Dir::new();
    // Each line is longer than a block of the file system.
    let long = ["a", "b", "c", "d", "e", "f"].map(|letter| letter.repeat(200)).join("/");
    for n in 0..3 {
        dir.file(format!("t/{long}/{n}"), "");
    }
    let expected = dir.hash(&["t"]).good();
    let arguments = ["hash", "t", "--resume", "-o", "m"];
    let ran = dir.shell(r#"ulimit -f 1; exec "$@""#, &arguments);
    let reported =
        "batchproc: cannot write to m: File too large; --resume continues from m.partial\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported));
    assert_eq!(dir.list("."), ["m.partial", "m.partial.run", "t"]);
    let left = fs::read(dir.at("m.partial")).unwrap();
    assert!(!left.is_empty() && expected.starts_with(&left), "{} bytes", left.len());
    dir.hash(&arguments[1..]).good();
    assert_same(&fs::read(dir.at("m")).unwrap(), &expected, "resumed");
    assert_eq!(dir.list("."), ["m", "t"]);
}
