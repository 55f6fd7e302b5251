//! Tests the pipeline with sequences of bytes in place of files: an item is a sequence of bytes
//! made from its number, its result a checksum that depends on the order of the bytes.

mod devices;
mod ends;
mod held;
mod opening;
mod parts;

use super::*;
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Bytes(usize),
    FailsAtOpen,
    FailsAfter(usize),
    PanicsInOpen,
    PanicsInWork,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Output {
    Sum(u64, usize, u64),
    Failed(u64),
}

struct Stream {
    name: u64,
    item: Item,
    at: usize,
}

fn byte(name: u64, at: usize) -> u8 {
    (name.wrapping_mul(31).wrapping_add(at as u64 * 7) >> 1) as u8
}

fn add(sum: u64, byte: u8) -> u64 {
    sum.wrapping_mul(1_000_003).wrapping_add(u64::from(byte) + 1)
}

#[derive(Default)]
struct Sums {
    lanes: usize,
    /// The items lie on this many devices in turn. With 0, the devices of the items are unknown.
    devices: u64,
    /// By this the spots of the items differ; with 0, no item has one.
    spots: u64,
    /// Whether the job knows how many bytes a stream has.
    tells_sizes: bool,
    /// Streams from this name on are mapped now and then. With 0, none is.
    maps_from: u64,
    most_lanes: AtomicUsize,
    /// How many buffers must have been read before the first step is processed.
    read_before_work: usize,
    reads: Mutex<usize>,
    read: Condvar,
}

impl Job for Sums {
    type Item = (u64, Item);
    type Stream = Stream;
    type State = (u64, Option<u64>);
    type Output = Output;

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn device(&self, (name, _): &(u64, Item)) -> Option<u64> {
        name.checked_rem(self.devices)
    }

    fn spot(&self, (name, _): &(u64, Item)) -> Option<u64> {
        (self.spots > 0 && !name.is_multiple_of(7)).then_some(name * self.spots % 61)
    }

    fn open(
        &self,
        (name, item): (u64, Item),
        _: bool,
    ) -> Result<Stream, Unopened<(u64, Item), Output>> {
        match item {
            Item::FailsAtOpen => Err(Output::Failed(name).into()),
            Item::PanicsInOpen => panic!("open of {name}"),
            _ => Ok(Stream { name, item, at: 0 }),
        }
    }

    fn expected(&self, stream: &Stream) -> usize {
        match stream.item {
            Item::Bytes(end) if self.tells_sizes => end,
            _ => 0,
        }
    }

    fn begin(&self, _stream: &mut Stream) -> Self::State {
        (0, None)
    }

    fn read(&self, stream: &mut Stream, buffer: &mut [u8]) -> Filled {
        assert!(buffer.len().is_multiple_of(64));
        let end = match stream.item {
            Item::Bytes(end) | Item::FailsAfter(end) => end,
            _ => 10,
        };
        *self.reads.lock().unwrap() += 1;
        self.read.notify_all();
        let bytes = buffer.len().min(end - stream.at);
        for slot in &mut buffer[..bytes] {
            *slot = byte(stream.name, stream.at);
            stream.at += 1;
        }
        Filled { bytes, last: bytes < buffer.len() || stream.at == end }
    }

    fn may_map(&self, stream: &Stream) -> bool {
        self.maps_from > 0 && stream.name >= self.maps_from
    }

    fn map(&self, stream: &mut Stream, most: usize) -> Option<Mapped> {
        let Item::Bytes(end) = stream.item else { return None };
        // Every third part of a stream must be read.
        if stream.at == end || byte(stream.name, stream.at).is_multiple_of(3) {
            return None;
        }
        *self.reads.lock().unwrap() += 1;
        self.read.notify_all();
        let from = stream.at;
        stream.at = end.min(from + most);
        let bytes: Vec<u8> = (from..stream.at).map(|at| byte(stream.name, at)).collect();
        Some(Mapped { bytes: Box::new(bytes), last: stream.at == end })
    }

