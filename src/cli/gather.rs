//! The arguments of `segment` that say what --count and --keywords are about.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What --count and --keywords are about.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct GatherArgs {
    /// What each table of --count or --keywords is about [default: all with --count, file with
    /// --keywords, --documents and idf]
    #[arg(long, value_enum)]
    pub per: Option<PerName>,

    /// With --count: count in how many files each word comes, or with --per line in how many lines
    /// [default: count how often it comes]
    #[arg(long, requires = "count")]
    pub documents: bool,

    /// Weigh --keywords by the inverse document frequencies in FILE (`-`: standard input), which has
    /// `word number` on each line, as for set_idf_path of jieba and as `batchproc idf` makes it; other
    /// words get the median [default: the table of jieba]
    #[arg(long, value_name = "FILE", requires = "keywords")]
    pub idf: Vec<PathBuf>,

    /// Whether the result is a table for --idf; so it is with `batchproc idf`.
    #[arg(skip)]
    pub to_idf: bool,
}

/// What a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PerName {
    /// Each file
    File,
    /// Each line, or each record with --field and --json-field; it must fit into a block, as with these
    Line,
    /// The whole input
    All,
}
