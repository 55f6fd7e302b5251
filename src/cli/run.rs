//! Options about the run itself: order, threads, memory, progress.

use std::path::PathBuf;

use clap::{Args, FromArgMatches, ValueEnum};

use super::page_cache::PageCacheArgs;
use super::values::{IoThreads, parse_io_threads, parse_limit, parse_memory, parse_threads};

/// The end of a help text, with these further exit codes. Commands that compare files with manifests
/// have their own.
macro_rules! exit_codes {
    ($further:literal) => {
        concat!(
            "\
Exit codes:
  0    success
  1    some files failed; each is reported on standard error
  2    wrong usage, or the run itself failed (output not writable, disk full)
",
            $further,
            "  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP

SIZE is a number with an optional K, M, G or T (powers of 1024) or KB, MB, GB or TB (of 1000).
SIGUSR1 prints a line of progress at any time.

Beside other programs, with a file for monitoring:
  --nice --limit 100M --summary nightly.prom"
        )
    };
}

/// The end of the help text of `hash`.
pub(super) const HASH_EXIT_CODES: &str = concat!(
    "\
Examples:
  batchproc hash photos -o photos.md5               a manifest as md5sum writes it
  batchproc hash -a sha256 --format json photos -o photos.json
  batchproc hash --update photos.json photos -o photos.json
                                                    reads only what has changed since
  find . -name '*.jpg' -print0 | batchproc hash --files-from - -0

",
    exit_codes!(
        "  3    with --update: some files are corrupt; each is reported on standard error\n"
    )
);

/// The end of the help text of `segment`.
pub(super) const SEGMENT_EXIT_CODES: &str = concat!(
    "\
Examples:
  batchproc segment corpus --output-dir words
  batchproc segment big.txt.zst -o words.txt.gz     compressed text is read and written
  batchproc segment --field 2 posts.tsv             cuts one column; all else stays
  batchproc segment --csv --field text posts.csv
  batchproc segment --json-field body.text posts.jsonl
  batchproc segment corpus -o words.txt --resume    goes on where an interrupted run has stopped
  batchproc segment --records < part-00000          N lines in, N lines out, for Spark and others
  batchproc segment --tags n*,v --drop single corpus
  batchproc segment --skip-lines ' --> ' film.srt   keeps time codes as they are
  batchproc segment --keep url,date,number a.txt    keeps each of these whole
  batchproc segment --normalize nfkc,simplified a.txt

",
    exit_codes!("")
);

/// The end of the help text of `idf`.
pub(super) const IDF_EXIT_CODES: &str = concat!(
    "\
The table has `word number` on each line. The number is ln(N / n) if n of N texts have the word. Words
of one character are left out, since they are never keywords.

Examples:
  batchproc idf corpus -o words.idf                 each file is a text
  batchproc idf --per line --csv --field text posts.csv -o words.idf
  batchproc segment --keywords 5 --idf words.idf new

",
    exit_codes!("")
);

/// Options about the run itself, the same for all commands but `dict`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub struct RunArgs {
    /// `input`: in the order of the arguments, and by name inside a directory; `completion`: each
    /// result as soon as it is ready
    #[arg(long, value_enum, default_value_t = OrderName::Input)]
    pub order: OrderName,

    /// Number of computing threads [default: the number of CPUs available to this process]
    #[arg(short = 'j', long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,

    /// Number of reading threads, or `auto`: the program adjusts the number for each device while
    /// it runs
    #[arg(long, value_name = "N", default_value = "auto", value_parser = parse_io_threads)]
    pub io_threads: IoThreads,

    /// Memory limit for data and results, at least 8M
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_memory)]
    pub memory: usize,

    /// Options about the memory in which the system keeps files.
    #[command(flatten)]
    pub page_cache: PageCacheArgs,

    /// Read at most SIZE bytes a second, all readers together [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_limit)]
    pub limit: Option<u64>,

    /// Give way to other programs: the lowest priority for the CPU, and for the disk if its scheduler
    /// knows priorities [default: the priority of the caller]
    #[arg(long)]
    pub nice: bool,

    /// How to show progress. `auto`: a bar if standard error is a terminal; `log`: a line every 30
    /// seconds
    #[arg(long, value_enum, default_value_t = ProgressName::Auto)]
    pub progress: ProgressName,

    /// At the end, print how long each stage worked and waited, and which option would make the run
    /// faster [default: off]
    #[arg(long)]
    pub stats: bool,

    /// Write what the run did and how it ended to FILE, also if it fails: a JSON object, or with a name
    /// that ends in .prom the metrics of Prometheus, for the text files of node_exporter [default: no
    /// such file]
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,

    /// Log to standard error what the program does, with time and thread, and print a summary; -vv:
    /// log every file [default: off]
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl RunArgs {
    /// The values if no option is typed.
    pub fn usual() -> Self {
        let command = Self::augment_args(clap::Command::new("run").no_binary_name(true));
        let typed = command.get_matches_from([""; 0]);
        Self::from_arg_matches(&typed).expect("every option has a default")
    }
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
