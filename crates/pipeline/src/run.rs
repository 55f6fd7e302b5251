//! A run of the pipeline: starts the threads, and writes the results on the caller's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::control::Control;
use crate::exchange::{Exchange, Finished, panic_message};
use crate::job::{Error, Job, Sink, Step, Unopened};
use crate::order::{Order, Release};
use crate::settings::Settings;
use crate::stats::{Stage, Stats};
use crate::sync::{self, Instant, Scope, spawn};
use crate::window::MOST_VAIN;
use crate::{reader, worker};

/// Runs all items of `source` through the job and into the sink. An `Err` from the source is
/// already the result of an item.
///
/// # Errors
/// The sink fails, a stage panics, or threads cannot be started. Failures of single items are
/// results.
pub fn run<J, I, S>(
    job: &J,
    source: I,
    sink: &mut S,
    settings: &Settings,
    control: &Control,
) -> Result<Stats, Error<S::Error>>
where
    J: Job,
    I: Iterator<Item = Result<J::Item, J::Output>> + Send,
    S: Sink<J::Output>,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .thread_name(|index| format!("worker-{index}"))
        .build()
        .map_err(|error| Error::Begin(format!("cannot start threads: {error}")))?;
    let exchange = &Exchange::new(job, settings, control);
    let started = Instant::now();
    // `in_place_scope`, since an ordinary rayon scope would run this closure, which blocks, on a
    // thread that should compute.
    pool.in_place_scope(|workers| {
        let start_worker = || workers.spawn(move |_| work(exchange, job));
        run_stages(exchange, job, source, sink, settings, start_worker)
    })?;
    Ok(exchange.stats(started.elapsed()))
}

/// Starts all threads (`start_worker` starts a worker), writes the results on this thread, and
/// waits for the others to end.
pub(crate) fn run_stages<'e, J, I, S>(
    exchange: &'e Exchange<'e, J>,
    job: &'e J,
    source: I,
    sink: &mut S,
    settings: &Settings,
    start_worker: impl Fn(),
) -> Result<(), Error<S::Error>>
where
    J: Job,
    I: Iterator<Item = Result<J::Item, J::Output>> + Send,
    S: Sink<J::Output>,
{
    let mut written = Ok(());
    sync::scope(|threads| {
        start(threads, exchange, "source".into(), Stage::Source, move || exchange.supply(source));
        for index in 0..settings.readers {
            start_reader(threads, exchange, job, index);
        }
        for _ in 0..settings.threads {
            start_worker();
        }
        exchange.guard(Stage::Sink, || written = drain(exchange, sink, settings.order));
    });
    if let Some((stage, message)) = exchange.failure() {
        return Err(Error::Panic { stage, message });
    }
    written.map_err(Error::Sink)
}

/// The body of a worker's thread.
pub(crate) fn work<J: Job>(exchange: &Exchange<J>, job: &J) {
    exchange.guard(Stage::Work, || worker::run(exchange, job));
}

/// Starts a reader thread, which itself starts further readers when they are needed.
fn start_reader<'scope, J: Job>(
    threads: &'scope Scope<'scope, '_>,
    exchange: &'scope Exchange<J>,
    job: &'scope J,
    index: usize,
) {
    start(threads, exchange, format!("reader-{index}"), Stage::Read, move || {
        reader::run(exchange, job, &|index| start_reader(threads, exchange, job, index));
    });
}

/// Starts a thread of a stage. If that fails, the run ends.
fn start<'scope, J: Job>(
    threads: &'scope Scope<'scope, '_>,
    exchange: &'scope Exchange<J>,
    name: String,
    stage: Stage,
    body: impl FnOnce() + Send + 'scope,
) {
    let guarded = move || exchange.guard(stage, body);
    if let Err(error) = spawn(threads, name, guarded) {
        exchange.fail(stage, format!("cannot start a thread: {error}"));
        exchange.leave(stage);
    }
}

/// Runs one small item on the calling thread, which saves the cost of starting threads.
/// `buffer_bytes`, a multiple of 64, is the most that is read at a time.
///
/// # Errors
/// The sink fails or the job panics.
pub fn run_one<J: Job, S: Sink<J::Output>>(
    job: &J,
    item: J::Item,
    sink: &mut S,
    buffer_bytes: usize,
) -> Result<(), Error<S::Error>> {
    let work = || -> Result<(), S::Error> {
        let mut stream = match open_alone(job, item) {
            Err(output) => return sink.put(output),
            Ok(stream) => stream,
        };
        let room = match job.expected(&stream) {
            0 => buffer_bytes,
            // One byte more than the stream should have. Then the first read does not fill the
            // buffer, which shows that the stream has ended.
            bytes => (bytes.min(buffer_bytes) + 1).next_multiple_of(64).min(buffer_bytes),
        };
        let mut buffer = vec![0; room];
        let mut carried = None;
        loop {
            let filled = job.read(&mut stream, &mut buffer);
            let mut state = carried.take().unwrap_or_else(|| job.begin(&mut stream));
            let data = &buffer[..filled.bytes];
            job.work(&mut [Step { state: &mut state, data, last: filled.last }]);
            if filled.last {
                return sink.put(job.finish(stream, state));
            }
            if J::PARTS {
                sink.put(job.part(state))?;
            } else {
                carried = Some(state);
            }
        }
    };
    let result = catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Error::Panic {
        stage: Stage::Work,
        message: panic_message(payload.as_ref()),
    })?;
    result.and_then(|()| sink.idle()).map_err(Error::Sink)
}

/// Opens an item while nothing else is open. If the job gives the item back to be opened later,
/// tries again for a while.
fn open_alone<J: Job>(job: &J, mut item: J::Item) -> Result<J::Stream, J::Output> {
    let mut tries = 0;
    loop {
        item = match job.open(item, tries < MOST_VAIN) {
            Ok(stream) => return Ok(stream),
            Err(Unopened::Result(output)) => return Err(output),
            Err(Unopened::Later(item) | Unopened::Busy(item)) => item,
        };
        tries += 1;
        sync::pause(reader::PAUSE);
    }
}

/// The body of the sink's thread: takes results as they are made and writes each result when it is
/// its turn.
fn drain<J: Job, S: Sink<J::Output>>(
    exchange: &Exchange<J>,
    sink: &mut S,
    order: Order,
) -> Result<(), S::Error> {
    let mut release = Release::new(order);
    let (mut results, mut due) = (Vec::new(), Vec::new());
    let mut held = 0;
    loop {
        if !exchange.results_waiting() {
            sink.idle()?;
        }
        if !exchange.take_results(&mut results) {
            return sink.idle();
        }
        for Finished { position, output, weight } in results.drain(..) {
            held += weight;
            release.insert(position, (position.last, output, weight), &mut due);
        }
        held -= due.iter().map(|(_, _, weight)| weight).sum::<usize>();
        if J::PARTS {
            let own: usize = release.waiting_of_awaited().map(|(_, _, weight)| weight).sum();
            exchange.held(held - own, release.awaited());
        }
        let (mut count, mut bytes) = (0, 0);
        for (last, output, weight) in due.drain(..) {
            if exchange.is_aborted() {
                return sink.idle();
            }
            count += u64::from(last);
            bytes += weight;
            if let Err(error) = sink.put(output) {
                exchange.abort();
                return Err(error);
            }
        }
        exchange.written(count, bytes, release.awaited());
    }
}
