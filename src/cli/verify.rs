//! Options of the commands that compare files with a manifest.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::changed::ChangedArgs;
use super::input::WalkArgs;
use super::run::RunArgs;
use super::update::IgnoreArgs;
use super::values::parse_algorithm;
use crate::files::Shard;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Renames;

pub(super) const CHECK_EXIT_CODES: &str = "\
Examples:
  batchproc check --quiet photos.md5                prints only what is wrong
  batchproc check --root /mnt/backup photos.md5     the names are below another directory
  sha256sum photos/* | ssh host batchproc check     from standard input

Exit codes:
  0    every listed file has the listed digests
  1    a file differs or could not be read, or a manifest is not whole, could not be read or lists
       nothing
  2    wrong usage, or the run itself failed
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP";

pub(super) const AUDIT_EXIT_CODES: &str = "\
Verdicts:
  ok          the content and the modification time are as in the manifest
  touched     the same content, but another modification time
  edited      other content, and another size or modification time
  replaced    other content with the same size and modification time, but another time of the last
              status change: the file was replaced with its time kept, or it is damaged
  corrupt     other content with the same size, modification time and time of the last status
              change (if the manifest records that): the stored data has been damaged
  changed     other content; without times in the manifest, edited and corrupt look the same
  respelled   the same content and name, but the name is in another Unicode normalization form
  moved       a new name with the content of a name that is gone
  copied      a new name with the content of a name that still exists, or that was moved
  new         a new name with new content
  missing     a name that is gone
  unreadable  the file could not be read
The content of a symbolic link is its target.

With --no-read:
  ok?         the size and the times are as in the manifest, as far as it has them
  changed?    the size or a time differs, or the inode or the device, or the target of a link
  respelled?  as ok?, but the name is in another Unicode normalization form
  new, missing, unreadable

Exit codes:
  0    nothing differs
  1    a file differs or could not be read, or the manifest is not whole
  2    wrong usage, or the audit itself failed
  3    at least one file is corrupt
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP

Examples:
  batchproc audit photos.json photos
  batchproc audit --no-read photos.json photos                     only sizes and times, in seconds
  batchproc audit --format html -o report.html photos.json photos  a page for a browser
  batchproc audit --nice --limit 100M --summary photos.prom photos.json photos";

/// `batchproc check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Manifests; `-` is standard input [default: standard input]
    #[arg(value_name = "MANIFEST")]
    pub manifests: Vec<PathBuf>,

    /// What counts as an error, and what is printed.
    #[command(flatten)]
    pub verify: VerifyArgs,

    /// Accept only these algorithms. A line that does not name its algorithm is of the accepted one
    /// whose digests have the same length. Without this option, tagged lines before it and the name
    /// of the manifest decide, and else the length alone [default: all; by length crc32, xxh64, md5,
    /// sha1, sha224, sha256, sha384, sha512]
    #[arg(short, long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = parse_algorithm, help_heading = "Manifest")]
    pub algorithms: Vec<Algorithm>,

    /// The lines of the manifest end with NUL, and nothing in them is escaped [default: decided by
    /// looking at the manifest]
    #[arg(short, long, help_heading = "Manifest")]
    pub zero: bool,

    /// The format of the verdicts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, help_heading = "Output")]
    pub format: VerdictFormat,

    /// What to do about files that change.
    #[command(flatten)]
    pub changed: ChangedArgs,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

/// How the names of a manifest are changed.
#[derive(Clone, Debug, Default, Args)]
pub struct RenameArgs {
    /// Remove PREFIX from the front of each name in the manifest that begins with it; other names
    /// stay as they are [default: nothing is removed]
    #[arg(long, value_name = "PREFIX")]
    pub strip_prefix: Option<PathBuf>,

    /// Use only the last component of each name in the manifest [default: off]
    #[arg(long)]
    pub base_name: bool,

    /// Take `\` for the separator of directories in the names of the manifest, as on Windows: each
    /// becomes `/`, before --strip-prefix and --base-name have their effect [default: off]
    #[arg(long)]
    pub backslashes: bool,
}

impl RenameArgs {
    /// The changes to the names.
    pub fn renames(&self) -> Renames {
        let Self { strip_prefix, base_name, backslashes } = self.clone();
        Renames { backslashes, strip_prefix, base_name }
    }
}

/// What counts as an error in a check, and what is printed; as in md5sum.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Checking")]
pub struct VerifyArgs {
    /// Print no line for a file that is OK. Only the last of --quiet, --status and --warn has an
    /// effect [default: off]
    #[arg(long, overrides_with_all = ["status", "warn"])]
    pub quiet: bool,

    /// Print nothing; only the exit code shows the result [default: off]
    #[arg(long, overrides_with_all = ["quiet", "warn"])]
    pub status: bool,

    /// Report each line that is improperly formatted [default: report only the number of such
    /// lines]
    #[arg(short, long, overrides_with_all = ["quiet", "status"])]
    pub warn: bool,

    /// Make the exit code 1 if any line is improperly formatted [default: off]
    #[arg(long)]
    pub strict: bool,

    /// Report nothing about files that do not exist; if none of the files exists, the check still
    /// fails [default: off]
    #[arg(long)]
    pub ignore_missing: bool,

    /// Look up relative names in DIR [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Look up names below DIR, and open nothing but regular files there, as for a manifest that somebody
    /// else has made: a name that is absolute or has `..`, or that leads out of DIR through a symbolic
    /// link, is an error, and so is `-` [default: off]
    #[arg(long, value_name = "DIR", conflicts_with = "root")]
    pub beneath: Option<PathBuf>,

    /// How names are changed.
    #[command(flatten)]
    pub renames: RenameArgs,
    /// Refuse a manifest that has no seal (its last line, as `hash --seal` writes it), which may
    /// have been cut off [default: off; if there is a seal, it must be good]
    #[arg(long)]
    pub require_seal: bool,
}

impl VerifyArgs {
    /// Those of these options that were given and work only in a check.
    pub fn given(&self) -> Vec<&'static str> {
        let RenameArgs { strip_prefix, base_name, backslashes } = &self.renames;
        let options = [
            ("--quiet", self.quiet),
            ("--status", self.status),
            ("--warn (-w)", self.warn),
            ("--strict", self.strict),
            ("--ignore-missing", self.ignore_missing),
            ("--root", self.root.is_some()),
            ("--beneath", self.beneath.is_some()),
            ("--strip-prefix", strip_prefix.is_some()),
            ("--base-name", *base_name),
            ("--backslashes", *backslashes),
        ];
        options.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect()
    }
}

/// `batchproc audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The manifest. Its names are compared with the names that are found below the PATHs, so give
    /// the same PATHs as when it was made
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,

    /// Files and directories
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Which files to find in directories.
    #[command(flatten)]
    pub walk: WalkArgs,

    /// Compare symbolic links too, also those given as PATH; PATH/ means what a link leads to [default:
    /// only if the manifest lists symbolic links; else links in directories are skipped]
    #[arg(long, conflicts_with = "follow", help_heading = "Symbolic links")]
    pub links: bool,

    /// Accept only these algorithms from the manifest. A line that does not name its algorithm is
    /// read as by `batchproc check` [default: all]
    #[arg(short, long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = parse_algorithm, help_heading = "Manifest")]
    pub algorithms: Vec<Algorithm>,

    /// Look up the relative names of the manifest in DIR. PATH is not looked up there: to audit all of DIR,
    /// give DIR as PATH too. For a copy elsewhere of `photos`: --strip-prefix photos/ --root COPY
    /// MANIFEST COPY [default: the current directory]
    #[arg(long, value_name = "DIR", help_heading = "Manifest")]
    pub root: Option<PathBuf>,

    /// How names are changed.
    #[command(flatten, next_help_heading = "Manifest")]
    pub renames: RenameArgs,
    /// Refuse a manifest that has no seal (its last line, as `hash --seal` writes it), which may
    /// have been cut off [default: off; if there is a seal, it must be good]
    #[arg(long, help_heading = "Manifest")]
    pub require_seal: bool,

    /// Differences that are ignored.
    #[command(flatten, next_help_heading = "Manifest")]
    pub ignore: IgnoreArgs,

    /// Audit only the files of shard I of N, as hash --shard divides them; MANIFEST may be that of the
    /// shard or of all files [default: audit all files]
    #[arg(long, value_name = "I/N", value_parser = Shard::parse, help_heading = "Comparing")]
    pub shard: Option<Shard>,

    /// Read no file: compare only names, sizes and times, as `batchproc hash --update` does to decide
    /// which files are unchanged. The verdicts are `ok?` and `changed?` then, and moved files are
    /// missing and new [default: read every file]
    #[arg(long, conflicts_with = "from_disk", help_heading = "Comparing")]
    pub no_read: bool,

    /// Print no line for a file that is ok, and no summary if all files are ok [default: off]
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,

    /// Print no verdicts and no summary; only the exit code shows the result [default: off]
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub status: bool,

    /// The format of the verdicts
    #[arg(long, value_enum, default_value_t = AuditFormat::Text, help_heading = "Output")]
    pub format: AuditFormat,

    /// Write the verdicts to FILE, which is replaced only when all are written [default: standard
    /// output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Replace FILE even if it is not empty and not the report of an audit [default: that is an error]
    #[arg(long, requires = "output", help_heading = "Output")]
    pub overwrite: bool,

    /// What to do about files that change.
    #[command(flatten)]
    pub changed: ChangedArgs,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Formats of the verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictFormat {
    /// `name: verdict`, with md5sum's escaping of names
    Text,
    /// JSON Lines
    Json,
}

/// Formats of the verdicts of `audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// `name: verdict`, with md5sum's escaping of names
    Text,
    /// JSON Lines
    Json,
    /// One page for a browser: totals, and a list for each verdict but ok
    Html,
}
