//! The settings of a run, and how it reads its files: by a pipeline, or without threads.

use super::engine::Engine;
use super::progress::Show;
use super::watch::Watch;
use crate::files::Item;
use crate::files::page_cache::PageCache;
use crate::pipeline::Settings;

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The settings of the pipeline.
    pub settings: Settings,
    /// How progress is shown.
    pub show: Show,
    /// Whether a summary is printed at the end.
    pub summary: bool,
    /// Whether a table of the stages of the pipeline is printed at the end.
    pub stats: bool,
    /// How many bytes a second are read at most.
    pub limit: Option<u64>,
    /// How much is logged: 0 (nothing) to 2 (every file).
    pub verbose: u8,
    /// What is done about files that the system has in memory.
    pub page_cache: Option<PageCache>,
    /// Whether access times stay as they are, if the system allows it.
    pub no_atime: bool,
    /// What the program that started this one needs.
    pub engine: Engine,
}

/// How the run reads its files, with the watch for signals. It must be kept until the run has
/// ended, since dropping it ends the watch.
pub enum Execution {
    /// One small file, read without starting threads for it. There is a watch only if the result
    /// goes to a file.
    SingleFile(Item, Option<Watch>),
    /// Any number of files, read by a pipeline.
    Pipeline(Watch),
}

impl Execution {
    /// The signal that stopped the run, if any.
    pub fn signal(&self) -> Option<i32> {
        match self {
            Execution::SingleFile(_, watch) => watch.as_ref().and_then(Watch::signal),
            Execution::Pipeline(watch) => watch.signal(),
        }
    }
}
