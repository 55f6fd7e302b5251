//! The readers' methods: they take tasks and deliver filled buffers.

use super::{Delivery, Exchange, Group, Inner, Next, Queued, Task, Unread, Waiting, Worked};
use std::time::Duration;

use crate::buffer::Buffer;
use crate::job::Job;
use crate::reading::Reading;
use crate::stats::Stage;
use crate::sync::{came_from_memory, had_to_seek, processor_time};

/// Processing takes long if it takes this many times as long as reading.
const LONG: u128 = 4;
/// In tests, all items count as if they waited for a disk that seeks; in the model, as the checker chooses.
const ALWAYS: bool = cfg!(all(test, not(shuttle)));

/// The position in the queue of the first item whose device has a free slot. If that item may not be
/// started, the position of the one that the sink waits for, which is the only one that may be: in
/// a sweep, it need not be the first.
fn first_with_place<J: Job>(inner: &Inner<J>) -> Option<usize> {
    let has_slot = |queued: &Queued<J>| inner.devices.has_slot(queued.device);
    let first = inner.items.iter().position(has_slot)?;
    if !inner.sweep.is_on() || may_start(inner, first, 0) {
        return Some(first);
    }
    // If it is being read already, the queue, which may be long, need not be searched.
    let awaited = inner.window.awaited().filter(|&number| !inner.chains.contains(number));
    let is_awaited = |queued: &Queued<J>| Some(queued.number) == awaited && has_slot(queued);
    let at = awaited.and_then(|_| inner.items.iter().position(is_awaited));
    Some(at.unwrap_or(first))
}

/// The position that `choose` returns, after the queue was arranged for it.
fn arranged<J: Job>(
    inner: &mut Inner<J>,
    choose: impl Fn(&Inner<J>) -> Option<usize>,
) -> Option<usize> {
    let at = choose(inner)?;
    let processed = inner.worked.0;
    if inner.sweep.arrange(&mut inner.items, at, processed) { choose(inner) } else { Some(at) }
}

/// The streams that may be read further and whose devices have a free slot.
fn resumable_with_place<J: Job>(inner: &Inner<J>) -> impl Iterator<Item = &Unread<J>> {
    inner.resumable.iter().filter(|unread| inner.devices.has_slot(unread.device))
}

/// Whether the stream of the item at this position may be started now. `closed` streams have ended
/// but are still counted as open.
fn may_start<J: Job>(inner: &Inner<J>, at: usize, closed: usize) -> bool {
    inner.window.may_start(inner.items[at].number, inner.chains.unread(), closed)
}

