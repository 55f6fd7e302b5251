//! The readers' visits: tasks out, filled buffers in.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::PoisonError;
use std::time::Instant;

use super::{Chain, Delivery, Exchange, Group, ITEM, Inner, Next, Task, Unread, Waiting};
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
                let task = match self.pop_resumable(&mut inner) {
                    Some(unread) => Some(Task::GoOn(unread)),
                    None => self.pop_item(&mut inner).map(|(n, item)| Task::Start(n, item)),
                };
                if let Some(task) = task {
                    self.call_worker(&inner);
                    let buffer = match task {
                        Task::Start(..) => self.start_buffer(&mut inner),
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
        Some(if !J::PARTS && inner.unread > self.lanes {
            buffer.shortened(self.chunk_bytes)
        } else {
            buffer
        })
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
        self.start_buffer(&mut self.lock())
    }

    /// A buffer for new streams. Of one that is long because parts can be, only the beginning.
    fn start_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if J::PARTS { buffer.shortened(self.chunk_bytes) } else { buffer })
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
        let starts = |&(number, _): &(u64, _)| self.in_window(inner, number);
        inner.unread < self.most_unread && inner.items.front().is_some_and(starts)
    }

    /// Whether there is room for results of that item. For those that the sink waits for there
    /// always is: that others wait is their fault.
    fn in_window(&self, inner: &Inner<J>, number: u64) -> bool {
        inner.waiting_bytes < self.window_bytes || inner.awaited == Some(number)
    }

    /// A stream that may be read on now: of parts, the first one; else the one that waits longest.
    fn pop_resumable(&self, inner: &mut Inner<J>) -> Option<Unread<J>> {
        if !J::PARTS {
            return inner.resumable.pop_front();
        }
        let numbers = inner.resumable.iter().map(|unread| unread.number).enumerate();
        let (place, number) = numbers.min_by_key(|&(_, number)| number)?;
        let awaited =
            inner.resumable.iter().position(|unread| inner.awaited == Some(unread.number));
        if !self.in_window(inner, number) && awaited.is_none() {
            inner.window_full = true;
            return None;
        }
        inner.resumable.remove(awaited.unwrap_or(place))
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
        if let Some(unread) = &rest {
            // The chain must be there before a worker can hand in its first step.
            inner.chains.entry(unread.number).or_insert_with(|| {
                inner.unread += 1;
                let pending = VecDeque::new();
                Chain { state: None, pending, ahead: 0, ended: false, aside: None }
            });
        }
        for group in groups {
            self.add_group(inner, group);
        }

        inner.reading -= 1;
        let Some(unread) = rest else {
            return self.take_groups(inner, usize::MAX).map_or(Next::Ask, Next::Work);
        };
        self.call_worker(inner);
        if self.control.is_stopped() {
            inner.unread -= 1;
            return Next::Ask;
        }
        let chain = inner.chains.get_mut(&unread.number).expect("an unread stream has a chain");
        if chain.ahead >= self.most_ahead {
            chain.aside = Some(unread);
            return Next::Ask;
        }
        let may_go_on = !J::PARTS || self.in_window(inner, unread.number);
        inner.window_full |= !may_go_on;
        match may_go_on.then(|| self.chunk_buffer(inner)).flatten() {
            Some(buffer) => {
                inner.reading += 1;
                Next::GoOn(unread, buffer)
            }
            None => {
                inner.resumable.push_back(unread);
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
            chain.ended |= piece.end.is_some();
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
