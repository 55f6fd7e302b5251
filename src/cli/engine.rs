//! Options for programs that start this one many times, such as Spark and Hadoop.

use clap::{Args, ValueEnum};

use super::update::parse_max_gone;
use crate::error::Share;

/// Options for programs that start this one many times.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Records")]
pub struct EngineArgs {
    /// End with exit code 0 although files failed, if they are at most N, or N% of all files; standard
    /// error says how many failed [default: 0]
    #[arg(long, value_name = "N", value_parser = parse_max_gone)]
    pub allow_failed: Option<Share>,

    /// Report to the program that started this one. `hadoop`: the lines of Hadoop Streaming on standard
    /// error, the status about once a minute and the counters at the end [default: none]
    #[arg(long, value_enum, value_name = "PROGRAM", conflicts_with = "progress")]
    pub reporter: Option<ReporterName>,
}

impl EngineArgs {
    /// Whether any of the options was given.
    pub fn is_given(self) -> bool {
        self.allow_failed.is_some() || self.reporter.is_some()
    }
}

/// Programs to report to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum ReporterName {
    Hadoop,
}