impl<J: Job> Exchange<'_, J> {
    /// Waits for something to read, a slot at its device, and a buffer to read it into. Returns
    /// `None` when nothing is left to read. `slot` is the index of the device where this reader has
    /// a slot, if any: the reader gives that slot up first, and afterwards `slot` is the device of
    /// its new task. The last value returned is the index of another reader that the caller must
    /// start now, if any.
    pub(crate) fn next_task(
        &self,
        slot: &mut Option<usize>,
    ) -> Option<(Task<J>, Buffer, Option<usize>)> {
        let mut inner = self.lock();
        let before = slot.take();
        if let Some(device) = before {
            inner.devices.give_up_slot(device);
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
                    inner.devices.take_slot(device);
                    *slot = Some(device);
                    // One wake-up may have been sent for many items; and another reader may wait
                    // for the slot that this reader has given up. So wake the next reader.
                    self.wake_reader(&mut inner);
                    // A worker may have waited for readers to make more steps ready, so that it can
                    // process them side by side. If nothing more can be read now, that worker need
                    // not wait any longer.
                    self.wake_worker(&mut inner);
                    let another = self.further_reader(&mut inner);
                    return buffer.map(|buffer| (task, buffer, another));
                }
            }
            let no_items = inner.items.is_empty();
            let no_streams = inner.chains.unread() == 0 && inner.reading == 0;
            if no_items && no_streams && inner.threads.alive(Stage::Source) == 0 {
                return None;
            }
            self.wake_worker(&mut inner);
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

    /// A buffer for the next step of a long stream, shortened if many such streams are read side by
    /// side.
    pub(super) fn chunk_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if self.fill_all_lanes(inner) { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// Whether more long streams are read side by side than one call of the job has lanes. Then
    /// each step should be short, so that the steps of all lanes stay in a cache.
    fn fill_all_lanes(&self, inner: &Inner<J>) -> bool {
        !J::PARTS && inner.chains.unread() > self.lanes
    }

    /// The index of a reader that must be started now. One is needed when every reader has a slot
    /// and there may be more slots, even if there is nothing else to read yet. While all readers
    /// are stuck in slow reads, something to read may come: by a new item, a free buffer, a
    /// processed step, room in the window, or a further slot at a device. Each of these wakes a
    /// sleeping reader, so there has to be one.
    fn further_reader(&self, inner: &mut Inner<J>) -> Option<usize> {
        let index = inner.stats[Stage::Read as usize].threads;
        let wanted = index < self.most_readers
            && inner.devices.taken() == index
            && inner.devices.may_have_more_slots();
        wanted.then(|| {
            inner.stats[Stage::Read as usize].threads += 1;
            inner.threads.start(Stage::Read);
            index
        })
    }

    /// Another item of the device, for a reader whose buffer has room left. `None` if no such item
    /// is queued or may be started.
    pub(crate) fn next_item(&self, device: usize) -> Option<Queued<J>> {
        if self.control.is_stopped() {
            return None;
        }
        let inner = &mut self.lock();
        if inner.devices.is_crowded(device) {
            return None;
        }
        let first =
            |inner: &Inner<J>| inner.items.iter().position(|queued| queued.device == device);
        let at = arranged(inner, first)?;
        // One stream, which this reader read last, has ended but still counts as open. So it makes
        // room for this item.
        let item = self.pop_at(inner, at, 1);
        self.wake_first_worker(inner);
        item
    }

    /// Another buffer, if one is free now.
    pub(crate) fn spare_buffer(&self) -> Option<Buffer> {
        let inner = &mut self.lock();
        let buffer = self.start_buffer(inner);
        self.wake_first_worker(inner);
        buffer
    }

    /// How many bytes of a stream a reader may map now; `None` if too many are mapped already. If
    /// the reader maps nothing then, it calls [`Self::not_mapped`].
    pub(crate) fn may_map(&self) -> Option<usize> {
        self.lock().pool.may_map().then_some(self.map_bytes)
    }

    /// Records that a reader that was allowed to map a part of a stream did not do so.
    pub(crate) fn not_mapped(&self) {
        self.lock().pool.unmap(1);
    }

    /// A buffer for new streams. Where streams have parts, buffers are long, since a part can be
    /// long; new streams get only the beginning of a buffer.
    fn start_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if J::PARTS { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// Takes the first item whose device has a free slot, if its stream may be started now.
    pub(super) fn pop_item(&self, inner: &mut Inner<J>) -> Option<Queued<J>> {
        let at = arranged(inner, first_with_place)?;
        self.pop_at(inner, at, 0)
    }

    fn pop_at(&self, inner: &mut Inner<J>, at: usize, closed: usize) -> Option<Queued<J>> {
        if !may_start(inner, at, closed) {
            inner.window.turn_away();
            return None;
        }
        // Wake the source when few items are left in the queue. Count only the items from this one
        // on: those before it wait for a slot at their device and cannot be read now.
        if inner.items.len() - at <= self.queue_items / 2 + 1 {
            self.notify(inner, Stage::Source, 1);
        }
        let queued = inner.items.remove(at)?;
        inner.sweep.taken(at);
        Some(Queued { may_wait: inner.window.may_wait(), ..queued })
    }

    /// Whether another reader would find something to read and a free slot at its device.
    pub(super) fn may_read(&self, inner: &Inner<J>) -> bool {
        resumable_with_place(inner).any(|unread| self.may_go_on(inner, unread.number))
            || first_with_place(inner).is_some_and(|at| may_start(inner, at, 0))
    }

    /// Wakes another reader if there is something for it to read. If only room for results is
    /// missing, notes that readers must be woken when there is room.
    pub(super) fn wake_reader(&self, inner: &mut Inner<J>) {
        if self.may_read(inner) {
            self.notify(inner, Stage::Read, 1);
        } else {
            let something =
                first_with_place(inner).is_some() || resumable_with_place(inner).next().is_some();
            if something {
                inner.window.turn_away();
            }
        }
    }

    /// Takes a stream that may be read further now: the one that has waited longest. With parts,
    /// this is the stream that the sink waits for, or else the first one in input order.
    fn pop_resumable(&self, inner: &mut Inner<J>) -> Option<Unread<J>> {
        let has_slot = |(_, unread): &(usize, &Unread<J>)| inner.devices.has_slot(unread.device);
        let mut waiting = inner.resumable.iter().enumerate().filter(has_slot);
        if !J::PARTS {
            let (index, _) = waiting.next()?;
            return inner.resumable.remove(index);
        }
        let numbers = waiting.map(|(index, unread)| (index, unread.number));
        // The stream that the sink waits for comes first. When results are written in completion
        // order, that stream need not have the smallest number.
        let first =
            numbers.min_by_key(|&(_, number)| (inner.window.awaited() != Some(number), number));
        let (index, number) = first?;
        if !self.may_go_on(inner, number) {
            inner.window.turn_away();
            return None;
        }
        inner.resumable.remove(index)
    }

    /// Takes what a reader has read, and returns what the reader does next.
    ///
    /// A reader whose streams have all ended processes what it has read, if fewer threads than
    /// allowed are computing: the data is in this core's cache, and no worker has to be woken. A
    /// reader with an unfinished stream goes on reading while another thread processes what it has
    /// read.
    pub(crate) fn deliver(&self, delivery: Delivery<J>) -> Next<J> {
        let units = delivery.units();
        let items = delivery.items();
        let Delivery { groups, results, rest, later, busy, starts, spots, device, time } = delivery;
        let mut guard = self.lock();
        let inner = &mut *guard;
        let more = {
            let now = inner.begun.elapsed();
            inner.devices.delivered(device, Reading { units, time }, now, processor_time)
        };
        if spots {
            inner.sweep.delivered(ALWAYS || had_to_seek(items, time));
        }
        self.notify(inner, Stage::Read, more);
        let opened = groups.iter().any(|group| !group.pieces.is_empty());
        self.add_results(inner, results);
        if let Some(unread) = &rest {
            // The stream's chain must exist before a worker can hand in the first step of the
            // stream.
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
            if self.put_back(inner, queued, busy) {
                return Next::Pause;
            }
        } else if starts && rest.is_none() {
            self.stream_ended(inner);
        }
        let Some(unread) = rest else {
            return self.take_groups(inner, usize::MAX).map_or(Next::Ask, Next::Work);
        };
        if self.suits_the_reader(inner, &unread, units, time)
            && let Some(group) = inner.ready.pop_back()
        {
            inner.working += 1;
            self.wake_worker(inner);
            return Next::WorkOn(group, unread);
        }
        let next = self.read_on(inner, unread);
        self.wake_worker(inner);
        next
    }

    /// Whether a reader should process the step of a long stream that it has just read, before it reads
    /// the stream further. It should where one call takes one step, the step came without waiting, so
    /// that nothing is gained by reading at the same time, and there are enough streams for all workers:
    /// the data is in this core's cache, and no other thread has to be woken. Where processing takes much
    /// longer than reading, that does not matter, and all streams should advance side by side.
    fn suits_the_reader(
        &self,
        inner: &Inner<J>,
        unread: &Unread<J>,
        units: u64,
        time: Duration,
    ) -> bool {
        let last = inner.ready.back().and_then(|group| group.pieces.last());
        self.lanes == 1
            && !J::PARTS
            && inner.working < self.workers
            && inner.chains.unread() >= self.workers
            && came_from_memory(units, time)
            && inner.worked.1.as_nanos() * u128::from(units)
                <= LONG * time.as_nanos() * u128::from(inner.worked.0)
            && last.is_some_and(|piece| piece.number == unread.number)
            && !self.control.is_stopped()
    }

    /// Takes the result of a step that a reader has processed, and returns what the reader does next
    /// with the stream of that step.
    pub(crate) fn hand_in_and_read_on(&self, worked: Worked<J>, unread: Unread<J>) -> Next<J> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let freed = self.take_worked(inner, worked);
        inner.working -= 1;
        let next = self.read_on(inner, unread);
        // This reader has taken one of the free buffers itself.
        let taken = usize::from(matches!(next, Next::GoOn(..)));
        let waiting = inner.resumable.len() + inner.items.len();
        self.notify(inner, Stage::Read, (freed - taken.min(freed)).min(waiting));
        self.wake_worker(inner);
        next
    }

    /// Decides whether the reader goes on with its stream or lays it aside.
    fn read_on(&self, inner: &mut Inner<J>, unread: Unread<J>) -> Next<J> {
        if self.control.is_stopped() {
            inner.chains.give_up();
            return Next::Ask;
        }
        // When there are enough streams for all lanes, no stream needs a second step that is read
        // ahead: that step would only take room in the cache. (This is not done with a single lane,
        // since readers would switch from stream to stream for no gain.)
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

    /// Puts a filled buffer where a worker finds it: among the buffers that are ready, or behind
    /// the earlier steps of its stream.
    pub(super) fn add_group(&self, inner: &mut Inner<J>, group: Group<J>) {
        let Some(piece) = group.pieces.last() else {
            inner.pool.give_back(group.buffer);
            return self.notify(inner, Stage::Read, 1);
        };
        // Only the last piece in a buffer can belong to a stream of several buffers.
        let (number, waits) = (piece.number, piece.state.is_none());
        if inner.chains.read(number, piece.end.is_some()) {
            self.stream_ended(inner);
            self.notify(inner, Stage::Read, 1);
        }
        if waits {
            let next = inner.chains.await_turn(number, group);
            inner.ready.extend(next.map(|(group, state)| group.with_state(state)));
        } else {
            inner.ready.push_back(group);
        }
    }
}
