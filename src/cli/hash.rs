//! The arguments of `batchproc hash`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::input::InputArgs;
use super::run::{OrderName, RunArgs};
use super::update::{IgnoreArgs, MaxGone, parse_max_gone};
use super::values::{forms, parse_age, parse_algorithm};
use super::verify::{CheckArgs, VerdictFormat, VerifyArgs};
use crate::error::Fatal;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;

/// `batchproc hash`.
#[derive(Debug, Args)]
pub struct HashArgs {
    /// The input.
    #[command(flatten)]
    pub input: InputArgs,

    /// The digests to compute, in one read of each file: a list such as md5,sha256 [default: md5]
    #[arg(
        short,
        long = "algorithm",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Digests"
    )]
    #[arg(value_parser = parse_algorithm)]
    pub algorithms: Vec<Algorithm>,

    /// Treat the PATHs as manifests and check the files that they list, as batchproc check does
    /// [default: off]
    #[arg(short, long, conflicts_with_all = ["output", "files_from", "tag", "update"], help_heading = "Checking")]
    pub check: bool,

    /// Options of --check.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Print the table of algorithms and exit [default: off]
    #[arg(long, help_heading = "Digests")]
    pub list_algorithms: bool,

    /// The format of the output [default: gnu for a single algorithm that has a program of its own,
    /// such as md5sum; otherwise bsd]
    #[arg(long, value_name = "FORMAT", value_parser = forms(), help_heading = "Output")]
    pub format: Option<Form>,

    /// Accepted for md5sum scripts, without effect: files are always read as binary [default: off]
    #[arg(short, long, overrides_with = "text", help_heading = "Input")]
    pub binary: bool,

    /// Accepted for md5sum scripts, without effect, as --binary [default: off]
    #[arg(short, long, overrides_with = "binary", help_heading = "Input")]
    pub text: bool,

    /// The same as --format bsd [default: off]
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub tag: bool,

    /// End each result with NUL instead of a newline, and escape nothing (not for csv) [default:
    /// off]
    #[arg(short, long, help_heading = "Output")]
    pub zero: bool,

    /// Write to FILE, which is replaced only when the whole result is written; until then the
    /// result is in FILE.partial [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Replace FILE even if it is not empty and not a manifest [default: that is an error]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub overwrite: bool,

    /// Continue from the FILE.partial that an interrupted run of the same command left, if there is
    /// one; files with a result in it are not read again [default: start again]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub resume: bool,

    /// Read only what has changed since MANIFEST (JSON or CSV) was made: a file is not opened if
    /// its size, times (mtime and ctime), inode and device are those recorded. Without -a and
    /// --format, those of the manifest apply [default: read every file]
    #[arg(long, value_name = "MANIFEST", help_heading = "Updating")]
    pub update: Option<PathBuf>,

    /// With --update: read every file, and report those that are corrupt: the content differs
    /// although size and modification time are the same [default: read only what has changed]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub rehash: bool,

    /// With --update: also read files that were last read longer than AGE ago, such as 30d, 12h or
    /// 2w [default: read only what has changed]
    #[arg(long, value_name = "AGE", requires = "update", value_parser = parse_age)]
    #[arg(help_heading = "Updating")]
    pub rehash_older_than: Option<Duration>,

    /// With --update: drop the lines of files that exist but are excluded by -g, --exclude and the
    /// other options for directories [default: keep them]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub forget_left_out: bool,

    /// Options of --update.
    #[command(flatten, next_help_heading = "Updating")]
    pub ignore: IgnoreArgs,

    /// Refuse to replace the manifest FILE if more than N of its files (or N% of them) would have
    /// no line in the new one; with --update, if more than N of them are gone. 100% never refuses
    /// [default: refuse only if all files that it lists below a PATH would be lost]
    #[arg(long, value_name = "N", value_parser = parse_max_gone)]
    #[arg(requires = "output", help_heading = "Output")]
    pub max_gone: Option<MaxGone>,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

impl HashArgs {
    /// Refuses options that cannot be combined.
    ///
    /// # Errors
    /// Names the options.
    pub fn check_options(&self) -> Result<(), Fatal> {
        let reason = if self.verify.is_given() {
            "--quiet, --status, --warn, --strict, --ignore-missing and --root need --check"
        } else if self.update.is_some()
            && self.input.paths.is_empty()
            && self.input.files_from.is_none()
        {
            "--update needs a PATH or --files-from: the files that the manifest lists"
        } else if !self.ignore.ignore.is_empty() && self.update.is_none() {
            "--ignore needs --update: it says what may differ from the manifest"
        } else if self.resume && self.run.order == OrderName::Completion {
            "--resume needs --order input: FILE.partial must be the beginning of the result"
        } else {
            return Ok(());
        };
        Err(Fatal(reason.into()))
    }

    /// Converts the arguments of `hash --check` to those of `check`.
    ///
    /// # Errors
    /// If an option cannot be combined with `--check`.
    pub fn into_check(self) -> Result<CheckArgs, Fatal> {
        let format = match self.format {
            None => VerdictFormat::Text,
            Some(Form::JSON) => VerdictFormat::Json,
            Some(_) => return Err(Fatal("with --check, the only --format is json".into())),
        };
        if self.input.walk.has_walk_options() {
            return Err(Fatal(
                "--check reads the names of files from manifests, not directories".into(),
            ));
        }
        Ok(CheckArgs {
            manifests: self.input.paths,
            verify: self.verify,
            algorithms: self.algorithms,
            zero: self.zero,
            format,
            run: self.run,
        })
    }
}
