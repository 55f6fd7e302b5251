//! Names and messages with control characters never reach a terminal as they are. Every command runs on a
//! terminal (a pty) over such names, and what arrives there is looked at byte by byte.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::{Dir, Guard, bytes_name};

/// Names that a terminal would obey: an operating system command, colours, bells, the same as characters
/// of one byte and of two (C1), and characters that turn the writing direction or show nothing.
const HOSTILE: [&[u8]; 9] = [
    b"osc\x1b]0;title\x07",
    b"csi\x1b[31mred\x1b[2J",
    b"bell\x07\x08\x7f",
    b"return\rover",
    "c1\u{9b}31m\u{9d}0;title\u{9c}".as_bytes(),
    b"one byte\x9b31m",
    "bidi\u{202e}cod.exe\u{2066}".as_bytes(),
    "hidden\u{200b}\u{feff}\u{e0041}".as_bytes(),
    b"line\nfeed\x1bc",
];

/// Runs a command on a new terminal, and returns what arrived there and the exit code.
fn on_terminal(dir: &Dir, arguments: &[&[u8]]) -> (Vec<u8>, i32) {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let name = ptsname(&main, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let side: File = open(name, flags, Mode::empty()).unwrap().into();
    let mut command = dir.batchproc(&[]);
    command.args(arguments.iter().map(|bytes| bytes_name(bytes)));
    command.stdout(Stdio::from(side.try_clone().unwrap())).stderr(Stdio::from(side));
    command.env("TERM", "xterm-256color");
    let mut child = command.spawn().unwrap();
    drop(command);
    let reader = thread::spawn(move || {
        let (mut main, mut all, mut buffer) = (File::from(main), Vec::new(), [0; 4096]);
        loop {
            match main.read(&mut buffer) {
                Ok(0) => return all,
                Ok(count) => all.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // All who had the terminal open have closed it.
                Err(_) => return all,
            }
        }
    });
    let guard = Guard::new(&child);
    let code = child.wait().unwrap().code().unwrap_or(-1);
    guard.end();
    (reader.join().unwrap(), code)
}

/// What of these bytes a terminal would obey, or what would show something else than is there. Ends of
/// lines are not, nor is what the progress bar and the help write themselves.
fn obeyed(bytes: &[u8]) -> Option<String> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => return Some(format!("no UTF-8 at {}", error.valid_up_to())),
    };
    let own =
        ["\x1b[2K", "\x1b[1A", "\x1b[0m", "\x1b[1m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];
    let hostile = ["\x1b]", "\x1b[31mred", "\x1b[2J", "\x1bc", "\rover"];
    if let Some(found) = hostile.iter().find(|hostile| text.contains(*hostile)) {
        return Some(format!("{found:?}"));
    }
    let text = own.iter().fold(text, |text, own| text.replace(own, ""));
    let is_bad = |c: &char| match c {
        '\n' | '\t' | '\r' => false,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => true,
        '\u{feff}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    };
    text.chars().find(is_bad).map(|c| format!("{c:?}"))
}

/// A tree `t` with hostile names of files, directories and links, and manifests of it.
fn tree() -> Dir {
    let dir = Dir::new();
    for (number, name) in HOSTILE.iter().enumerate() {
        let name = bytes_name(name);
        dir.file(dir.at("t").join(name), "same\n");
        dir.file(dir.at("u").join(name).join(name), format!("我来到北京{number}\n"));
        symlink(name, dir.at("u").join(name).join("link")).unwrap();
        fs::create_dir_all(dir.at("empty").join(name)).unwrap();
        symlink(dir.at("none").join(name), dir.at("empty").join(name).join("broken")).unwrap();
        dir.file(dir.at("dicts").join(name), "词\x1b]0;x\x07 -1 \x1b[2J\n\x1bc\n");
        dir.file(dir.at("lists").join(name), [b"none/", *HOSTILE.get(number).unwrap()].concat());
    }
    for (name, arguments) in [
        ("m.md5", &["t", "u"][..]),
        ("m.json", &["--format", "json", "--links", "t", "u"]),
        ("m.csv", &["--format", "csv", "t", "u"]),
        ("m0", &["-z", "t", "u"]),
    ] {
        dir.hash(&[&["-o", name], arguments].concat()).good();
    }
    let lines = HOSTILE.iter().flat_map(|name| [&b"00 nonsense "[..], name, b"\n"].concat());
    dir.file("bad.md5", lines.collect::<Vec<u8>>());
    // Something differs, and something is gone.
    for name in &HOSTILE[..4] {
        fs::remove_file(dir.at("t").join(bytes_name(name))).unwrap();
        dir.file(dir.at("u").join(bytes_name(name)).join(bytes_name(name)), "other\n");
    }
    dir
}

#[test]
fn no_control_character_of_a_name_reaches_a_terminal() {
    let dir = tree();
    let mut seen = 0;
    for line in [
        "hash t u empty",
        "hash --follow t u empty",
        "hash -vv t u",
        "hash -a md5,sha1 t",
        "hash --format json --links t u",
        "hash --format csv t",
        "hash -z t",
        "hash --update m.json --format json t u",
        "check m.md5",
        "check -vv m.json",
        "check --format json m.json",
        "check -w bad.md5",
        "check --beneath t m.md5",
        "audit m.json t u",
        "audit --links m.json t u empty",
        "audit --no-read m.json t u",
        "audit --format json m.csv t u",
        "audit --format html m.json t u",
        "diff m.json u",
        "diff t u",
        "diff --format json m.csv m.md5",
        "dups t u",
        "dups --format json t u",
        "dups -0 t u",
        "segment t u empty",
        "segment --count u",
        "segment --keywords 3 u",
        "segment --format json u",
        "segment --pos u",
        "idf u",
        "dict check u",
    ] {
        for more in [&[][..], &["--progress", "log"], &["--progress", "never"]] {
            let words = line.split(' ').chain(more.iter().copied());
            let arguments: Vec<_> = words.map(str::as_bytes).collect();
            let (bytes, _) = on_terminal(&dir, &arguments);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(obeyed(&bytes), None, "{line} {more:?}: {text:?}");
            seen += usize::from(text.contains("title"));
        }
    }
    // The names were there, in another form.
    assert!(seen > 40, "{seen}");
}

#[test]
fn no_control_character_of_an_argument_reaches_a_terminal() {
    let dir = tree();
    for name in HOSTILE {
        let join = |directory: &[u8]| [directory, b"/", name].concat();
        let option = [b"--", name].concat();
        let value = [b"--threads=", name].concat();
        let (dict, list, output) = (join(b"dicts"), join(b"lists"), join(b"no"));
        for arguments in [
            &[name][..],
            &[b"hash", name],
            &[b"hash", &option],
            &[b"hash", &value, b"t"],
            &[b"hash", b"-g", name, b"t"],
            &[b"hash", b"-g", &[b"{", name].concat(), b"t"],
            &[b"hash", b"t", b"-o", &output],
            &[b"hash", b"--update", name, b"t"],
            &[b"hash", b"--files-from", &list],
            &[b"hash", b"--summary", &output, b"t"],
            &[b"check", name],
            &[b"check", b"--root", name, b"m.md5"],
            &[b"check", b"--beneath", name, b"m.md5"],
            &[b"audit", name, name],
            &[b"diff", name, name],
            &[b"dups", name],
            &[b"segment", name],
            &[b"segment", b"--user-dict", &dict, b"u"],
            &[b"segment", b"--dict", &dict, b"u"],
            &[b"segment", b"--stop-words", name, b"u"],
            &[b"segment", b"--output-dir", &output, b"u"],
            &[b"segment", b"--encoding", name, b"u"],
            &[b"segment", b"--tags", name, b"u"],
            &[b"segment", b"--skip-lines", &[b"(", name].concat(), b"u"],
            &[b"dict", b"compile", &dict],
            &[b"dict", b"export", &dict],
            &[b"dict", name],
        ] {
            let (bytes, code) = on_terminal(&dir, arguments);
            let shown: Vec<_> =
                arguments.iter().map(|word| String::from_utf8_lossy(word)).collect();
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(obeyed(&bytes), None, "{shown:?}: {text:?}");
            assert!((0..=3).contains(&code), "{shown:?}: {text:?}");
        }
    }
}
