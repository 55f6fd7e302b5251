//! The handle by which the world outside ends a run.

use crate::sync::{Arc, AtomicU8, Ordering};

const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const ABORTED: u8 = 2;

/// Ends a run from another thread. Clones steer the same run.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<AtomicU8>);

impl Control {
    /// No further item is taken and each reader finishes its buffer; what is done by then is
    /// still written. Streams that were not read to their end have no result.
    pub fn stop(&self) {
        // Never weaken an abort to a stop.
        self.0.fetch_max(STOPPED, Ordering::Relaxed);
    }

    /// Nothing further is written.
    pub fn abort(&self) {
        self.0.fetch_max(ABORTED, Ordering::Relaxed);
    }

    /// Whether the run was told to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed) != RUNNING
    }

    /// Whether the run was told to write nothing more.
    pub fn is_aborted(&self) -> bool {
        self.0.load(Ordering::Relaxed) == ABORTED
    }
}
