//! The arguments of `batchproc dict`, which prepares dictionaries.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::segment::CompatName;
use crate::segment::encoding::Source;

/// `batchproc dict`.
#[derive(Debug, Args)]
pub struct DictArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DictCommand,
}

/// What to do with a dictionary.
#[derive(Debug, Subcommand)]
pub enum DictCommand {
    /// Compile a dictionary into a file that segment --dict can load without parsing it.
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Compile(CompileArgs),
    /// Write a dictionary as text, with `word frequency tag` on each line, as `dict compile` and
    /// segment --dict read it.
    #[command(after_help = EXPORT_EXIT_CODES, args_override_self = true)]
    Export(ExportArgs),
}

const EXIT_CODES: &str = "\
Only the same version of batchproc can read the compiled file, and only on a machine with the same
byte order. Otherwise, and if the file is damaged, it is refused.

Exit codes:
  0    success
  2    wrong usage, an invalid line in the dictionary, or the output cannot be written

Examples:
  batchproc dict compile words.txt -o words.dict       --dict words.dict then loads it at once
  batchproc dict compile --base built-in --user-dict terms.txt -o words.dict
  batchproc dict compile --base words.dict --user-dict more.txt -o words.dict";

const EXPORT_EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the text does not say all that the dictionary knows; what is missing is reported
  2    wrong usage, the dictionary cannot be used, or the output cannot be written

Examples:
  batchproc dict export | head                         the built-in dictionary
  batchproc dict export --dict words.dict -o words.txt
  batchproc dict export --compat python -o jieba.txt   with the tags of Python jieba";

/// `batchproc dict export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The dictionary, compiled or a text; `-` is standard input [default: the built-in dictionary]
    #[arg(long, value_name = "FILE")]
    pub dict: Option<PathBuf>,

    /// Whose rules for the lines of a dictionary apply, and whose tags are written
    #[arg(long, value_enum, default_value_t = CompatName::JiebaRs)]
    pub compat: CompatName,

    /// Write to FILE, which is replaced only when the whole result is written [default: standard
    /// output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `batchproc dict compile`.
#[derive(Debug, Args)]
pub struct CompileArgs {
    /// The dictionary, one `word frequency [tag]` per line, as for segment --dict; `-` is standard
    /// input
    #[arg(value_name = "WORDS", required_unless_present = "base")]
    pub words: Option<PathBuf>,

    /// In place of WORDS: `built-in` for the built-in dictionary, or a FILE as for segment --dict,
    /// also a compiled one [default: WORDS]
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub base: Option<PathBuf>,

    /// Add the words in FILE, as segment --user-dict does (repeatable) [default: none]
    #[arg(long, value_name = "FILE")]
    pub user_dict: Vec<PathBuf>,

    /// The encoding of WORDS and FILEs if it is not UTF-8, as for segment --encoding
    #[arg(long, value_name = "NAME", default_value = "utf-8", value_parser = Source::named)]
    pub encoding: Source,

    /// Whose rules for the lines of a dictionary apply; use the same as for segment
    #[arg(long, value_enum, default_value_t = CompatName::JiebaRs)]
    pub compat: CompatName,

    /// Write to FILE, which is replaced only when the whole result is written [default: standard
    /// output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace FILE even if it is not empty and not a compiled dictionary [default: that is an
    /// error]
    #[arg(long, requires = "output")]
    pub overwrite: bool,
}
