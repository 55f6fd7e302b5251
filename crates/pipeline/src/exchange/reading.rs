//! The readers' visits: tasks out, filled buffers in.

use super::{Delivery, Exchange, Group, ITEM, Inner, Next, Queued, Task, Unread, Waiting};
use crate::buffer::Buffer;
use crate::devices::Reading;
use crate::job::Job;
use crate::stats::Stage;
use crate::sync::processor_time;

/// The place in the queue of the first item whose device has a place for a reader.
fn first_with_place<J: Job>(inner: &Inner<J>) -> Option<usize> {
    inner.items.iter().position(|queued| inner.devices.has_place(queued.device))
}

/// The streams that may be read on and whose devices have a place for a reader.
fn resumable_with_place<J: Job>(inner: &Inner<J>) -> impl Iterator<Item = &Unread<J>> {
    inner.resumable.iter().filter(|unread| inner.devices.has_place(unread.device))
}

/// Whether the stream of an item may be started now. `closed` streams count as open and are not.
fn may_start<J: Job>(inner: &Inner<J>, at: usize, closed: usize) -> bool {
    inner.window.may_start(inner.items[at].number, inner.chains.unread(), closed)
}

impl<J: Job> Exchange<'_, J> {
    /// Waits for something to read, a place at its device, and a buffer to read it into. `None`:
    /// there is nothing left. `place` is the device where this reader has a place. Another reader
    /// may be to be started, of the index that comes last.
    pub(crate) fn next_task(
        &self,
        place: &mut Option<usize>,
    ) -> Option<(Task<J>, Buffer, Option<usize>)> {
        let mut inner = self.lock();
        let before = place.take();
        if let Some(device) = before {
            inner.devices.give_up_place(device);
        }
        loop {
            if self.control.is_stopped() {
                return None;
            }
            if inner.pool.has_one() {
                let task = match self.pop_resumable(&mut inner) {
                    Some(unread) => Some(Task::GoOn(unread)),
                    None => self.pop_item(&mut inner).map(Task::Start),
                };
                if let Some(task) = task {
                    let (device, buffer) = match &task {
                        Task::Start(queued) => (queued.device, self.start_buffer(&mut inner)),
                        Task::GoOn(unread) => (unread.device, self.chunk_buffer(&mut inner)),
                    };
                    inner.reading += 1;
                    if matches!(task, Task::Start(_)) {
                        inner.window.begin_start();
                    }
                    inner.devices.take_place(device);
                    *place = Some(device);
                    // One call may stand for many items; and another reader may have waited for
                    // the place that has become free.
                    self.call_reader(&mut inner);
                    // Behind all that, there may be nothing more to read, which work would wait for.
                    self.call_worker(&mut inner);
                    let another = self.further_reader(&mut inner);
                    return buffer.map(|buffer| (task, buffer, another));
                }
            }
            let no_items = inner.items.is_empty();
            let no_streams = inner.chains.unread() == 0 && inner.reading == 0;
            if no_items && no_streams && inner.bells.alive(Stage::Source) == 0 {
                return None;
            }
            self.call_worker(&mut inner);
            let starved = no_items && inner.resumable.is_empty() && inner.chains.unread() == 0;
            let kind = if starved {
                Waiting::Starved
            } else if inner.devices.is_full() {
                Waiting::Spare
            } else {
                Waiting::Blocked
            };
            inner = self.wait(inner, Stage::Read, kind);
        }
    }

    /// A buffer for the next step of a long stream, short if it is not the only one.
    pub(super) fn chunk_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if self.fill_all_lanes(inner) { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// Whether the long streams that advance side by side are more than the lanes: then what is read
    /// of each should be short, so that all of it stays in a cache.
    fn fill_all_lanes(&self, inner: &Inner<J>) -> bool {
        !J::PARTS && inner.chains.unread() > self.lanes
    }

    /// The index of a reader that is to be started now: if all that there are have a place and there
    /// may be others. Whether there is something to read at one does not matter yet. It may come when no
    /// reader does for a long time: with an item, a buffer, a worked step, room in the window, or places
    /// that a device wins. For all of these a sleeping reader is called, so that one has to be there.
    fn further_reader(&self, inner: &mut Inner<J>) -> Option<usize> {
        let index = inner.stats[Stage::Read as usize].threads;
        let wanted = index < self.most_readers
            && inner.devices.taken() == index
            && inner.devices.may_have_more_places();
        wanted.then(|| {
            inner.stats[Stage::Read as usize].threads += 1;
            inner.bells.start(Stage::Read);
            index
        })
    }

    /// A further item of the device for a buffer that has room, if one is at hand.
    pub(crate) fn next_item(&self, device: usize) -> Option<Queued<J>> {
        if self.control.is_stopped() {
            return None;
        }
        let inner = &mut self.lock();
        if inner.devices.is_crowded(device) {
            return None;
        }
        let at = inner.items.iter().position(|queued| queued.device == device)?;
        // Its last stream has ended, and makes room for this one.
        let item = self.pop_at(inner, at, 1);
        self.call_first_worker(inner);
        item
    }

    /// A further buffer, if one is free now.
    pub(crate) fn spare_buffer(&self) -> Option<Buffer> {
        let inner = &mut self.lock();
        let buffer = self.start_buffer(inner);
        self.call_first_worker(inner);
        buffer
    }

    /// A buffer for new streams. Of one that is long because parts can be, only the beginning.
    fn start_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if J::PARTS { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// The first item whose device has a place, if its stream may be started now.
    pub(super) fn pop_item(&self, inner: &mut Inner<J>) -> Option<Queued<J>> {
        let at = first_with_place(inner)?;
        self.pop_at(inner, at, 0)
    }

    fn pop_at(&self, inner: &mut Inner<J>, at: usize, closed: usize) -> Option<Queued<J>> {
        if !may_start(inner, at, closed) {
            inner.window.turn_away();
            return None;
        }
        // What is passed over for want of a place says nothing about how much is to be had.
        if inner.items.len() - at <= self.queue_items / 2 + 1 {
            self.ring(inner, Stage::Source, 1);
        }
        let queued = inner.items.remove(at)?;
        Some(Queued { may_wait: inner.window.may_wait(), ..queued })
    }

    /// Whether a further reader would find something to read and a place at its device.
    pub(super) fn may_read(&self, inner: &Inner<J>) -> bool {
        resumable_with_place(inner).any(|unread| self.may_go_on(inner, unread.number))
            || first_with_place(inner).is_some_and(|at| may_start(inner, at, 0))
    }

    /// Wakes a further reader if there is something for it, and else sees to it that one is woken when
    /// there is room in the window.
    pub(super) fn call_reader(&self, inner: &mut Inner<J>) {
        if self.may_read(inner) {
            self.ring(inner, Stage::Read, 1);
        } else {
            let something =
                first_with_place(inner).is_some() || resumable_with_place(inner).next().is_some();
            if something {
                inner.window.turn_away();
            }
        }
    }

    /// A stream that may be read on now: of parts, the first one; else the one that waits longest.
    fn pop_resumable(&self, inner: &mut Inner<J>) -> Option<Unread<J>> {
        let has_place = |(_, unread): &(usize, &Unread<J>)| inner.devices.has_place(unread.device);
        let mut waiting = inner.resumable.iter().enumerate().filter(has_place);
        if !J::PARTS {
            let (place, _) = waiting.next()?;
            return inner.resumable.remove(place);
        }
        let numbers = waiting.map(|(place, unread)| (place, unread.number));
        // The awaited one first: in completion order it need not have the smallest number.
        let first =
            numbers.min_by_key(|&(_, number)| (inner.window.awaited() != Some(number), number));
        let (place, number) = first?;
        if !self.may_go_on(inner, number) {
            inner.window.turn_away();
            return None;
        }
        inner.resumable.remove(place)
    }

    /// Takes what a reader has read, and says what it does next.
    ///
    /// A reader that has come to the end of its streams works what it has read, if fewer than the
    /// allowed number of threads are computing: the data is in this core's cache, and nobody
    /// has to be woken. One with an unfinished stream reads on while somebody else works.
    pub(crate) fn deliver(&self, delivery: Delivery<J>) -> Next<J> {
        let Delivery { groups, results, rest, later, starts, device, time } = delivery;
        let mut guard = self.lock();
        let inner = &mut *guard;
        let units = results.len() as u64 * ITEM + groups.iter().map(Group::units).sum::<u64>();
        let more = {
            let now = inner.begun.elapsed();
            inner.devices.delivered(device, Reading { units, time }, now, processor_time)
        };
        self.ring(inner, Stage::Read, more);
        let opened = groups.iter().any(|group| !group.pieces.is_empty());
        self.add_results(inner, results);
        if let Some(unread) = &rest {
            // The chain must be there before a worker can hand in its first step.
            inner.chains.begin(unread.number);
        }
        for group in groups {
            self.add_group(inner, group);
        }

        inner.reading -= 1;
        if starts {
            inner.window.end_start(opened || rest.is_some());
        }
        if let Some(queued) = later {
            if self.put_back(inner, queued) {
                return Next::Pause;
            }
        } else if starts && rest.is_none() {
            self.stream_ended(inner);
        }
        let Some(unread) = rest else {
            return self.take_groups(inner, usize::MAX).map_or(Next::Ask, Next::Work);
        };
        let next = self.read_on(inner, unread);
        self.call_worker(inner);
        next
    }

    /// Whether the reader goes on with its stream, or lays it aside.
    fn read_on(&self, inner: &mut Inner<J>, unread: Unread<J>) -> Next<J> {
        if self.control.is_stopped() {
            inner.chains.give_up();
            return Next::Ask;
        }
        // With many lanes full, nothing need wait behind a step: that would only take room in the
        // cache. (With one lane, readers would go from stream to stream for no gain.)
        let one_each = self.lanes > 1 && self.fill_all_lanes(inner);
        let most_ahead = if one_each { 1 } else { self.most_ahead };
        let number = unread.number;
        let Some(unread) = inner.chains.read_on(number, unread, most_ahead) else {
            return Next::Ask;
        };
        let may_go_on = self.may_go_on(inner, number);
        if !may_go_on {
            inner.window.turn_away();
        }
        let may_go_on = may_go_on && !inner.devices.is_crowded(unread.device);
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
    pub(super) fn add_group(&self, inner: &mut Inner<J>, group: Group<J>) {
        let Some(piece) = group.pieces.last() else {
            inner.pool.give_back(group.buffer);
            return self.ring(inner, Stage::Read, 1);
        };
        // Only the last piece of a group can belong to a stream of several steps.
        let (number, waits) = (piece.number, piece.state.is_none());
        if inner.chains.read(number, piece.end.is_some()) {
            self.stream_ended(inner);
            self.ring(inner, Stage::Read, 1);
        }
        if waits {
            let next = inner.chains.await_turn(number, group);
            inner.ready.extend(next.map(|(group, state)| group.with_state(state)));
        } else {
            inner.ready.push_back(group);
        }
    }
}
