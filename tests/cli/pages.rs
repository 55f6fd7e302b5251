//! Completions and manual pages. What reads them is the judge: bash completes, and groff formats.

use std::fs;
use std::process::{Command, Stdio};

use crate::harness::{Dir, Ran};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// Whether a program can be started.
fn is_there(program: &str) -> bool {
    let ran = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    if ran.is_err() {
        eprintln!("skipped: there is no {program}");
    }
    ran.is_ok()
}

/// The commands, as the page of the program lists them.
fn commands(dir: &Dir) -> Vec<String> {
    run(dir, &["man", "pages"]).good();
    let mut names: Vec<_> = fs::read_dir(dir.at("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.strip_suffix(".1").unwrap().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn bash_completes_commands_options_and_values() {
    let dir = Dir::new();
    if !is_there("bash") {
        return;
    }
    dir.file("some,file", "");
    dir.file("two words", "");
    dir.file("script", run(&dir, &["completions", "bash"]).good());
    for (words, expected) in [
        ("ha", "hash"),
        ("hash --files-f", "--files-from"),
        ("hash -a blake3", "blake3"),
        ("hash -a sha25", "sha256"),
        ("check --algorithm sm", "sm3"),
        ("segment --encoding gb", "gb18030 gbk gb2312"),
        ("segment --compat p", "python"),
        ("dict c", "compile"),
        ("hash --order c", "completion"),
        ("hash --forma", "--format"),
        ("dups -a blake3", "blake3"),
        ("hash -a md5,sha25", "md5,sha256"),
        ("segment --keep url,da", "url,date"),
        ("hash --format = j", "json"),
        ("hash --algorithm = md5,sha25", "md5,sha256"),
        (
            "diff --algorithm =",
            "md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 sm3 blake2b blake3 xxh32 xxh64 xxh3-64 xxh3-128 crc32",
        ),
        ("hash -o some", "some,file"),
        ("hash --output = some", "some,file"),
        ("hash -o some,f", "some,file"),
        ("hash -o two", "two words"),
        // Without a reply, bash completes the names of files.
        ("hash ''", ""),
        ("hash some", ""),
        ("check ''", ""),
        ("hash -x ''", ""),
    ] {
        let script = format!(
            "source ./script; COMP_WORDS=(batchproc {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             function=$(complete -p batchproc); function=${{function#* -F }}; ${{function%% *}} batchproc \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
             echo \"${{#COMPREPLY[@]}} ${{COMPREPLY[*]}}\""
        );
        let ran = Ran::of(dir.command("bash", &["-c", &script]).spawn().unwrap());
        let count = match words {
            "hash -o two" => 1,
            _ => expected.split_whitespace().count(),
        };
        assert_eq!(ran.text(), format!("{count} {expected}\n"), "{words}: {}", ran.stderr);
    }
}

#[test]
fn every_shell_can_read_its_script() {
    let dir = Dir::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&dir, &["completions", shell]).text();
        assert!(script.contains("one-file-system"), "{shell}");
        if shell == "fish" {
            // There, the descriptions of values are in double quotes.
            let value = script.lines().find(|line| line.contains("\\t'") && line.contains('$'));
            assert_eq!(value, None);
        }
        dir.file(shell, script);
        if ["powershell", "elvish"].contains(&shell) || !is_there(shell) {
            continue;
        }
        let read = Ran::of(dir.command(shell, &["-n", shell]).spawn().unwrap());
        assert_eq!((read.code(), &*read.stderr), (0, ""), "{shell}");
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    let dir = Dir::new();
    if !is_there("fish") {
        return;
    }
    dir.file("script", run(&dir, &["completions", "fish"]).good());
    for (typed, expected) in [
        ("ha", &["hash"][..]),
        ("hash --files-f", &["--files-from"]),
        ("dups -a blake3", &["blake3"]),
        ("segment --encoding gb", &["gb18030", "gb2312", "gbk"]),
        ("dict comp", &["compile"]),
        ("hash scr", &["script"]),
    ] {
        let script = format!("source script; complete -C 'batchproc {typed}'");
        let mut fish = dir.command("fish", &["--no-config", "-c", &script]);
        let ran = Ran::of(fish.env("HOME", dir.path()).spawn().unwrap());
        let text = ran.text();
        let mut replies: Vec<_> =
            text.lines().map(|line| line.split('\t').next().unwrap()).collect();
        replies.sort_unstable();
        assert_eq!(replies, expected, "{typed}: {}", ran.stderr);
    }
}

#[test]
fn every_page_has_all_options_of_the_help_with_their_descriptions() {
    let dir = Dir::new();
    let names = commands(&dir);
    assert!(names.len() > 12 && names.contains(&"batchproc-dict-compile".into()), "{names:?}");
    for name in &names {
        let mut words: Vec<&str> = name.split('-').skip(1).collect();
        words.push("--help");
        let help = run(&dir, &words).text();
        let page = fs::read_to_string(dir.at(format!("pages/{name}.1"))).unwrap();
        let options = help.lines().filter_map(|line| {
            let option = line.trim_start();
            let indent = line.len() - option.len();
            (option.starts_with('-') && indent <= 6).then(|| option.split("--").nth(1).unwrap())
        });
        let mut count = 0;
        for option in options {
            let long = option.split([' ', '=', '[', '.']).next().unwrap().replace('-', "\\-");
            assert!(page.contains(&format!("\\-\\-{long}\\fR")), "{name} {long}");
            count += 1;
        }
        assert!(count >= 1, "{help}");
        let empty = page.lines().collect::<Vec<_>>();
        let empty = empty.windows(3).find(|lines| lines[0] == ".TP" && lines[2].is_empty());
        assert_eq!(empty, None, "{name}");
    }
    let printed = run(&dir, &["man"]).text();
    assert_eq!(printed, fs::read_to_string(dir.at("pages/batchproc.1")).unwrap());
    dir.file("file", "");
    assert_eq!(run(&dir, &["man", "file"]).code(), 2);
}

#[test]
fn pages_have_the_usage_and_sections_of_the_help() {
    let dir = Dir::new();
    for name in commands(&dir) {
        let page = fs::read_to_string(dir.at(format!("pages/{name}.1"))).unwrap();
        let words: Vec<&str> = name.split('-').skip(1).collect();
        let help = run(&dir, &[&words[..], &["--help"]].concat()).text();
        let usage = help.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap();
        let plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
        assert!(plain.contains(&format!(".SH SYNOPSIS\n{usage}\n")), "{usage}");
        let command = [&["batchproc"], &words[..]].concat().join(" ");
        assert!(page.contains(&format!(".SH SYNOPSIS\n\\fB{command}\\fR ")), "{name}");
        assert!(page.contains(&format!("1  \"batchproc {}\"", env!("CARGO_PKG_VERSION"))));
        assert!(!page.contains(".SH EXTRA") && !page.contains("SUBCOMMAND"), "{name}");
        // The last parts of the help are sections, whose lines are as in the help.
        for title in ["Examples:", "Exit codes:"] {
            let Some((_, section)) = help.split_once(&format!("\n{title}\n")) else { continue };
            let head = title.trim_end_matches(':').to_uppercase();
            let first =
                section.lines().next().unwrap().replace('\'', "\\(aq").replace("\\n", "\\en");
            assert!(plain.contains(&format!(".SH {head}\n.nf\n{first}\n")), "{name}: {first}");
        }
    }
    let help = run(&dir, &["--help"]).text();
    let (_, end) = help.split_once("\nExamples:\n").unwrap();
    assert!(end.matches("batchproc ").count() >= 3 && end.contains("\nExit codes:\n"), "{end}");
}

#[test]
fn groff_finds_nothing_to_warn_about() {
    let dir = Dir::new();
    if !is_there("groff") {
        return;
    }
    for name in commands(&dir) {
        let page = format!("pages/{name}.1");
        let ran = dir.command("groff", &["-K", "utf8", "-man", "-Tutf8", "-ww", &page]);
        let ran = Ran::of({ ran }.spawn().unwrap());
        assert_eq!((ran.code(), &*ran.stderr), (0, ""), "{name}");
    }
}
