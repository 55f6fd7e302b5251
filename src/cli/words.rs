//! The arguments of `segment` that choose among its tokens and lines, and tell more about them.

use clap::Args;

/// Which tokens and lines are wanted.
#[derive(Debug, Args)]
pub struct WordArgs {
    /// The text is cut already: white space separates its tokens, and nothing else is cut [default:
    /// cut the text]
    #[arg(long, conflicts_with_all = ["mode", "no_hmm", "keep", "keep_regex"], help_heading = "Segmentation")]
    pub pretokenized: bool,

    /// Pass lines that match REGEX through unchanged, such as time codes of subtitles; neither --count
    /// nor --keywords sees them. The syntax is that of Rust's crate `regex`, and ^ and $ are the ends
    /// of the line (repeatable) [default: skip none]
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, help_heading = "Segmentation")]
    pub skip_lines: Vec<String>,

    /// Keep only tokens with these parts of speech, exactly as --pos prints them: `n` is not `nr`, and
    /// `n*` is each that begins with n. With --keyword-method textrank, these are ranked in place of
    /// ns,n,vn,v [default: keep all]
    #[arg(long, value_delimiter = ',', value_name = "TAG", help_heading = "Output")]
    pub tags: Vec<String>,

    /// Drop tokens of fewer than N characters [default: drop none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Output")]
    pub min_length: Option<u32>,

    /// With --format json, say where a token is from if it is not from the base dictionary:
    /// `"from":"user"` (a word that was added), `"from":"pattern"` (kept whole by --keep) or `"from":"model"` (a guess; with --pretokenized,
    /// `"from":"text"`) [default: off]
    #[arg(long, conflicts_with_all = ["count", "keywords"], help_heading = "Output")]
    pub origin: bool,

    /// Count only new words, which the model has found and which are in no dictionary [default: count
    /// all]
    #[arg(long, requires = "count", help_heading = "Output")]
    pub new: bool,
}
