//! Tests what the exchange decides in states that a run reaches only by chance.

mod own;

use super::*;
use crate::{Filled, Order, Step, Unopened};

/// A job that is never run: the exchange only asks it how many lanes it has and how many steps must
/// be ready.
struct Lanes<const PARTS: bool> {
    lanes: usize,
    min_ready: usize,
}

impl<const PARTS: bool> Job for Lanes<PARTS> {
    const PARTS: bool = PARTS;
    type Item = ();
    type Stream = ();
    type State = ();
    type Output = ();
    fn lanes(&self) -> usize {
        self.lanes
    }
    fn min_ready(&self, _: usize) -> usize {
        self.min_ready
    }
    fn open(&self, (): (), _: bool) -> Result<(), Unopened<(), ()>> {
        Ok(())
    }
    fn read(&self, (): &mut (), _: &mut [u8]) -> Filled {
        Filled { bytes: 0, last: true }
    }
    fn begin(&self, (): &mut ()) {}
    fn work(&self, _: &mut [Step<'_, ()>]) {}
    fn finish(&self, (): (), (): ()) {}
}

/// Calls a function with a new exchange for two workers.
fn with_exchange<const PARTS: bool>(min_ready: usize, body: impl FnOnce(&Exchange<Lanes<PARTS>>)) {
    with_lanes(4, min_ready, body);
}

/// The same for a job with this many lanes.
fn with_lanes<const PARTS: bool>(
    lanes: usize,
    min_ready: usize,
    body: impl FnOnce(&Exchange<Lanes<PARTS>>),
) {
    let settings = Settings::for_memory(64 << 20, 2, Some(8), 4, Order::Input);
    let (job, control) = (Lanes { lanes, min_ready }, Control::default());
    let exchange = Exchange::new(&job, &settings, &control);
    body(&exchange);
}

/// Calls a function with a new exchange and its state.
fn visit<const PARTS: bool>(
    min_ready: usize,
    body: impl FnOnce(&Exchange<Lanes<PARTS>>, &mut Inner<Lanes<PARTS>>),
) {
    with_exchange(min_ready, |exchange| body(exchange, &mut exchange.lock()));
}

/// Makes this many steps ready, each from a long stream of which there is more to read.
fn make_ready<const PARTS: bool>(inner: &mut Inner<Lanes<PARTS>>, steps: u64) {
    for _ in 0..steps {
        let number = inner.chains.len() as u64;
        inner.chains.begin(number);
        inner.chains.read(number, false);
        let pieces = vec![Piece { number, part: 0, range: 0..64, state: Some(()), end: None }];
        inner.ready.push_back(Group { buffer: inner.pool.take().unwrap(), pieces });
    }
}

fn queue_items<const PARTS: bool>(inner: &mut Inner<Lanes<PARTS>>, numbers: Range<u64>) {
    queue_at(inner, numbers.map(|number| (number, None)));
}

/// Puts items with these numbers and spots into the queue.
fn queue_at<const PARTS: bool>(
    inner: &mut Inner<Lanes<PARTS>>,
    items: impl Iterator<Item = (u64, Option<u64>)>,
) {
    let device = inner.devices.index(None);
    inner.sweep.delivered(true);
    for (number, spot) in items {
        let queued = Queued { number, device, spot, may_wait: true, item: () };
        inner.sweep.queued(&queued);
        inner.items.push_back(queued);
    }
}

/// The number of the item that the next reader starts with.
fn next_number<const PARTS: bool>(exchange: &Exchange<Lanes<PARTS>>) -> u64 {
    match exchange.next_task(&mut None) {
        Some((Task::Start(queued), ..)) => queued.number,
        _ => panic!("no item"),
    }
}

#[test]
fn items_are_read_in_the_order_of_their_spots_and_without_room_the_awaited_one_is() {
    with_exchange::<false>(1, |exchange| {
        let full = {
            let inner = &mut *exchange.lock();
            queue_at(
                inner,
                [40, 20, 30, 10]
                    .into_iter()
                    .map(Some)
                    .enumerate()
                    .map(|(n, spot)| (n as u64, spot)),
            );
            inner.window.bounds().bytes
        };
        assert_eq!(next_number(exchange), 3);
        assert_eq!(exchange.next_item(0).unwrap().number, 1);
        exchange.lock().window.add_results(full);
        assert!(exchange.may_read(&exchange.lock()), "the sink waits for item 0");
        assert_eq!(next_number(exchange), 0);
        assert!(
            !exchange.may_read(&exchange.lock()),
            "item 2 may not be read before there is room"
        );
    });
}

#[test]
fn an_item_that_could_not_be_opened_is_the_next_again() {
    with_exchange::<false>(1, |exchange| {
        let inner = &mut *exchange.lock();
        queue_at(inner, [(0, Some(9)), (1, Some(5)), (2, Some(7))].into_iter());
        for _ in 0..2 {
            let queued = exchange.pop_item(inner).expect("an item");
            assert_eq!(queued.number, 1);
            let _ = exchange.put_back(inner, queued, true);
            inner.window.end_pause();
            let _ = inner.window.close_stream();
        }
    });
}

#[test]
fn a_reader_without_room_in_the_window_is_called_when_there_is_some_though_it_slept_already() {
    with_exchange::<false>(1, |exchange| {
        let full = exchange.lock().window.bounds().bytes;
        let asleep = |inner: &mut Inner<Lanes<false>>| {
            queue_items(inner, 0..2);
            inner.window.add_results(full);
            inner.threads.sleep(Stage::Read);
        };
        asleep(&mut exchange.lock());
        // One reader wakes for both items, but only item 0, for which the sink waits, may be
        // started.
        assert!(exchange.next_task(&mut None).is_some());
        assert_eq!(exchange.lock().threads.notified(Stage::Read), 0);
        exchange.written(0, full, Some(0));
        assert_eq!(exchange.lock().threads.notified(Stage::Read), 1);
    });
}

#[test]
fn work_waits_for_a_reader_who_fills_more_lanes_but_not_for_one_who_cannot() {
    // In each case: how many steps are ready, items are queued and readers sleep, and whether a
    // thread may work.
    for (steps, items, asleep, may_work) in [
        (0, 8, 1, false),
        (1, 8, 1, true),
        (2, 8, 0, true),
        (2, 8, 1, false),
        (3, 8, 1, false),
        (4, 8, 1, true),
        (5, 8, 1, true),
        (3, 1, 1, false),
        (3, 0, 1, true),
    ] {
        visit::<false>(1, |exchange, inner| {
            make_ready(inner, steps);
            queue_items(inner, 100..100 + items);
            (0..asleep).for_each(|_| inner.threads.sleep(Stage::Read));
            let case = format!("{steps} steps, {items} items, {asleep} readers asleep");
            assert_eq!(exchange.may_work(inner), may_work, "{case}");
        });
    }
    // Every stream has a step ready. One stream could be read further, but that would fill no other
    // lane.
    visit::<false>(1, |exchange, inner| {
        make_ready(inner, 2);
        let device = inner.devices.index(None);
        inner.resumable.push_back(Unread { number: 0, part: 1, device, stream: () });
        inner.threads.sleep(Stage::Read);
        assert!(exchange.may_work(inner));
        inner.ready.pop_back();
        assert!(!exchange.may_work(inner));
    });
}

#[test]
fn work_does_not_wait_for_readers_of_parts_that_have_no_room_in_the_window() {
    for (waiting_bytes, may_work) in [(0, false), (usize::MAX, true)] {
        visit::<true>(1, |exchange, inner| {
            make_ready(inner, 3);
            inner.ready.truncate(1);
            let device = inner.devices.index(None);
            inner.resumable.push_back(Unread { number: 1, part: 1, device, stream: () });
            inner.threads.sleep(Stage::Read);
            inner.window.add_results(waiting_bytes);
            assert_eq!(exchange.may_work(inner), may_work, "{waiting_bytes} bytes wait");
        });
    }
}

#[test]
fn a_further_thread_works_where_its_steps_have_company() {
    for (steps, working, may_work) in
        [(1, 0, true), (2, 1, false), (3, 1, true), (4, 1, true), (4, 2, false)]
    {
        visit::<false>(3, |exchange, inner| {
            make_ready(inner, steps);
            inner.working = working;
            assert_eq!(
                exchange.may_work(inner),
                may_work,
                "{steps} steps ready beside {working} threads at work"
            );
        });
    }
}

#[test]
fn a_worker_is_called_when_what_it_waited_for_cannot_be_read_any_more() {
    type Visit = fn(&Exchange<Lanes<false>>);
    let visits: [(&str, u64, Visit); 4] = [
        ("a reader takes the last buffer", 2, |exchange| {
            assert!(exchange.next_task(&mut None).is_some());
        }),
        ("a reader takes a further buffer, the last", 2, |exchange| {
            assert!(exchange.spare_buffer().is_some());
        }),
        ("a reader takes the last item behind another one", 1, |exchange| {
            assert!(exchange.next_item(0).is_some());
        }),
        ("a reader goes on with the last buffer", 2, |exchange| {
            let rest = Some(Unread { number: 0, part: 1, device: 0, stream: () });
            let next = exchange.deliver(Delivery { rest, ..Delivery::new(0) });
            assert!(matches!(next, Next::GoOn(..)));
        }),
    ];
    for (case, items, act) in visits {
        with_exchange::<false>(1, |exchange| {
            {
                let inner = &mut *exchange.lock();
                make_ready(inner, 2);
                queue_items(inner, 100..100 + items);
                inner.reading = 1;
                inner.threads.sleep(Stage::Read);
                inner.threads.sleep(Stage::Work);
                // Leave one buffer in the pool.
                let mut buffer = inner.pool.take();
                while inner.pool.has_one() {
                    buffer = inner.pool.take();
                }
                inner.pool.give_back(buffer.unwrap());
                assert!(!exchange.may_work(inner), "{case}: a worker waits for more steps");
            }
            act(exchange);
            assert_eq!(exchange.lock().threads.notified(Stage::Work), 1, "{case}");
        });
    }
}

#[test]
fn where_there_may_be_more_places_a_reader_is_left_that_can_be_called() {
    // In each case: the fixed number of readers, if any, and the index of the reader that must be
    // started when the third reader takes its task. There are only three items, one for each
    // reader.
    for (readers, another) in [(Some(3), None), (None, Some(3))] {
        let settings = Settings::for_memory(64 << 20, 2, readers, 4, Order::Input);
        let (job, control) = (Lanes::<false> { lanes: 4, min_ready: 1 }, Control::default());
        let exchange = Exchange::new(&job, &settings, &control);
        queue_items(&mut exchange.lock(), 0..3);
        let started: Vec<_> =
            (0..3).map(|_| exchange.next_task(&mut None).expect("an item").2).collect();
        assert_eq!(started, [None, None, another]);
    }
}
