//! How a run goes on: options that all commands share.

use clap::{Args, ValueEnum};

use super::values::{IoThreads, parse_io_threads, parse_memory, parse_threads};

/// What all commands but those with verdicts end with.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    all well
  1    some files failed; each has a line on standard error
  3    with --update: some files are corrupt; each has a line
  2    wrong usage, or the run itself could not go on (output not writable, disk full)
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP

SIZE is a number with an optional K, M, G or T (powers of 1024) or KB, MB, GB or TB (of 1000).
SIGUSR1 prints a line of progress at any time.";

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
