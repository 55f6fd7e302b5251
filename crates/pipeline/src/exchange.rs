//! The state that all stages share, behind one mutex. Each stage also has a condition variable, at
//! which its idle threads sleep. Every method holds the lock only briefly; no thread reads,
//! processes or writes data while it holds the lock. The methods of each stage are in a file of
//! their own; this file has what all stages share.
//!
//! The mutex guards plain values, whose types have files of their own and know nothing of locks.
//! The [`Window`] decides whether another stream may be started, the [`Chains`] which step of a
//! long stream is next, the [`Devices`] which device has a free slot for a reader, the
//! [`Sweep`] in which order items are read, and [`Threads`] counts which threads can be woken.

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

use crate::buffer::{Buffer, Pool};
use crate::chains::Chains;
use crate::control::Control;
use crate::devices::Devices;
use crate::job::Job;
use crate::order::Position;
use crate::settings::Settings;
use crate::stats::{Stage, StageStats, Stats};
use crate::sweep::{Placed, Sweep};
use crate::sync::{Condvar, Instant, Mutex, MutexGuard, PoisonError};
use crate::threads::{Threads, Wake};
use crate::window::{Bounds, Window};

/// How many buffers of one stream may be read and wait while a worker is busy with an earlier
/// buffer of that stream.
const AHEAD: usize = 1;
/// A worker takes small steps (short parts of streams) together until they have this many bytes, so
/// that the lanes in which it processes steps side by side stay full.
const BATCH: usize = 2 << 20;
/// The cost of opening an item, in bytes: opening takes about as long as reading this many.
const ITEM: u64 = 16 << 10;

/// The part of a buffer that belongs to one stream.
pub(crate) struct Piece<J: Job> {
    pub(crate) number: u64,
    /// The index of this step in its stream, from 0.
    pub(crate) part: u64,
    pub(crate) range: Range<usize>,
    /// The state with which the step is processed; `None` until the step is ready.
    pub(crate) state: Option<J::State>,
    /// The stream itself, if it ends with this piece.
    pub(crate) end: Option<J::Stream>,
}

/// A filled buffer with the pieces of streams in it.
pub(crate) struct Group<J: Job> {
    pub(crate) buffer: Buffer,
    pub(crate) pieces: Vec<Piece<J>>,
}

impl<J: Job> Group<J> {
    /// How much work it was to open and read the streams in this buffer, expressed in bytes.
    fn units(&self) -> u64 {
        let bytes = self.pieces.last().map_or(0, |piece| piece.range.end) as u64;
        bytes + ITEM * self.pieces.iter().filter(|piece| piece.end.is_some()).count() as u64
    }

    /// The same group, with this state given to its last piece.
    fn with_state(mut self, state: J::State) -> Self {
        if let Some(piece) = self.pieces.last_mut() {
            piece.state = Some(state);
        }
        self
    }
}

/// A result on its way to the sink.
pub(crate) struct Finished<O> {
    pub(crate) position: Position,
    pub(crate) output: O,
    pub(crate) weight: usize,
}

impl<O> Finished<O> {
    pub(crate) fn new<J: Job<Output = O>>(job: &J, position: Position, output: O) -> Self {
        let weight = job.weight(&output);
        Self { position, output, weight }
    }
}

/// An item that waits to be read.
pub(crate) struct Queued<J: Job> {
    pub(crate) number: u64,
    /// The index of the item's device.
    pub(crate) device: usize,
    /// Where the item lies on its device, if it matters ([`Job::spot`]).
    pub(crate) spot: Option<u64>,
    /// Whether the job may give the item back ([`crate::Unopened::Later`]) if too many streams are
    /// open.
    pub(crate) may_wait: bool,
    pub(crate) item: J::Item,
}

impl<J: Job> Placed for Queued<J> {
    fn number(&self) -> u64 {
        self.number
    }

    fn spot(&self) -> Option<u64> {
        self.spot
    }
}

/// A stream that has been read in part.
pub(crate) struct Unread<J: Job> {
    pub(crate) number: u64,
    /// The index of the stream's next step.
    pub(crate) part: u64,
    /// The index of the stream's device.
    pub(crate) device: usize,
    pub(crate) stream: J::Stream,
}

/// What a reader is to do next.
pub(crate) enum Task<J: Job> {
    Start(Queued<J>),
    GoOn(Unread<J>),
}

