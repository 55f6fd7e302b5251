//! The sink's visits: results out, room in the window in.

use super::{Exchange, Finished, Inner, Waiting};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    pub(super) fn add_results(&self, inner: &mut Inner<J>, results: Vec<Finished<J::Output>>) {
        if !results.is_empty() {
            inner.window.add_results(results.iter().map(|result| result.weight).sum());
            inner.results.extend(results);
            self.ring(inner, Stage::Sink, 1);
        }
    }

    /// Whether nothing further may be written, not even what was taken already.
    pub(crate) fn is_aborted(&self) -> bool {
        self.control.is_aborted()
    }

    /// Whether the sink would not have to wait.
    pub(crate) fn results_waiting(&self) -> bool {
        !self.lock().results.is_empty()
    }

    /// Waits for results and swaps them with the empty `results`. `false`: there will be none.
    pub(crate) fn take_results(&self, results: &mut Vec<Finished<J::Output>>) -> bool {
        let mut inner = self.lock();
        while inner.results.is_empty() {
            let before = [Stage::Source, Stage::Read, Stage::Work];
            let no_more = before.iter().all(|&stage| inner.bells.alive(stage) == 0);
            if no_more || self.control.is_aborted() {
                return false;
            }
            inner = self.wait(inner, Stage::Sink, Waiting::Starved);
        }
        if self.control.is_aborted() {
            return false;
        }
        std::mem::swap(&mut inner.results, results);
        true
    }

    /// Takes note of what the sink has to hold back of other items, waiting for the item `awaited`.
    pub(crate) fn held(&self, bytes: usize, awaited: Option<u64>) {
        let mut inner = self.lock();
        if inner.window.hold(bytes, awaited) {
            self.call_turned_away(&mut inner);
        }
        self.call_first_worker(&mut inner);
    }

    /// Takes note of what was written, `count` items to their end: room in the window. The sink now
    /// waits for the item `awaited`.
    pub(crate) fn written(&self, count: u64, bytes: usize, awaited: Option<u64>) {
        let mut inner = self.lock();
        if inner.window.write(count, bytes, awaited) {
            self.ring(&mut inner, Stage::Source, 1);
            self.call_turned_away(&mut inner);
        }
    }

    /// Wakes all readers if one of them was turned away for want of room.
    fn call_turned_away(&self, inner: &mut Inner<J>) {
        if inner.window.take_turned_away() {
            self.ring(inner, Stage::Read, usize::MAX);
        }
    }
}
