//! The workers' visits: ready steps out, states and results in.

use super::{BATCH, Exchange, Group, Inner, Waiting, Worked};
use crate::job::Job;
use crate::stats::Stage;

/// Takes note of a worked step. Says how many streams may be read on for that.
fn step_worked<J: Job>(inner: &mut Inner<J>, number: u64) -> usize {
    let aside = inner.chains.worked(number);
    let news = usize::from(aside.is_some());
    inner.resumable.extend(aside);
    news
}

impl<J: Job> Exchange<'_, J> {
    /// Waits for ready steps and the permission to work. `None`: there will be none.
    pub(crate) fn next_groups(&self) -> Option<Vec<Group<J>>> {
        let mut inner = self.lock();
        loop {
            // A fair share: what a sleeping worker could do at the same time is left to it.
            let idle = (self.threads - inner.working).max(1);
            let share = self.job.share(inner.ready.len(), idle);
            if let Some(groups) = self.take_groups(&mut inner, share) {
                return Some(groups);
            }
            let over = inner.ready.is_empty() && inner.bells.alive(Stage::Read) == 0;
            if over || self.control.is_aborted() {
                return None;
            }
            inner = self.wait(inner, Stage::Work, Waiting::Starved);
        }
    }

    /// Takes up to `most` groups, but not many more than fill all lanes, if a further thread may
    /// work now.
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
        self.call_worker(inner);
        Some(groups)
    }

    /// Wakes a worker if there is something for it.
    pub(super) fn call_worker(&self, inner: &mut Inner<J>) {
        if self.may_work(inner) {
            self.ring(inner, Stage::Work, 1);
        }
    }

    /// As [`Self::call_worker`], if none is on its way, who would call the next one.
    pub(super) fn call_first_worker(&self, inner: &mut Inner<J>) {
        if inner.bells.called(Stage::Work) == 0 {
            self.call_worker(inner);
        }
    }

    /// Whether a further thread should work now. While streams advance side by side and a sleeping
    /// reader has been called to fill more lanes, it should not: where reading is fast, that
    /// costs less than running with empty lanes.
    pub(super) fn may_work(&self, inner: &Inner<J>) -> bool {
        if inner.ready.is_empty() || inner.working >= self.threads {
            return false;
        }
        let reads_first = inner.chains.unread() > 1
            && inner.ready.len() < self.lanes.min(inner.chains.len() + inner.items.len())
            && inner.bells.asleep(Stage::Read) > 0
            && inner.pool.has_one()
            && self.may_read(inner);
        // A few streams that go from thread to thread in small groups would stay that way, as
        // nobody would ever have time to read enough of them for all lanes.
        let enough = inner.working == 0 || {
            let company = self.job.company(inner.chains.len());
            inner.ready.iter().map(|group| group.pieces.len()).sum::<usize>() >= company
        };
        !reads_first && enough
    }

    /// Takes what a worker has worked.
    pub(crate) fn hand_in(&self, worked: Worked<J>) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        if !worked.by_worker {
            inner.stats[Stage::Work as usize].busy += worked.time;
            inner.stats[Stage::Read as usize].lent += worked.time;
        }
        let mut news = worked.buffers.len();
        for buffer in worked.buffers {
            inner.pool.give_back(buffer);
        }
        for (number, state) in worked.states {
            let next = inner.chains.pass_on(number, state);
            inner.ready.extend(next.map(|(group, state)| group.with_state(state)));
            news += step_worked(inner, number);
        }
        for result in &worked.results {
            news += step_worked(inner, result.place.number);
        }
        self.add_results(inner, worked.results);
        self.ring(inner, Stage::Read, news.min(inner.resumable.len() + inner.items.len()));
        inner.working -= 1;
        // A worker takes what is ready itself when it returns; behind a reader another one must.
        if !worked.by_worker {
            self.call_worker(inner);
        }
    }
}
