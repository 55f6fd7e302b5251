//! Readers that process their own steps, and what is counted when steps are handed in.

use super::*;

/// A group with one piece of a stream, which goes on, or ends.
fn group<const PARTS: bool>(
    inner: &mut Inner<Lanes<PARTS>>,
    number: u64,
    bytes: usize,
    ends: bool,
) -> Group<Lanes<PARTS>> {
    let end = ends.then_some(());
    let pieces = vec![Piece { number, part: 0, range: 0..bytes, state: Some(()), end }];
    Group { buffer: inner.pool.take().unwrap(), pieces }
}

/// The state in which a reader has read 4,096 bytes of stream 0.
#[derive(Clone, Copy)]
struct State {
    lanes: usize,
    /// How many other streams are read side by side.
    others: u64,
    working: usize,
    /// How long reading took, in nanoseconds.
    time: u64,
    /// How many bytes were processed so far, and how long that took, in nanoseconds.
    worked: (u64, u64),
    stopped: bool,
    /// The stream whose step was read.
    number: u64,
}

#[test]
fn a_reader_works_on_a_step_that_came_from_memory_where_that_gains_something() {
    let fit = State {
        lanes: 1,
        others: 1,
        working: 0,
        time: 2048,
        worked: (1000, 2000),
        stopped: false,
        number: 0,
    };
    for (case, state, works) in [
        ("it fits", fit, true),
        ("nothing was processed yet", State { worked: (0, 0), ..fit }, true),
        ("a single other thread works", State { working: 1, ..fit }, true),
        ("as many work as may", State { working: 2, ..fit }, false),
        ("steps are processed side by side", State { lanes: 2, ..fit }, false),
        ("a worker would have nothing to do", State { others: 0, ..fit }, false),
        ("more streams than workers", State { others: 2, ..fit }, true),
        ("as fast as memory at the least", State { time: 4095, ..fit }, true),
        ("a disk", State { time: 4096, ..fit }, false),
        ("processing takes longer than four times", State { worked: (1000, 2001), ..fit }, false),
        ("processing is fast", State { worked: (1000, 1), ..fit }, true),
        ("the run is stopped", State { stopped: true, ..fit }, false),
        ("the step is that of another stream", State { number: 1, ..fit }, false),
    ] {
        with_lanes::<false>(state.lanes, 1, |exchange| {
            let groups = {
                let inner = &mut *exchange.lock();
                for number in 0..=state.others {
                    inner.chains.begin(number);
                }
                inner.working = state.working;
                inner.reading = 1;
                let (bytes, time) = state.worked;
                inner.worked = (bytes, Duration::from_nanos(time));
                queue_items(inner, 100..108);
                for stage in [Stage::Read, Stage::Work] {
                    (0..2).for_each(|_| inner.threads.sleep(stage));
                }
                vec![group(inner, state.number, 4096, false)]
            };
            if state.stopped {
                exchange.control.stop();
            }
            let time = Duration::from_nanos(state.time);
            let rest = Some(Unread { number: 0, part: 1, device: 0, stream: () });
            let next = exchange.deliver(Delivery { groups, rest, time, ..Delivery::new(0) });
            assert_eq!(matches!(next, Next::WorkOn(..)), works, "{case}");
            let Next::WorkOn(group, unread) = next else { return };
            assert_eq!((group.pieces[0].number, unread.number), (0, 0));
            assert_eq!(exchange.lock().working, state.working + 1, "{case}");
            assert!(exchange.lock().ready.is_empty());

            // The reader hands in two buffers, and takes one to read on.
            let spare = exchange.spare_buffer().unwrap();
            let worked = Worked {
                buffers: vec![group.buffer, spare],
                unmapped: 0,
                bytes: 4096,
                states: vec![(0, ())],
                results: Vec::new(),
                by_worker: false,
                time: Duration::from_nanos(7),
            };
            let before = exchange.lock().threads.notified(Stage::Read);
            assert!(matches!(exchange.hand_in_and_read_on(worked, unread), Next::GoOn(..)));
            let inner = exchange.lock();
            assert_eq!((inner.working, inner.reading), (state.working, 1), "{case}");
            assert_eq!(inner.threads.notified(Stage::Read) - before, 1);
            let (bytes, time) = state.worked;
            assert_eq!(inner.worked, (bytes + 4096, Duration::from_nanos(time + 7)));
            assert_eq!(inner.stats[Stage::Work as usize].busy, Duration::from_nanos(7));
            assert_eq!(inner.stats[Stage::Read as usize].lent, Duration::from_nanos(7));
        });
    }
}

#[test]
fn opening_an_item_counts_as_16_kib() {
    with_exchange::<false>(1, |exchange| {
        let inner = &mut *exchange.lock();
        let mut two = group(inner, 1, 1000, true);
        let piece = Piece { number: 2, part: 0, range: 1024..3000, state: Some(()), end: None };
        two.pieces.push(piece);
        let empty = Group { pieces: Vec::new(), ..group(inner, 3, 1, true) };
        let groups = vec![group(inner, 0, 500, true), two, empty];
        let result = || Finished { position: Position::whole(9), output: (), weight: 0 };
        let delivery =
            Delivery { groups, results: vec![result(), result(), result()], ..Delivery::new(0) };
        assert_eq!(delivery.units(), 500 + 3000 + (2 + 3) * 16384);
    });
}

