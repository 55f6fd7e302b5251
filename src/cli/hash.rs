//! The arguments of `batchproc hash`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::budget::BudgetArgs;
use super::changed::ChangedArgs;
use super::engine::EngineArgs;
use super::input::InputArgs;
use super::run::{OrderName, RunArgs};
use super::shard::ShardArgs;
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

    /// Which part of the work to do.
    #[command(flatten)]
    pub shard: ShardArgs,

    /// The digests to compute, in one read of each file: a list such as md5,sha256 [default: md5; for
    /// --format hashdeep md5,sha256, for sfv crc32]
    #[arg(
        short,
        long = "algorithm",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Digests"
    )]
    #[arg(value_parser = parse_algorithm)]
    pub algorithms: Vec<Algorithm>,

    /// Treat the PATHs as manifests, and check the files that they list, as batchproc check does
    /// [default: off]
    #[arg(short, long, conflicts_with_all = ["output", "files_from", "tag", "update"], help_heading = "Checking")]
    pub check: bool,

    /// Options of --check.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Record symbolic links, each as an entry with its target in place of a digest, also those given
    /// as PATH; PATH/ means what a link leads to. Only for --format json or csv [default: only if
    /// MANIFEST of --update lists symbolic links; else links in directories are skipped]
    #[arg(long, conflicts_with_all = ["follow", "files_from", "check"], help_heading = "Symbolic links")]
    pub links: bool,

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

    /// Accepted for md5sum scripts, without effect: files are always read as binary [default: off]
    #[arg(short, long, overrides_with = "binary", help_heading = "Input")]
    pub text: bool,

    /// The same as --format bsd [default: off]
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub tag: bool,

    /// End each result with NUL instead of a newline, and escape nothing (only for gnu, bsd and json)
    /// [default: off]
    #[arg(short, long, help_heading = "Output")]
    pub zero: bool,

    /// Write to FILE, which is replaced only when the whole result is written; until then the
    /// result is in FILE.partial [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Replace FILE even if it is not empty and not a manifest [default: that is an error]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub overwrite: bool,

    /// Write a seal as the last line: the number of entries and a SHA-256 of everything before it,
    /// so that check and audit notice if the manifest was cut off or altered [default: only if FILE,
    /// or MANIFEST of --update, has a seal]
    #[arg(long, conflicts_with = "check", help_heading = "Output")]
    pub seal: bool,

    /// Continue from FILE.partial, which an interrupted run of the same command left, if it exists;
    /// files that have a result in it are not read again [default: start again]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub resume: bool,

    /// Read only files that have changed since MANIFEST (JSON or CSV) was made: a file is not
    /// opened if its size, times (mtime and ctime), inode and device are as MANIFEST records them.
    /// Without -a and --format, the algorithms and the format of MANIFEST are used [default: read
    /// every file]
    #[arg(long, value_name = "MANIFEST", help_heading = "Updating")]
    pub update: Option<PathBuf>,

    /// With --update: read every file, and report the files that are corrupt: their content differs
    /// although size and modification time are the same [default: read only files that have
    /// changed]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub rehash: bool,

    /// With --update: also read files that were last read longer than AGE ago, such as 30d, 12h or
    /// 2w [default: read only files that have changed]
    #[arg(long, value_name = "AGE", requires = "update", value_parser = parse_age)]
    #[arg(help_heading = "Updating")]
    pub rehash_older_than: Option<Duration>,

    /// How much --rehash reads.
    #[command(flatten, next_help_heading = "Updating")]
    pub budget: BudgetArgs,

    /// With --update: drop the lines of files that exist but are excluded by -g, --exclude and the
    /// other options for directories [default: keep these lines]
    #[arg(long, requires = "update", help_heading = "Updating")]
    pub forget_left_out: bool,

    /// Options of --update.
    #[command(flatten, next_help_heading = "Updating")]
    pub ignore: IgnoreArgs,

    /// Refuse to replace the manifest FILE if more than N (or N%) of its files would have no line
    /// in the new manifest; with --update, if more than N of its files are gone. With 100%, always
    /// replace it [default: refuse only if all files that FILE lists below a PATH would be lost]
    #[arg(long, value_name = "N", value_parser = parse_max_gone)]
    #[arg(requires = "output", help_heading = "Output")]
    pub max_gone: Option<MaxGone>,

    /// What to do about files that change.
    #[command(flatten)]
    pub changed: ChangedArgs,

    /// Print exactly one line for each name, also for a file that failed:
    /// `{"path":...,"error":...}`, instead of a message on standard error. Implies --format json
    /// [default: off]
    #[arg(long, conflicts_with_all = ["check", "tag", "update", "resume", "seal"], help_heading = "Records")]
    pub records: bool,

    /// Options for programs that start this one.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

impl HashArgs {
    /// Refuses options that cannot be combined.
    ///
    /// # Errors
    /// Returns a message that names the options.
    pub fn check_options(&self) -> Result<(), Fatal> {
        let of_check = self.verify.given();
        if !of_check.is_empty() {
            let need = if of_check.len() == 1 { "needs" } else { "need" };
            return Err(Fatal(format!(
                "{} {need} --check; or use batchproc check",
                of_check.join(", ")
            )));
        }
        let reason = if self.verify.require_seal && self.update.is_none() && !self.resume {
            "--require-seal is about a manifest that is read, so it needs --check, --update or --resume"
        } else if self.update.is_some()
            && self.input.paths.is_empty()
            && self.input.files_from.is_none()
        {
            "--update needs to know where the files of the manifest are: give a PATH or --files-from"
        } else if !self.ignore.ignore.is_empty() && self.update.is_none() {
            "--ignore says what may differ from the manifest of --update, so it needs --update"
        } else if self.budget.is_given() && !self.rehash && self.rehash_older_than.is_none() {
            "--time-limit and --sample say how much is read again, so they need --rehash or --rehash-older-than"
        } else if self.budget.is_given() && self.output.is_none() {
            "--time-limit and --sample need -o FILE: the next run continues from the new manifest"
        } else if self.shard.shard.is_some() && self.records {
            "--shard cannot be used with --records: the program that gives the names divides them"
        } else if self.shard.shard.is_some() && self.budget.is_given() {
            "--shard cannot be used with --time-limit or --sample: a budget is for the whole manifest"
        } else if self.shard.shard.is_some()
            && self.input.paths.is_empty()
            && self.input.files_from.is_none()
        {
            "--shard divides files by their names; give a PATH or --files-from"
        } else if self.resume && self.run.order == OrderName::Completion {
            "--resume needs --order input: it can continue FILE.partial only if the results are in that order"
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
            Some(_) => return Err(Fatal(
                "with --check, --format can only be json; without --format, the output is as that of md5sum"
                    .into(),
            )),
        };
        if self.engine.is_given() {
            return Err(Fatal(
                "--allow-failed and --reporter cannot be used with --check; --ignore-missing allows missing files"
                    .into(),
            ));
        }
        if self.shard.shard.is_some() {
            return Err(Fatal(
                "--shard and --check cannot be combined; check the manifest of a shard by itself"
                    .into(),
            ));
        }
        if self.input.walk.has_walk_options() {
            return Err(Fatal(
                "with --check, the names of files come from manifests, so options for directories cannot be used".into(),
            ));
        }
        Ok(CheckArgs {
            manifests: self.input.paths,
            verify: self.verify,
            algorithms: self.algorithms,
            zero: self.zero,
            format,
            changed: self.changed,
            run: self.run,
        })
    }
}
