//! The arguments of `batchproc dups`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::input::InputArgs;
use super::run::{OrderName, RunArgs};
use super::values::parse_algorithm;
use crate::error::Fatal;
use crate::hash::algorithms::Algorithm;

pub(super) const EXIT_CODES: &str = "\
The groups that waste most bytes come first, and files in the order of the input. Nothing is
deleted. Names of one file (hard links) are no duplicates: the first one is printed, and JSON has
the others as `links`. A file that changes during the run is reported and left out.

Examples:
  batchproc dups photos                         groups of names with blank lines between them
  batchproc dups -fz photos | xargs -0 ls -l    all but the first of each group
  batchproc dups --format json photos           size, digest, files and wasted bytes of each group
  batchproc dups --from photos.json             from a manifest, without reading the files

Exit codes:
  0    all files were looked at, whether or not there are duplicates
  1    some files failed; each is reported on standard error
  2    wrong usage, or the run itself failed (output not writable, disk full)
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP";

/// `batchproc dups`.
#[derive(Debug, Args)]
#[command(mut_arg("paths", |paths| paths.help("Files and directories")))]
#[command(mut_arg("order", |order| order.hide(true)))]
pub struct DupsArgs {
    /// The input.
    #[command(flatten)]
    pub input: InputArgs,

    /// Take the files and their digests from MANIFEST, in any form that `check` reads, and read no
    /// file (repeatable; `-`: standard input). The names of several manifests must be relative to
    /// the same directory [default: read the files]
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["paths", "files_from"])]
    #[arg(help_heading = "Input")]
    pub from: Vec<PathBuf>,

    /// Include empty files, which all have the same content [default: they are left out]
    #[arg(long, help_heading = "Input")]
    pub empty: bool,

    /// The digest that decides whether contents are the same; it must have at least 128 bits
    /// [default: blake3; with --from the strongest that all entries have]
    #[arg(short, long, value_name = "NAME", value_parser = parse_algorithm)]
    #[arg(help_heading = "Digests")]
    pub algorithm: Option<Algorithm>,

    /// Count the names of one file (hard links) as duplicates of each other [default: they are one
    /// file]
    #[arg(long, help_heading = "Output")]
    pub hard_links: bool,

    /// Leave out the first file of each group, and the lines between groups: what is printed could
    /// be deleted without losing content [default: print all]
    #[arg(short = 'f', long, help_heading = "Output")]
    pub omit_first: bool,

    /// End each name with NUL instead of a newline, and escape nothing. An empty name separates
    /// groups, unless --omit-first is given [default: off]
    #[arg(short, long, help_heading = "Output")]
    pub zero: bool,

    /// The format of the groups
    #[arg(long, value_enum, default_value_t = GroupFormat::Text, help_heading = "Output")]
    pub format: GroupFormat,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Formats of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroupFormat {
    /// One name per line, and a blank line between groups, as fdupes prints them. A name with a
    /// newline is escaped, and then the line begins with `\`
    Text,
    /// JSON Lines, one for each group: algorithm, digest, size, wasted (bytes), files
    Json,
}

impl DupsArgs {
    /// Refuses options that cannot be combined.
    ///
    /// # Errors
    /// Returns a message that names the options.
    pub fn check_options(&self) -> Result<(), Fatal> {
        let Self { input, from, format, .. } = self;
        let walk = &input.walk;
        let has_sizes = walk.min_size.is_some() || walk.max_size.is_some();
        let reason = if from.is_empty() && input.paths.is_empty() && input.files_from.is_none() {
            "no files are named: give a PATH, --files-from or --from"
        } else if !from.is_empty() && (walk.has_walk_options() || has_sizes || input.null) {
            "--from takes all files from manifests, so options for directories and lists cannot be used"
        } else if self.run.order == OrderName::Completion {
            "the order of the groups is known only at the end, so --order completion cannot be used"
        } else if *format == GroupFormat::Json && (self.zero || self.omit_first) {
            "--zero and --omit-first are for names, so they cannot be used with --format json"
        } else {
            return Ok(());
        };
        Err(Fatal(reason.into()))
    }
}
