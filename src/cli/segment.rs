//! The arguments of `batchproc segment`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::engine::EngineArgs;
use super::fields::FieldArgs;
use super::gather::GatherArgs;
use super::input::InputArgs;
use super::keep::KeepArgs;
use super::resume::ResumeArgs;
use super::run::RunArgs;
use super::shard::ShardArgs;
use super::values::parse_keywords;
use super::words::WordArgs;
use crate::segment::encoding::Source;

/// `batchproc segment`.
#[derive(Debug, Args)]
pub struct SegmentArgs {
    /// The input.
    #[command(flatten)]
    pub input: InputArgs,

    /// Which part of the work to do.
    #[command(flatten)]
    pub shard: ShardArgs,

    /// The encoding of the files: utf-8, auto (by the byte order mark; without a mark, UTF-8 if
    /// valid; otherwise guessed, and the guess is reported), gb18030, gbk, big5, utf-16, utf-16le,
    /// utf-16be, or another label of the WHATWG Encoding Standard; also cp936, cp950 and other names
    /// of Python. Dictionaries and stop words that are not UTF-8 have this encoding too. The output
    /// is always UTF-8
    #[arg(long, value_name = "NAME", default_value = "utf-8", value_parser = Source::named, help_heading = "Input")]
    pub encoding: Source,

    /// What to do with bytes that are not valid in the encoding [default: keep]
    #[arg(long, value_enum, help_heading = "Input")]
    pub invalid: Option<InvalidName>,

    /// What to do with a file that is no text: more than one byte in 64 of its first 8 KiB is a control
    /// character [default: fail]
    #[arg(long, value_enum, help_heading = "Input")]
    pub binary: Option<BinaryName>,

    /// The field that is cut, and how records are read.
    #[command(flatten)]
    pub fields: FieldArgs,

    /// How texts are cut into tokens
    #[arg(long, value_enum, default_value_t = ModeName::Exact, help_heading = "Segmentation")]
    pub mode: ModeName,

    /// Do not guess words that are in no dictionary (no HMM) [default: guess them]
    #[arg(long, help_heading = "Segmentation")]
    pub no_hmm: bool,

    /// Whose tokens to return where jieba-rs and Python jieba differ
    #[arg(long, value_enum, default_value_t = CompatName::JiebaRs, help_heading = "Segmentation")]
    pub compat: CompatName,

    /// Use the dictionary in FILE (`-`: standard input), which has `word frequency [tag]` on each
    /// line or is the output of `batchproc dict compile` [default: the built-in dictionary]
    #[arg(long, value_name = "FILE", help_heading = "Segmentation")]
    pub dict: Vec<PathBuf>,

    /// Add the words of FILE (`-`: standard input): `word [frequency] [tag]` per line, separated by
    /// spaces, or by tabs if words contain spaces or symbols; with --compat python, by single spaces
    /// only (repeatable) [default: none]
    #[arg(long, value_name = "FILE", help_heading = "Segmentation")]
    pub user_dict: Vec<PathBuf>,

    /// What stays whole, and the form of the text that is cut.
    #[command(flatten)]
    pub keep: KeepArgs,

    /// The string between two tokens, taken literally: for a tab, write $'\t' in the shell
    #[arg(short, long, value_name = "STRING", default_value = " ", conflicts_with_all = ["count", "keywords"], help_heading = "Output")]
    pub delimiter: String,

    /// Add the part of speech, as jieba-rs finds it: `word/tag` [default: off]
    #[arg(long, help_heading = "Output")]
    pub pos: bool,

    /// Drop tokens of these kinds [default: drop none]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND", help_heading = "Output")]
    pub drop: Vec<DropName>,

    /// Drop the words of FILE (`-`: standard input), one per line; case matters without
    /// --ignore-case (repeatable) [default: drop none]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub stop_words: Vec<PathBuf>,

    /// The format of the output: text (tokens line by line, or TSV with --count and --keywords) or
    /// json (JSON Lines)
    #[arg(long, value_enum, default_value_t = FormName::Text, help_heading = "Output")]
    pub format: FormName,

