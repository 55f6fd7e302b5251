//! The handle by which the world outside ends a run.

use crate::sync::{Arc, AtomicU8, Ordering};

const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const ABORTED: u8 = 2;

/// Ends a run from another thread. Clones steer the same run.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<State>);

#[derive(Debug, Default)]
struct State {
    end: AtomicU8,
    /// What ends the run as well.
    above: Option<Control>,
}

impl Control {
    /// Steers another run, which ends when this one does too.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(Arc::new(State { end: AtomicU8::new(RUNNING), above: Some(self.clone()) }))
    }

    fn end(&self) -> u8 {
        let own = self.0.end.load(Ordering::Relaxed);
        self.0.above.as_ref().map_or(own, |above| own.max(above.end()))
    }

    /// No further item is taken and each reader finishes its buffer; what is done by then is
    /// still written. Streams that were not read to their end have no result.
    pub fn stop(&self) {
        // Never weaken an abort to a stop.
        self.0.end.fetch_max(STOPPED, Ordering::Relaxed);
    }

    /// Nothing further is written.
    pub fn abort(&self) {
        self.0.end.fetch_max(ABORTED, Ordering::Relaxed);
    }

    /// Whether the run was told to end.
    pub fn is_stopped(&self) -> bool {
        self.end() != RUNNING
    }

    /// Whether the run was told to write nothing more.
    pub fn is_aborted(&self) -> bool {
        self.end() == ABORTED
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn a_child_ends_with_what_is_above_it_and_not_the_other_way_round() {
        let above = Control::default();
        let (first, second) = (above.child(), above.child());
        first.abort();
        assert!(first.is_aborted() && !second.is_stopped() && !above.is_stopped());
        above.stop();
        assert!(second.is_stopped() && !second.is_aborted() && first.is_aborted());
    }
}
