//! Runs the whole pipeline under a model checker.
//!
//! Shuttle runs it thousands of times. At each lock, condition variable and atomic, it chooses
//! which thread goes on: at random, by priorities that change at a few points (PCT), or by one
//! choice after the other (depth first). It also chooses the settings of a run, its items and its
//! faults. The model checks:
//!
//! - Every run ends. If all remaining threads sleep, the checker reports a deadlock.
//! - Every item has one result, its steps are processed in order, and the results come in the
//!   chosen order.
//! - Nothing is written after an abort, and the right failure is reported.
//! - No bound is ever exceeded, and all buffers are back after a run.
//! - No wake-up is missing: while all threads that are awake are in the job, the source or the
//!   sink, which may take as long as they like, no sleeping thread could go on (`Exchange::look`).
//!
//! `just model` runs it. A failure prints the case and a seed; with the seed in
//! `SHUTTLE_RANDOM_SEED` the first run fails again. `MODEL_RUNS` multiplies the runs.
//!
//! What the model leaves out:
//! - Weak memory. All atomics are sequentially consistent here. The pipeline has only one, in
//!   `Control`; everything else is behind the lock.
//! - Condition variables that wake a thread for no reason. The exchange counts its wake-ups, so
//!   these do no harm.
//! - Rayon. The workers' bodies run on threads of the checker; that the pool starts them is tested by
//!   the pipeline's other tests.
//! - Time. The clock shows any time, so that any delivery may be late and any number of readers may
//!   be tried. The model cannot see whether a thread waits too long.
//! - Threads that cannot be started, and signals.
//! - More than a few threads and items. All runs together are a sample. Only the smallest cases are
//!   searched one choice after the other, and not to the end.
//! - Missing wake-ups that a later one makes good. The model sees a missing wake-up only where no
//!   other follows soon. To make this more likely, half of the threads in the job, the source or
//!   the sink stay there, most of them until no other thread can go on. `exchange/tests.rs` tests
//!   the rare states.
//!
//! Loom would search all interleavings and knows weak memory, but does not fit the exchange. It
//! allows five threads: the source, a reader, a worker, the sink and one that stops them. But most
//! missing wake-ups are between two readers or two workers. Its threads cannot borrow the job and
//! the exchange, and its condition variables cannot wait for a condition. And each method takes the
//! one lock, so there are far more orders of calls than Loom can search.

mod case;
mod stages;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use crate::Order;
use case::{Case, End};
use stages::{Item, Point, choose};

/// Runs cases under a scheduler of the checker. If a run fails, its case is printed.
fn check<S: Scheduler + 'static, const PARTS: bool>(
    scheduler: S,
    case: impl Fn() -> Case + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.stack_size = 256 << 10;
    config.silence_warnings = true;
    // The checker does not unwind threads that sleep when a run fails, so the case is kept here and
    // printed by this thread.
    let last: Arc<std::sync::Mutex<(usize, Option<Case>)>> = Arc::default();
    let told = last.clone();
    let runs = move || {
        let case = case();
        {
            let mut last = last.lock().unwrap();
            *last = (last.0 + 1, Some(case.clone()));
        }
        case.run::<PARTS>();
    };
    let runner = Runner::new(scheduler, config);
    if let Err(failure) = catch_unwind(AssertUnwindSafe(|| runner.run(runs))) {
        eprintln!("run {:?}", told.lock().unwrap());
        resume_unwind(failure);
    }
}

/// By how much the environment variable `MODEL_RUNS` multiplies the number of runs; 1 if it is not
/// set.
fn times() -> usize {
    std::env::var("MODEL_RUNS")
        .map_or(1, |times| times.parse().expect("MODEL_RUNS must be a number"))
}

/// Runs `runs` cases in which the next thread is chosen at random, and as many in which it is
/// chosen by priorities.
fn check_both<const PARTS: bool>(runs: usize, case: fn() -> Case) {
    check::<_, PARTS>(RandomScheduler::new(runs * times()), case);
    check::<_, PARTS>(PctScheduler::new(3, runs * times()), case);
}

/// Any case, in which this item takes the place of one of the items.
fn any_with(item: Item) -> Case {
    let mut case = Case::any();
    case.items.push(Item::Steps(1));
    let at = choose(case.items.len());
    case.items[at] = item;
    case
}

#[test]
fn any_run_ends_with_all_results() {
    check_both::<false>(2500, Case::any);
    check_both::<true>(2500, Case::any);
}

#[test]
fn a_stop_at_any_moment_ends_the_run_with_what_was_done() {
    let stopped = || Case { end: End::Stop, ..Case::any() };
    check_both::<false>(1000, stopped);
    check_both::<true>(1000, stopped);
}

