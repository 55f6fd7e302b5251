//! The arguments of `batchproc completions` and `batchproc man`, and what both are made from: the
//! description of the whole command line.

use std::collections::BTreeSet;
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
    let mut command = program.disable_help_subcommand(true);
    command.build();
    of_all(command, |arg| arg.hide_short_help(false))
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
