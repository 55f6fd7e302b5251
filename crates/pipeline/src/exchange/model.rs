//! The invariants of the exchange: what must be true whenever no thread holds the lock. The
//! pipeline's model checks them.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::{Exchange, Inner};
use crate::job::Job;
use crate::settings::Settings;
use crate::stats::Stage;

/// How many threads of the stage sleep with no wake-up sent to them.
fn unnotified<J: Job>(inner: &Inner<J>, stage: Stage) -> usize {
    inner.threads.asleep(stage) - inner.threads.notified(stage)
}

impl<J: Job> Exchange<'_, J> {
    /// Checks the state of the exchange. `inside` is the number of threads in the job, the source
    /// or the sink; `most` is the highest total weight that the waiting results may have. Returns
    /// whether no other thread is awake.
    pub(crate) fn look(&self, inside: &AtomicUsize, most: usize) -> bool {
        let inner = &mut *self.lock();
        self.check_bounds(inner, most);
        let awake = |stage| inner.threads.alive(stage) - unnotified(inner, stage);
        let all_inside = Stage::ALL.map(awake).iter().sum::<usize>() == inside.load(SeqCst);
        if all_inside && !self.control.is_stopped() {
            self.check_rest(inner);
        }
        all_inside
    }

    fn check_bounds(&self, inner: &Inner<J>, most: usize) {
        for stage in Stage::ALL {
            let asleep = inner.threads.asleep(stage);
            assert!(
                inner.threads.notified(stage) <= asleep,
                "{stage}: more wake-ups than sleeping threads"
            );
            assert!(
                asleep <= inner.threads.alive(stage),
                "{stage}: more threads sleep than are alive"
            );
        }
        assert!(inner.working <= self.workers, "more threads compute than there are workers");
        let window = &inner.window;
        assert!(window.items() <= window.bounds().items, "too many items in the window");
        let readers = inner.stats[Stage::Read as usize].threads;
        // Each reader may have put one item that could not be opened back into the queue, even if
        // the queue was full.
        let put_back = if window.was_ever_refused() { readers } else { 0 };
        assert!(inner.items.len() <= self.sweep_items + put_back, "too many items in the queue");
        let alive = inner.threads.alive(Stage::Read);
        assert!(readers <= self.most_readers.max(alive), "too many readers");
        assert!(inner.devices.taken() <= readers, "more slots are taken than there are readers");
        let more = !inner.items.is_empty() || inner.chains.unread() + inner.reading > 0;
        let left = alive < readers && !self.control.is_stopped();
        assert!(!(left && more), "a reader ended although there is more to read");
        let most_unread = window.bounds().unread + 1 + readers;
        assert!(inner.chains.unread() <= most_unread, "too many streams are read side by side");
        let (waiting, held) = window.bytes();
        assert!(held <= waiting, "the sink holds back more than waits");
        assert!(waiting <= most, "too many results wait: {waiting} bytes");
    }

    /// Checks that no wake-up is missing. This is called when all threads that are awake are in the
    /// job, the source or the sink, which may take as long as they like. A thread that sleeps now
    /// and could go on would sleep until one of them returns.
    fn check_rest(&self, inner: &Inner<J>) {
        let asleep = |stage| unnotified(inner, stage);
        let readable = inner.pool.has_one() && self.may_read(inner);
        assert!(
            !(readable && asleep(Stage::Read) > 0),
            "a reader sleeps though there is something to read"
        );
        let workable = self.may_work(inner);
        assert!(
            !(workable && asleep(Stage::Work) > 0),
            "a worker sleeps though there is a step to process"
        );
        // Workers may leave ready steps alone while a reader is awake that may fill more lanes. But
        // here no reader is awake outside the job, so some thread must process the steps.
        let idle = !inner.ready.is_empty() && inner.working == 0;
        assert!(!(idle && asleep(Stage::Work) > 0), "steps are ready and no thread processes them");
        let results = !inner.results.is_empty();
        assert!(!(results && asleep(Stage::Sink) > 0), "the sink sleeps though there are results");
        let room = inner.window.takes_item() && inner.items.len() <= self.queue_items / 2;
        assert!(!(room && asleep(Stage::Source) > 0), "the source sleeps though there is room");
        let threads = inner.stats[Stage::Read as usize].threads;
        let all_have_slots = inner.devices.taken() == threads && threads < self.most_readers;
        assert!(
            !(readable && all_have_slots),
            "there is something to read, but every reader has a slot already"
        );
    }

    /// Checks that a run has left nothing behind: no thread sleeps and, if the run is complete, all
    /// buffers are back and nothing waits to be read, processed or written.
    pub(crate) fn check_end(&self, complete: bool, Settings { buffers, maps, .. }: &Settings) {
        let inner = &mut *self.lock();
        for stage in Stage::ALL {
            let threads = &inner.threads;
            let left = (threads.alive(stage), threads.asleep(stage), threads.notified(stage));
            assert_eq!(
                left,
                (0, 0, 0),
                "threads left in the {stage} stage: alive, asleep, notified"
            );
        }
        if complete {
            assert!(inner.items.is_empty() && inner.resumable.is_empty());
            assert!(inner.ready.is_empty() && inner.results.is_empty());
            assert_eq!((inner.chains.len(), inner.chains.unread()), (0, 0));
            assert_eq!((inner.reading, inner.working, inner.devices.taken()), (0, 0, 0));
            assert_eq!((inner.window.items(), inner.window.bytes()), (0, (0, 0)));
            let back = std::iter::from_fn(|| inner.pool.take()).count();
            assert_eq!(back, *buffers, "buffers in the pool after the run");
            let maps_back = std::iter::from_fn(|| inner.pool.may_map().then_some(())).count();
            assert_eq!(maps_back, *maps, "buffers that may be mapped after the run");
        }
    }
}
