//! Where all stages meet: one mutex, and one bell (condition variable) per stage. Every method
//! is one short visit; nothing is read, worked or written inside.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::adapt::Readers;
use super::buffer::{Buffer, Pool};
use super::{Control, Job, Settings, Stage, StageStats, Stats, panic_message};

/// Buffers of one stream that may be read ahead of the workers: one being worked, one waiting.
const AHEAD: usize = 2;
/// Small steps are taken together up to this many bytes, so that the lanes stay full.
const BATCH: usize = 1 << 20;
/// Opening an item is as much work as reading this many bytes of it.
const ITEM: u64 = 16 << 10;

/// The part of a buffer that belongs to one stream.
pub(super) struct Piece<J: Job> {
    pub(super) number: u64,
    pub(super) range: Range<usize>,
    /// There from the moment when the step is ready.
    pub(super) state: Option<J::State>,
    /// The stream, if it ends with this piece.
    pub(super) end: Option<J::Stream>,
}

/// A filled buffer with its pieces.
pub(super) struct Group<J: Job> {
    pub(super) buffer: Buffer,
    pub(super) pieces: Vec<Piece<J>>,
}

impl<J: Job> Group<J> {
    /// How much work reading this was.
    fn units(&self) -> u64 {
        let bytes = self.pieces.last().map_or(0, |piece| piece.range.end) as u64;
        bytes + ITEM * self.pieces.iter().filter(|piece| piece.end.is_some()).count() as u64
    }
}

/// A result on its way to the sink.
pub(super) struct Finished<O> {
    pub(super) number: u64,
    pub(super) output: O,
    pub(super) weight: usize,
}

impl<O> Finished<O> {
    pub(super) fn new<J: Job<Output = O>>(job: &J, number: u64, output: O) -> Self {
        let weight = job.weight(&output);
        Self { number, output, weight }
    }
}

/// What a reader is to do next.
pub(super) enum Task<J: Job> {
    Start(u64, J::Item),
    GoOn(u64, J::Stream),
}

/// What a reader has done.
pub(super) struct Delivery<J: Job> {
    /// In the order of their streams; only the last piece of all can be unfinished.
    pub(super) groups: Vec<Group<J>>,
    /// Items that needed no work.
    pub(super) results: Vec<Finished<J::Output>>,
    /// The stream that the buffer could not hold to its end.
    pub(super) rest: Option<(u64, J::Stream)>,
}

/// What a reader does behind a delivery.
pub(super) enum Next<J: Job> {
    /// Goes on with its stream.
    GoOn(u64, J::Stream, Buffer),
    /// Works these groups itself.
    Work(Vec<Group<J>>),
    /// Asks for its next task.
    Ask,
}

/// What a worker has done.
pub(super) struct Worked<J: Job> {
    pub(super) buffers: Vec<Buffer>,
    pub(super) states: Vec<(u64, J::State)>,
    pub(super) results: Vec<Finished<J::Output>>,
    /// Whether it was a worker, and not a reader that lent a hand for this time.
    pub(super) by_worker: bool,
    pub(super) time: Duration,
}

/// A stream of more than one step.
struct Chain<J: Job> {
    /// The state, while no step of this stream is ready or being worked.
    state: Option<J::State>,
    /// Steps that wait for the state, in their order.
    pending: VecDeque<Group<J>>,
    /// Steps that were read and not yet worked.
    ahead: usize,
    /// The stream, while it is not read on since enough of it waits.
    aside: Option<J::Stream>,
}

struct Inner<J: Job> {
    pool: Pool,
    items: VecDeque<(u64, J::Item)>,
    /// Streams that may be read on.
    resumable: VecDeque<(u64, J::Stream)>,
    chains: HashMap<u64, Chain<J>>,
    /// Chains whose end was not read yet.
    unread: usize,
    /// Readers between taking a task and delivering the end of it. An item in their hands may
    /// still become a chain.
    reading: usize,
    ready: VecDeque<Group<J>>,
    /// Threads that compute: workers, and readers that lend a hand.
    working: usize,
    results: Vec<Finished<J::Output>>,
    /// Numbers given to items so far.
    numbered: u64,
    /// Results written so far; in input order this is the number of the next one due.
    written: u64,
    /// Weight of the results that are not written yet.
    waiting_bytes: usize,
    /// Whether a reader found no room in the window since the sink wrote last.
    window_full: bool,
    /// Threads that have not ended, by stage.
    alive: [usize; 4],
    /// Threads that wait at their bell, by stage.
    asleep: [usize; 4],
    stats: [StageStats; 4],
    failure: Option<(Stage, String)>,
    readers: Readers,
}