#[test]
fn behind_an_abort_at_any_moment_nothing_is_written() {
    let aborted = || Case { end: End::Abort, ..Case::any() };
    check_both::<false>(1000, aborted);
    check_both::<true>(1000, aborted);
}

#[test]
fn a_sink_that_fails_at_any_result_ends_the_run() {
    let fails = || Case { end: End::SinkFails(choose(8)), ..Case::any() };
    check_both::<false>(1000, fails);
    check_both::<true>(1000, fails);
}

#[test]
fn a_panic_at_any_point_ends_the_run_with_its_message() {
    let panics = || {
        let points = [Point::Source, Point::Open, Point::Read, Point::Work, Point::Finish];
        any_with(Item::Panics(points[choose(points.len())]))
    };
    check_both::<false>(1000, panics);
    check_both::<true>(1000, panics);
}

#[test]
fn one_long_stream_of_parts_ends_with_one_buffer_and_with_many() {
    check_both::<true>(500, || {
        let mut case = Case::new(vec![Item::Steps(8), Item::Steps(1)]);
        case.settings.buffers = 1 + choose(5);
        case
    });
}

#[test]
fn small_items_are_read_beside_a_long_stream_though_little_may_wait() {
    // A reader is woken for the long stream and finds no room in the window for a new item. When
    // there is room, the other reader must be woken for that item.
    check::<_, false>(RandomScheduler::new(2000 * times()), || {
        let mut items = vec![Item::Steps(1); 11];
        items[0] = Item::Steps(16);
        let mut case = Case { lanes: 2, ..Case::new(items) };
        case.settings.order = Order::Completion;
        case.settings.threads = 1;
        case.settings.buffers = 6;
        case.settings.window_items = 3;
        case.settings.window_bytes = 1;
        case
    });
}

#[test]
fn parts_without_room_in_the_window_do_not_keep_workers_waiting() {
    // Each stream that is not read further for lack of room could otherwise fill another lane.
    // Workers must not wait for that.
    let full = || {
        let mut case = Case { lanes: 4, ..Case::new(vec![Item::Steps(5); 4]) };
        case.settings.threads = 1 + choose(2);
        case.settings.buffers = 4 + choose(3);
        case.settings.window_bytes = 1;
        case
    };
    check_both::<true>(500, full);
}

#[test]
fn more_long_streams_than_advance_side_by_side_come_one_after_the_other() {
    // The end of one stream lets another begin, even while the reader that read the end still
    // processes these last bytes itself.
    let many = || {
        let mut case = Case { lanes: 1 + choose(2), ..Case::new(vec![Item::Steps(3); 8]) };
        case.settings.threads = 1;
        case.settings.buffers = 8 + choose(8);
        case.settings.window_items = 8;
        case.settings.window_bytes = 3;
        case.settings.queue_items = 6;
        case
    };
    check_both::<false>(1000, many);
}

#[test]
fn long_streams_on_several_devices_take_turns_with_small_items() {
    let devices = || {
        let items = (0..6).map(|name| Item::Steps(if name % 3 == 0 { 5 } else { 1 })).collect();
        let mut case = Case { devices: 3, lanes: 2, ..Case::new(items) };
        case.settings.most_readers = 3;
        case
    };
    check_both::<false>(1000, devices);
    check_both::<true>(1000, devices);
}

#[test]
fn a_device_that_does_not_answer_holds_up_no_other_one() {
    let silent = || {
        // Six items of device 0 stay in the queue; the items of the other device come and go behind
        // them.
        let mut case = Case { devices: 2, awaited: 8, ..Case::new(vec![Item::Steps(1); 16]) };
        case.settings.readers = 1;
        case.settings.buffers = 12;
        case.settings.window_items = 16;
        case.settings.window_bytes = 100;
        case.settings.queue_items = 8;
        case
    };
    check_both::<false>(1000, silent);
    check_both::<true>(1000, silent);
}

#[test]
fn the_smallest_runs_are_searched_in_turn() {
    let smallest = |end| {
        let mut case = Case { end, observed: false, ..Case::new(vec![Item::Steps(2)]) };
        (case.settings.threads, case.settings.readers, case.settings.most_readers) = (1, 1, 1);
        case
    };
    const RUNS: Option<usize> = Some(5000);
    check::<_, false>(DfsScheduler::new(RUNS, true), move || smallest(End::Itself));
    check::<_, true>(DfsScheduler::new(RUNS, true), move || smallest(End::Itself));
    check::<_, false>(DfsScheduler::new(RUNS, true), move || smallest(End::Stop));
}
