//! The sink's visits: results out, room in the window in.

use super::{Exchange, Finished, Inner, Waiting};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    pub(super) fn add_results(&self, inner: &mut Inner<J>, results: Vec<Finished<J::Output>>) {
        if !results.is_empty() {
            inner.waiting_bytes += results.iter().map(|result| result.weight).sum::<usize>();
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
            if inner.alive[..Stage::Sink as usize] == [0; 3] || self.control.is_aborted() {
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
        let news = inner.held_bytes < bytes || inner.awaited != awaited;
        (inner.held_bytes, inner.awaited) = (bytes, awaited);
        if news && std::mem::take(&mut inner.window_full) {
            self.ring(&mut inner, Stage::Read, usize::MAX);
        }
        self.call_first_worker(&mut inner);
    }

    /// Takes note of what was written, `count` items to their end: room in the window. The sink now
    /// waits for the item `awaited`.
    pub(crate) fn written(&self, count: u64, bytes: usize, awaited: Option<u64>) {
        let mut inner = self.lock();
        inner.written += count;
        inner.waiting_bytes -= bytes;
        if count > 0 || bytes > 0 || inner.awaited != awaited {
            inner.awaited = awaited;
            self.ring(&mut inner, Stage::Source, 1);
            if std::mem::take(&mut inner.window_full) {
                self.ring(&mut inner, Stage::Read, usize::MAX);
            }
        }
    }
}