/// See the module's head.
pub(super) struct Exchange<'a, J: Job> {
    inner: Mutex<Inner<J>>,
    bells: [Condvar; 4],
    /// Where readers wait that are too many for now.
    unwanted: Condvar,
    job: &'a J,
    control: &'a Control,
    lanes: usize,
    threads: usize,
    most_unread: usize,
    window_items: u64,
    window_bytes: usize,
    queue_items: usize,
    chunk_bytes: usize,
}

impl<'a, J: Job> Exchange<'a, J> {
    pub(super) fn new(job: &'a J, settings: &Settings, control: &'a Control) -> Self {
        let lanes = job.lanes();
        let threads = settings.threads;
        let alive = [1, settings.readers, threads, 1];
        Self {
            inner: Mutex::new(Inner {
                pool: Pool::new(settings.buffers, settings.buffer_bytes),
                items: VecDeque::new(),
                resumable: VecDeque::new(),
                chains: HashMap::new(),
                unread: 0,
                reading: 0,
                ready: VecDeque::new(),
                working: 0,
                results: Vec::new(),
                numbered: 0,
                written: 0,
                waiting_bytes: 0,
                window_full: false,
                alive,
                asleep: [0; 4],
                stats: alive.map(|threads| StageStats { threads, ..StageStats::default() }),
                failure: None,
                readers: Readers::new(settings.readers, settings.most_readers),
            }),
            unwanted: Condvar::new(),
            bells: Default::default(),
            job,
            control,
            lanes,
            threads,
            most_unread: settings.most_readers + threads * lanes,
            window_items: settings.window_items as u64,
            window_bytes: settings.window_bytes,
            queue_items: settings.queue_items,
            chunk_bytes: settings.chunk_bytes,
        }
    }

    // ---- source

    /// The body of the source's thread.
    pub(super) fn supply(&self, source: impl Iterator<Item = Result<J::Item, J::Output>>)
    where
        J: Job,
    {
        for item in source {
            let mut inner = self.lock();
            loop {
                if self.control.is_stopped() {
                    return;
                }
                let in_window = inner.numbered - inner.written < self.window_items;
                if in_window && inner.items.len() < self.queue_items {
                    break;
                }
                inner = self.wait(inner, Stage::Source, Waiting::Blocked);
            }
            let number = inner.numbered;
            inner.numbered += 1;
            match item {
                Ok(item) => {
                    inner.items.push_back((number, item));
                    self.ring(&inner, Stage::Read, 1);
                }
                // Its weight does not count: the window bounds the number of these.
                Err(output) => {
                    inner.results.push(Finished { number, output, weight: 0 });
                    self.ring(&inner, Stage::Sink, 1);
                }
            }
        }
    }

    // ---- readers

