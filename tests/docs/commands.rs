//! Runs the commands of the documents. Each document has its own directory. Its blocks run in order, so a
//! block can use the files that earlier blocks made.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::blocks::{self, Block, Fate, Shown};
use crate::documents;
use harness::{Dir, Ran};

#[allow(dead_code, reason = "the tests of the program use all of it")]
#[path = "../cli/harness.rs"]
mod harness;

/// The files in the directory before the first command.
const FILES: [(&str, &str); 15] = [
    ("photos/2023/beach.jpg", "beach\n"),
    ("photos/2023/city.jpg", "city\n"),
    ("photos/2024/snow.jpg", "snow\n"),
    ("photos/.cache/index.tmp", "index\n"),
    ("corpus/laws.txt", "中华人民共和国的一切权力属于人民。\n"),
    ("corpus/travel.txt", "我来到北京清华大学\n他来到了网易杭研大厦\n"),
    ("terms.txt", "杭研大厦 5 n\n深度 学习\t5\tn\n"),
    ("words.txt", "北京 100 ns\n清华大学 50 nt\n大学 30 n\n我 200 r\n来到 80 v\n"),
    ("stop.txt", "我\n的\n"),
    ("app.log", "他来到北京\n"),
    ("posts.tsv", "7\t我来到北京\n"),
    ("posts.csv", "id,text\n7,我来到北京\n"),
    ("film.srt", "1\n00:01 --> 00:02\n我来到北京\n"),
    ("list.txt", "photos/2023/beach.jpg\nphotos/2024/snow.jpg\n"),
    ("notes.md", "notes\n"),
];

/// Substitutes for programs that would never end, or that not every machine has.
const PROGRAMS: [(&str, &str); 4] = [
    ("tail", "shift; exec cat \"$@\""),
    ("inotifywait", "echo photos/2024/snow.jpg"),
    ("mail", "{ echo \"$@\"; cat; } >> mailed"),
    ("page", "echo \"$@\" >> paged"),
];

/// Separates the output of commands; the exit code follows it.
const END: char = '\u{1e}';

struct World {
    directory: Dir,
    /// The directories with programs.
    path: String,
}

impl World {
    fn new() -> Self {
        let directory = Dir::new();
        for (name, text) in FILES {
            directory.file(format!("here/{name}"), text);
        }
        for (name, script) in PROGRAMS {
            let path = directory.file(format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
            fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_batchproc")).parent().unwrap();
        let others = std::env::var("PATH").unwrap();
        let path = format!("{}:{}:{others}", directory.at("bin").display(), program.display());
        Self { directory, path }
    }

    fn run(&self, script: &str) -> Ran {
        self.directory.settle();
        let mut shell = self.directory.command("sh", &["-c", script]);
        shell.current_dir(self.directory.at("here")).env("PATH", &self.path).env("TZ", "UTC");
        Ran::of(shell.stdin(Stdio::null()).spawn().unwrap())
    }

    fn has(&self, program: &str) -> bool {
        self.run(&format!("command -v {program}")).code() == 0
    }

    /// Runs a script. Its commands must succeed and print no messages.
    fn script(&self, text: &str) -> Result<(), String> {
        let ran = self.run(&format!("set -e\n{text}"));
        let is_message = |line: &str| line.starts_with("batchproc: ") || line.starts_with("sh: ");
        match (ran.code(), ran.stderr.lines().any(is_message)) {
            (0, false) => Ok(()),
            (code, _) => Err(format!("exit code {code}\n{}", ran.stderr)),
        }
    }

    /// Runs commands and compares their output. A command may fail only if the next one prints its exit code.
    fn session(&self, all: &[Shown]) -> Result<(), String> {
        let mut script = String::from("exec 2>&1\n");
        for Shown { command, .. } in all {
            // The clock of the kernel ticks between two commands, as it does when a person types them.
            // A file that is changed in the tick in which it is hashed would be in doubt.
            script += &format!(
                "{command}\n_code=$?; printf '{END}%s{END}' $_code; sleep 0.03; (exit $_code)\n"
            );
        }
        let printed = self.run(&script).text();
        let mut parts = printed.split(END);
        for (number, Shown { command, output }) in all.iter().enumerate() {
            let (printed, code) = (parts.next().unwrap_or(""), parts.next());
            let lines = |text| str::lines(text).collect::<Vec<_>>();
            if !blocks::fits(&lines(output), &lines(printed)) {
                return Err(format!("$ {command}\nshown:\n{output}printed:\n{printed}"));
            }
            let code_is_shown = all.get(number + 1).is_some_and(|next| next.command.contains("$?"));
            if code != Some("0") && !code_is_shown {
                return Err(format!("$ {command}\nexit code {code:?}, which is not shown"));
            }
        }
        Ok(())
    }

    fn block(&self, block: &Block) -> Result<(), String> {
        match &block.fate {
            Fate::Run { needs: Some(program) } if !self.has(program) => {
                eprintln!("skipped: there is no {program}");
                Ok(())
            }
            Fate::Run { .. } if block.language == "console" => {
                self.session(&blocks::shown(&block.text)?)
            }
            Fate::Run { .. } => self.script(&block.text),
            Fate::Marked | Fate::NoCommands => Ok(()),
        }
    }
}

#[test]
fn the_commands_of_the_documents_work_as_shown() {
    let mut wrong = Vec::new();
    for document in documents() {
        let name = &document.name;
        let world = World::new();
        match blocks::blocks(&document.text) {
            Err(error) => wrong.push(format!("{name}, {error}")),
            Ok(blocks) => {
                let failed = blocks.iter().filter_map(|block| {
                    let error = world.block(block).err()?;
                    Some(format!("{name}, line {}: {error}", block.line))
                });
                wrong.extend(failed);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn output_must_match_the_document() {
    let world = World::new();
    let session = |text| world.session(&blocks::shown(text).unwrap());
    assert_eq!(session("$ echo a\na\n$ false\n$ echo $?\n1\n"), Ok(()));
    assert!(session("$ echo a\nb\n").is_err());
    assert!(session("$ echo a\n").is_err());
    assert!(session("$ false\n").is_err());
    assert!(session("$ exit 0\n$ echo a\na\n").is_err());
}

#[test]
fn a_script_must_succeed_in_silence() {
    let world = World::new();
    assert_eq!(world.script("batchproc hash photos | head -1\ntail -f app.log\n"), Ok(()));
    assert!(world.script("batchproc hash gone | cat\n").is_err());
    assert!(world.script("no-such-program | cat\n").is_err());
    assert!(world.script("false\ntrue\n").is_err());
}
