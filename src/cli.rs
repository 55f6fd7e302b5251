//! The command line: only what was typed. `config` resolves it against the machine.

mod command;
pub mod dict;
pub mod segment;
mod update;
mod values;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, ValueEnum};

pub use command::Command;
pub use update::{IgnoreArgs, IgnoreName, MaxGone};
pub use verify::{AuditArgs, CheckArgs, VerdictFormat, VerifyArgs};

use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;
use values::{
    forms, parse_age, parse_algorithm, parse_io_threads, parse_memory, parse_size, parse_threads,
};

/// Batch work on files, on all cores, in order, with bounded memory.
#[derive(Debug, Parser)]
#[command(name = "batchproc", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    all well
  1    some files failed; each has a line on standard error
  3    with --update: some files are corrupt; each has a line
  2    wrong usage, or the run itself could not go on (output not writable, disk full)
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP

SIZE is a number with an optional K, M, G or T (powers of 1024) or KB, MB, GB or TB (of 1000).
SIGUSR1 prints a line of progress at any time.";

/// `batchproc hash`.
#[derive(Debug, Args)]
pub struct HashArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,

    /// The digests to compute, all from one read of each file: a list such as md5,sha256
    /// [default: md5]
    #[arg(
        short,
        long = "algorithm",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Digests"
    )]
    #[arg(value_parser = parse_algorithm)]
    pub algorithms: Vec<Algorithm>,

    /// The PATHs are manifests, and what they list is checked: the same as batchproc check
    #[arg(short, long, conflicts_with_all = ["output", "files_from", "tag", "update"], help_heading = "Checking")]
    pub check: bool,

    /// For --check only.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Print the table of algorithms, and do nothing else
    #[arg(long, help_heading = "Digests")]
    pub list_algorithms: bool,

    /// The form of the output [default: gnu for one algorithm whose own program prints such lines,
    /// otherwise bsd]
    #[arg(long, value_name = "FORMAT", value_parser = forms(), help_heading = "Output")]
    pub format: Option<Form>,

    /// Nothing: files are always read as they are; for scripts that say it to md5sum [default: off]
    #[arg(short, long, overrides_with = "text", help_heading = "Input")]
    pub binary: bool,

    /// Nothing, as --binary [default: off]
    #[arg(short, long, overrides_with = "binary", help_heading = "Input")]
    pub text: bool,

    /// The same as --format bsd
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub tag: bool,

    /// End each result with NUL instead of a newline, and escape nothing (not for csv)
    #[arg(short, long, help_heading = "Output")]
    pub zero: bool,

    /// Write to FILE, which is replaced only when everything is written; until then what is written
    /// is in FILE.partial [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Replace FILE also if it is neither empty nor a manifest [default: that is an error]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub overwrite: bool,

    /// Go on with the FILE.partial that an interrupted run of the same command left, if there is
    /// one: what is in it is not read again
    #[arg(long, requires = "output", help_heading = "Output")]
    pub resume: bool,

    /// Read only what has changed since MANIFEST (JSON or CSV) was made: a file whose size,
    /// times (mtime and ctime), inode and device are as recorded is not opened. Algorithms and format
    /// are the manifest's unless said otherwise
    #[arg(long, value_name = "MANIFEST", help_heading = "Updating")]
    pub update: Option<PathBuf>,

    /// Read all files of --update, and tell those that are corrupt: other content, though size and
    /// modification time are the same
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub rehash: bool,

    /// The same for files that were read longer than AGE ago, such as 30d, 12h or 2w
    #[arg(long, value_name = "AGE", requires = "update", value_parser = parse_age)]
    #[arg(help_heading = "Updating")]
    pub rehash_older_than: Option<Duration>,

    /// With --update: drop the lines of files that exist, but that -g, --exclude and the other
    /// options for directories leave out [default: they are kept]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub forget_left_out: bool,

    /// For --update only.
    #[command(flatten, next_help_heading = "Updating")]
    pub ignore: IgnoreArgs,

    /// Refuse to replace the manifest FILE if more than N of its files (or N% of them) would have no
    /// line in the new one, with --update if more of them are gone [default: refuse only if all that it lists below a PATH are; 100% never refuses]
    #[arg(long, value_name = "N", value_parser = update::parse_max_gone)]
    #[arg(requires = "output", help_heading = "Output")]
    pub max_gone: Option<MaxGone>,

    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What is read; the same for every command that takes files.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files and directories; `-` is standard input, and so is none at all
    #[arg(value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub paths: Vec<PathBuf>,

    /// What to find in directories.
    #[command(flatten)]
    pub walk: WalkArgs,

    /// Read the names of the files from FILE (`-`: standard input), one a line (LF or CR LF), as a
    /// stream
    #[arg(long, value_name = "FILE", conflicts_with = "paths", help_heading = "Input")]
    pub files_from: Option<PathBuf>,

    /// The names of --files-from end with NUL instead of a newline
    #[arg(short = '0', long, help_heading = "Input")]
    pub null: bool,
}

