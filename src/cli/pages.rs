//! The arguments of `batchproc completions` and `batchproc man`, and what both are made from: the
//! description of the whole command line.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::Shell;

use crate::hash::algorithms::Algorithm;

pub(super) const COMPLETIONS_END: &str = "\
Examples:
  batchproc completions bash > ~/.local/share/bash-completion/completions/batchproc
  batchproc completions zsh > ~/.zfunc/_batchproc       with ~/.zfunc in fpath
  batchproc completions fish > ~/.config/fish/completions/batchproc.fish";

pub(super) const MAN_END: &str = "\
Examples:
  batchproc man | man -l -                              the page of the program
  batchproc man ~/.local/share/man/man1                 a page for each command, such as batchproc-hash.1
  batchproc man pages; man -l pages/batchproc-hash.1";

/// The encodings that most texts have.
const ENCODINGS: [&str; 11] = [
    "utf-8",
    "auto",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "shift_jis",
    "euc-kr",
];

/// `batchproc completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// `batchproc man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command into DIR, which is made if there is none; pages of these names are
    /// replaced [default: print the page of the program]
    pub dir: Option<PathBuf>,
}

/// The whole command line, every option with its whole description.
pub fn described(program: Command) -> Command {
    let mut command = program.disable_help_subcommand(true).mut_subcommands(with_commands);
    command = with_commands(command);
    command.build();
    of_all(command, |arg| arg.hide_short_help(false))
}

/// Calls what comes below a command what its help calls it.
fn with_commands(command: Command) -> Command {
    command.subcommand_value_name("COMMAND").subcommand_help_heading("COMMANDS")
}

/// The manual page of a command that [`described`] has made. What the generator cannot know is put in:
/// the usage, the name of the program, and the sections at the end.
///
/// # Errors
/// If the page cannot be made.
pub fn page(command: &Command, version: &str) -> io::Result<String> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone()).source(format!("batchproc {version}"));
    man.render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    let usage = command.clone().render_usage().to_string();
    let usage = usage.lines().next().unwrap_or_default().trim_start_matches("Usage: ");
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let rest = usage.strip_prefix(name).unwrap_or(usage);
    let usage = format!("\\fB{}\\fR{}\n", roff(name), roff(rest));
    let page = with_section(page, "SYNOPSIS", &format!(".SH SYNOPSIS\n{usage}"));
    let end = command.get_after_long_help().or(command.get_after_help());
    Ok(with_section(page, "EXTRA", &sections(&end.map(ToString::to_string).unwrap_or_default())))
}

/// Puts a text in the place of a section of a page, if the page has it.
fn with_section(page: String, name: &str, text: &str) -> String {
    let head = format!("\n.SH {name}\n");
    let Some(start) = page.find(&head).map(|at| at + 1) else { return page };
    let end = page[start + 1..].find("\n.SH ").map_or(page.len(), |at| start + at + 2);
    [&page[..start], text, &page[end..]].concat()
}

/// The end of a help as sections of a page. Each begins with a line that ends with a colon, and the lines
/// stay as they are.
fn sections(end: &str) -> String {
    let mut text = String::new();
    for line in end.lines() {
        match line.strip_suffix(':').filter(|title| !title.starts_with(' ')) {
            Some(title) => {
                text += if text.is_empty() { "" } else { ".fi\n" };
                text += &format!(".SH {}\n.nf\n", roff(&title.to_uppercase()));
            }
            None if text.is_empty() => text += &format!(".SH NOTES\n.nf\n{}\n", roff(line)),
            None => text += &format!("{}\n", roff(line)),
        }
    }
    text + ".fi\n"
}

/// A text of a page in which no character is a command.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

/// The whole command line, with values that a shell can suggest where any text may stand.
pub fn suggesting(mut command: Command) -> Command {
    command.build();
    of_all(command, |arg| match arg.get_id().as_str() {
        // BLAKE2b has a name for each length.
        "algorithms" | "algorithm" => arg.value_parser(PossibleValuesParser::new(
            Algorithm::all().map(Algorithm::name).filter(|name| !name.starts_with("blake2b-")),
        )),
        "encoding" => arg.value_parser(PossibleValuesParser::new(ENCODINGS)),
        // The script for bash keeps names with spaces whole, and lets a directory end with `/`, only here.
        _ if arg.get_value_hint() == ValueHint::AnyPath => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    })
}

/// What follows the script for bash. Its function is made for options; this one puts another around it.
const BASH_END: &str = r#"
# Suggests options only after `-`, so that files are suggested elsewhere, and completes the last part of a
# list such as `-a md5,sha256` and what follows `=`.
_batchproc_word() {
    local cur="$2" prev="$3" first="" reply
    [[ $cur == = ]] && cur="" prev="${COMP_WORDS[COMP_CWORD - 1]}"
    [[ $prev == = ]] && prev="${COMP_WORDS[COMP_CWORD - 2]}"
    case $cur,$prev in
        *,*,LISTS) first="${cur%,*}," ;;
    esac
    _batchproc "$1" "${cur#"$first"}" "$prev"
    local -a replies=("${COMPREPLY[@]}")
    COMPREPLY=()
    for reply in "${replies[@]}"; do
        [[ $reply == -* && $cur != -* ]] || COMPREPLY+=("$first$reply")
    done
}
complete -F _batchproc_word -o nosort -o bashdefault -o default batchproc
"#;

/// What bash needs beside the generated script.
pub fn bash_end(mut program: Command) -> String {
    program.build();
    let mut lists = BTreeSet::new();
    for command in program.get_subcommands() {
        for list in command.get_arguments().filter(|arg| arg.get_value_delimiter().is_some()) {
            lists.extend(list.get_long().map(|name| format!("--{name}")));
            lists.extend(list.get_short().map(|name| format!("-{name}")));
        }
    }
    let lists: Vec<_> = lists.iter().map(|name| format!("*,*,{name}")).collect();
    BASH_END.replace("*,*,LISTS", &lists.join(" | "))
}

/// Changes the options of all commands.
fn of_all(command: Command, change: fn(Arg) -> Arg) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    let change_all =
        |command: Command, name| command.mut_subcommand(name, |sub| of_all(sub, change));
    names.into_iter().fold(command, change_all).mut_args(change)
}
