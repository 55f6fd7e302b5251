//! Where all stages meet: one mutex, and one bell (condition variable) per stage. Every method
//! is one short visit; nothing is read, worked or written inside. The visits of each stage are in a
//! file of their own; what all share is here.
//!
//! The mutex guards plain values, which have files of their own and know nothing of locks: the
//! [`Window`] says whether something further may be started, the [`Chains`] which step of a long stream
//! is next, the [`Devices`] where a further reader is wanted, and the [`Bells`] who can be woken.

mod opening;
mod reading;
mod supplying;
mod working;
mod writing;

#[cfg(all(test, shuttle))]
mod model;
#[cfg(all(test, not(shuttle)))]
mod tests;

use std::any::Any;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::bells::{Bells, Ring};
use crate::buffer::{Buffer, Pool};
use crate::chains::Chains;
use crate::control::Control;
use crate::devices::Devices;
use crate::job::Job;
use crate::order::Place;
use crate::settings::Settings;
use crate::stats::{Stage, StageStats, Stats};
use crate::sync::{Condvar, Instant, Mutex, MutexGuard, PoisonError};
use crate::window::{Bounds, Window};

/// Buffers of one stream that may be read ahead of those who work them: one waits.
const AHEAD: usize = 1;
/// Small steps are taken together up to this many bytes, so that the lanes stay full.
const BATCH: usize = 2 << 20;
/// Opening an item is as much work as reading this many bytes of it.
const ITEM: u64 = 16 << 10;

/// The part of a buffer that belongs to one stream.
pub(crate) struct Piece<J: Job> {
    pub(crate) number: u64,
    /// Counts the steps of the stream.
    pub(crate) part: u64,
    pub(crate) range: Range<usize>,
    /// There from the moment when the step is ready.
    pub(crate) state: Option<J::State>,
    /// The stream, if it ends with this piece.
    pub(crate) end: Option<J::Stream>,
}

/// A filled buffer with its pieces.
pub(crate) struct Group<J: Job> {
    pub(crate) buffer: Buffer,
    pub(crate) pieces: Vec<Piece<J>>,
}

impl<J: Job> Group<J> {
    /// How much work reading this was.
    fn units(&self) -> u64 {
        let bytes = self.pieces.last().map_or(0, |piece| piece.range.end) as u64;
        bytes + ITEM * self.pieces.iter().filter(|piece| piece.end.is_some()).count() as u64
    }

    /// The same group, when the last stream in it has come to this state.
    fn with_state(mut self, state: J::State) -> Self {
        if let Some(piece) = self.pieces.last_mut() {
            piece.state = Some(state);
        }
        self
    }
}

/// A result on its way to the sink.
pub(crate) struct Finished<O> {
    pub(crate) place: Place,
    pub(crate) output: O,
    pub(crate) weight: usize,
}

impl<O> Finished<O> {
    pub(crate) fn new<J: Job<Output = O>>(job: &J, place: Place, output: O) -> Self {
        let weight = job.weight(&output);
        Self { place, output, weight }
    }
}

/// An item that waits to be read.
pub(crate) struct Queued<J: Job> {
    pub(crate) number: u64,
    /// The index of its device.
    pub(crate) device: usize,
    /// Whether it may wait if too much is open.
    pub(crate) may_wait: bool,
    pub(crate) item: J::Item,
}

/// A stream that was read in part.
pub(crate) struct Unread<J: Job> {
    pub(crate) number: u64,
    /// The number of its next step.
    pub(crate) part: u64,
    /// The index of its device.
    pub(crate) device: usize,
    pub(crate) stream: J::Stream,
}

/// What a reader is to do next.
pub(crate) enum Task<J: Job> {
    Start(Queued<J>),
    GoOn(Unread<J>),
}

/// What a reader has done.
pub(crate) struct Delivery<J: Job> {
    /// In the order of their streams; only the last piece of all can be unfinished.
    pub(crate) groups: Vec<Group<J>>,
    /// Items that needed no work.
    pub(crate) results: Vec<Finished<J::Output>>,
    /// The stream that the buffer could not hold to its end.
    pub(crate) rest: Option<Unread<J>>,
    /// The item that could not be opened for now, behind all others.
    pub(crate) later: Option<Queued<J>>,
    /// Whether the reader was to start streams.
    pub(crate) starts: bool,
    /// The index of the device.
    pub(crate) device: usize,
    /// How long opening and reading took.
    pub(crate) time: Duration,
}

impl<J: Job> Delivery<J> {
    pub(crate) fn new(device: usize) -> Self {
        Self {
            groups: Vec::new(),
            results: Vec::new(),
            rest: None,
            later: None,
            starts: false,
            device,
            time: Duration::ZERO,
        }
    }
}

/// What a reader does behind a delivery.
pub(crate) enum Next<J: Job> {
    /// Goes on with its stream.
    GoOn(Unread<J>, Buffer),
    /// Works these groups itself.
    Work(Vec<Group<J>>),
    /// Waits for a while, as nothing can be opened, and says so at the end of it.
    Pause,
    /// Asks for its next task.
    Ask,
}

/// What a worker has done.
pub(crate) struct Worked<J: Job> {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) states: Vec<(u64, J::State)>,
    pub(crate) results: Vec<Finished<J::Output>>,
    /// Whether it was a worker, and not a reader that lent a hand for this time.
    pub(crate) by_worker: bool,
    pub(crate) time: Duration,
}

