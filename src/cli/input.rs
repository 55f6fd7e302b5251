//! The arguments and options for the input, which several commands share.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::values::parse_size;

/// The input of a command that takes files.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files and directories; `-` is standard input [default: standard input]
    #[arg(value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub paths: Vec<PathBuf>,

    /// Which files to find in directories.
    #[command(flatten)]
    pub walk: WalkArgs,

    /// Read the names of the files from FILE (`-`: standard input), one per line (LF or CR LF), and
    /// start before the list is complete [default: take the names from PATH]
    #[arg(long, value_name = "FILE", conflicts_with = "paths", help_heading = "Input")]
    pub files_from: Option<PathBuf>,

    /// The names of --files-from end with NUL instead of a newline [default: newline]
    #[arg(short = '0', long, help_heading = "Input")]
    pub null: bool,
}

/// The options that say which files a walk finds in directories.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Directories")]
pub struct WalkArgs {
    /// Read only files whose path below PATH matches GLOB (repeatable); a GLOB that matches nothing
    /// makes the exit code 1 [default: all files]
    #[arg(short, long, value_name = "GLOB")]
    pub glob: Vec<String>,

    /// Skip files and directories whose path below PATH matches GLOB (repeatable) [default: skip
    /// none]
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Skip what .gitignore files exclude [default: .gitignore files have no effect]
    #[arg(long)]
    pub gitignore: bool,

    /// Skip names that begin with a dot [default: they are read]
    #[arg(long)]
    pub no_hidden: bool,

    /// Descend at most N levels: 1 means only the files directly in PATH [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_depth: Option<usize>,

    /// Skip files smaller than SIZE [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub min_size: Option<u64>,

    /// Skip files larger than SIZE [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_size: Option<u64>,

    /// Stay on the file system of each PATH [default: enter other file systems]
    #[arg(short = 'x', long)]
    pub one_file_system: bool,

    /// Follow symbolic links found in directories [default: follow only links given as PATH]
    #[arg(short = 'L', long)]
    pub follow: bool,
}

impl WalkArgs {
    /// Whether any option was given that applies only to a walk.
    pub fn has_walk_options(&self) -> bool {
        !self.glob.is_empty()
            || !self.exclude.is_empty()
            || self.max_depth.is_some()
            || [self.gitignore, self.no_hidden, self.one_file_system, self.follow].contains(&true)
    }
}
