//! The sink's methods: it takes results, and makes room in the window when they are written.

use super::{Exchange, Finished, Inner, Waiting};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    pub(super) fn add_results(&self, inner: &mut Inner<J>, results: Vec<Finished<J::Output>>) {
        if !results.is_empty() {
            inner.window.add_results(results.iter().map(|result| result.weight).sum());
            inner.results.extend(results);
            self.notify(inner, Stage::Sink, 1);
        }
    }

    /// Whether nothing more may be written, not even results that the sink has taken already.
    pub(crate) fn is_aborted(&self) -> bool {
        self.control.is_aborted()
    }

    /// Whether the sink would find results without waiting.
    pub(crate) fn results_waiting(&self) -> bool {
        !self.lock().results.is_empty()
    }

    /// Waits for results and puts them into `results`, which must be empty. Returns `false` when
    /// there will be no more.
    pub(crate) fn take_results(&self, results: &mut Vec<Finished<J::Output>>) -> bool {
        let mut inner = self.lock();
        while inner.results.is_empty() {
            let before = [Stage::Source, Stage::Read, Stage::Work];
            let no_more = before.iter().all(|&stage| inner.threads.alive(stage) == 0);
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

    /// Records how many bytes of results of other items the sink has to hold back while it waits
    /// for the item `awaited`.
    pub(crate) fn held(&self, bytes: usize, awaited: Option<u64>) {
        let mut inner = self.lock();
        if inner.window.hold(bytes, awaited) {
            self.call_turned_away(&mut inner);
        }
        self.wake_first_worker(&mut inner);
    }

    /// Records that this many bytes of results were written, which makes room in the window;
    /// `count` items are now complete. The sink now waits for the item `awaited`.
    pub(crate) fn written(&self, count: u64, bytes: usize, awaited: Option<u64>) {
        let mut inner = self.lock();
        if inner.window.write(count, bytes, awaited) {
            self.notify(&mut inner, Stage::Source, 1);
            self.call_turned_away(&mut inner);
        }
    }

    /// Wakes all readers if one of them was turned away because the window was full.
    fn call_turned_away(&self, inner: &mut Inner<J>) {
        if inner.window.take_turned_away() {
            self.notify(inner, Stage::Read, usize::MAX);
        }
    }
}
