//! The option that divides the work of a run.

use clap::Args;

use crate::files::Shard;

/// The option that divides the work of a run among several runs.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ShardArgs {
    /// Do only shard I of N, counted from 1; N runs, on any machines that see the same files, do the
    /// whole work, and batchproc merge makes one result of their results. With -o FILE, FILE.shard
    /// says what FILE is a part of [default: do all of the work]
    #[arg(long, value_name = "I/N", value_parser = Shard::parse, help_heading = "Input")]
    pub shard: Option<Shard>,
}
