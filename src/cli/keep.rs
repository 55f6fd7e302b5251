//! The arguments of `segment` about what stays whole, and about the form of the text that is cut.

use clap::{Args, ValueEnum};

/// What stays whole, and the form of the text that is cut.
#[derive(Debug, Args)]
#[command(next_help_heading = "Segmentation")]
pub struct KeepArgs {
    /// Keep each part of the text whole that is of one of these kinds: url, email, mention (`@name`),
    /// hashtag (`#topic`, `#topic#`), number, date, time, unit (a number with a unit or a sign of
    /// money) [default: none]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "KIND",
        hide_possible_values = true
    )]
    pub keep: Vec<KindName>,

    /// Keep each part of a line whole that matches REGEX, the longest at the leftmost place, though not
    /// inside a run of letters and digits; in the syntax of the crate `regex` (repeatable)
    /// [default: none]
    #[arg(long, value_name = "REGEX")]
    pub keep_regex: Vec<String>,

    /// Find words of dictionaries and stop words in any case, and count words that differ only in case
    /// as one, which is printed in small letters; other tokens are printed as they stand in the text
    /// [default: case matters]
    #[arg(long)]
    pub ignore_case: bool,

    /// Cut a copy of the text in these forms, and print the text itself: width (wide letters and digits
    /// become narrow, narrow kana wide), nfc, nfkc, simplified (traditional characters become
    /// simplified). Added words, stop words and counted words have these forms too [default: none]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "FORM",
        hide_possible_values = true
    )]
    pub normalize: Vec<NormalName>,

    /// Print the tokens of the copy that --normalize and --ignore-case make, in place of the text
    /// itself; the ranges of --format json stay those of the text [default: print the text]
    #[arg(long)]
    pub print_normalized: bool,
}

/// Kinds of what stays whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum KindName {
    Url,
    Email,
    Mention,
    Hashtag,
    Number,
    Date,
    Time,
    Unit,
}

/// Forms of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum NormalName {
    Width,
    Nfc,
    Nfkc,
    Simplified,
}
