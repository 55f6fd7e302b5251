//! The arguments of `batchproc dict`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `batchproc dict`.
#[derive(Debug, Args)]
pub struct DictArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DictCommand,
}

/// What is done with dictionaries.
#[derive(Debug, Subcommand)]
pub enum DictCommand {
    /// Make a file of a dictionary that segment --dict reads without delay.
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Compile(CompileArgs),
}

const EXIT_CODES: &str = "\
The compiled file is for this version of batchproc and for machines of this byte order; others refuse
it. A damaged one is refused too.

Exit codes:
  0    all well
  2    wrong usage, a line that cannot be understood, or the output is not writable";

/// `batchproc dict compile`.
#[derive(Debug, Args)]
pub struct CompileArgs {
    /// The dictionary: `word frequency [tag]` a line, as for segment --dict; `-` is standard input
    #[arg(value_name = "WORDS")]
    pub words: PathBuf,

    /// Write to FILE, which is replaced only when everything is written [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace FILE also if it is neither empty nor a compiled dictionary [default: that is an error]
    #[arg(long, requires = "output")]
    pub overwrite: bool,
}