#[test]
fn the_source_is_called_when_half_of_the_items_that_may_be_read_are_gone() {
    // 1,024 items may be queued. In each case: how many items are of a device without a free slot, how
    // many of another one, and whether taking one calls the source.
    for (stuck, items, calls) in
        [(0, 513, true), (0, 514, false), (500, 513, true), (1, 514, false)]
    {
        let settings = Settings::for_memory(64 << 20, 2, None, 4, Order::Input);
        let (job, control) = (Lanes::<false> { lanes: 4, min_ready: 1 }, Control::default());
        let exchange = Exchange::new(&job, &settings, &control);
        let inner = &mut *exchange.lock();
        let device = |inner: &mut Inner<_>, name| inner.devices.index(Some(name));
        let (slow, fast) = (device(inner, 1), device(inner, 2));
        while inner.devices.has_slot(slow) {
            inner.devices.take_slot(slow);
        }
        let queued =
            |device| move |number| Queued { number, device, spot: None, may_wait: true, item: () };
        inner.items.extend((0..stuck).map(queued(slow)));
        inner.items.extend((stuck..stuck + items).map(queued(fast)));
        inner.threads.sleep(Stage::Source);
        let Some(taken) = exchange.pop_item(inner) else { panic!("no item of {stuck}, {items}") };
        assert_eq!(taken.number, stuck);
        assert_eq!(inner.threads.notified(Stage::Source), usize::from(calls), "{stuck} {items}");
    }
}

#[test]
fn an_item_that_must_wait_goes_back_to_its_place_and_readers_of_parts_are_called() {
    for (unread, busy) in [(0, false), (0, true), (1, false), (1, true)] {
        visit::<true>(1, |exchange, inner| {
            (0..unread).for_each(|number| inner.chains.begin(number));
            queue_items(inner, 3..5);
            queue_items(inner, 6..8);
            let queued = Queued { number: 5, ..inner.items.pop_back().unwrap() };
            (0..3).for_each(|_| inner.threads.sleep(Stage::Read));
            inner.window.turn_away();
            // Without an open stream, nothing else makes room.
            assert_eq!(exchange.put_back(inner, queued, busy), unread == 0);
            let numbers = inner.items.iter().map(|queued| queued.number);
            assert_eq!(numbers.collect::<Vec<_>>(), [3, 4, 5, 6]);
            let called = if unread == 0 { 0 } else { 3 };
            assert_eq!(inner.threads.notified(Stage::Read), called, "{unread} {busy}");
            assert_eq!(inner.window.take_turned_away(), unread == 0);
            assert_eq!(inner.window.fewer_open().is_some(), unread == 1 && !busy);
        });
    }
}

#[test]
fn a_thread_takes_steps_until_they_fill_the_lanes_and_are_2_mib() {
    const MIB: usize = 1 << 20;
    // In each case: the lanes, the most groups, the bytes of each step, and how many groups are taken.
    for (lanes, most, bytes, taken) in [
        (4, 2, MIB, 2),
        (4, 0, MIB, 0),
        (4, 99, MIB, 4),
        (4, 99, MIB / 2, 4),
        (4, 99, MIB / 2 - 1, 5),
        (4, 99, MIB / 4, 8),
        (6, 99, MIB, 6),
        (1, 99, 2 * MIB, 1),
        (4, 99, 1, 9),
    ] {
        with_lanes::<false>(lanes, 1, |exchange| {
            let inner = &mut *exchange.lock();
            for number in 0..9 {
                let group = group(inner, number, bytes, true);
                inner.ready.push_back(group);
            }
            let groups = exchange.take_groups(inner, most).unwrap();
            let numbers = groups.iter().map(|group| group.pieces[0].number);
            assert!(numbers.eq(0..taken), "{lanes} lanes, {most} groups of {bytes} bytes");
            assert_eq!((inner.ready.len() as u64, inner.working), (9 - taken, 1));
        });
    }
}

#[test]
fn a_worker_comes_back_for_more_and_a_reader_calls_one() {
    for by_worker in [true, false] {
        with_exchange::<false>(1, |exchange| {
            let spare = {
                let inner = &mut *exchange.lock();
                make_ready(inner, 1);
                inner.working = 1;
                inner.threads.sleep(Stage::Work);
                inner.pool.take().unwrap()
            };
            exchange.hand_in(Worked {
                buffers: vec![spare],
                unmapped: 0,
                bytes: 1,
                states: Vec::new(),
                results: Vec::new(),
                by_worker,
                time: Duration::from_nanos(1),
            });
            let inner = exchange.lock();
            assert_eq!(inner.threads.notified(Stage::Work), usize::from(!by_worker));
            assert_eq!(inner.working, 0);
            let lent = if by_worker { 0 } else { 1 };
            assert_eq!(inner.stats[Stage::Read as usize].lent, Duration::from_nanos(lent));
        });
    }
}

#[test]
fn no_stream_is_read_ahead_where_there_are_more_than_lanes() {
    for (lanes, others, goes_on) in [(2, 1, true), (2, 2, false), (1, 5, true), (4, 3, true)] {
        with_lanes::<false>(lanes, 1, |exchange| {
            let groups = {
                let inner = &mut *exchange.lock();
                (0..=others).for_each(|number| inner.chains.begin(number));
                inner.reading = 1;
                vec![group(inner, 0, 4096, false)]
            };
            let rest = Some(Unread { number: 0, part: 1, device: 0, stream: () });
            exchange.lock().devices.index(None);
            // So slow that the reader does not work itself.
            let time = Duration::from_secs(1);
            let next = exchange.deliver(Delivery { groups, rest, time, ..Delivery::new(0) });
            let case = format!("{lanes} lanes, {others} other streams");
            assert_eq!(matches!(next, Next::GoOn(..)), goes_on, "{case}");
            let inner = exchange.lock();
            assert_eq!((inner.reading, inner.resumable.len()), (usize::from(goes_on), 0), "{case}");
        });
    }
}
