//! What was typed to compare files with a manifest.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::input::WalkArgs;
use super::run::RunArgs;
use super::update::IgnoreArgs;
use super::values::parse_algorithm;
use crate::hash::algorithms::Algorithm;

pub(super) const CHECK_EXIT_CODES: &str = "\
Exit codes:
  0    every file that is listed has the digests that are listed
  1    some do not, or could not be read, or a manifest could not be read or lists nothing
  2    wrong usage, or the run itself could not go on
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP";

pub(super) const AUDIT_EXIT_CODES: &str = "\
Verdicts:
  ok          as in the manifest
  touched     the same content, another modification time
  edited      other content, and another size or modification time
  replaced    other content, though size and modification time are the same, and its status changed
              since: it was replaced with its time kept, or is damaged
  corrupt     other content, though size, modification time and time of the last change of status
              are the same, or the manifest has none of the latter: rot
  changed     other content; the manifest has no times that tell edited from corrupt
  respelled   the same content and name, but the name in another form of Unicode
  moved       a new name; the content is that of a name that is gone
  copied      a new name; the content is that of a name that is still there
  new         a new name and content
  missing     a name that is gone
  unreadable  it could not be read

Exit codes:
  0    nothing differs
  1    something differs, or could not be read
  2    wrong usage, or the audit itself could not go on
  3    at least one file is corrupt
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP";

/// `batchproc check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Manifests; `-` is standard input, and so is none at all
    #[arg(value_name = "MANIFEST")]
    pub manifests: Vec<PathBuf>,

    /// What counts, and what is told.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Accept only these algorithms; lines without a tag are of that one of them which has digests
    /// of their length [default: all; by length md5, sha1, sha256, sha512, xxh3-64, crc32]
    #[arg(short, long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = parse_algorithm, help_heading = "Manifest")]
    pub algorithms: Vec<Algorithm>,

    /// The manifest's lines end with NUL, and nothing in them is escaped [default: as the manifest
    /// looks]
    #[arg(short, long, help_heading = "Manifest")]
    pub zero: bool,

    /// The form of the verdicts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, help_heading = "Output")]
    pub format: VerdictFormat,

    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What counts when files are compared with a manifest, and what is told; as in md5sum.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Checking")]
pub struct VerifyArgs {
    /// Print no line for a file that is well. Of this, --status and --warn the last one counts
    #[arg(long, overrides_with_all = ["status", "warn"])]
    pub quiet: bool,

    /// Print nothing; the exit code tells
    #[arg(long, overrides_with_all = ["quiet", "warn"])]
    pub status: bool,

    /// Tell each line that is improperly formatted
    #[arg(short, long, overrides_with_all = ["quiet", "status"])]
    pub warn: bool,

    /// Fail if any line is improperly formatted
    #[arg(long)]
    pub strict: bool,

    /// Say nothing about files that do not exist, as long as some do
    #[arg(long)]
    pub ignore_missing: bool,

    /// Relative names are relative to DIR [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

impl VerifyArgs {
    /// Whether anything was said.
    pub fn is_given(&self) -> bool {
        [self.quiet, self.status, self.warn, self.strict, self.ignore_missing].contains(&true)
            || self.root.is_some()
    }
}

/// `batchproc audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The manifest; its names are compared with those that the walk finds, so give the same
    /// PATHs as when it was made
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,

    /// Files and directories
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// What to find in directories.
    #[command(flatten)]
    pub walk: WalkArgs,

    /// Accept only these algorithms from the manifest [default: all]
    #[arg(short, long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = parse_algorithm, help_heading = "Manifest")]
    pub algorithms: Vec<Algorithm>,

    /// The manifest's relative names are relative to DIR [default: the current directory]
    #[arg(long, value_name = "DIR", help_heading = "Manifest")]
    pub root: Option<PathBuf>,

    /// What may differ.
    #[command(flatten, next_help_heading = "Manifest")]
    pub ignore: IgnoreArgs,

    /// Print no line for a file that is ok, and no summary if all are
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,

    /// Print no verdicts and no summary; the exit code tells
    #[arg(long, help_heading = "Output")]
    pub status: bool,

    /// The form of the verdicts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, help_heading = "Output")]
    pub format: VerdictFormat,

    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Forms of the verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictFormat {
    /// `name: verdict`, with md5sum's escaping of names
    Text,
    /// JSON Lines
    Json,
}
