//! What is read: arguments and options that all commands share.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::values::parse_size;

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
    pub fn skips_size(&self, size: u64) -> bool {
        self.min_size.is_some_and(|least| size < least)
            || self.max_size.is_some_and(|most| size > most)
    }

    /// Whether anything was said that only a walk can do.
    pub fn has_walk_options(&self) -> bool {
        !self.glob.is_empty()
            || !self.exclude.is_empty()
            || self.max_depth.is_some()
            || [self.gitignore, self.no_hidden, self.one_file_system, self.follow].contains(&true)
    }
}
