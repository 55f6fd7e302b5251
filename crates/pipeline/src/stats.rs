//! Measures what each stage did and what it waited for.

use std::fmt;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The stages of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Yields the items.
    Source,
    /// Opens and reads the items.
    Read,
    /// Computes.
    Work,
    /// Writes the results.
    Sink,
}

impl Stage {
    /// All stages, in the order in which items pass through them.
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

/// How the threads of one stage spent their time. Each time is the sum over these threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageStats {
    /// How many threads the stage had.
    pub threads: usize,
    /// Time in which the threads did the stage's own work, including system calls.
    pub busy: Duration,
    /// Time in which the threads waited, since the stage before delivered nothing.
    pub starved: Duration,
    /// Time in which the threads waited, since the next stage had no room for their output.
    pub blocked: Duration,
    /// Time in which readers did not read: they computed, which counts as the workers' busy time,
    /// or they waited because more readers would not help.
    pub lent: Duration,
}

/// The statistics of a run.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// The time from the start of the run to the last result.
    pub elapsed: Duration,
    /// The statistics of each stage, in the order of [`Stage::ALL`].
    pub stages: [StageStats; 4],
    /// The devices that were read, as [`Job::device`] names them, and the number of readers that
    /// each had at the end of the run.
    ///
    /// [`Job::device`]: super::Job::device
    pub devices: Vec<(Option<u64>, usize)>,
    /// How many streams were allowed to be open at once at the end of the run, if opening another
    /// one has failed; otherwise `None`.
    pub fewer_open: Option<usize>,
}

impl Stats {
    /// The statistics of one stage.
    pub fn stage(&self, stage: Stage) -> &StageStats {
        &self.stages[stage as usize]
    }
}

/// How many CPUs this process may use, by its affinity and cgroup.
pub fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The CPU time of all threads of this process.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
