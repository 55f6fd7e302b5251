//! What must hold of the exchange's state whenever nobody holds its lock, for the pipeline's model.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::{Exchange, Inner};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    /// Looks at the state while so many threads are `inside` the job, the source or the sink. `most`
    /// is the weight that results may have while they wait. Says whether nobody else is awake.
    pub(crate) fn look(&self, inside: &AtomicUsize, most: usize) -> bool {
        let inner = &mut *self.lock();
        self.check_bounds(inner, most);
        let awake = |stage| inner.alive[stage] - (inner.asleep[stage] - inner.called[stage]);
        let all_inside = (0..4).map(awake).sum::<usize>() == inside.load(SeqCst);
        if all_inside && !self.control.is_stopped() {
            self.check_rest(inner);
        }
        all_inside
    }

    fn check_bounds(&self, inner: &Inner<J>, most: usize) {
        for stage in Stage::ALL {
            let index = stage as usize;
            assert!(inner.called[index] <= inner.asleep[index], "{stage}: who is called sleeps");
            assert!(inner.asleep[index] <= inner.alive[index], "{stage}: who sleeps lives");
        }
        assert!(inner.working <= self.threads, "no more threads compute than may");
        assert!(inner.numbered - inner.written <= self.window_items, "items in the window");
        let readers = inner.stats[Stage::Read as usize].threads;
        // Each reader may have put back one that could not be opened.
        let put_back = if inner.refused || inner.fewer.is_some() { readers } else { 0 };
        assert!(inner.items.len() <= self.queue_items + put_back, "items in the queue");
        assert!(readers <= self.most_readers.max(inner.alive[Stage::Read as usize]), "readers");
        assert!(inner.devices.taken() <= readers, "a reader has one place");
        let more = !inner.items.is_empty() || inner.unread + inner.reading > 0;
        let left = inner.alive[Stage::Read as usize] < readers && !self.control.is_stopped();
        assert!(!(left && more), "a reader leaves when nothing more can come to be read");
        assert!(inner.unread <= self.most_unread + 1 + readers, "streams side by side");
        assert!(inner.held_bytes <= inner.waiting_bytes, "what is held waits");
        assert!(inner.waiting_bytes <= most, "{} bytes of results wait", inner.waiting_bytes);
    }

    /// All who are awake are in the hands of the job, the source or the sink, for as long as these
    /// like. So whoever sleeps and could go on would sleep until one of them returns: it was not
    /// called.
    fn check_rest(&self, inner: &Inner<J>) {
        let asleep = |stage: Stage| inner.asleep[stage as usize] - inner.called[stage as usize];
        let readable = inner.pool.has_one() && self.may_read(inner);
        assert!(!(readable && asleep(Stage::Read) > 0), "a reader sleeps before something to read");
        let workable = self.may_work(inner);
        assert!(!(workable && asleep(Stage::Work) > 0), "a worker sleeps before something to work");
        // Workers wait for readers that are on their way, but here nobody is.
        let idle = !inner.ready.is_empty() && inner.working == 0;
        assert!(!(idle && asleep(Stage::Work) > 0), "nobody works what is ready");
        let results = !inner.results.is_empty();
        assert!(!(results && asleep(Stage::Sink) > 0), "the sink sleeps before results");
        let room = inner.numbered - inner.written < self.window_items
            && inner.items.len() <= self.queue_items / 2;
        assert!(!(room && asleep(Stage::Source) > 0), "the source sleeps before room");
        let threads = inner.stats[Stage::Read as usize].threads;
        let all_have_places = inner.devices.taken() == threads && threads < self.most_readers;
        assert!(!(readable && all_have_places), "no reader is left for something to read");
    }

    /// Nothing is left behind a run: nobody sleeps, and if it came to its own end, all buffers are
    /// back and nothing waits.
    pub(crate) fn check_end(&self, complete: bool, buffers: usize) {
        let inner = &mut *self.lock();
        assert_eq!((inner.alive, inner.asleep, inner.called), ([0; 4], [0; 4], [0; 4]));
        if complete {
            assert!(inner.items.is_empty() && inner.resumable.is_empty());
            assert!(inner.ready.is_empty() && inner.results.is_empty() && inner.chains.is_empty());
            assert_eq!((inner.unread, inner.reading, inner.working), (0, 0, 0));
            assert_eq!((inner.waiting_bytes, inner.held_bytes), (0, 0));
            assert_eq!((inner.written, inner.devices.taken()), (inner.numbered, 0));
            let back = std::iter::from_fn(|| inner.pool.take()).count();
            assert_eq!(back, buffers, "all buffers are back");
        }
    }
}