/// What is found in directories.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Directories")]
pub struct WalkArgs {
    /// Only files in directories whose path, relative to PATH, matches (repeatable); one that
    /// matches nothing makes the exit code 1
    #[arg(short, long, value_name = "GLOB")]
    pub glob: Vec<String>,

    /// No files and directories whose path, relative to PATH, matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Leave out what .gitignore files exclude [default: they have no effect]
    #[arg(long)]
    pub gitignore: bool,

    /// Leave out names that begin with a dot [default: they are in]
    #[arg(long)]
    pub no_hidden: bool,

    /// Descend at most N levels: 1 is the files directly in PATH [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_depth: Option<usize>,

    /// Leave out files smaller than SIZE [default: none]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub min_size: Option<u64>,

    /// Leave out files larger than SIZE [default: none]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_size: Option<u64>,

    /// Stay on the file system of each PATH
    #[arg(short = 'x', long)]
    pub one_file_system: bool,

    /// Follow symbolic links met in directories [default: only those given as PATH]
    #[arg(short = 'L', long)]
    pub follow: bool,
}

impl WalkArgs {
    /// Whether a file of this size is not wanted.
    pub fn leaves_out(&self, size: u64) -> bool {
        self.min_size.is_some_and(|least| size < least)
            || self.max_size.is_some_and(|most| size > most)
    }

    /// Whether anything was said that only a walk can do.
    pub fn asks_for_directories(&self) -> bool {
        !self.glob.is_empty()
            || !self.exclude.is_empty()
            || self.max_depth.is_some()
            || [self.gitignore, self.no_hidden, self.one_file_system, self.follow].contains(&true)
    }
}

/// How a run goes on; the same for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub struct RunArgs {
    /// `input`: as the arguments name them and by name inside a directory; `completion`: each
    /// result as soon as it exists
    #[arg(long, value_enum, default_value_t = OrderName::Input)]
    pub order: OrderName,

    /// Threads that compute [default: the processors available to this process]
    #[arg(short = 'j', long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,

    /// Threads that read: a number, or `auto`, which finds one for each device while running
    #[arg(long, value_name = "N", default_value = "auto", value_parser = parse_io_threads)]
    pub io_threads: IoThreads,

    /// Bound on the memory for data and results, at least 8M
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_memory)]
    pub memory: usize,

    /// `auto`: a bar if standard error is a terminal; `log`: a line every 30 seconds
    #[arg(long, value_enum, default_value_t = ProgressName::Auto)]
    pub progress: ProgressName,

    /// Print what each stage did and waited for, and which setting would help
    #[arg(long)]
    pub stats: bool,

    /// Say on standard error what is done, with time and thread, and sum up; -vv: for every file
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Orders of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum OrderName {
    Input,
    Completion,
}

/// Ways to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum ProgressName {
    Auto,
    Bar,
    Log,
    Never,
}

/// How many readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoThreads {
    /// Found out while running.
    Auto,
    /// As many as said.
    Fixed(usize),
}

/// Parses the arguments of this process, or of a test.
///
/// # Errors
/// Usage errors, and the requests for help and version, ready to be printed.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
