//! What each stage did and waited for.

use std::fmt;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The stages of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finds the items.
    Source,
    /// Opens and reads them.
    Read,
    /// Computes.
    Work,
    /// Writes the results.
    Sink,
}

impl Stage {
    /// All stages, in the direction of the flow.
    pub const ALL: [Stage; 4] = [Stage::Source, Stage::Read, Stage::Work, Stage::Sink];
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Stage::Source => "source",
            Stage::Read => "read",
            Stage::Work => "work",
            Stage::Sink => "sink",
        })
    }
}

/// How the threads of one stage spent their time, added up over them.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageStats {
    /// How many threads the stage had.
    pub threads: usize,
    /// Time at its own business, system calls included.
    pub busy: Duration,
    /// Time without anything to do, since the stage before delivered nothing.
    pub starved: Duration,
    /// Time without room to deliver to, since the stage behind was full.
    pub blocked: Duration,
    /// Time in which readers computed, which counts as the workers' busy time.
    pub lent: Duration,
}

/// The account of a run.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// From the start to the last result.
    pub elapsed: Duration,
    /// In the order of [`Stage::ALL`].
    pub stages: [StageStats; 4],
    /// The devices that were read, as [`Job::device`] names them, and the number of readers that
    /// each had at the end of the run.
    ///
    /// [`Job::device`]: super::Job::device
    pub devices: Vec<(Option<u64>, usize)>,
    /// How many streams were allowed to be open at once in the end, if opening one more has failed.
    pub fewer_open: Option<usize>,
}

impl Stats {
    /// The account of one stage.
    pub fn stage(&self, stage: Stage) -> &StageStats {
        &self.stages[stage as usize]
    }
}

/// The processors that this process may use, by affinity and cgroup.
pub fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The time that all threads of this process have computed.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
