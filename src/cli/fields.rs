//! The arguments of `segment` that choose one field of each record.

use clap::{Args, ValueEnum};

/// The field that is cut.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fields")]
pub struct FieldArgs {
    /// Cut only field FIELD of each line; all other bytes stay as they are. FIELD is a number from 1,
    /// or with --csv also a name in the first record [default: cut whole lines]
    #[arg(long, value_name = "FIELD", conflicts_with = "json_field")]
    pub field: Option<String>,

    /// The string between two fields, taken literally: for a tab, write $'\t' in the shell; with --csv,
    /// one character of ASCII [default: a tab; with --csv, a comma]
    #[arg(long, value_name = "STRING", requires = "field", conflicts_with = "json_field")]
    pub field_separator: Option<String>,

    /// Read CSV: fields in quotes may have separators and line ends [default: no quotes]
    #[arg(long, requires = "field", conflicts_with = "json_field")]
    pub csv: bool,

    /// Cut only the string NAME, or the strings of the array NAME, of the JSON object in each line;
    /// `a.b` is `b` in the object `a`. A line whose string is not valid UTF-8 is left out, whatever --invalid
    /// says [default: cut whole lines]
    #[arg(long, value_name = "NAME")]
    pub json_field: Option<String>,

    /// What to do with a line that does not have the field [default: fail]
    #[arg(long, value_enum)]
    pub missing: Option<MissingName>,
}

/// What to do with a line that does not have the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MissingName {
    /// Leave it out, and report the file as failed
    Fail,
    /// Pass it through unchanged
    Pass,
}
