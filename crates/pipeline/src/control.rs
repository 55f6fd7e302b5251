//! The handle that ends a run from outside.

use crate::sync::{Arc, AtomicU8, Ordering};

const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const ABORTED: u8 = 2;

/// Ends a run from another thread. Clones control the same run.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<State>);

#[derive(Debug, Default)]
struct State {
    end: AtomicU8,
    /// The control of the run to which this run belongs. Whatever ends that run also ends this one.
    above: Option<Control>,
}

impl Control {
    /// Returns a control for a child run. Whatever ends this run also ends the child, but the end
    /// of the child does not end this run.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(Arc::new(State { end: AtomicU8::new(RUNNING), above: Some(self.clone()) }))
    }

    fn end(&self) -> u8 {
        let own = self.0.end.load(Ordering::Relaxed);
        self.0.above.as_ref().map_or(own, |above| own.max(above.end()))
    }

    /// Stops the run: it takes no more items, each reader finishes its buffer, and the results of
    /// what was read are still written. A stream that was not read to its end has no result; with
    /// parts, some of its parts may be written.
    pub fn stop(&self) {
        // `fetch_max`, so that a stop that follows an abort does not weaken the abort.
        self.0.end.fetch_max(STOPPED, Ordering::Relaxed);
    }

    /// Aborts the run: nothing more is written.
    pub fn abort(&self) {
        self.0.end.fetch_max(ABORTED, Ordering::Relaxed);
    }

    /// Whether the run was stopped or aborted.
    pub fn is_stopped(&self) -> bool {
        self.end() != RUNNING
    }

    /// Whether the run was aborted.
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
