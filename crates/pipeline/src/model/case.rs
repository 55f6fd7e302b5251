//! A case of the model: the settings of a run, its items and how it ends; and the checks of the
//! run.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use shuttle::sync::{Condvar, Mutex};

use super::stages::{Item, Kept, Point, Probe, Steps, check_outputs, choose, source};
use crate::exchange::Exchange;
use crate::run::{run_stages, work};
use crate::{Control, Error, Order, Settings, Stage, sync};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Itself,
    Stop,
    Abort,
    SinkFails(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) settings: Settings,
    pub(super) lanes: usize,
    pub(super) min_ready: usize,
    pub(super) devices: u64,
    /// By this the spots of the items differ; with 0, no item has one.
    pub(super) spots: u64,
    /// How many items of other devices must be read before device 0 answers.
    pub(super) awaited: usize,
    /// How many streams the system of the model allows to be open at once.
    pub(super) limit: usize,
    pub(super) items: Vec<Item>,
    pub(super) end: End,
    pub(super) observed: bool,
}

/// Settings with two readers, two workers and little room.
fn settings() -> Settings {
    Settings {
        threads: 2,
        readers: 2,
        most_readers: 2,
        order: Order::Input,
        buffer_bytes: 128,
        chunk_bytes: 64,
        buffers: 3,
        map_bytes: 128,
        maps: 1,
        window_items: 4,
        window_bytes: 2,
        queue_items: 3,
        sweep_items: 5,
        most_open: usize::MAX,
    }
}

impl Case {
    pub(super) fn new(items: Vec<Item>) -> Self {
        Self {
            settings: settings(),
            lanes: 1,
            min_ready: 1,
            devices: 0,
            spots: 0,
            awaited: 0,
            limit: usize::MAX,
            items,
            end: End::Itself,
            observed: true,
        }
    }

    /// A case with settings and items that the model checker chooses.
    pub(super) fn any() -> Self {
        let readers = 1 + choose(2);
        let settings = Settings {
            threads: 1 + choose(2),
            readers,
            most_readers: readers + choose(2),
            order: [Order::Input, Order::Completion][choose(2)],
            buffers: 1 + choose(4),
            maps: choose(3),
            window_items: 1 + choose(5),
            window_bytes: 1 + choose(3),
            queue_items: 1 + choose(4),
            sweep_items: 1 + choose(6),
            most_open: [usize::MAX, 1, 2][choose(3)],
            ..settings()
        };
        let items = (0..choose(7)).map(|_| match choose(8) {
            0 => Item::Known,
            1 => Item::FailsAtOpen,
            2 | 3 => Item::Steps(2 + u8::try_from(choose(5)).unwrap()),
            _ => Item::Steps(1),
        });
        Self {
            lanes: 1 + choose(3),
            min_ready: 1 + choose(2),
            devices: choose(3) as u64,
            spots: choose(7) as u64,
            limit: [usize::MAX, 1, 2][choose(3)],
            settings,
            ..Self::new(items.collect())
        }
    }

    /// The highest total weight of results that may wait. It is the sum of the window (with parts,
    /// once more for the stream that the sink waits for), the results that were being made when the
    /// window became full, and the results that need no buffer. If the stream that the sink waits
    /// for cannot be opened, another stream may also be read to its end although the window is
    /// full.
    fn most_weight(&self, parts: bool) -> usize {
        let Settings { window_bytes, buffers, most_readers, threads, .. } = self.settings;
        let begun = most_readers + threads * self.lanes + 1;
        let fails = self.items.iter().filter(|item| **item == Item::FailsAtOpen).count();
        let steps =
            |item: &Item| if let Item::Steps(steps) = item { usize::from(*steps) } else { 1 };
        let beyond = self.items.iter().map(steps).sum::<usize>();
        let beyond = if self.limit < usize::MAX { beyond } else { 0 };
        window_bytes * if parts { 2 } else { 1 } + buffers + begun + fails + beyond
    }

    pub(super) fn run<const PARTS: bool>(&self) {
        let (control, probe) = (&Control::default(), &Probe::new(self.observed));
        let fails_at = if let End::SinkFails(at) = self.end { Some(at) } else { None };
        let sink = &mut Kept { outputs: Vec::new(), fails_at, probe };
        let job = &Steps::<PARTS> {
            lanes: self.lanes,
            min_ready: self.min_ready,
            devices: self.devices,
            spots: self.spots,
            awaited: self.awaited,
            limit: self.limit,
            open: AtomicUsize::default(),
            read: Mutex::default(),
            is_read: Condvar::default(),
            probe,
        };
        let exchange = &Exchange::new(job, &self.settings, control);
        let most = self.most_weight(PARTS);
        let mut result = Ok(());
        sync::scope(|others| {
            others.spawn(|| probe.observe(|| exchange.look(&probe.inside, most)));
            match self.end {
                End::Stop => drop(others.spawn(|| control.stop())),
                End::Abort => drop(others.spawn(|| {
                    control.abort();
                    probe.aborted.store(true, SeqCst);
                })),
                End::Itself | End::SinkFails(_) => {}
            }
            result = sync::scope(|workers| {
                let start_worker = || drop(workers.spawn(|| work(exchange, job)));
                let source = source(self.items.clone(), probe);
                run_stages(exchange, job, source, sink, &self.settings, start_worker)
            });
            probe.end();
        });
        let complete = self.check_result(&result, sink.outputs.len(), PARTS);
        check_outputs(&sink.outputs, &self.items, PARTS, self.settings.order, complete);
        exchange.check_end(complete, &self.settings);
    }

    /// Checks that the run ended as it should. Returns whether all items must have their results.
    fn check_result(&self, result: &Result<(), Error<&str>>, written: usize, parts: bool) -> bool {
        let point = self.items.iter().find_map(|item| match item {
            Item::Panics(point) => Some(*point),
            _ => None,
        });
        let results = |item: &Item| match *item {
            Item::Steps(steps) if parts => usize::from(steps),
            _ => 1,
        };
        let all: usize = self.items.iter().map(results).sum();
        match (result, self.end) {
            (Ok(()), End::Itself) if point.is_none() => true,
            (Ok(()), End::Stop | End::Abort) => false,
            (Ok(()), End::SinkFails(at)) if at >= all => true,
            (Err(Error::Sink("full")), End::SinkFails(at)) => {
                assert_eq!(written, at, "nothing is written after the failure");
                false
            }
            (Err(Error::Panic { stage, message }), _) => {
                assert_eq!(message, "as wanted");
                let expected = match point.expect("an item that panics") {
                    Point::Source => Stage::Source,
                    Point::Open | Point::Read => Stage::Read,
                    Point::Work | Point::Finish => Stage::Work,
                };
                assert_eq!(*stage, expected);
                false
            }
            _ => panic!("{self:?} ended with {result:?}"),
        }
    }
}
