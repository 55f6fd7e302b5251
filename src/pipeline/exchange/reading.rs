//! The readers' visits: tasks out, filled buffers in.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::PoisonError;
use std::time::Instant;

use super::{AHEAD, Chain, Delivery, Exchange, Group, ITEM, Inner, Next, Task, Waiting};
use crate::pipeline::buffer::Buffer;
use crate::pipeline::{Job, Stage};

impl<J: Job> Exchange<'_, J> {
    /// Waits for something to read and a buffer to read it into. `None`: there is nothing left.
    /// A reader beyond the number that is wanted now waits until it is wanted again.
    pub(in crate::pipeline) fn next_task(&self, index: usize) -> Option<(Task<J>, Buffer)> {
        let mut inner = self.lock();
        loop {
            if self.control.is_stopped() {
                return None;
            }
            let wanted = index < inner.readers.wanted();
            if wanted && inner.pool.has_one() {
                let task = match inner.resumable.pop_front() {
                    Some((number, stream)) => Some(Task::GoOn(number, stream)),
                    None => self.pop_item(&mut inner).map(|(n, item)| Task::Start(n, item)),
                };
                if let Some(task) = task {
                    self.call_worker(&inner);
                    let buffer = match task {
                        Task::Start(..) => inner.pool.take(),
                        Task::GoOn(..) => self.chunk_buffer(&mut inner),
                    };
                    inner.reading += 1;
                    return buffer.map(|buffer| (task, buffer));
                }
            }
            let no_items = inner.items.is_empty();
            let no_streams = inner.unread == 0 && inner.reading == 0;
            if no_items && no_streams && inner.alive[Stage::Source as usize] == 0 {
                return None;
            }
            self.call_worker(&inner);
            if !wanted {
                // The bell that woke this one may have been meant for one who is wanted.
                self.ring(&inner, Stage::Read, 1);
                let begun = Instant::now();
                inner = self.unwanted.wait(inner).unwrap_or_else(PoisonError::into_inner);
                inner.stats[Stage::Read as usize].lent += begun.elapsed();
                continue;
            }
            let starved = no_items && inner.resumable.is_empty() && inner.unread == 0;
            let kind = if starved { Waiting::Starved } else { Waiting::Blocked };
            inner = self.wait(inner, Stage::Read, kind);
        }
    }

    /// A buffer for the next step of a long stream, short if it is not the only one.
    pub(super) fn chunk_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if inner.unread > self.lanes { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// The indices of readers that are to be started now.
    pub(in crate::pipeline) fn wanted_readers(&self) -> Range<usize> {
        let inner = &mut self.lock();
        let wanted = inner.readers.wanted();
        let stats = &mut inner.stats[Stage::Read as usize];
        let new = stats.threads..stats.threads.max(wanted);
        stats.threads = new.end;
        inner.alive[Stage::Read as usize] += new.len();
        new
    }

    /// A further item for a buffer that has room, if one is at hand.
    pub(in crate::pipeline) fn next_item(&self) -> Option<(u64, J::Item)> {
        if self.control.is_stopped() { None } else { self.pop_item(&mut self.lock()) }
    }

    /// A further buffer, if one is free now.
    pub(in crate::pipeline) fn spare_buffer(&self) -> Option<Buffer> {
        self.lock().pool.take()
    }

    /// The next item, if its stream may be started now.
    pub(super) fn pop_item(&self, inner: &mut Inner<J>) -> Option<(u64, J::Item)> {
        if !self.may_start(inner) {
            inner.window_full |= !inner.items.is_empty();
            return None;
        }
        if inner.items.len() <= self.queue_items / 2 + 1 {
            self.ring(inner, Stage::Source, 1);
        }
        inner.items.pop_front()
    }

    /// Whether there is an item whose stream may be started now.
    pub(super) fn may_start(&self, inner: &Inner<J>) -> bool {
        // The one that the sink waits for may always start: that others wait is its fault.
        let in_window = inner.waiting_bytes < self.window_bytes;
        let starts = |&(number, _): &(u64, _)| in_window || number == inner.written;
        inner.unread < self.most_unread && inner.items.front().is_some_and(starts)
    }

    /// Takes what a reader has read, and says what it does next.
    ///
    /// A reader that has come to the end of its streams works what it has read, if fewer than the
    /// allowed number of threads are computing: the data is in this core's cache, and nobody
    /// has to be woken. One with an unfinished stream reads on while somebody else works.
    pub(in crate::pipeline) fn deliver(&self, delivery: Delivery<J>) -> Next<J> {
        let Delivery { groups, results, rest } = delivery;
        let mut guard = self.lock();
        let inner = &mut *guard;
        let units = results.len() as u64 * ITEM + groups.iter().map(Group::units).sum::<u64>();
        let [_, read, ..] = inner.stats;
        if inner.readers.delivered(units, read.starved + read.blocked) {
            self.unwanted.notify_all();
        }
        self.add_results(inner, results);
        if let Some((number, _)) = &rest {
            // The chain must be there before a worker can hand in its first step.
            if !inner.chains.contains_key(number) {
                let chain = Chain { state: None, pending: VecDeque::new(), ahead: 0, aside: None };
                inner.chains.insert(*number, chain);
                inner.unread += 1;
            }
        }
        for group in groups {
            self.add_group(inner, group);
        }

        inner.reading -= 1;
        let Some((number, stream)) = rest else {
            return self.take_groups(inner, usize::MAX).map_or(Next::Ask, Next::Work);
        };
        self.call_worker(inner);
        if self.control.is_stopped() {
            inner.unread -= 1;
            return Next::Ask;
        }
        let chain = inner.chains.get_mut(&number).expect("an unread stream has a chain");
        if chain.ahead >= AHEAD {
            chain.aside = Some(stream);
            return Next::Ask;
        }
        match self.chunk_buffer(inner) {
            Some(buffer) => {
                inner.reading += 1;
                Next::GoOn(number, stream, buffer)
            }
            None => {
                inner.resumable.push_back((number, stream));
                Next::Ask
            }
        }
    }

    /// Puts a filled buffer where a worker finds it: at once, or behind its stream's earlier steps.
    pub(super) fn add_group(&self, inner: &mut Inner<J>, mut group: Group<J>) {
        let Some(piece) = group.pieces.last_mut() else {
            inner.pool.give_back(group.buffer);
            return self.ring(inner, Stage::Read, 1);
        };
        // Only the last piece of a group can belong to a stream of several steps.
        if piece.end.is_some() && inner.chains.contains_key(&piece.number) {
            inner.unread -= 1;
            self.ring(inner, Stage::Read, 1);
        }
        if let Some(chain) = inner.chains.get_mut(&piece.number) {
            chain.ahead += 1;

            if piece.state.is_none() {
                match chain.state.take() {
                    Some(state) => piece.state = Some(state),
                    None => return chain.pending.push_back(group),
                }
            }
        }
        inner.ready.push_back(group);
    }
}
