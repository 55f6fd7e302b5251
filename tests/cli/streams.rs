//! Streams as arguments: FIFOs, block devices, and names of standard input.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Ran};

const PROGRAM: &str = env!("CARGO_BIN_EXE_batchproc");

/// MD5 of `abc` and of no bytes, from RFC 1321.
const ABC: &str = "900150983cd24fb0d6963f7d28e17f72";
const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// Runs `batchproc` while data is written to a FIFO with this name.
fn with_writer(dir: &Dir, name: &str, content: &'static [u8], arguments: &[&str]) -> Vec<u8> {
    let path = dir.at(name);
    let writer = thread::spawn(move || fs::write(path, content).unwrap());
    let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
    // The writer of a FIFO that was never opened would wait forever.
    drop(File::options().read(true).write(true).open(dir.at(name)));
    writer.join().unwrap();
    ran.good()
}

#[test]
fn a_fifo_given_as_argument_is_read_to_its_end() {
    let dir = Dir::new();
    dir.fifo("fifo");
    dir.file("a", "");
    symlink("fifo", dir.at("link")).unwrap();
    let big = Box::leak(vec![b'x'; 3_000_000].into_boxed_slice());
    dir.file("big", &*big);
    let of_big = dir.hash(&["big"]).text().replace("big", "fifo").into_bytes();
    for (content, arguments, expected) in [
        (&b"abc"[..], &["hash", "fifo"][..], format!("{ABC}  fifo\n").into_bytes()),
        (b"", &["hash", "fifo"], format!("{EMPTY}  fifo\n").into_bytes()),
        (big, &["hash", "fifo"], of_big),
        (b"abc", &["hash", "a", "link", "a"], format!("{EMPTY}  a\n{ABC}  link\n{EMPTY}  a\n").into_bytes()),
        (
            b"abc",
            &["hash", "--format", "json", "--min-size", "1M", "fifo"],
            format!("{{\"path\":\"fifo\",\"algorithm\":\"md5\",\"digest\":\"{ABC}\",\"size\":3,\"mtime\":null,\"ino\":null,\"dev\":null,\"ctime\":null}}\n").into_bytes(),
        ),
        ("我来到".as_bytes(), &["segment", "fifo"], "我 来到".into()),
    ] {
        assert_eq!(with_writer(&dir, "fifo", content, arguments), expected, "{arguments:?}");
    }
    let out = with_writer(&dir, "fifo", b"abc", &["hash", "fifo", "-o", "sums"]);
    assert_eq!(
        (out, fs::read_to_string(dir.at("sums")).unwrap()),
        (vec![], format!("{ABC}  fifo\n"))
    );
}

#[test]
fn a_process_substitution_is_hashed_as_by_md5sum() {
    let dir = Dir::new();
    if dir.command("bash", &["-c", ":"]).status().is_err() {
        return eprintln!("skipped: there is no bash");
    }
    let bash = |program: &str, command: &str| {
        let script = format!("{program} <({command})");
        Ran::of(dir.command("bash", &["-c", &script]).stdin(Stdio::null()).spawn().unwrap()).good()
    };
    let ours = env!("CARGO_BIN_EXE_batchproc");
    for command in ["printf abc", ":", "head -c 300000 /dev/zero"] {
        assert_eq!(bash(&format!("{ours} hash"), command), bash("md5sum", command), "{command}");
    }
    assert_eq!(bash(&format!("{ours} segment"), "printf 我来到"), "我 来到".as_bytes());
}

#[test]
fn a_fifo_without_a_writer_waits_and_can_be_stopped() {
    let dir = Dir::new();
    dir.fifo("fifo");
    for command in ["hash", "segment"] {
        let mut child = dir.batchproc(&[command, "-vv", "fifo"]).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("opening fifo") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "{command}: it did not wait");
        }
        assert!(child.try_wait().unwrap().is_none(), "{command}");
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let ran = Ran::of(child);
        assert_eq!((ran.code(), ran.stdout), (130, vec![]), "{command}");
    }
}

#[test]
fn standard_input_by_a_name_is_standard_input() {
    let dir = Dir::new();
    let file = dir.file("file", "abc");
    let expected = |digest: &str, name: &str| (0, format!("{digest}  {name}\n"));
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let ran = dir.hash_with_stdin(&[name], b"abc");
        assert_eq!((ran.code(), ran.text()), expected(ABC, name));
        let ran = dir.hash(&[name]);
        assert_eq!((ran.code(), ran.text()), expected(EMPTY, name), "from /dev/null");
        let command = dir.batchproc(&["hash", name]).stdin(File::open(&file).unwrap()).spawn();
        let ran = Ran::of(command.unwrap());
        assert_eq!((ran.code(), ran.text()), expected(ABC, name), "from a file");
    }
}

#[test]
fn devices_and_sockets_given_as_arguments_are_errors() {
    let dir = Dir::new();
    let _socket = UnixListener::bind(dir.at("socket")).unwrap();
    for (name, kind) in [("socket", "socket"), ("/dev/null", "device"), ("/dev/zero", "device")] {
        let ran = dir.hash(&[name]);
        let reported = format!(
            "batchproc: {name}: not opened: it is a {kind} (to read a stream, redirect it to standard input)\n"
        );
        assert_eq!((ran.code(), ran.stderr), (1, reported));
    }
}

