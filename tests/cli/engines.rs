//! What engines need that start the program many times: it works in any environment, passes on each line at
//! once, and its exit code is 0 only if every line was accepted.

use std::fs::{self, File};
use std::process::Stdio;

use rustix::process::Signal;

use crate::engine::{Engine, PROGRAM, command, pipe};
use crate::harness::{Dir, Ran};

#[test]
fn an_empty_environment_and_a_removed_directory_do_not_matter() {
    let dir = Dir::new();
    dir.file("a", "a");
    let name = dir.at("a").to_str().unwrap().to_string() + "\n";
    for (script, what) in [
        ("exec env -i \"$@\"", "no environment"),
        ("unset HOME TMPDIR; exec \"$@\"", "no HOME"),
        ("HOME=/nonexistent TMPDIR=/nonexistent exec \"$@\"", "nothing where HOME says"),
        ("cd / && exec \"$@\"", "the root"),
        ("mkdir -p gone && cd gone && rmdir ../gone && exec env -i \"$@\"", "a removed directory"),
    ] {
        let run = |arguments: &[&str], input: &str| {
            let all = [&["-c", script, "sh", PROGRAM], arguments].concat();
            Ran::with_stdin(dir.command("sh", &all), input.as_bytes())
        };
        let ran = run(&["segment", "--records"], "我来到北京");
        let good = (0, "", "我 来到 北京\n".to_string());
        assert_eq!((ran.code(), ran.stderr.as_str(), ran.text()), good, "{what}");
        let ran = run(&["hash", "--records", "--files-from", "-"], &name);
        assert_eq!(
            (ran.code(), ran.stderr.as_str(), ran.text().lines().count()),
            (0, "", 1),
            "{what}"
        );
    }
}

#[test]
fn a_read_only_tmp_does_not_matter() {
    let dir = Dir::new();
    // In a name space of its own, so that nothing else sees it. What is there stays: the program may be.
    let mount =
        "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && ! touch /tmp/x 2>/dev/null";
    let script = &format!("{mount} && exec \"$0\" segment --records");
    let unshared = |script: &str| {
        let all = ["-rm", "sh", "-c", script, PROGRAM];
        let mut command = dir.command("unshare", &all);
        command.current_dir("/").stdin(Stdio::piped()).spawn().ok()
    };
    let may = unshared(mount).map(Ran::of);
    if may.is_none_or(|ran| ran.code() != 0) {
        return eprintln!("skipped: nothing can be mounted");
    }
    let mut child = unshared(script).unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, "北京大学\n".as_bytes()).unwrap();
    drop(input);
    assert_eq!(Ran::of(child).good(), "北京大学\n".as_bytes());
}

#[test]
fn each_line_comes_back_before_the_next_one_is_written() {
    let dir = Dir::new();
    dir.file("a", "a");
    let gbk = encoding_rs::GBK.encode("我来到北京\n").0.into_owned();
    let lines = "我来到北京\n";
    let json = "{\"path\":\"-\",\"line\":";
    for (arguments, line, begins) in [
        (&["segment", "--records"][..], lines.as_bytes(), "我 来到 北京\n"),
        (&["segment"], lines.as_bytes(), "我 来到 北京\n"),
        (&["segment", "--records", "-j", "1"], lines.as_bytes(), "我 来到 北京\n"),
        (&["segment", "--records", "--encoding", "gbk"], &gbk, "我 来到 北京\n"),
        (&["segment", "--records", "--encoding", "auto"], &gbk, "我 来到 北京\n"),
        (
            &["segment", "--records", "--field", "2"],
            "7\t我来到北京\r\n".as_bytes(),
            "7\t我 来到 北京\n",
        ),
        (
            &["segment", "--records", "--json-field", "t"],
            "{\"t\":\"我来到\"}\n".as_bytes(),
            "{\"t\":\"我 来到\"}\n",
        ),
        (&["segment", "--records", "--format", "json"], lines.as_bytes(), json),
        (&["segment", "--records", "--drop", "space"], b" \n", "\n"),
        (&["segment", "--records"], b"P*M\n", "P * M\n"),
        (&["hash", "--records", "--files-from", "-"], b"a\n", "{\"path\":\"a\",\"algorithm\":"),
        (&["hash", "--records", "--files-from", "-"], b"gone\n", "{\"path\":\"gone\",\"error\":"),
    ] {
        let mut engine = Engine::start(&dir, arguments);
        for number in 0..20 {
            engine.write(line);
            let got = String::from_utf8(engine.line()).unwrap();
            assert!(
                got.starts_with(begins) && got.ends_with('\n'),
                "{arguments:?} {number}: {got}"
            );
        }
        let ran = engine.rest();
        let all_failed = line == b"gone\n";
        assert_eq!(
            (ran.code(), ran.stdout.len()),
            (i32::from(all_failed), 0),
            "{arguments:?} {}",
            ran.stderr
        );
    }
}

