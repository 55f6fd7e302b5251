//! `--summary`: the file that says how a run ended, whichever way that was.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::audit::rot;
use crate::harness::{Dir, Ran};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// The JSON object in the file.
fn summary(dir: &Dir, name: &str) -> Value {
    serde_json::from_slice(&fs::read(dir.at(name)).unwrap()).unwrap()
}

/// The members of an object that are not zero.
fn counts(object: &Value) -> Vec<(&str, u64)> {
    let members = object.as_object().unwrap().iter();
    members.map(|(name, n)| (&**name, n.as_u64().unwrap())).filter(|(_, n)| *n > 0).collect()
}

#[test]
fn every_command_says_what_it_did_and_how_it_ended() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    dir.file("t/b", "bbb");
    std::os::unix::fs::symlink("a", dir.at("t/link")).unwrap();
    dir.file("text", "我来到北京清华大学\n");
    let ended = |arguments: &[&str], command: &str, code: i64, kinds: &[(&str, u64)]| {
        let ran = run(&dir, arguments);
        let said = summary(&dir, "s");
        assert_eq!(i64::from(ran.code()), code, "{arguments:?} {}", ran.stderr);
        assert_eq!((&said["command"], &said["exit_code"]), (&command.into(), &code.into()));
        assert_eq!(counts(&said["counts"]), kinds, "{arguments:?}");
        said
    };
    let said = ended(
        &["hash", "--summary", "s", "--format", "json", "-o", "m", "t", "none"],
        "hash",
        1,
        &[("digested", 2)],
    );
    assert_eq!(
        (&said["files"], &said["bytes"], &said["failed"]),
        (&2.into(), &5.into(), &1.into())
    );
    assert_eq!(counts(&said["skipped"]), [("symbolic_link", 1)]);
    assert_eq!(said["last_success"], Value::Null);
    ended(&["check", "--summary", "s", "m"], "check", 0, &[("ok", 2)]);
    ended(&["segment", "--summary", "s", "text"], "segment", 0, &[]);
    ended(&["audit", "--summary", "s", "m", "t"], "audit", 0, &[("ok", 2)]);
    dir.file("t/d", "aa");
    let kinds = [("bytes_wasted", 2), ("duplicates", 1), ("groups", 1)];
    ended(&["dups", "--summary", "s", "t"], "dups", 0, &kinds);
    fs::remove_file(dir.at("t/d")).unwrap();
    rot(&dir, "m", "t/a");
    dir.file("t/c", "new");
    ended(
        &["audit", "--summary", "s", "m", "t"],
        "audit",
        3,
        &[("corrupt", 1), ("new", 1), ("ok", 1)],
    );
    dir.file("m2", "not a line of a manifest\n");
    let kinds = [("failed", 1), ("malformed", 1), ("ok", 1)];
    ended(&["check", "--summary", "s", "m", "m2"], "check", 1, &kinds);
    ended(
        &["hash", "-c", "--summary", "s", "m", "--status"],
        "check",
        1,
        &[("failed", 1), ("ok", 1)],
    );
    dir.settle();
    dir.hash(&["--update", "m", "t", "-o", "m"]);
    let update = ["hash", "--summary", "s", "--update", "m", "--rehash", "t", "-o", "m"];
    ended(&update, "hash", 3, &[("corrupt", 1), ("digested", 3), ("read_again", 2)]);
    // Errors after which a run cannot go on, before and after it has begun.
    ended(&["audit", "--summary", "s", "none", "t"], "audit", 2, &[]);
    ended(&["hash", "--summary", "s", "-0", "t"], "hash", 2, &[]);
}

#[test]
fn python_reads_the_json_and_finds_times_in_utc() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.hash(&["--summary", "s", "t"]);
    let script = "import json, datetime, sys\n\
                  s = json.load(open('s'))\n\
                  began = datetime.datetime.fromisoformat(s['began'].replace('Z', '+00:00'))\n\
                  ended = datetime.datetime.fromisoformat(s['last_success'].replace('Z', '+00:00'))\n\
                  now = datetime.datetime.now(datetime.timezone.utc)\n\
                  assert began <= ended <= now and (now - began).total_seconds() < 600\n\
                  assert 0 <= s['seconds'] <= 600 and s['files'] == 1 and s['bytes'] == 1\n\
                  print(list(s))\n";
    let Ok(child) = dir.command("python3", &["-c", script]).spawn() else {
        return eprintln!("skipped: there is no python3");
    };
    assert_eq!(
        String::from_utf8(Ran::of(child).good()).unwrap(),
        "['command', 'version', 'began', 'seconds', 'exit_code', 'last_success', 'files', 'bytes', \
         'failed', 'skipped', 'counts']\n"
    );
}

/// A line of the text format of Prometheus: a name, labels and a value.
type Sample = (String, Vec<(String, String)>, f64);

