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
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,

    /// The digests to compute, all from one read of each file: a list such as md5,sha256
    /// [default: md5]
    #[arg(
        short,
        long = "algorithm",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Digests"
    )]
    #[arg(value_parser = parse_algorithm)]
    pub algorithms: Vec<Algorithm>,

    /// The PATHs are manifests, and what they list is checked: the same as batchproc check
    #[arg(short, long, conflicts_with_all = ["output", "files_from", "tag", "update"], help_heading = "Checking")]
    pub check: bool,

    /// For --check only.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Print the table of algorithms, and do nothing else
    #[arg(long, help_heading = "Digests")]
    pub list_algorithms: bool,

    /// The form of the output [default: gnu for one algorithm whose own program prints such lines,
    /// otherwise bsd]
    #[arg(long, value_name = "FORMAT", value_parser = forms(), help_heading = "Output")]
    pub format: Option<Form>,

    /// Nothing: files are always read as they are; for scripts that say it to md5sum [default: off]
    #[arg(short, long, overrides_with = "text", help_heading = "Input")]
    pub binary: bool,

    /// Nothing, as --binary [default: off]
    #[arg(short, long, overrides_with = "binary", help_heading = "Input")]
    pub text: bool,

    /// The same as --format bsd
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub tag: bool,

    /// End each result with NUL instead of a newline, and escape nothing (not for csv)
    #[arg(short, long, help_heading = "Output")]
    pub zero: bool,

    /// Write to FILE, which is replaced only when everything is written; until then what is written
    /// is in FILE.partial [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Replace FILE also if it is neither empty nor a manifest [default: that is an error]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub overwrite: bool,

    /// Go on with the FILE.partial that an interrupted run of the same command left, if there is
    /// one: what is in it is not read again
    #[arg(long, requires = "output", help_heading = "Output")]
    pub resume: bool,

    /// Read only what has changed since MANIFEST (JSON or CSV) was made: a file whose size,
    /// times (mtime and ctime), inode and device are as recorded is not opened. Algorithms and format
    /// are the manifest's unless said otherwise
    #[arg(long, value_name = "MANIFEST", help_heading = "Updating")]
    pub update: Option<PathBuf>,

    /// Read all files of --update, and tell those that are corrupt: other content, though size and
    /// modification time are the same
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub rehash: bool,

    /// The same for files that were read longer than AGE ago, such as 30d, 12h or 2w
    #[arg(long, value_name = "AGE", requires = "update", value_parser = parse_age)]
    #[arg(help_heading = "Updating")]
    pub rehash_older_than: Option<Duration>,

    /// With --update: drop the lines of files that exist, but that -g, --exclude and the other
    /// options for directories leave out [default: they are kept]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub forget_left_out: bool,

    /// For --update only.
    #[command(flatten, next_help_heading = "Updating")]
    pub ignore: IgnoreArgs,

    /// Refuse to replace the manifest FILE if more than N of its files (or N% of them) would have no
    /// line in the new one, with --update if more of them are gone [default: refuse only if all that it lists below a PATH are; 100% never refuses]
    #[arg(long, value_name = "N", value_parser = parse_max_gone)]
    #[arg(requires = "output", help_heading = "Output")]
    pub max_gone: Option<MaxGone>,

    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

impl HashArgs {
    /// Refuses options that do not go together.
    ///
    /// # Errors
    /// Which ones.
    pub fn check_options(&self) -> Result<(), Fatal> {
        let reason = if self.verify.is_given() {
            "--quiet, --status, --warn, --strict, --ignore-missing and --root go with --check"
        } else if self.update.is_some()
            && self.input.paths.is_empty()
            && self.input.files_from.is_none()
        {
            "--update needs a PATH or --files-from: the files that the manifest is about"
        } else if !self.ignore.ignore.is_empty() && self.update.is_none() {
            "--ignore goes with --update: it says what may differ from the manifest"
        } else if self.resume && self.run.order == OrderName::Completion {
            "--resume needs --order input: what was written must be the beginning of the result"
        } else {
            return Ok(());
        };
        Err(Fatal(reason.into()))
    }

    /// `hash --check` in terms of `check`.
    ///
    /// # Errors
    /// Options that do not go with it.
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