#[test]
fn a_block_device_given_as_argument_is_read_to_its_end() {
    let dir = Dir::new();
    let image = dir.file("image", (0..300 << 10).map(|at: u32| (at / 7) as u8).collect::<Vec<_>>());
    let image = image.to_str().unwrap();
    let losetup = |arguments: &[&str]| dir.command("losetup", arguments).output();
    let device = match losetup(&["--find", "--show", "--read-only", image]) {
        Ok(made) if made.status.success() => String::from_utf8(made.stdout).unwrap(),
        _ => return eprintln!("skipped: no loop device can be made"),
    };
    let device = device.trim();
    let ran = dir.hash(&[device, "--format", "json"]);
    let listed = dir.hash_with_stdin(&["--files-from", "-"], format!("{device}\n").as_bytes());
    losetup(&["--detach", device]).unwrap();
    let digest = dir.hash(&["image"]).text()[..32].to_string();
    assert_eq!(
        String::from_utf8(ran.good()).unwrap(),
        format!(
            "{{\"path\":\"{device}\",\"algorithm\":\"md5\",\"digest\":\"{digest}\",\"size\":307200,\"mtime\":null,\"ino\":null,\"dev\":null,\"ctime\":null}}\n"
        )
    );
    assert_eq!((listed.code(), listed.stdout), (1, vec![]));
}

#[test]
fn md5sums_options_for_binary_and_text_change_nothing() {
    let dir = Dir::new();
    dir.file("a", "abc");
    for option in ["-b", "-t", "--binary", "--text", "-bt"] {
        assert_eq!(dir.hash(&[option, "a"]).good(), format!("{ABC}  a\n").into_bytes(), "{option}");
    }
}

#[test]
fn a_stream_with_other_content_of_the_same_size_is_not_corrupt() {
    let dir = Dir::new();
    dir.fifo("fifo");
    let update = ["hash", "--update", "m", "-o", "m", "fifo"];
    with_writer(&dir, "fifo", b"xyz", &["hash", "--format", "json", "-o", "m", "fifo"]);
    with_writer(&dir, "fifo", b"abc", &update);
    let manifest = fs::read_to_string(dir.at("m")).unwrap();
    assert!(manifest.contains(ABC) && manifest.lines().count() == 1, "{manifest}");
}

#[test]
fn a_stream_that_is_named_twice_is_read_once_and_the_other_name_is_an_error() {
    let dir = Dir::new();
    dir.fifo("p");
    let text = "0123456789\n".repeat(300_000);
    let digest = String::from_utf8(dir.hash_with_stdin(&["-"], text.as_bytes()).good()).unwrap();
    let digest = digest.split(' ').next().unwrap().to_string();
    let again = "is named more than once, and a stream can be read only once";
    for (first, second) in
        [("-", "-"), ("-", "/dev/stdin"), ("/dev/fd/0", "-"), ("/dev/stdin", "/proc/self/fd/0")]
    {
        let ran = dir.hash_with_stdin(&[first, second], text.as_bytes());
        assert_eq!((ran.code(), ran.text()), (1, format!("{digest}  {first}\n")));
        assert_eq!(ran.stderr, format!("batchproc: {second}: {again}\n"));
    }
    let ran = dir.segment(&["-", "-"], "我来到北京\n".repeat(1000));
    assert_eq!((ran.code(), ran.text()), (1, "我 来到 北京\n".repeat(1000)));
    let both = dir.command("sh", &["-c", "printf x >p & exec \"$0\" hash p p", PROGRAM]);
    let ran = Ran::with_stdin(both, b"");
    assert_eq!((ran.code(), ran.stderr), (1, format!("batchproc: p: {again}\n")));
    assert_eq!(ran.stdout.len(), "9dd4e461268c8034f5c8564e155c67a6  p\n".len());
    // A manifest, too, can list it only once.
    dir.file("m", format!("{digest}  -\n{digest}  -\n"));
    let ran = Ran::with_stdin(dir.batchproc(&["check", "m"]), text.as_bytes());
    assert_eq!((ran.code(), ran.text().as_str()), (1, "-: OK\n-: FAILED open or read\n"));
}

#[test]
fn a_named_file_that_the_output_is_appended_to_is_an_error() {
    let dir = Dir::new();
    for (command, file) in [("hash f", "f"), ("segment f", "f"), ("hash --files-from l", "f")] {
        dir.file("f", "北京大学\n");
        dir.file("l", "f\n");
        let ran =
            dir.shell(&format!("exec \"$@\" >>{file}"), &command.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code(), 1, "{command}");
        assert_eq!(
            ran.stderr,
            format!(
                "batchproc: {file}: this run writes its output to this file, so it cannot be an input\n"
            )
        );
        assert_eq!(std::fs::read_to_string(dir.at("f")).unwrap(), "北京大学\n");
    }
    // A file that the shell has truncated is only the output, so `hash * > sums` works.
    let ran = dir.shell("exec \"$@\" >f", &["hash", "l", "f"]);
    assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""));
}

#[test]
fn whoever_reads_a_named_pipe_must_take_all_of_it() {
    let dir = Dir::new();
    dir.fifo("p");
    // More data than a pipe holds.
    for name in 0..2000 {
        dir.file(format!("t/{name:0100}"), "");
    }
    let script = "head -c 10 p >/dev/null & exec \"$0\" hash t -o p";
    let ran = Ran::with_stdin(dir.command("sh", &["-c", script, PROGRAM]), b"");
    let reported = "batchproc: cannot write to p: Broken pipe\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported));
}
