//! A separate directory for each test, and commands with a time limit.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The time limit of a command. A command that takes longer is killed, and the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Dir(TempDir);

impl Dir {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Creates a file and the directories above it.
    pub fn file(&self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(Path::new(name.as_ref()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn fifo(&self, name: &str) {
        let made = Command::new("mkfifo").arg(self.at(name)).status().unwrap();
        assert!(made.success());
    }

    /// `batchproc` with these arguments, in this directory.
    pub fn batchproc(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_batchproc"), arguments);
        command.stdin(Stdio::null());
        command
    }

    /// Another program in this directory.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path()).env("LC_ALL", "C");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a shell script in which `"$@"` is `batchproc` with these arguments.
    pub fn shell(&self, script: &str, arguments: &[&str]) -> Ran {
        let mut all = vec!["-c", script, "sh", env!("CARGO_BIN_EXE_batchproc")];
        all.extend(arguments);
        Ran::of(self.command("sh", &all).stdin(Stdio::null()).spawn().unwrap())
    }

    /// Runs `batchproc` with these arguments under strace, which makes system calls fail. Prints a reported
    /// and returns `None` if strace is missing or not permitted.
    pub fn strace(&self, options: &[&str], arguments: &[&str]) -> Option<Ran> {
        let traced = |program: &str, arguments: &[&str]| {
            let mut all = vec!["-f", "-o", "/dev/null"];
            all.extend(options);
            all.push(program);
            all.extend(arguments);
            self.command("strace", &all).stdin(Stdio::null()).spawn().ok().map(Ran::of)
        };
        if traced("true", &[]).is_none_or(|ran| ran.code() != 0) {
            eprintln!("skipped: there is no strace, or it may not trace");
            return None;
        }
        traced(env!("CARGO_BIN_EXE_batchproc"), arguments)
    }

    /// Runs `batchproc hash` with these arguments.
    pub fn hash(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["hash"];
        all.extend(arguments);
        Ran::of(self.batchproc(&all).spawn().unwrap())
    }

    /// Runs `batchproc hash` with these arguments and bytes on standard input.
    pub fn hash_with_stdin(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        let mut all = vec!["hash"];
        all.extend(arguments);
        Ran::with_stdin(self.batchproc(&all), stdin)
    }

    /// Runs `batchproc segment` with these arguments and bytes on standard input.
    pub fn segment(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
        let mut all = vec!["segment"];
        all.extend(arguments);
        Ran::with_stdin(self.batchproc(&all), stdin.as_ref())
    }

    /// Waits until a new file gets a later time than all existing ones. Times advance with the ticks of the
    /// kernel's clock, and a file that is too recent would be read again.
    pub fn settle(&self) {
        let probe = TempDir::new().unwrap();
        let time = || {
            let path = probe.path().join("probe");
            fs::write(&path, "").unwrap();
            fs::metadata(path).unwrap().modified().unwrap()
        };
        let begun = time();
        while time().duration_since(begun).is_ok_and(|passed| passed < Duration::from_millis(25)) {}
    }

    /// The names in this directory.
    pub fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(name)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Kills a command that takes too long.
pub struct Guard {
    done: mpsc::Sender<()>,
    thread: JoinHandle<bool>,
}

impl Guard {
    pub fn new(child: &Child) -> Self {
        let pid = Pid::from_child(child);
        let (done, over) = mpsc::channel();
        let thread = thread::spawn(move || {
            let hung = over.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
            if hung {
                let _ = kill_process(pid, Signal::KILL);
            }
            hung
        });
        Self { done, thread }
    }

    /// Checks that the command did not take too long.
    pub fn end(self) {
        drop(self.done);
        assert!(!self.thread.join().unwrap(), "the command hung");
    }
}

/// The result of a finished command.
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    /// Waits for the end of a child.
    pub fn of(child: Child) -> Self {
        let guard = Guard::new(&child);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        guard.end();
        Self { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }

    /// Runs a command with bytes on its standard input.
    pub fn with_stdin(mut command: Command, stdin: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let bytes = stdin.to_vec();
        // A separate thread writes, since the command may wait until its output is read.
        let writer = thread::spawn(move || drop(pipe.write_all(&bytes)));
        let ran = Self::of(child);
        writer.join().unwrap();
        ran
    }

    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Checks for success without messages, and returns standard output.
    pub fn good(self) -> Vec<u8> {
        assert_eq!((self.code(), self.stderr.as_str()), (0, ""));
        self.stdout
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Compares bytes. On failure it shows the first difference as text.
pub fn assert_same(ours: &[u8], theirs: &[u8], what: &str) {
    if ours != theirs {
        let split = |bytes: &[u8]| {
            bytes.split(|&b| b == b'\n').map(|l| l.escape_ascii().to_string()).collect::<Vec<_>>()
        };
        let (ours, theirs) = (split(ours), split(theirs));
        let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        panic!(
            "{what}: line {at} differs:\n ours  {:?}\n theirs {:?}",
            ours.get(at),
            theirs.get(at)
        );
    }
}

pub fn bytes_name(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}
