//! Options about what reading changes in the system: the memory in which it keeps files, and access times.

use clap::Args;

/// Options about what reading changes in the system.
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

    /// Leave the access times of files and directories as they are, if the system allows it; it does so
    /// only to their owner and to root, and how many it refused is said at the end [default: the file
    /// system keeps access times as it was mounted]
    #[arg(long)]
    pub no_atime: bool,
}