struct Inner<J: Job> {
    pool: Pool,
    items: VecDeque<Queued<J>>,
    /// Streams that may be read on.
    resumable: VecDeque<Unread<J>>,
    chains: Chains<Group<J>, J::State, Unread<J>>,
    /// Readers between taking a task and delivering the end of it. An item in their hands may
    /// still become a stream of several steps.
    reading: usize,
    /// Steps that may be worked.
    ready: VecDeque<Group<J>>,
    /// Threads that compute: workers, and readers that lend a hand.
    working: usize,
    results: Vec<Finished<J::Output>>,
    window: Window,
    bells: Bells,
    stats: [StageStats; 4],
    failure: Option<(Stage, String)>,
    devices: Devices,
    begun: Instant,
}

/// See the module's head.
pub(crate) struct Exchange<'a, J: Job> {
    inner: Mutex<Inner<J>>,
    /// Where the threads of each stage sleep.
    condvars: [Condvar; 4],
    job: &'a J,
    control: &'a Control,
    lanes: usize,
    threads: usize,
    most_readers: usize,
    /// Steps of one stream that may be read and not yet worked.
    most_ahead: usize,
    queue_items: usize,
    chunk_bytes: usize,
}

impl<'a, J: Job> Exchange<'a, J> {
    pub(crate) fn new(job: &'a J, settings: &Settings, control: &'a Control) -> Self {
        let lanes = job.lanes();
        let threads = settings.threads;
        let alive = [1, settings.readers, threads, 1];
        let bounds = Bounds {
            items: settings.window_items as u64,
            bytes: settings.window_bytes,
            unread: settings.most_readers + threads * lanes,
            open: settings.most_open,
            parts: J::PARTS,
        };
        Self {
            inner: Mutex::new(Inner {
                pool: Pool::new(settings.buffers, settings.buffer_bytes),
                items: VecDeque::new(),
                resumable: VecDeque::new(),
                chains: Chains::new(),
                reading: 0,
                ready: VecDeque::new(),
                working: 0,
                results: Vec::new(),
                window: Window::new(bounds),
                bells: Bells::new(alive),
                stats: alive.map(|threads| StageStats { threads, ..StageStats::default() }),
                failure: None,
                devices: Devices::new(settings.readers, settings.most_readers),
                begun: Instant::now(),
            }),
            condvars: Default::default(),
            job,
            control,
            lanes,
            threads,
            // A device may have its most; of several such devices that is enough for a few.
            most_readers: 4 * settings.most_readers,
            most_ahead: AHEAD + if J::PARTS { 2 * threads } else { 1 },
            queue_items: settings.queue_items,
            chunk_bytes: settings.chunk_bytes,
        }
    }

    /// Runs a stage's body so that its end, or its panic, is known to all others.
    pub(crate) fn guard(&self, stage: Stage, body: impl FnOnce()) {
        let begun = Instant::now();
        self.shield(stage, body);
        self.lock().stats[stage as usize].busy += begun.elapsed();
        self.leave(stage);
    }

    /// Runs something in which a panic ends the run.
    pub(crate) fn shield(&self, stage: Stage, body: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            self.fail(stage, panic_message(payload.as_ref()));
        }
    }

    /// A thread of this stage has ended.
    pub(crate) fn leave(&self, stage: Stage) {
        let inner = &mut self.lock();
        if inner.bells.end(stage) {
            self.wake_all(inner);
        } else {
            // Whatever ended this one ends its sleeping siblings: one wakes the next.
            self.ring(inner, stage, 1);
        }
    }

    /// Ends the run with a failure.
    pub(crate) fn fail(&self, stage: Stage, message: String) {
        self.lock().failure.get_or_insert((stage, message));
        self.abort();
    }

    /// Ends the run: nothing further is written.
    pub(crate) fn abort(&self) {
        self.control.abort();
        // Whoever checked the control before it changed is asleep by the time the lock is ours.
        self.wake_all(&mut self.lock());
    }

    pub(crate) fn failure(&self) -> Option<(Stage, String)> {
        self.lock().failure.take()
    }

    pub(crate) fn stats(&self, elapsed: Duration) -> Stats {
        let inner = self.lock();
        let mut stages = inner.stats;
        for stage in &mut stages {
            stage.busy = stage.busy.saturating_sub(stage.starved + stage.blocked + stage.lent);
        }
        let devices = inner.devices.places();
        Stats { elapsed, stages, devices, fewer_open: inner.window.fewer_open() }
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
        inner.bells.sleep(stage);
        let bell = &self.condvars[stage as usize];
        let nobody_called = |inner: &mut Inner<J>| inner.bells.called(stage) == 0;
        let mut inner =
            bell.wait_while(inner, nobody_called).unwrap_or_else(PoisonError::into_inner);
        inner.bells.wake(stage);
        let stats = &mut inner.stats[stage as usize];
        match kind {
            Waiting::Starved => stats.starved += begun.elapsed(),
            Waiting::Blocked => stats.blocked += begun.elapsed(),
            Waiting::Spare => stats.lent += begun.elapsed(),
        }
        inner
    }

    /// Wakes up to `threads` sleepers of a stage.
    fn ring(&self, inner: &mut Inner<J>, stage: Stage, threads: usize) {
        let bell = &self.condvars[stage as usize];
        match inner.bells.call(stage, threads) {
            Ring::All => bell.notify_all(),
            Ring::Times(times) => (0..times).for_each(|_| bell.notify_one()),
        }
    }

    fn wake_all(&self, inner: &mut Inner<J>) {
        for stage in Stage::ALL {
            self.ring(inner, stage, usize::MAX);
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
    /// Since there are more threads than should read for now.
    Spare,
}

/// The text of a panic, where it has one.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into())
}
