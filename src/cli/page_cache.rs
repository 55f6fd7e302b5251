//! Options about the memory in which the system keeps files.

use clap::Args;

/// Options about the memory in which the system keeps files.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct PageCacheArgs {
    /// Read every file from the disk, also if its content is in memory; a file that cannot be
    /// dropped from memory is an error [default: what is in memory is not read from the disk]
    #[arg(long)]
    pub from_disk: bool,

    /// Leave no file in memory that was not there before, so that what other programs need stays
    /// there [default: the system keeps what was read last]
    #[arg(long, conflicts_with = "from_disk")]
    pub keep_cache: bool,
}