/// Parses the text format of Prometheus strictly: each metric has HELP, then TYPE, then its samples.
fn samples(text: &str) -> Vec<Sample> {
    let name = |text: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(!text.is_empty() && text.chars().all(letter), "{text}");
        text.to_string()
    };
    assert!(text.ends_with('\n'));
    let (mut found, mut metric, mut seen) = (Vec::new(), String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (new, about) = help.split_once(' ').unwrap();
            assert!(!about.is_empty() && !seen.contains(&new.to_string()));
            assert_eq!(lines.next().unwrap(), format!("# TYPE {new} gauge"));
            metric = name(new);
            seen.push(metric.clone());
            continue;
        }
        let (front, value) = line.rsplit_once(' ').unwrap();
        let (sample, labels) = front.strip_suffix('}').unwrap().split_once('{').unwrap();
        assert_eq!(name(sample), metric);
        let labels = labels.strip_suffix('"').unwrap().split("\",");
        let label = |label: &str| {
            let (key, value) = label.split_once("=\"").unwrap();
            (name(key), value.to_string())
        };
        found.push((metric.clone(), labels.map(label).collect(), value.parse().unwrap()));
    }
    found
}

fn sample(text: &str, metric: &str) -> Vec<f64> {
    samples(text).into_iter().filter(|(name, ..)| name == metric).map(|(.., n)| n).collect()
}

#[test]
fn a_file_of_prometheus_has_every_metric_once_and_keeps_the_last_success() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    let text = || fs::read_to_string(dir.at("nightly.prom")).unwrap();
    let last = "batchproc_last_success_timestamp_seconds";
    let hash = |path: &str| dir.hash(&["--summary", "nightly.prom", path]).code();
    assert_eq!(hash("none"), 1);
    assert!(sample(&text(), last).is_empty());
    assert_eq!(hash("t"), 0);
    let good = text();
    let ended = sample(&good, last)[0];
    let begin = sample(&good, "batchproc_start_timestamp_seconds")[0];
    assert!(ended >= begin && begin > 1.7e9 && ended - begin < 600.0);
    assert_eq!(sample(&good, "batchproc_read_bytes"), [2.0]);
    assert_eq!(hash("none"), 1);
    let bad = text();
    assert_eq!((sample(&bad, last), sample(&bad, "batchproc_exit_code")), (vec![ended], vec![1.0]));
    for (metric, labels, _) in samples(&bad) {
        let label = |key: &str| labels.iter().find(|(name, _)| name == key).unwrap().1.clone();
        assert_eq!([label("command"), label("run")], ["hash", "nightly"], "{metric}");
    }
    let mut promtool = dir.command("promtool", &["check", "metrics"]);
    match promtool.stdin(Stdio::piped()).spawn() {
        Ok(mut child) => {
            child.stdin.take().unwrap().write_all(bad.as_bytes()).unwrap();
            let ran = Ran::of(child);
            assert_eq!((ran.code(), ran.text(), ran.stderr), (0, String::new(), String::new()));
        }
        Err(_) => eprintln!("skipped: there is no promtool"),
    }
}

#[test]
fn the_last_success_stays_until_a_run_succeeds_again() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    let hash = |path: &str| {
        dir.hash(&["--summary", "s", path]);
        summary(&dir, "s")["last_success"].clone()
    };
    assert_eq!(hash("none"), Value::Null);
    let first = hash("t");
    assert!(first.is_string());
    assert_eq!((hash("none"), hash("none")), (first.clone(), first.clone()));
    assert!(hash("t").as_str() > first.as_str());
}

/// A run that waits, and was told how to write its summary.
fn waiting(dir: &Dir, arguments: &[&str]) -> Child {
    dir.batchproc(arguments).stdin(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_run_that_a_signal_ends_has_a_summary_at_every_moment() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    dir.hash(&["--summary", "s", "t"]).good();
    let last = summary(&dir, "s")["last_success"].clone();
    dir.fifo("list");
    dir.fifo("m");
    // The first run handles signals itself, as soon as it has read a name of the list. The second one
    // still reads its manifest.
    for arguments in [
        &["hash", "--summary", "s", "--files-from", "list"][..],
        &["hash", "--summary", "s", "--update", "m", "t"],
    ] {
        for (number, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let mut child = waiting(&dir, arguments);
            // This waits until the run has opened the pipe.
            let fifo = if arguments.contains(&"list") { "list" } else { "m" };
            let mut pipe = fs::OpenOptions::new().write(true).open(dir.at(fifo)).unwrap();
            if fifo == "list" {
                pipe.write_all(b"t/a\n").unwrap();
                child.stdout.as_mut().unwrap().read_exact(&mut [0; 38]).unwrap();
            }
            signal(&child, number);
            let ran = Ran::of(child);
            drop(pipe);
            assert_eq!(ran.code(), code, "{}", ran.stderr);
            assert_eq!(ran.stderr, format!("batchproc: stopped by signal {}\n", code - 128));
            let said = summary(&dir, "s");
            assert_eq!((&said["exit_code"], &said["last_success"]), (&code.into(), &last));
            assert_eq!(said["files"], u64::from(fifo == "list"));
        }
    }
    let litter = dir.list(".").into_iter().filter(|name| name.ends_with(".tmp")).count();
    assert_eq!(litter, 0);
}

#[test]
fn a_second_signal_writes_the_summary_too() {
    let dir = Dir::new();
    dir.fifo("out");
    dir.file("t/a", "aa");
    // Nothing reads the output, so that the run cannot end after the first signal.
    for n in 0..4000 {
        dir.file(format!("t/{n}"), "");
    }
    let mut child = dir.batchproc(&["hash", "--summary", "s", "t"]).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 1]).unwrap();
    let pid = Pid::from_child(&child);
    let ended = thread::scope(|scope| {
        let status = scope.spawn(move || child.wait().unwrap());
        // Signals of the same number can merge into one, so they are sent until the process ends.
        while !status.is_finished() {
            let _ = kill_process(pid, Signal::TERM);
            thread::yield_now();
        }
        status.join().unwrap()
    });
    assert_eq!(ended.code(), Some(143));
    assert_eq!(summary(&dir, "s")["exit_code"], 143);
}

