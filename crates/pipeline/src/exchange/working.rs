//! The workers' methods: they take ready steps and hand in states and results.

use super::{BATCH, Exchange, Group, Inner, Waiting, Worked};
use crate::job::Job;
use crate::stats::Stage;

/// Records that a step was processed. Returns how many streams may be read further because of that.
fn step_worked<J: Job>(inner: &mut Inner<J>, number: u64) -> usize {
    let resumed = inner.chains.worked(number);
    let count = usize::from(resumed.is_some());
    inner.resumable.extend(resumed);
    count
}

impl<J: Job> Exchange<'_, J> {
    /// Waits for ready steps that may be processed now. Returns `None` when there will be none.
    pub(crate) fn next_groups(&self) -> Option<Vec<Group<J>>> {
        let mut inner = self.lock();
        loop {
            // Take only a fair share: leave some groups for sleeping workers, which can work at the
            // same time.
            let idle = (self.workers - inner.working).max(1);
            let share = self.job.share(inner.ready.len(), idle);
            if let Some(groups) = self.take_groups(&mut inner, share) {
                return Some(groups);
            }
            let over = inner.ready.is_empty() && inner.threads.alive(Stage::Read) == 0;
            if over || self.control.is_aborted() {
                return None;
            }
            inner = self.wait(inner, Stage::Work, Waiting::Starved);
        }
    }

    /// Takes up to `most` groups of ready steps, if another thread may compute now. Stops earlier
    /// once the steps fill all lanes and have enough bytes.
    pub(super) fn take_groups(&self, inner: &mut Inner<J>, most: usize) -> Option<Vec<Group<J>>> {
        if !self.may_work(inner) {
            return None;
        }
        let (mut groups, mut steps, mut bytes) = (Vec::new(), 0, 0);
        while groups.len() < most && (steps < self.lanes || bytes < BATCH) {
            let Some(group) = inner.ready.pop_front() else { break };
            steps += group.pieces.len();
            bytes += group.pieces.last().map_or(0, |piece| piece.range.end);
            groups.push(group);
        }
        inner.working += 1;
        self.wake_worker(inner);
        Some(groups)
    }

    /// Wakes a worker if there are steps that it may process now.
    pub(super) fn wake_worker(&self, inner: &mut Inner<J>) {
        if self.may_work(inner) {
            self.notify(inner, Stage::Work, 1);
        }
    }

    /// The same as [`Self::wake_worker`], unless a worker was sent a wake-up already: that worker
    /// wakes the next one.
    pub(super) fn wake_first_worker(&self, inner: &mut Inner<J>) {
        if inner.threads.notified(Stage::Work) == 0 {
            self.wake_worker(inner);
        }
    }

    /// Whether another thread should compute now. It should not while several long streams are read
    /// side by side and a sleeping reader could make more steps ready: where reading is fast,
    /// waiting for them costs less than working with empty lanes.
    pub(super) fn may_work(&self, inner: &Inner<J>) -> bool {
        if inner.ready.is_empty() || inner.working >= self.workers {
            return false;
        }
        let reads_first = inner.chains.unread() > 1
            && inner.ready.len() < self.lanes.min(inner.chains.len() + inner.items.len())
            && inner.threads.asleep(Stage::Read) > 0
            && inner.pool.has_one()
            && self.may_read(inner);
        // A second thread works only if enough steps are ready. Otherwise a few streams could pass
        // from thread to thread in small groups for ever, since no thread would have time to read
        // enough streams to fill all lanes.
        let enough = inner.working == 0 || {
            let least = self.job.min_ready(inner.chains.len());
            inner.ready.iter().map(|group| group.pieces.len()).sum::<usize>() >= least
        };
        !reads_first && enough
    }

    /// Takes the results, states and buffers of steps that were processed.
    pub(crate) fn hand_in(&self, worked: Worked<J>) {
        let by_worker = worked.by_worker;
        let mut guard = self.lock();
        let inner = &mut *guard;
        let freed = self.take_worked(inner, worked);
        self.notify(inner, Stage::Read, freed.min(inner.resumable.len() + inner.items.len()));
        inner.working -= 1;
        // A worker comes back for the steps that are ready. A reader goes back to reading, so wake
        // a worker instead.
        if !by_worker {
            self.wake_worker(inner);
        }
    }

    /// Puts the results, states and buffers where they belong. Returns how many buffers and streams
    /// readers can use again.
    pub(super) fn take_worked(&self, inner: &mut Inner<J>, worked: Worked<J>) -> usize {
        if !worked.by_worker {
            inner.stats[Stage::Work as usize].busy += worked.time;
            inner.stats[Stage::Read as usize].lent += worked.time;
        }
        inner.worked.0 += worked.bytes as u64;
        inner.worked.1 += worked.time;
        let mut freed = worked.buffers.len();
        for buffer in worked.buffers {
            inner.pool.give_back(buffer);
        }
        inner.pool.unmap(worked.unmapped);
        for (number, state) in worked.states {
            let next = inner.chains.pass_on(number, state);
            inner.ready.extend(next.map(|(group, state)| group.with_state(state)));
            freed += step_worked(inner, number);
        }
        for result in &worked.results {
            freed += step_worked(inner, result.position.number);
        }
        self.add_results(inner, worked.results);
        freed
    }
}
