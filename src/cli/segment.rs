//! The arguments of `batchproc segment`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::input::InputArgs;
use super::run::RunArgs;
use crate::segment::encoding::Source;

/// `batchproc segment`.
#[derive(Debug, Args)]
pub struct SegmentArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,

    /// What the files are written in: utf-8, auto (by byte order mark, else UTF-8 if valid, else a
    /// guess that is told), gb18030, gbk, big5, utf-16, utf-16le, utf-16be, or another label of the
    /// WHATWG Encoding Standard. The output is UTF-8
    #[arg(long, value_name = "NAME", default_value = "utf-8", value_parser = Source::named, help_heading = "Input")]
    pub encoding: Source,

    /// What happens to bytes that are not valid in the encoding
    #[arg(long, value_enum, default_value_t = InvalidName::Keep, help_heading = "Input")]
    pub invalid: InvalidName,

    /// Which tokens are wanted
    #[arg(long, value_enum, default_value_t = ModeName::Exact, help_heading = "Segmentation")]
    pub mode: ModeName,

    /// Do not look for words that are in no dictionary
    #[arg(long, help_heading = "Segmentation")]
    pub no_hmm: bool,

    /// Whose segmentation is wanted, where the two differ
    #[arg(long, value_enum, default_value_t = CompatName::JiebaRs, help_heading = "Segmentation")]
    pub compat: CompatName,

    /// Replace the dictionary by that of FILE: `word frequency [tag]` a line, or what `batchproc dict
    /// compile` made of such a file
    #[arg(long, value_name = "FILE", help_heading = "Segmentation")]
    pub dict: Option<PathBuf>,

    /// Add the words of FILE: `word [frequency] [tag]` a line, separated by spaces, or by tabs where
    /// words have spaces or symbols (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Segmentation")]
    pub user_dict: Vec<PathBuf>,

    /// Stands between two tokens, as it is: for a tab, write $'\t' in the shell
    #[arg(short, long, value_name = "STRING", default_value = " ", conflicts_with_all = ["count", "keywords"], help_heading = "Output")]
    pub delimiter: String,

    /// Add the part of speech, as jieba-rs finds it: `word/tag`
    #[arg(long, help_heading = "Output")]
    pub pos: bool,

    /// Leave out tokens of white space, of punctuation and symbols, or both
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND", help_heading = "Output")]
    pub drop: Vec<DropName>,

    /// Leave out the words of FILE, one a line, with the same case
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub stop_words: Option<PathBuf>,

    /// text: tokens line by line, or TSV for --count and --keywords; json: JSON Lines
    #[arg(long, value_enum, default_value_t = FormName::Text, help_heading = "Output")]
    pub format: FormName,

    /// Print how often each word comes in all of the input, the most frequent first
    #[arg(long, conflicts_with_all = ["keywords", "output_dir", "pos"], help_heading = "Output")]
    pub count: bool,

    /// Print the N words that tell most about each file, with their weights
    #[arg(long, value_name = "N", conflicts_with_all = ["output_dir", "pos"], help_heading = "Output")]
    pub keywords: Option<usize>,

    /// How --keywords finds them
    #[arg(long, value_enum, default_value_t = MethodName::TfIdf, value_name = "METHOD", requires = "keywords", help_heading = "Output")]
    pub keyword_method: MethodName,

    /// Write to FILE, which is replaced only when everything is written [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Write the result of each file to the same path below DIR, each replaced only as a whole
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = "Output")]
    pub output_dir: Option<PathBuf>,

    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Which tokens are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeName {
    /// The most probable segmentation
    Exact,
    /// As exact, with the shorter words inside long ones before them
    Search,
    /// Every word of the dictionary that is in the text
    Full,
}

/// Whose segmentation is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompatName {
    /// That of jieba-rs 0.11.0
    JiebaRs,
    /// That of Python jieba 0.42.1
    Python,
}

/// What happens to invalid bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InvalidName {
    /// Each sequence is passed through unchanged, as a token of its own (from UTF-16: as U+FFFD)
    Keep,
    /// Each sequence becomes U+FFFD
    Replace,
    /// The file fails
    Fail,
}

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum DropName {
    Space,
    Punct,
}

/// Forms of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum FormName {
    Text,
    Json,
}

/// How keywords are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    /// By how often a word comes here and how seldom elsewhere
    #[value(name = "tfidf")]
    TfIdf,
    /// By how often a noun or verb stands near others
    #[value(name = "textrank")]
    TextRank,
}
