//! The arguments of `batchproc completions` and `batchproc man`, and what both are made from: the
//! description of the whole command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::hash::algorithms::Algorithm;

pub(super) const COMPLETIONS_END: &str = "\
Examples:
  batchproc completions bash > ~/.local/share/bash-completion/completions/batchproc
  batchproc completions zsh > ~/.zfunc/_batchproc       with ~/.zfunc in fpath
  batchproc completions fish > ~/.config/fish/completions/batchproc.fish";

pub(super) const MAN_END: &str = "\
Examples:
  batchproc man | man -l -                              the page of the program
  batchproc man ~/.local/share/man/man1                 a page for each command, such as batchproc-hash.1";

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
pub fn described() -> Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    of_all(command, |arg| arg.hide_short_help(false))
}

/// The whole command line, with values that a shell can suggest where any text may stand.
pub fn suggesting() -> Command {
    let mut command = Cli::command();
    command.build();
    of_all(command, |arg| match arg.get_id().as_str() {
        // BLAKE2b has a name for each length.
        "algorithms" => arg.value_parser(PossibleValuesParser::new(
            Algorithm::all().map(Algorithm::name).filter(|name| !name.starts_with("blake2b-")),
        )),
        "encoding" => arg.value_parser(PossibleValuesParser::new(ENCODINGS)),
        _ => arg,
    })
}

/// Changes the options of all commands.
fn of_all(command: Command, change: fn(Arg) -> Arg) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    let change_all =
        |command: Command, name| command.mut_subcommand(name, |sub| of_all(sub, change));
    names.into_iter().fold(command, change_all).mut_args(change)
}