    fn work(&self, steps: &mut [Step<'_, Self::State>]) {
        let too_few = |reads: &mut usize| *reads < self.read_before_work;
        drop(self.read.wait_while(self.reads.lock().unwrap(), too_few).unwrap());
        self.most_lanes.fetch_max(steps.len(), SeqCst);
        for step in steps {
            assert!(step.last || step.data.len().is_multiple_of(64));
            assert!(step.state.1.is_none(), "no step follows the last one");
            step.state.0 = step.data.iter().fold(step.state.0, |sum, &byte| add(sum, byte));
            step.state.1 = step.last.then_some(step.state.0);
        }
    }

    fn finish(&self, stream: Stream, (_, sum): Self::State) -> Output {
        match stream.item {
            Item::FailsAfter(_) => Output::Failed(stream.name),
            Item::PanicsInWork => panic!("work on {}", stream.name),
            _ => Output::Sum(stream.name, stream.at, sum.expect("the last step was processed")),
        }
    }
}

fn expected(items: &[Item]) -> Vec<Output> {
    (0..)
        .zip(items)
        .map(|(name, item)| match *item {
            Item::Bytes(n) => {
                Output::Sum(name, n, (0..n).fold(0, |sum, at| add(sum, byte(name, at))))
            }
            _ => Output::Failed(name),
        })
        .collect()
}

#[derive(Default)]
struct Collect {
    outputs: Vec<Output>,
    fail_at: Option<usize>,
}

impl Sink<Output> for Collect {
    type Error = &'static str;
    fn put(&mut self, output: Output) -> Result<(), Self::Error> {
        if self.fail_at == Some(self.outputs.len()) {
            return Err("disk full");
        }
        self.outputs.push(output);
        Ok(())
    }
    fn idle(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn settings() -> Settings {
    Settings {
        threads: 2,
        readers: 2,
        most_readers: 2,
        order: Order::Input,
        buffer_bytes: 64 << 10,
        chunk_bytes: 16 << 10,
        buffers: 8,
        map_bytes: 8 << 10,
        maps: 3,
        window_items: 64,
        window_bytes: 4096,
        queue_items: 16,
        sweep_items: 24,
        most_open: usize::MAX,
    }
}

fn source(items: &[Item]) -> impl Iterator<Item = Result<(u64, Item), Output>> + use<> {
    // The source already knows every third failure and yields it as a result.
    (0..).zip(items.to_vec()).map(|(name, item)| match item {
        Item::FailsAtOpen if name % 3 == 0 => Err(Output::Failed(name)),
        _ => Ok((name, item)),
    })
}

/// Fails the test if `body` does not end, instead of running for ever.
fn ends<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(body()));
    let result = receiver.recv_timeout(Duration::from_secs(120));
    assert!(!matches!(result, Err(mpsc::RecvTimeoutError::Timeout)), "the run hangs");
    match thread.join() {
        Err(panic) => std::panic::resume_unwind(panic),
        Ok(_) => result.expect("a result was sent"),
    }
}

type Ran = (Result<Stats, Error<&'static str>>, Vec<Output>);

fn run_items(items: Vec<Item>, settings: Settings, lanes: usize, fail_at: Option<usize>) -> Ran {
    ends(move || {
        let job = Sums { lanes, ..Sums::default() };
        let mut sink = Collect { fail_at, ..Collect::default() };
        let result = run(&job, source(&items), &mut sink, &settings, &Control::default());
        (result, sink.outputs)
    })
}

fn any_item() -> impl Strategy<Value = Item> {
    prop_oneof![
        8 => (0..300usize).prop_map(Item::Bytes),
        2 => prop::sample::select(vec![0, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 131_072])
            .prop_map(Item::Bytes),
        1 => (0..400_000usize).prop_map(Item::Bytes),
        1 => Just(Item::FailsAtOpen),
        1 => (0..200_000usize).prop_map(Item::FailsAfter),
    ]
}

prop_compose! {
    fn any_settings()(
        threads in 1..5usize,
        readers in 1..6usize,
        more_readers in 0..4usize,
        buffer in 1..40usize,
        chunk in 1..40usize,
        buffers in 1..10usize,
        window_items in 1..50usize,
        window_bytes in 1..2000usize,
        queue_items in 1..20usize,
        sweep_items in 1..40usize,
        input in any::<bool>(),
        most_open in prop_oneof![1..6usize, Just(usize::MAX)],
        map in 1..100usize,
        maps in 0..5usize,
    ) -> Settings {
        let most_readers = readers + more_readers;
        Settings {
            threads, readers, most_readers, buffers, window_items, window_bytes, queue_items,
            sweep_items,
            most_open, maps,
            map_bytes: map * 64,
            order: if input { Order::Input } else { Order::Completion },
            buffer_bytes: buffer * 1024,
            chunk_bytes: chunk.min(buffer) * 1024,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn parallel_equals_sequential_for_any_settings(
        items in prop::collection::vec(any_item(), 0..60),
        settings in any_settings(),
        lanes in 1..20usize,
        devices in 0..5u64,
        spots in 0..61u64,
        tells_sizes in any::<bool>(),
        maps_from in 0..3u64,
    ) {
        let order = settings.order;
        let of_run = items.clone();
        let mut outputs = ends(move || {
            let job = Sums { lanes, devices, spots, tells_sizes, maps_from, ..Sums::default() };
            let mut sink = Collect::default();
            run(&job, source(&of_run), &mut sink, &settings, &Control::default()).unwrap();
            sink.outputs
        });
        if order == Order::Completion {
            outputs.sort_by_key(|output| match *output {
                Output::Sum(name, ..) | Output::Failed(name) => name,
            });
        }
        prop_assert_eq!(outputs, expected(&items));
    }
}

#[test]
fn many_tiny_items_keep_their_order() {
    let items: Vec<_> = (0..20_000).map(|n| Item::Bytes(n % 200)).collect();
    let (result, outputs) = run_items(items.clone(), settings(), 16, None);
    assert!(result.is_ok());
    assert!(outputs == expected(&items), "every item occurs once, in input order");
}

#[test]
fn one_giant_stream_before_many_small_ones_does_not_deadlock() {
    let mut items = vec![Item::Bytes(5 << 20)];
    items.extend(vec![Item::Bytes(10); 3000]);
    for window_items in [1, 2, 64] {
        let settings = Settings { window_items, window_bytes: 1, ..settings() };
        let (_, outputs) = run_items(items.clone(), settings, 4, None);
        assert!(outputs == expected(&items), "wrong results with a window of {window_items} items");
    }
}

#[test]
fn large_streams_are_worked_side_by_side() {
    let (job, outputs, items) = ends(|| {
        let job = Sums { lanes: 8, read_before_work: 10, ..Sums::default() };
        let items = vec![Item::Bytes(1 << 20); 16];
        let settings = Settings { threads: 1, buffers: 32, ..settings() };
        let mut sink = Collect::default();
        run(&job, source(&items), &mut sink, &settings, &Control::default()).unwrap();
        (job, sink.outputs, items)
    });
    assert_eq!(outputs, expected(&items));
    let most = job.most_lanes.into_inner();
    assert!(most >= 4, "only {most} streams were processed side by side");
}

#[test]
fn a_stream_that_would_not_fit_behind_another_has_a_buffer_of_its_own() {
    let reads = ends(|| {
        let job = Sums { lanes: 1, tells_sizes: true, ..Sums::default() };
        let items = vec![Item::Bytes(40 << 10); 4];
        let mut sink = Collect::default();
        run(&job, source(&items), &mut sink, &settings(), &Control::default()).unwrap();
        assert_eq!(sink.outputs, expected(&items));
        job.reads.into_inner().unwrap()
    });
    assert_eq!(reads, 4, "no stream is divided between two buffers");
}

#[test]
fn readers_without_work_stay_until_a_lone_stream_is_read() {
    // One reader has the only item before it is known to be long, and the number of readers changes
    // all the time. If the idle readers ended, there might be no reader to go on with the stream.
    for _ in 0..50 {
        let items = vec![Item::Bytes(1 << 20)];
        let settings = Settings {
            readers: 2,
            most_readers: 64,
            buffer_bytes: 1024,
            chunk_bytes: 1024,
            ..settings()
        };
        let (_, outputs) = run_items(items.clone(), settings, 8, None);
        assert_eq!(outputs, expected(&items));
    }
}

#[test]
fn no_more_items_are_between_source_and_sink_than_the_window_allows() {
    struct Counts<'a>(&'a AtomicUsize);
    impl Sink<Output> for Counts<'_> {
        type Error = ();
        fn put(&mut self, _: Output) -> Result<(), ()> {
            self.0.fetch_sub(1, SeqCst);
            Ok(())
        }
        fn idle(&mut self) -> Result<(), ()> {
            Ok(())
        }
    }
    let (between, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let source = (0..5000u64).map(|name| {
        most.fetch_max(between.fetch_add(1, SeqCst) + 1, SeqCst);
        Ok((name, Item::Bytes(if name == 0 { 3 << 20 } else { 1 })))
    });
    let settings = Settings { window_items: 40, queue_items: 8, ..settings() };
    let job = Sums { lanes: 4, ..Sums::default() };
    run(&job, source, &mut Counts(&between), &settings, &Control::default()).unwrap();
    // The pipeline counts results as written only when the sink has put a whole batch. The source
    // holds one more item.
    assert!(most.into_inner() <= 40 + 1, "the window must hold back the source");
}

#[test]
fn one_item_alone_gives_the_same_result_without_threads() {
    let lengths = [0, 63, 64, 65, 100, 65_535, 65_536, 65_537, 200_000];
    for item in lengths.map(Item::Bytes).into_iter().chain([Item::FailsAfter(5)]) {
        for tells_sizes in [false, true] {
            let job = Sums { lanes: 1, tells_sizes, ..Sums::default() };
            let mut sink = Collect::default();
            run_one(&job, (0, item), &mut sink, 64 << 10).unwrap();
            assert_eq!(sink.outputs, expected(&[item]));
        }
    }
}