#[test]
fn a_line_in_pieces_comes_back_whole() {
    let dir = Dir::new();
    let mut engine = Engine::start(&dir, &["segment", "--records"]);
    let line = "我来到北京清华大学\r".as_bytes();
    for _ in 0..3 {
        line.iter().for_each(|&byte| engine.write(&[byte]));
        engine.write(b"\n");
        assert_eq!(engine.line(), "我 来到 北京 清华大学\n".as_bytes());
    }
    assert_eq!(engine.rest().good(), b"");
}

#[test]
fn an_engine_that_does_not_read_is_not_overtaken() {
    let dir = Dir::new();
    dir.file("a", "a");
    let long = format!("{}\n", "a".repeat(1023)).repeat(16 << 10);
    // Each name takes as much of the window as its line will, so few bytes of names fill it.
    let names = format!("{}a\n", "./".repeat(500)).repeat(16 << 10);
    for (arguments, input) in [
        (&["segment", "--records", "--memory", "8M"][..], long),
        (&["hash", "--records", "--files-from", "-", "--memory", "8M"], names),
    ] {
        let mut engine = Engine::start(&dir, arguments);
        let count = input.lines().count();
        engine.feed(input.into_bytes());
        assert!(engine.holds_back(), "{arguments:?}");
        let lines = engine.rest().good();
        assert_eq!(lines.split_inclusive(|&byte| byte == b'\n').count(), count, "{arguments:?}");
    }
}

#[test]
fn an_output_that_is_closed_early_ends_the_run_without_a_word() {
    let dir = Dir::new();
    dir.file("a", "a");
    let lines = "我来到北京\n".repeat(400_000);
    let names = "a\n".repeat(100_000);
    for (arguments, input, code) in [
        (&["segment", "--records"][..], &lines, 2),
        (&["segment", "--records", "--reporter", "hadoop"], &lines, 2),
        (&["segment"], &lines, 0),
        (&["hash", "--records", "--files-from", "-"], &names, 2),
        (&["hash", "--files-from", "-"], &names, 0),
    ] {
        let mut engine = Engine::start(&dir, arguments);
        engine.feed(input.clone().into_bytes());
        assert!(!engine.line().is_empty());
        let ran = engine.close();
        let own: Vec<_> =
            ran.stderr.lines().filter(|line| !line.starts_with("reporter:")).collect();
        assert_eq!((ran.code(), own), (code, vec![]), "{arguments:?}");
    }
    // Also while nothing is read or written.
    let mut engine = Engine::start(&dir, &["segment", "--records"]);
    engine.write("北京\n\u{4e2d}".as_bytes());
    engine.line();
    assert_eq!((engine.close().code()), 2);
    // A single small file is read without threads.
    dir.file("text", "北京\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran =
        Ran::of(command(&dir, &["segment", "--records", "text"]).stdout(writer).spawn().unwrap());
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, ""));
}

#[test]
fn an_output_that_accepts_nothing_is_no_success() {
    let dir = Dir::new();
    dir.file("a", "a");
    let names = "a\n".repeat(3);
    for (arguments, input) in [
        (&["segment", "--records"][..], "北京\n"),
        (&["segment", "--records", "a"], ""),
        (&["hash", "--records", "--files-from", "-"], &names),
        (&["hash", "--records", "a"], ""),
        (&["hash", "--list-algorithms"], ""),
    ] {
        for (target, reason) in
            [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
        {
            let script = format!("exec \"$@\" {target}");
            let all = [&["-c", &*script, "sh", PROGRAM], arguments].concat();
            let ran = Ran::with_stdin(dir.command("sh", &all), input.as_bytes());
            let message = format!("batchproc: cannot write to standard output: {reason}\n");
            assert_eq!((ran.code(), ran.stderr), (2, message), "{arguments:?} {target}");
        }
    }
}

#[test]
fn an_output_that_cannot_be_closed_is_no_success() {
    let dir = Dir::new();
    dir.file("a", "北京\n");
    let path = dir.at("out");
    for arguments in
        [&["segment", "--records", "a"][..], &["hash", "a"], &["check", "m"], &["--version"]]
    {
        dir.file("m", "");
        dir.hash(&["a", "-o", "m"]).good();
        fs::write(&path, "").unwrap();
        let traced = |program: &str, arguments: &[&str]| {
            let options = [
                "-f",
                "-o",
                "/dev/null",
                "-P",
                path.to_str().unwrap(),
                "-e",
                "inject=close:error=EIO",
                program,
            ];
            let mut command = dir.command("strace", &[&options, arguments].concat());
            command.stdin(Stdio::null()).stdout(File::create(&path).unwrap());
            command.spawn().ok().map(Ran::of)
        };
        if traced("sh", &["-c", "exit 0"]).is_none_or(|ran| ran.code() != 0) {
            return eprintln!("skipped: there is no strace, or it may not trace");
        }
        let ran = traced(PROGRAM, arguments).unwrap();
        let message = "batchproc: cannot write to standard output: Input/output error\n";
        assert_eq!((ran.code(), ran.stderr.as_str()), (2, message), "{arguments:?}");
    }
}

#[test]
fn a_signal_ends_a_run_that_waits_and_leaves_whole_lines() {
    let dir = Dir::new();
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::KILL, -1)] {
        let mut engine = Engine::start(&dir, &["segment", "--records"]);
        engine.write("我来到北京\n清华大学\n北".as_bytes());
        assert_eq!([engine.line(), engine.line()].concat(), "我 来到 北京\n清华大学\n".as_bytes());
        engine.signal(signal);
        let ran = engine.close();
        assert_eq!(ran.code(), code, "{}", ran.stderr);
    }
}

