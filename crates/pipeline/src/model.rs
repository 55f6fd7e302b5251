//! The whole pipeline under a model checker.
//!
//! Shuttle runs it thousands of times. At each lock, bell and atomic it chooses who goes on: at
//! random, by priorities that change at a few places (PCT), or one choice after the other (depth
//! first). The numbers of a run, its items and its faults are chosen as well. Checked are:
//!
//! - Every run ends; else all threads that are left sleep, which the checker tells.
//! - Every item has one result, its steps were worked in turn, and the order is that asked for.
//! - Nothing is written behind an abort, and the right failure is told.
//! - No bound is ever exceeded, and behind a run all buffers are back.
//! - Nobody sleeps who could go on while all others are in the hands of the job, the source or the
//!   sink, which may take as long as they like: `Exchange::look`.
//!
//! `just model` runs it. A failure tells the run's numbers and a seed; with that in
//! `SHUTTLE_RANDOM_SEED` it fails again at once. `MODEL_RUNS` multiplies the runs.
//!
//! What it cannot hold:
//! - Weak memory. All atomics are sequentially consistent here. The pipeline has one, in `Control`;
//!   all else is behind the lock.
//! - Bells that ring by themselves. The exchange counts who is called, and so does not mind.
//! - Rayon. The workers' bodies run on threads of the checker; that the pool starts them is tested by
//!   the pipeline's other tests.
//! - Time. A clock shows anything, so that each delivery may be a late one and each number of readers
//!   may be tried; that nobody waits too long cannot be seen here.
//! - Threads that cannot be started, and signals.
//! - More than a few threads and items. All runs together are a sample: only the smallest are
//!   searched in turn, and those not to their end.
//! - Every call that is missed while others come soon. It is seen only where they stay away: half of
//!   those who are in the hands of the job, the source or the sink stay there, most of them until all
//!   others have come to rest. `exchange/tests.rs` has the states that are rare.
//!
//! Loom would search all interleavings and knows weak memory, but cannot hold the exchange. Its five
//! threads are the source, a reader, a worker, the sink and one who stops them, while most calls are lost
//! between two readers or two workers. Its threads cannot borrow the job and the exchange, and its
//! bells cannot wait for a condition. And each visit takes the one lock, so that there are far more
//! orders of visits than it can go through.

mod case;
mod stages;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use crate::Order;
use case::{Case, End};
use stages::{Item, Point, choose};

/// Runs cases under a scheduler. A failure tells its case.
fn check<S: Scheduler + 'static, const PARTS: bool>(
    scheduler: S,
    case: impl Fn() -> Case + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.stack_size = 256 << 10;
    config.silence_warnings = true;
    // Threads that sleep when a run fails are not unwound, so this one has to tell.
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

/// How many times as many runs as in CI the environment asks for.
fn times() -> usize {
    std::env::var("MODEL_RUNS").map_or(1, |times| times.parse().expect("a number"))
}

/// Runs cases at random and by priorities, each so many times.
fn check_both<const PARTS: bool>(runs: usize, case: fn() -> Case) {
    check::<_, PARTS>(RandomScheduler::new(runs * times()), case);
    check::<_, PARTS>(PctScheduler::new(3, runs * times()), case);
}

/// Any case, but with these items in place of one.
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
    // A reader that was called for the long stream comes when the window is full for a new item. The
    // other one must be called for that item when there is room.
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
    // Each stream that has no room could fill a further lane, if it were read on.
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
    // The end of one lets another begin, though the reader that came to the end works what it read.
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
        // Six of device 0 stay in the queue; the items of the other one come and go behind them.
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
