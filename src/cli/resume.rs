//! The option of `segment` to go on with an interrupted run.

use clap::Args;

/// Going on with an interrupted run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ResumeArgs {
    /// Continue an interrupted run of the same command. With -o FILE: from FILE.partial, which that run
    /// left; what it has read must be unchanged. With --output-dir: leave results in place that runs
    /// with --resume made from inputs that are unchanged [default: start again]
    #[arg(long)]
    pub resume: bool,
}
