//! When a run reads no further files although its source still names some. The pipeline's own stop drops
//! what is in flight. This end drops nothing: each file that is not read comes out with its data.

use std::time::Instant;

use crate::pipeline::Control;

/// When reading ends; by default never.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// Once this is stopped, files are not opened, and open files are not read further.
    pub stopped: Option<Control>,
    /// From this time on, files are not opened. Files that are open are read to their end, so that a
    /// file that takes longer than any run may last is read at some time.
    pub deadline: Option<Instant>,
}

impl Until {
    /// Whether open files are not read further.
    pub fn is_stopped(&self) -> bool {
        self.stopped.as_ref().is_some_and(Control::is_stopped)
    }

    /// Whether no further file is opened.
    pub fn is_over(&self) -> bool {
        self.is_stopped() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
