//! The arguments of `batchproc merge`.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXIT_CODES: &str = "\
P.shard says what kind of part P is. Parts without it, such as pipes, must be manifests; it
is not noticed then if one is missing.

Exit codes:
  0    all parts are there, and the result is that of one run
  1    the same, but some files failed when a part was made
  2    wrong usage, a part is missing, doubled, foreign or torn, or the result cannot be written
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP

Examples:
  batchproc hash --shard 1/2 photos -o p1; batchproc hash --shard 2/2 photos -o p2
  batchproc merge p1 p2 -o photos.md5
  batchproc merge part-* -o words.txt               parts of segment --shard, in any order";

/// `batchproc merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The results of all shards of one run of hash or segment, in any order
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,

    /// The PATHs of the runs, in their order, for manifests without P.shard [default: as P.shard says;
    /// without it, in the order of their names]
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "files_from")]
    pub paths: Vec<PathBuf>,

    /// The list that gave the runs the names of the files, for manifests [default: the runs walked
    /// their PATHs]
    #[arg(long, value_name = "LIST")]
    pub files_from: Option<PathBuf>,

    /// The names of --files-from end with NUL instead of a newline [default: newline]
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,

    /// Write to FILE, which is replaced only when the whole result is written [default: standard
    /// output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Let -o replace a FILE that is not a manifest by a manifest [default: refuse]
    #[arg(long, requires = "output")]
    pub overwrite: bool,
}