/// What a reader has opened and read.
pub(crate) struct Delivery<J: Job> {
    /// The filled buffers, in the order in which they were read. Only the very last piece can
    /// belong to a stream that has more to read.
    pub(crate) groups: Vec<Group<J>>,
    /// Results of items from which nothing had to be read.
    pub(crate) results: Vec<Finished<J::Output>>,
    /// The stream that did not fit into its buffer, if any.
    pub(crate) rest: Option<Unread<J>>,
    /// The item that cannot be opened for now, if any. The reader opens no item after it.
    pub(crate) later: Option<Queued<J>>,
    /// Whether that is so because the job wants no further stream of its kind.
    pub(crate) busy: bool,
    /// Whether the reader's task was to start new streams.
    pub(crate) starts: bool,
    /// Whether the first of them has a spot.
    pub(crate) spots: bool,
    /// The index of the device that was read.
    pub(crate) device: usize,
    /// How long opening and reading took.
    pub(crate) time: Duration,
}

impl<J: Job> Delivery<J> {
    /// How much work it was to open and read all this, expressed in bytes.
    fn units(&self) -> u64 {
        self.results.len() as u64 * ITEM + self.groups.iter().map(Group::units).sum::<u64>()
    }

    /// How many streams were opened or read.
    fn items(&self) -> usize {
        self.results.len() + self.groups.iter().map(|group| group.pieces.len()).sum::<usize>()
    }

    pub(crate) fn new(device: usize) -> Self {
        Self {
            groups: Vec::new(),
            results: Vec::new(),
            rest: None,
            later: None,
            busy: false,
            starts: false,
            spots: false,
            device,
            time: Duration::ZERO,
        }
    }
}

/// What a reader does after a delivery.
pub(crate) enum Next<J: Job> {
    /// The reader reads its stream further, into this buffer.
    GoOn(Unread<J>, Buffer),
    /// The reader processes these filled buffers itself, in place of a worker.
    Work(Vec<Group<J>>),
    /// The same for one step of a stream, which the reader then reads further
    /// ([`Exchange::hand_in_and_read_on`]).
    WorkOn(Group<J>, Unread<J>),
    /// The reader waits for a while, since nothing can be opened, and then calls
    /// [`Exchange::paused`].
    Pause,
    /// The reader asks for its next task.
    Ask,
}

/// What a thread hands in after it has processed steps.
pub(crate) struct Worked<J: Job> {
    pub(crate) buffers: Vec<Buffer>,
    /// How many of the buffers had mapped bytes.
    pub(crate) unmapped: usize,
    /// How many bytes the steps had.
    pub(crate) bytes: usize,
    pub(crate) states: Vec<(u64, J::State)>,
    pub(crate) results: Vec<Finished<J::Output>>,
    /// `true` for a worker, `false` for a reader that processed its own buffers.
    pub(crate) by_worker: bool,
    pub(crate) time: Duration,
}

struct Inner<J: Job> {
    pool: Pool,
    items: VecDeque<Queued<J>>,
    /// How far the items are arranged.
    sweep: Sweep,
    /// Streams that wait for a reader to read them further.
    resumable: VecDeque<Unread<J>>,
    chains: Chains<Group<J>, J::State, Unread<J>>,
    /// How many readers have taken a task and delivered nothing for it yet. The item of such a
    /// reader may still turn out to be a stream of several buffers.
    reading: usize,
    /// Filled buffers whose steps are ready to be processed.
    ready: VecDeque<Group<J>>,
    /// How many threads compute: workers, and readers that process their own buffers.
    working: usize,
    /// How many bytes were processed so far, and how long that took, in all threads together.
    worked: (u64, Duration),
    results: Vec<Finished<J::Output>>,
    window: Window,
    threads: Threads,
    stats: [StageStats; 4],
    failure: Option<(Stage, String)>,
    devices: Devices,
    begun: Instant,
}

/// The state that all stages share, and the methods of the stages; see the head of this module.
pub(crate) struct Exchange<'a, J: Job> {
    inner: Mutex<Inner<J>>,
    /// The condition variables at which the threads of each stage sleep.
    condvars: [Condvar; 4],
    job: &'a J,
    control: &'a Control,
    lanes: usize,
    workers: usize,
    most_readers: usize,
    /// How many steps of one stream may be read and not processed yet.
    most_ahead: usize,
    queue_items: usize,
    sweep_items: usize,
    chunk_bytes: usize,
    map_bytes: usize,
}

