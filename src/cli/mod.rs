//! The command line as the user types it. Each command has a file for its options; options that
//! commands share have files of their own.

mod advice;
mod budget;
mod changed;
mod command;
pub mod dict;
mod diff;
mod dups;
mod engine;
pub mod fields;
mod foreign;
pub mod gather;
mod hash;
pub mod idf;
mod input;
pub mod keep;
mod merge;
mod page_cache;
pub mod pages;
mod resume;
mod run;
pub mod segment;
mod shard;
mod short;
mod update;
mod values;
mod verify;
mod words;

use std::ffi::OsString;

use clap::Parser;

use command::commands;
use dict::DictArgs;
use diff::EXIT_CODES as DIFF_EXIT_CODES;
use dups::EXIT_CODES as DUPS_EXIT_CODES;
use idf::IdfArgs;
use merge::EXIT_CODES as MERGE_EXIT_CODES;
use pages::{COMPLETIONS_END, CompletionsArgs, MAN_END, ManArgs};
use run::{HASH_EXIT_CODES, IDF_EXIT_CODES, SEGMENT_EXIT_CODES};
use segment::SegmentArgs;
use verify::{AUDIT_EXIT_CODES, CHECK_EXIT_CODES};

pub use budget::{BudgetArgs, Sample};
pub use diff::DiffArgs;
pub use dups::{DupsArgs, GroupFormat};
pub use engine::{EngineArgs, ReporterName};
pub use hash::HashArgs;
pub use input::{InputArgs, WalkArgs};
pub use merge::MergeArgs;
pub use page_cache::PageCacheArgs;
pub use run::{OrderName, ProgressName, RunArgs};
pub use shard::ShardArgs;
pub use update::{IgnoreArgs, IgnoreName, MaxGone};
pub use values::IoThreads;
pub use verify::{AuditArgs, AuditFormat, CheckArgs, VerdictFormat, VerifyArgs};

commands! {
    Hash(HashArgs), "hash", HASH_EXIT_CODES,
        "Print the digests of every file, as md5sum and its relatives do";
    Segment(SegmentArgs), "segment", SEGMENT_EXIT_CODES,
        "Cut Chinese text into words, as jieba does";
    Idf(IdfArgs), "idf", IDF_EXIT_CODES,
        "Count in how many texts each word comes, for segment --keywords --idf";
    Dict(DictArgs), "dict", None::<&str>,
        "Prepare dictionaries for segment --dict";
    Check(CheckArgs), "check", CHECK_EXIT_CODES,
        "Compare files with the digests in manifests, as md5sum -c does";
    Audit(AuditArgs), "audit", AUDIT_EXIT_CODES,
        "Compare a tree with its manifest: what was edited, moved, copied, lost, or has rotted";
    Dups(DupsArgs), "dups", DUPS_EXIT_CODES,
        "Find files with the same content, as fdupes does";
    Diff(DiffArgs), "diff", DIFF_EXIT_CODES,
        "Compare two trees or manifests: what was added, removed, changed, moved or copied";
    Merge(MergeArgs), "merge", MERGE_EXIT_CODES,
        "Make one result of the results of all shards";
    Completions(CompletionsArgs), "completions", COMPLETIONS_END,
        "Print what a shell needs to complete commands and options";
    Man(ManArgs), "man", MAN_END,
        "Print the manual page, or write the pages of all commands";
}

impl Command {
    /// The options about the run itself, if the command has them.
    pub fn run(&self) -> Option<&RunArgs> {
        match self {
            Command::Hash(arguments) => Some(&arguments.run),
            Command::Segment(arguments) => Some(&arguments.run),
            Command::Idf(IdfArgs(arguments)) => Some(&arguments.run),
            Command::Check(arguments) => Some(&arguments.run),
            Command::Audit(arguments) => Some(&arguments.run),
            Command::Dups(arguments) => Some(&arguments.run),
            Command::Diff(arguments) => Some(&arguments.run),
            Command::Dict(_) | Command::Merge(_) | Command::Completions(_) | Command::Man(_) => {
                None
            }
        }
    }
}

/// The end of the help.
const END: &str = "\
Examples:
  batchproc hash photos -o photos.md5           the MD5 of every file below a directory
  batchproc check --quiet photos.md5            whether the files are still the same
  echo 我来到北京清华大学 | batchproc segment   Chinese words

Exit codes:
  0 nothing was lost, 1 some files failed or differ, 2 the run failed, 3 files are corrupt

Documents:
  batchproc COMMAND --help, batchproc man | man -l -, README.md and docs/ of the source";

/// Batch work on files, on all cores, in order, with bounded memory.
#[derive(Debug, Parser)]
#[command(name = "batchproc", version, about, propagate_version = true, after_help = END)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Parses a command line. The first argument is the name of the program.
///
/// # Errors
/// If the usage is wrong, or if the help or the version was requested. The error holds the text to
/// print.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = arguments.get(1).and_then(|command| command.to_str());
    let command = command.filter(|command| !command.starts_with('-')).map(String::from);
    let parsed = Cli::try_parse_from(&arguments);
    let rest = arguments.get(1..).unwrap_or_default();
    parsed.map_err(|error| advice::advise(error, command.as_deref(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// All commands that can be run, with those below others.
    fn all_commands(command: &clap::Command) -> Vec<&clap::Command> {
        let below = command.get_subcommands().filter(|command| command.get_name() != "help");
        below
            .flat_map(|sub| if sub.has_subcommands() { all_commands(sub) } else { vec![sub] })
            .collect()
    }

    /// The commands in a line of examples, without what other programs and the shell do.
    fn typed(line: &str) -> impl Iterator<Item = Vec<&str>> {
        let code = line.trim_start().split("   ").next().unwrap();
        code.split(['|', ';', '>', '<']).filter_map(|part| {
            let at = part.find("batchproc ")?;
            Some(part[at..].split_whitespace().map(|word| word.trim_matches('\'')).collect())
        })
    }

    #[test]
    fn the_help_of_every_command_ends_with_three_examples_or_more_that_are_correct_usage() {
        let mut program = Cli::command();
        program.build();
        for command in all_commands(&program) {
            let end = command.get_after_long_help().or(command.get_after_help());
            let end = end.map(ToString::to_string).unwrap_or_default();
            let examples = end.split_once("Examples:\n").map(|(_, examples)| examples);
            let lines = examples.unwrap_or_default().lines().take_while(|line| !line.is_empty());
            let commands: Vec<_> = lines.flat_map(typed).collect();
            assert!(commands.len() >= 3, "{}: {commands:?}", command.get_name());
            for words in commands {
                let parsed = Cli::try_parse_from(&words);
                assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
            }
        }
    }
}