#[test]
fn a_file_that_is_something_else_is_not_replaced() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    dir.file("list", "t/a\n");
    dir.file("empty", "");
    let refused = |arguments: &[&str], message: &str| {
        let before: Vec<_> =
            ["t/a", "m", "list", "empty"].map(|name| fs::read(dir.at(name)).unwrap()).into();
        let ran = run(&dir, arguments);
        assert_eq!((ran.code(), ran.text()), (2, String::new()), "{arguments:?}");
        assert_eq!(ran.stderr, format!("batchproc: {message}\n"));
        let after: Vec<_> =
            ["t/a", "m", "list", "empty"].map(|name| fs::read(dir.at(name)).unwrap()).into();
        assert_eq!(before, after);
    };
    let both = |name: &str, what: &str| {
        format!("{name} is both the summary (--summary) and {what}: its content would be lost")
    };
    refused(&["hash", "--summary", "t/a", "t/a"], &both("t/a", "an input"));
    refused(&["segment", "--summary", "t/a", "t/a"], &both("t/a", "an input"));
    refused(&["check", "--summary", "m", "m"], &both("m", "a manifest"));
    refused(&["audit", "--summary", "m", "m", "t"], &both("m", "the manifest"));
    refused(
        &["hash", "--summary", "list", "--files-from", "list"],
        &both("list", "the list (--files-from)"),
    );
    refused(
        &["hash", "--summary", "m", "--update", "m", "t"],
        &both("m", "the manifest (--update)"),
    );
    refused(
        &["segment", "--summary", "empty", "--user-dict", "empty", "t/a"],
        &both("empty", "a dictionary (--user-dict)"),
    );
    refused(&["hash", "--summary", "m", "-o", "m", "t"], &both("m", "the output (-o)"));
    refused(
        &["hash", "--summary", "new", "-o", "./t/../new", "t"],
        "new is both the summary (--summary) and the output (-o)",
    );
    refused(
        &["hash", "--summary", "list", "t"],
        "list is no summary of batchproc in the form of JSON, and --summary would replace it",
    );
    refused(
        &["hash", "--summary", "none/s", "t"],
        "cannot write none/s: no file can be created beside it: No such file or directory",
    );
    refused(&["hash", "--summary", "t", "t"], "cannot write to t: Is a directory");
}

#[test]
fn the_summary_is_not_an_input_of_its_own_run() {
    let dir = Dir::new();
    dir.file("t/a", "aa");
    let expected = dir.hash(&["t"]).good();
    for _ in 0..2 {
        // The first run makes the file, the second one replaces it.
        let ran = dir.hash(&["--summary", "t/s", "t"]);
        assert_eq!(ran.good(), expected);
    }
    dir.hash(&["--format", "json", "-o", "m", "--summary", "t/s", "t"]).good();
    run(&dir, &["audit", "--quiet", "--summary", "t/s", "m", "t"]).good();
    assert_eq!(dir.list("t"), ["a", "s"]);
}

#[test]
fn a_summary_that_cannot_be_written_at_the_end_is_said_and_counted() {
    let dir = Dir::new();
    fs::create_dir(dir.at("gone")).unwrap();
    dir.file("a", "");
    dir.fifo("list");
    let child = waiting(&dir, &["hash", "--summary", "gone/s", "--files-from", "list"]);
    let mut list = fs::OpenOptions::new().write(true).open(dir.at("list")).unwrap();
    fs::remove_dir_all(dir.at("gone")).unwrap();
    list.write_all(b"a\n").unwrap();
    drop(list);
    let ran = Ran::of(child);
    assert_eq!(ran.stderr, "batchproc: cannot write to gone/s: No such file or directory\n");
    assert_eq!((ran.code(), ran.text()), (2, "d41d8cd98f00b204e9800998ecf8427e  a\n".into()));
}