impl<'a, J: Job> Exchange<'a, J> {
    pub(crate) fn new(job: &'a J, settings: &Settings, control: &'a Control) -> Self {
        let lanes = job.lanes();
        let workers = settings.threads;
        let alive = [1, settings.readers, workers, 1];
        let bounds = Bounds {
            items: settings.window_items as u64,
            bytes: settings.window_bytes,
            unread: settings.most_readers + workers * lanes,
            open: settings.most_open,
            parts: J::PARTS,
        };
        Self {
            inner: Mutex::new(Inner {
                pool: Pool::new(settings.buffers, settings.buffer_bytes, settings.maps),
                items: VecDeque::new(),
                sweep: Sweep::default(),
                resumable: VecDeque::new(),
                chains: Chains::new(),
                reading: 0,
                ready: VecDeque::new(),
                working: 0,
                worked: (0, Duration::ZERO),
                results: Vec::new(),
                window: Window::new(bounds),
                threads: Threads::new(alive),
                stats: alive.map(|threads| StageStats { threads, ..StageStats::default() }),
                failure: None,
                devices: Devices::new(settings.readers, settings.most_readers),
                begun: Instant::now(),
            }),
            condvars: Default::default(),
            job,
            control,
            lanes,
            workers,
            // Enough readers for four devices that each have the highest number.
            most_readers: 4 * settings.most_readers,
            most_ahead: AHEAD + if J::PARTS { 2 * workers } else { 1 },
            queue_items: settings.queue_items,
            sweep_items: settings.sweep_items.max(settings.queue_items),
            chunk_bytes: settings.chunk_bytes,
            map_bytes: settings.map_bytes,
        }
    }

    /// Runs `body` as a thread of this stage. The other threads learn when it ends or panics.
    pub(crate) fn guard(&self, stage: Stage, body: impl FnOnce()) {
        let begun = Instant::now();
        self.shield(stage, body);
        self.lock().stats[stage as usize].busy += begun.elapsed();
        self.leave(stage);
    }

    /// Runs `body`. A panic in it ends the run.
    pub(crate) fn shield(&self, stage: Stage, body: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            self.fail(stage, panic_message(payload.as_ref()));
        }
    }

    /// Records that a thread of this stage has ended, and wakes threads that may end now, too.
    pub(crate) fn leave(&self, stage: Stage) {
        let inner = &mut self.lock();
        if inner.threads.end(stage) {
            self.wake_all(inner);
        } else {
            // Whatever ended this thread also ends the sleeping threads of its stage. Wake one of
            // them; when it ends, it wakes the next.
            self.notify(inner, stage, 1);
        }
    }

    /// Ends the run with a failure.
    pub(crate) fn fail(&self, stage: Stage, message: String) {
        self.lock().failure.get_or_insert((stage, message));
        self.abort();
    }

    /// Ends the run: nothing more is written.
    pub(crate) fn abort(&self) {
        self.control.abort();
        // A thread may have checked the control, under the lock, just before it changed. That
        // thread is asleep by the time that we hold the lock, so the wake-up reaches it.
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
        let devices = inner.devices.slots();
        Stats { elapsed, stages, devices, fewer_open: inner.window.fewer_open() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<J>> {
        // The lock is poisoned if a thread has panicked while it held the lock. That does no harm:
        // no method leaves the state half changed, and `fail` reports the panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(
        &self,
        mut inner: MutexGuard<'g, Inner<J>>,
        stage: Stage,
        kind: Waiting,
    ) -> MutexGuard<'g, Inner<J>> {
        let begun = Instant::now();
        inner.threads.sleep(stage);
        let condvar = &self.condvars[stage as usize];
        let not_notified = |inner: &mut Inner<J>| inner.threads.notified(stage) == 0;
        let mut inner =
            condvar.wait_while(inner, not_notified).unwrap_or_else(PoisonError::into_inner);
        inner.threads.wake(stage);
        let stats = &mut inner.stats[stage as usize];
        match kind {
            Waiting::Starved => stats.starved += begun.elapsed(),
            Waiting::Blocked => stats.blocked += begun.elapsed(),
            Waiting::Spare => stats.lent += begun.elapsed(),
        }
        inner
    }

    /// Wakes up to `threads` sleeping threads of a stage.
    fn notify(&self, inner: &mut Inner<J>, stage: Stage, threads: usize) {
        let condvar = &self.condvars[stage as usize];
        match inner.threads.notify(stage, threads) {
            Wake::All => condvar.notify_all(),
            Wake::Sleepers(times) => (0..times).for_each(|_| condvar.notify_one()),
        }
    }

    fn wake_all(&self, inner: &mut Inner<J>) {
        for stage in Stage::ALL {
            self.notify(inner, stage, usize::MAX);
        }
    }
}

/// What a thread waits for.
#[derive(Clone, Copy)]
enum Waiting {
    /// Waits for something to do.
    Starved,
    /// Waits for room for what it makes.
    Blocked,
    /// Waits for a slot at a device: all slots are taken, and more readers would not help for now.
    Spare,
}

/// The message of a panic, or words that say that it has none.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into())
}