#[test]
fn a_side_file_that_is_missing_or_damaged_fails_before_the_first_record() {
    let dir = Dir::new();
    dir.file("words.txt", "北京 100 ns\n");
    dir.file("bad.txt", "北京 many ns extra\n\u{0}\n");
    dir.file("bytes.txt", b"\xff\xfe\xff");
    let made = Ran::of(
        dir.batchproc(&["dict", "compile", "words.txt", "-o", "good.dict"]).spawn().unwrap(),
    );
    made.good();
    let good = fs::read(dir.at("good.dict")).unwrap();
    dir.file("cut.dict", &good[..good.len() - 1]);
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    dir.file("flipped.dict", &flipped);
    for options in [
        ["--dict", "gone"],
        ["--dict", "cut.dict"],
        ["--dict", "flipped.dict"],
        ["--dict", "bad.txt"],
        ["--user-dict", "gone"],
        ["--user-dict", "bad.txt"],
        ["--user-dict", "bytes.txt"],
        ["--stop-words", "gone"],
        ["--stop-words", "bytes.txt"],
        ["--stop-words", "."],
    ] {
        // The input stays open, and nobody waits for its end.
        let mut engine = Engine::start(&dir, &[&["segment", "--records"][..], &options].concat());
        assert_eq!(engine.line(), b"", "{options:?}");
        let ran = engine.close();
        assert_eq!((ran.code(), ran.stderr.lines().count()), (2, 1), "{options:?} {}", ran.stderr);
    }
}

#[test]
fn remarks_are_left_to_the_log() {
    let dir = Dir::new();
    dir.file("terms.txt", "深度 学习\t5\tn\n");
    let gbk = encoding_rs::GBK.encode("我来到北京清华大学\n").0.into_owned();
    let options = ["segment", "--records", "--user-dict", "terms.txt", "--encoding", "auto"];
    let ran = pipe(&dir, &options, &gbk);
    assert_eq!(ran.good(), "我 来到 北京 清华大学\n".as_bytes());
    let logged = pipe(&dir, &[&options[..], &["-v"]].concat(), &gbk).stderr;
    assert!(logged.contains("read as GBK") && logged.contains("1 word has spaces"), "{logged}");
    dir.file("a", "");
    dir.file("b", "");
    let ran = pipe(&dir, &["hash", "--records", "--files-from", "-"], b"a\r\nb\r\n");
    assert_eq!(ran.good().iter().filter(|&&byte| byte == b'\n').count(), 2);
}

#[test]
fn hadoop_gets_its_status_at_once_and_its_counters_at_the_end() {
    let dir = Dir::new();
    dir.file("a", "a");
    let ran = pipe(&dir, &["segment", "--records", "--reporter", "hadoop"], b"a\n\0\r\n\xff\n");
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("reporter:status:0 files"), "{}", ran.stderr);
    let counter = |name: &str, number: u64| format!("reporter:counter:batchproc,{name},{number}");
    let expected = [
        counter("files", 1),
        counter("bytes", 7),
        counter("failed", 0),
        counter("skipped", 0),
        counter("records", 3),
        counter("replaced_cr", 0),
        counter("replaced_nul", 1),
        counter("replaced_invalid", 1),
        counter("kept_invalid", 0),
    ];
    assert_eq!(ran.code(), 0);
    assert_eq!(lines[1..lines.len() - 1], expected, "{}", ran.stderr);
    let ran = pipe(&dir, &["hash", "--reporter", "hadoop", "--files-from", "-"], b"a\ngone\n");
    for line in [counter("files", 1), counter("failed", 1), counter("digested", 1)] {
        assert!(ran.stderr.lines().any(|other| other == line), "{}", ran.stderr);
    }
    assert_eq!((ran.code(), ran.text().lines().count()), (1, 1));
    // A program that reports to Hadoop shows no other progress.
    assert_eq!(
        pipe(&dir, &["segment", "--reporter", "hadoop", "--progress", "log"], b"").code(),
        2
    );
}