    /// Count how often each word occurs in the whole input, and print the most frequent first; see
    /// --per and --documents [default: off]
    #[arg(long, conflicts_with_all = ["keywords", "output_dir", "pos"], help_heading = "Output")]
    pub count: bool,

    /// Print the N most characteristic words of each file, with their weights; see --per [default: off]
    #[arg(long, value_name = "N", conflicts_with_all = ["output_dir", "pos"], help_heading = "Output", value_parser = parse_keywords)]
    pub keywords: Option<usize>,

    /// What --count and --keywords are about.
    #[command(flatten)]
    pub gather: GatherArgs,

    /// How --keywords weighs words
    #[arg(long, value_enum, default_value_t = MethodName::TfIdf, value_name = "METHOD", requires = "keywords", help_heading = "Output")]
    pub keyword_method: MethodName,

    /// Write to FILE, which is replaced only when the whole result is written [default: standard
    /// output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Write the result of each file to the same path below DIR; an old result is replaced only
    /// when the whole new one is written [default: write all results to one output]
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = "Output")]
    pub output_dir: Option<PathBuf>,

    /// Going on with an interrupted run.
    #[command(flatten)]
    pub resume: ResumeArgs,

    /// Print exactly one line for each line of input, in order, whatever it has in it: a CR or NUL
    /// becomes a space and an invalid byte sequence U+FFFD (--format json escapes and keeps them), and
    /// what cannot be cut stays uncut. Standard error says how many were replaced [default: off]
    #[arg(long, conflicts_with_all = ["count", "keywords", "csv", "resume"], help_heading = "Records")]
    pub records: bool,

    /// Options for programs that start this one.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// Which tokens and lines are wanted.
    #[command(flatten)]
    pub words: WordArgs,

    /// Options for the run itself.
    #[command(flatten)]
    pub run: RunArgs,
}

impl SegmentArgs {
    /// The files that say how texts are cut.
    pub fn side_files(&self) -> impl Iterator<Item = &Path> {
        let words = self.dict.iter().chain(&self.user_dict).chain(&self.stop_words);
        words.chain(&self.gather.idf).map(PathBuf::as_path)
    }
}

/// How texts are cut into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeName {
    /// The most probable segmentation
    Exact,
    /// As exact, but before each long word also the shorter words inside it
    Search,
    /// Every word of the dictionary that is in the text. Without --compat python, words that mix
    /// letters and ideographs are left out. Tokens are always parts of the text, unlike a few of
    /// Python jieba
    Full,
}

/// Whose tokens to return where implementations of jieba differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompatName {
    /// jieba-rs 0.11.0
    JiebaRs,
    /// Python jieba 0.42.1
    Python,
}

/// What to do with invalid bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InvalidName {
    /// Pass each sequence through unchanged, as a token of its own (from UTF-16: as U+FFFD)
    Keep,
    /// Replace each sequence by U+FFFD
    Replace,
    /// Report the file as failed
    Fail,
}

/// What to do with a file that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BinaryName {
    /// Report the file as failed
    Fail,
    /// Cut it as if it were a text
    Text,
}

/// Kinds of tokens to drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DropName {
    /// White space, and characters that show nothing, such as U+200B
    Space,
    /// Punctuation and symbols, and characters that show nothing
    Punct,
    /// Symbols only, such as `+`, `=` and emoji, and characters that show nothing
    Symbol,
    /// Digits of any script, also `①` and `½`, with or without + - . , %; not 三百, nor 2024年
    Number,
    /// Latin letters, with or without digits, marks and + # & . _ % -: `GPU`, `mp3`, `C++`; not `T恤`
    Latin,
    /// One character, of any kind
    Single,
}

/// Formats of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum FormName {
    Text,
    Json,
}

/// How keywords are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    /// TF-IDF: words that are frequent in this text and rare elsewhere
    #[value(name = "tfidf")]
    TfIdf,
    /// TextRank: nouns and verbs that often stand near other ones
    #[value(name = "textrank")]
    TextRank,
}
