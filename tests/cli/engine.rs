//! A small driver that starts the program as PySpark's `pipe` does: with an empty environment, a thread that
//! writes the records, and the caller, who reads the lines. It may stop to read early.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Dir, Guard, Ran};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_batchproc");

/// The program, as an engine starts it.
pub fn command(dir: &Dir, arguments: &[&str]) -> Command {
    let mut command = dir.command(PROGRAM, arguments);
    command.env_clear().stdin(Stdio::piped());
    command
}

/// A started program.
pub struct Engine {
    child: Child,
    lines: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
    writer: Option<JoinHandle<()>>,
    guard: Guard,
}

impl Engine {
    pub fn start(dir: &Dir, arguments: &[&str]) -> Self {
        let mut child = command(dir, arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let (input, guard) = (child.stdin.take(), Guard::new(&child));
        Self { child, lines, input, writer: None, guard }
    }

    /// Writes bytes now.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Writes the records in a thread, and then closes the input.
    pub fn feed(&mut self, records: Vec<u8>) {
        let mut input = self.input.take().unwrap();
        self.writer = Some(thread::spawn(move || drop(input.write_all(&records))));
    }

    /// The next line with its LF, which the program must print before more is written.
    pub fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.lines.read_until(b'\n', &mut line).unwrap();
        line
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads the rest of the lines.
    pub fn rest(mut self) -> Ran {
        self.input.take();
        let mut rest = Vec::new();
        self.lines.read_to_end(&mut rest).unwrap();
        Ran { stdout: rest, ..self.close() }
    }

    /// Whether the writer of records is still waiting for the program after a second. A program that takes
    /// in everything would have ended that wait; on a slow machine it may not have had the time, so this can
    /// be wrongly true, but never wrongly false.
    pub fn holds_back(&self) -> bool {
        let writer = self.writer.as_ref().unwrap();
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            if writer.is_finished() {
                return false;
            }
            thread::park_timeout(Duration::from_millis(20));
        }
        true
    }

    /// Closes the output, and waits for the end of the program. Its input stays open.
    pub fn close(self) -> Ran {
        let Self { child, lines, input, writer, guard } = self;
        drop(lines);
        let ran = Ran::of(child);
        guard.end();
        drop(input);
        writer.into_iter().for_each(|writer| writer.join().unwrap());
        ran
    }
}

/// Passes records through the program, and returns the lines as bytes.
pub fn pipe(dir: &Dir, arguments: &[&str], records: &[u8]) -> Ran {
    let mut engine = Engine::start(dir, arguments);
    engine.feed(records.to_vec());
    engine.rest()
}
