//! The arguments of `batchproc diff`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::input::WalkArgs;
use super::run::{OrderName, RunArgs};
use super::values::parse_algorithm;
use super::verify::VerdictFormat;
use crate::error::Fatal;
use crate::hash::algorithms::Algorithm;

pub(super) const EXIT_CODES: &str = "\
Verdicts, one for each name that differs, in the order of the names:
  added     only NEW has the name, and OLD does not have the content
  removed   only OLD has the name, and it was not moved
  changed   the content differs
  moved     only NEW has the name; OLD has the content under a name that NEW lacks
  copied    only NEW has the name; OLD has the content under a name that NEW has too, or that was
            moved
  touched   the same content with another modification time, where both sides record times
  unknown   a file could not be read, or the manifests have no algorithm in common

Names are compared below the directories OLD and NEW. The names of a manifest are compared as they
are; but if the other side is a directory and the manifest has names below it as it was typed, these
are compared, as audit does. --old-root and --new-root name another directory in the manifest.
Between directories, files of different sizes are not read, nor are files that only one side has
unless their size occurs on the other side. Only regular files are compared.

Examples:
  batchproc diff /backup/photos photos          what the backup lacks
  batchproc diff photos.json photos             what has happened since the manifest was made
  batchproc diff may.json june.json             two manifests; no file is read
  batchproc diff --new-root /mnt/photos photos mnt.md5

Exit codes:
  0    nothing differs
  1    something differs
  2    a file or a line of a manifest could not be read or compared, wrong usage, or the run itself
       failed
  130  stopped by SIGINT; 143 by SIGTERM; 129 by SIGHUP";

/// `batchproc diff`.
#[derive(Debug, Args)]
#[command(mut_arg("order", |order| order.hide(true)))]
pub struct DiffArgs {
    /// The old side: a directory, or a manifest in any form that `check` reads (`-`: standard input)
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The new side: a directory or a manifest
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// Which files to compare.
    #[command(flatten)]
    pub walk: WalkArgs,

    /// Compare the targets of symbolic links in directories [default: only if the other side is a
    /// manifest that lists symbolic links; else links in directories are skipped]
    #[arg(long, conflicts_with = "follow", help_heading = "Symbolic links")]
    pub links: bool,

    /// Accept only these algorithms from manifests. Between two directories, compute these [default:
    /// all; between two directories blake3]
    #[arg(short, long = "algorithm", value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = parse_algorithm, help_heading = "Manifest")]
    pub algorithms: Vec<Algorithm>,

    /// The names of the manifest OLD are compared below DIR, and its other names are left out
    /// [default: see below]
    #[arg(long, value_name = "DIR", help_heading = "Manifest")]
    pub old_root: Option<PathBuf>,

    /// The names of the manifest NEW are compared below DIR, and its other names are left out
    /// [default: see below]
    #[arg(long, value_name = "DIR", help_heading = "Manifest")]
    pub new_root: Option<PathBuf>,

    /// Refuse a manifest that has no seal (its last line, as `hash --seal` writes it), which may
    /// have been cut off [default: off; if there is a seal, it must be good]
    #[arg(long, help_heading = "Manifest")]
    pub require_seal: bool,

    /// Files that differ only in their modification time are the same [default: they are touched]
    #[arg(long, help_heading = "Output")]
    pub ignore_times: bool,

    /// The format of the verdicts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, help_heading = "Output")]
    pub format: VerdictFormat,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

impl DiffArgs {
    /// The paths of both sides.
    pub fn sides(&self) -> [&Path; 2] {
        [&self.old, &self.new]
    }

    /// Refuses options that cannot be combined. `is_directory` says which sides are directories.
    ///
    /// # Errors
    /// Returns a message that names the options.
    pub fn check_options(&self, is_directory: [bool; 2]) -> Result<(), Fatal> {
        let roots = [&self.old_root, &self.new_root];
        let for_directory = |side: usize| is_directory[side] && roots[side].is_some();
        let reason = if self.sides().iter().all(|path| path.as_os_str() == "-") {
            "OLD and NEW are both standard input, which can be read only once"
        } else if for_directory(0) || for_directory(1) {
            "--old-root and --new-root are about the names of manifests, and this side is a directory"
        } else if is_directory != [true, true] && (self.walk.gitignore || self.walk.one_file_system)
        {
            "--gitignore and --one-file-system say nothing about a manifest, so they need two directories"
        } else if self.run.order == OrderName::Completion {
            "verdicts come in the order of the names, so --order completion cannot be used"
        } else {
            return Ok(());
        };
        Err(Fatal(reason.into()))
    }
}