    /// Waits for something to read and a buffer to read it into. `None`: there is nothing left.
    /// A reader beyond the number that is wanted now waits until it is wanted again.
    pub(super) fn next_task(&self, index: usize) -> Option<(Task<J>, Buffer)> {
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
    fn chunk_buffer(&self, inner: &mut Inner<J>) -> Option<Buffer> {
        let buffer = inner.pool.take()?;
        Some(if inner.unread > self.lanes { buffer.shortened(self.chunk_bytes) } else { buffer })
    }

    /// The indices of readers that are to be started now.
    pub(super) fn wanted_readers(&self) -> Range<usize> {
        let inner = &mut self.lock();
        let wanted = inner.readers.wanted();
        let stats = &mut inner.stats[Stage::Read as usize];
        let new = stats.threads..stats.threads.max(wanted);
        stats.threads = new.end;
        inner.alive[Stage::Read as usize] += new.len();
        new
    }

    /// A further item for a buffer that has room, if one is at hand.
    pub(super) fn next_item(&self) -> Option<(u64, J::Item)> {
        if self.control.is_stopped() { None } else { self.pop_item(&mut self.lock()) }
    }

    /// A further buffer, if one is free now.
    pub(super) fn spare_buffer(&self) -> Option<Buffer> {
        self.lock().pool.take()
    }

    /// The next item, if its stream may be started now.
    fn pop_item(&self, inner: &mut Inner<J>) -> Option<(u64, J::Item)> {
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
    fn may_start(&self, inner: &Inner<J>) -> bool {
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
    pub(super) fn deliver(&self, delivery: Delivery<J>) -> Next<J> {
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
    fn add_group(&self, inner: &mut Inner<J>, mut group: Group<J>) {
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

    // ---- workers

    /// Waits for ready steps and the permission to work. `None`: there will be none.
    pub(super) fn next_groups(&self) -> Option<Vec<Group<J>>> {
        let mut inner = self.lock();
        loop {
            // A fair share: what a sleeping worker could do at the same time is left to it.
            let idle = (self.threads - inner.working).max(1);
            let share = self.job.share(inner.ready.len(), idle);
            if let Some(groups) = self.take_groups(&mut inner, share) {
                return Some(groups);
            }
            let over = inner.ready.is_empty() && inner.alive[Stage::Read as usize] == 0;
            if over || self.control.is_aborted() {
                return None;
            }
            inner = self.wait(inner, Stage::Work, Waiting::Starved);
        }
    }

    /// Takes up to `most` groups, but not many more than fill all lanes, if a further thread may
    /// work now.
    fn take_groups(&self, inner: &mut Inner<J>, most: usize) -> Option<Vec<Group<J>>> {
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
    fn call_worker(&self, inner: &Inner<J>) {
        if self.may_work(inner) {
            self.ring(inner, Stage::Work, 1);
        }
    }

    /// Whether a further thread should work now. While streams advance side by side and a sleeping
    /// reader has been called to fill more lanes, it should not: where reading is fast, that
    /// costs less than running with empty lanes.
    fn may_work(&self, inner: &Inner<J>) -> bool {
        let reads_first = inner.unread > 1
            && inner.ready.len() < self.lanes
            && inner.asleep[Stage::Read as usize] > 0
            && inner.pool.has_one()
            && (!inner.resumable.is_empty() || self.may_start(inner));
        !inner.ready.is_empty() && inner.working < self.threads && !reads_first
    }

    /// Takes what a worker has worked.
    pub(super) fn hand_in(&self, worked: Worked<J>) {
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
            let chain = inner.chains.get_mut(&number).expect("an unfinished stream has a chain");
            chain.ahead -= 1;
            match chain.pending.pop_front() {
                Some(mut group) => {
                    if let Some(piece) = group.pieces.last_mut() {
                        piece.state = Some(state);
                    }
                    inner.ready.push_back(group);
                }
                None => chain.state = Some(state),
            }
            if let Some(stream) = inner.chains.get_mut(&number).and_then(|c| c.aside.take()) {
                inner.resumable.push_back((number, stream));
                news += 1;
            }
        }
        for result in &worked.results {
            inner.chains.remove(&result.number);
        }
        self.add_results(inner, worked.results);
        self.ring(inner, Stage::Read, news.min(inner.resumable.len() + inner.items.len()));
        inner.working -= 1;
        // A worker takes what is ready itself when it returns; behind a reader another one must.
        if !worked.by_worker {
            self.call_worker(inner);
        }
    }

    // ---- sink

    fn add_results(&self, inner: &mut Inner<J>, results: Vec<Finished<J::Output>>) {
        if !results.is_empty() {
            inner.waiting_bytes += results.iter().map(|result| result.weight).sum::<usize>();
            inner.results.extend(results);
            self.ring(inner, Stage::Sink, 1);
        }
    }

    /// Whether the sink would not have to wait.
    pub(super) fn results_waiting(&self) -> bool {
        !self.lock().results.is_empty()
    }

    /// Waits for results and swaps them with the empty `results`. `false`: there will be none.
    pub(super) fn take_results(&self, results: &mut Vec<Finished<J::Output>>) -> bool {
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

    /// Takes note of results that were written: room in the window.
    pub(super) fn written(&self, count: u64, bytes: usize) {
        if count > 0 {
            let mut inner = self.lock();
            inner.written += count;
            inner.waiting_bytes -= bytes;
            self.ring(&inner, Stage::Source, 1);
            if std::mem::take(&mut inner.window_full) {
                self.ring(&inner, Stage::Read, usize::MAX);
            }
        }
    }

    // ---- all

    /// Runs a stage's body so that its end, or its panic, is known to all others.
    pub(super) fn guard(&self, stage: Stage, body: impl FnOnce()) {
        let begun = Instant::now();
        self.shield(stage, body);
        self.lock().stats[stage as usize].busy += begun.elapsed();
        self.leave(stage);
    }

    /// Runs something in which a panic ends the run.
    pub(super) fn shield(&self, stage: Stage, body: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            self.fail(stage, panic_message(payload.as_ref()));
        }
    }

    /// A thread of this stage has ended.
    pub(super) fn leave(&self, stage: Stage) {
        let inner = &mut self.lock();
        let alive = &mut inner.alive[stage as usize];
        *alive -= 1;
        if *alive == 0 {
            self.wake_all();
        } else {
            // Whatever ended this one ends its sleeping siblings: one wakes the next.
            self.ring(inner, stage, 1);
        }
        self.unwanted.notify_all();
    }

    /// Ends the run with a failure.
    pub(super) fn fail(&self, stage: Stage, message: String) {
        self.lock().failure.get_or_insert((stage, message));
        self.abort();
    }

    /// Ends the run: nothing further is written.
    pub(super) fn abort(&self) {
        self.control.abort();
        // Whoever checked the control before it changed is asleep by the time the lock is ours.
        drop(self.lock());
        self.wake_all();
    }

    pub(super) fn failure(&self) -> Option<(Stage, String)> {
        self.lock().failure.take()
    }

    pub(super) fn stats(&self, elapsed: Duration) -> Stats {
        let inner = self.lock();
        let mut stages = inner.stats;
        for stage in &mut stages {
            stage.busy = stage.busy.saturating_sub(stage.starved + stage.blocked + stage.lent);
        }
        let readers = inner.readers.wanted();
        Stats { elapsed, stages, readers }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<J>> {
        // No visit leaves the state half changed; a panic elsewhere is told by `fail`.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(
        &self,
        mut inner: MutexGuard<'g, Inner<J>>,
        stage: Stage,
        kind: Waiting,
    ) -> MutexGuard<'g, Inner<J>> {
        let begun = Instant::now();
        inner.asleep[stage as usize] += 1;
        let bell = &self.bells[stage as usize];
        let mut inner = bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        inner.asleep[stage as usize] -= 1;
        let stats = &mut inner.stats[stage as usize];
        match kind {
            Waiting::Starved => stats.starved += begun.elapsed(),
            Waiting::Blocked => stats.blocked += begun.elapsed(),
        }
        inner
    }

    /// Wakes up to `threads` sleepers of a stage.
    fn ring(&self, inner: &Inner<J>, stage: Stage, threads: usize) {
        let bell = &self.bells[stage as usize];
        let asleep = inner.asleep[stage as usize];
        if threads >= asleep && asleep > 1 {
            bell.notify_all();
        } else {
            (0..threads.min(asleep)).for_each(|_| bell.notify_one());
        }
    }

    fn wake_all(&self) {
        self.unwanted.notify_all();
        for bell in &self.bells {
            bell.notify_all();
        }
    }
}

/// What a thread waits for.
#[derive(Clone, Copy)]
enum Waiting {
    /// For something to do.
    Starved,
    /// For room to put what it does.
    Blocked,
}
