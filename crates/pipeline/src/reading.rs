//! How fast something was read.

use std::time::Duration;

/// What one delivery of data says about the speed of the device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// How much was read, in any unit that is the same for all deliveries.
    pub(crate) units: u64,
    /// How long the reading took.
    pub(crate) time: Duration,
}

impl Reading {
    /// Whether this was in memory: no disk gives one unit, which is a byte, a nanosecond.
    pub(crate) fn came_from_memory(self) -> bool {
        self.time.as_nanos() < u128::from(self.units)
    }
}
