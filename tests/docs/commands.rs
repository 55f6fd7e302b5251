//! Runs the commands of the documents. Each document has its own directory. Its blocks run in order, so a
//! block can use the files that earlier blocks made.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Stdio;

use crate::blocks::{self, Block, Fate, Shown};
use crate::{document, documents};
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

/// Places outside of the directory that crontabs name, and what stands for them.
const PLACES: [(&str, &str); 5] = [
    ("/usr/local/bin", "bin"),
    ("/srv", "here"),
    ("/home", "here/photos"),
    ("/data", "here/corpus"),
    ("/var/lib", "var"),
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
        symlink(env!("CARGO_BIN_EXE_batchproc"), directory.at("bin/batchproc")).unwrap();
        // A Python with the modules that documents need.
        let python = std::env::var("BATCHPROC_PYTHON").map(PathBuf::from);
        let python = python.iter().filter_map(|python| python.parent().filter(|it| it.is_dir()));
        let others = std::env::var("PATH").unwrap();
        let bin = directory.at("bin");
        let all = [bin.as_path()].into_iter().chain(python).map(|path| path.display().to_string());
        let path = all.chain([others]).collect::<Vec<_>>().join(":");
        Self { directory, path }
    }

    fn run(&self, script: &str) -> Ran {
        self.directory.settle();
        let mut shell = self.directory.command("sh", &["-c", script]);
        shell.current_dir(self.directory.at("here")).env("PATH", &self.path).env("TZ", "UTC");
        Ran::of(shell.stdin(Stdio::null()).spawn().unwrap())
    }

    fn has(&self, needed: &str) -> bool {
        let test = match needed.strip_prefix("python3 -m ") {
            Some(module) => format!("python3 -c 'import {module}'"),
            // Memory and overlays are no disks from which a file could be read again.
            None if needed == "a disk" => "batchproc hash --from-disk notes.md".into(),
            None => format!("command -v {needed}"),
        };
        self.run(&test).code() == 0
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

    /// Runs the lines of a crontab as cron does: from the home directory, and with no environment but
    /// its own. What a command prints would be mailed, so none may print anything.
    fn crontab(&self, text: &str) -> Result<(), String> {
        // The folder and the manifest that a line finds there.
        let there =
            "mkdir -p ../var/node_exporter && cd .. && batchproc hash here/corpus --format json";
        let prepared =
            self.run(&format!("{there} | sed \"s,here/corpus,$PWD/&,\" > var/data.json"));
        assert_eq!(prepared.code(), 0, "{}", prepared.stderr);
        let home = self.directory.at("here");
        let mut environment = vec![
            ("HOME".to_string(), home.display().to_string()),
            ("PATH".to_string(), self.placed("/usr/local/bin:/usr/bin:/bin", ':')),
            ("SHELL".to_string(), "/bin/sh".to_string()),
        ];
        for line in text.lines() {
            if let Some((name, value)) =
                line.split_once('=').filter(|(name, _)| !name.contains(' '))
            {
                environment.push((name.to_string(), self.placed(value, ':')));
                continue;
            }
            let mut command = line;
            for _ in 0..5 {
                let (_, rest) = command.split_once(' ').ok_or("five fields and a command")?;
                command = rest.trim_start();
            }
            // What follows another `%` would be standard input.
            let command = self.placed(command, ' ').replace(r"\%", "\0");
            if command.contains('%') {
                return Err(format!("{line}\n`%` begins a new line"));
            }
            let mut shell = self.directory.command("/bin/sh", &["-c", &command.replace('\0', "%")]);
            shell.current_dir(&home).env_clear().envs(environment.clone()).stdin(Stdio::null());
            let ran = Ran::of(shell.spawn().unwrap());
            if (ran.code(), ran.stdout.is_empty(), ran.stderr.is_empty()) != (0, true, true) {
                return Err(format!(
                    "{line}\nexit code {}\n{}{}",
                    ran.code(),
                    ran.text(),
                    ran.stderr
                ));
            }
        }
        Ok(())
    }

    /// Words with the directories of the test in place of those that documents name.
    fn placed(&self, words: &str, separator: char) -> String {
        let placed = |word: &str| {
            let inside = PLACES.iter().find_map(|(place, stand_in)| {
                let rest = word.strip_prefix(place)?;
                let is_whole = rest.is_empty() || rest.starts_with('/');
                is_whole.then(|| format!("{}{rest}", self.directory.at(stand_in).display()))
            });
            inside.unwrap_or_else(|| word.to_string())
        };
        let words: Vec<_> = words.split(separator).map(placed).collect();
        words.join(separator.encode_utf8(&mut [0; 4]))
    }

    fn block(&self, block: &Block) -> Result<(), String> {
        match &block.fate {
            Fate::Run { needs: Some(needed) } if !self.has(needed) => {
                eprintln!("skipped: there is no {needed}");
                Ok(())
            }
            Fate::Run { .. } => match block.language.as_str() {
                "console" => self.session(&blocks::shown(&block.text)?),
                "crontab" => self.crontab(&block.text),
                "python" => self.script(&format!("python3 - <<'END'\n{}END\n", block.text)),
                _ => self.script(&block.text),
            },
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

#[test]
fn a_crontab_runs_as_cron_runs_it() {
    let world = World::new();
    assert_eq!(world.crontab("0 3 * * *  cd /srv && batchproc hash photos > /dev/null\n"), Ok(()));
    assert_eq!(world.crontab("0 3 * * *  [ -z \"$LC_ALL$TZ\" ] && [ -e photos ]\n"), Ok(()));
    assert_eq!(world.crontab("A=b c\n0 3 * * *  [ \"$A\" = 'b c' ] && [ \\% != b ]\n"), Ok(()));
    assert!(world.crontab("0 3 * * *  [ % != b ]\n").is_err());
    assert!(world.crontab("0 3 * * *  batchproc hash photos\n").is_err());
    assert!(world.crontab("0 3 * * *  batchproc hash gone 2> /dev/null\n").is_err());
    assert!(world.crontab("PATH=/bin\n0 3 * * *  batchproc hash photos > /dev/null\n").is_err());
}

#[test]
fn the_nightly_script_sends_mail_about_rot_alone() {
    let world = World::new();
    let mailed = || fs::read_to_string(world.directory.at("here/mailed")).ok();
    for block in blocks::blocks(&document("docs/cookbook.md").text).unwrap() {
        assert_eq!(mailed(), None, "before line {}", block.line);
        assert_eq!(world.block(&block), Ok(()));
        if block.text.contains("cat nightly.log") {
            break;
        }
    }
    let text = "batchproc: photos/2023/city.jpg: corrupt: its content differs from the manifest although \
                its size and modification time are the same; the manifest keeps the old digest\n";
    assert_eq!(mailed(), Some(format!("-s batchproc: exit code 3 admin@example.com\n{text}")));
}
