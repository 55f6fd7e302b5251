//! Tests streams of parts. An item is a text whose parts have chosen lengths. Each text must come
//! out complete, with its parts in order and nothing between them.

use super::*;

/// The bytes of each part of an item, and whether the item fails after them.
#[derive(Clone, Debug)]
pub(super) struct Text {
    parts: Vec<usize>,
    fails: bool,
}

pub(super) struct Open {
    name: u64,
    text: Text,
    next: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    name: u64,
    index: usize,
    bytes: usize,
    last: bool,
    fails: bool,
}

pub(super) struct Blocks;

impl Job for Blocks {
    const PARTS: bool = true;
    type Item = (u64, Text);
    type Stream = Open;
    type State = Part;
    type Output = Part;

    fn device(&self, (name, _): &(u64, Text)) -> Option<u64> {
        Some(name % 3)
    }

    fn open(
        &self,
        (name, text): (u64, Text),
        _: bool,
    ) -> Result<Open, Unopened<(u64, Text), Part>> {
        if text.parts.is_empty() {
            return Err(Part { name, index: 0, bytes: 0, last: true, fails: text.fails }.into());
        }
        Ok(Open { name, text, next: 0 })
    }

    fn read(&self, open: &mut Open, buffer: &mut [u8]) -> Filled {
        let wanted = &mut open.text.parts[open.next];
        if *wanted > buffer.len() {
            // A part that does not fit is read in pieces, as an endless line is.
            *wanted -= buffer.len();
            buffer.fill(1);
            return Filled { bytes: buffer.len(), last: false };
        }
        buffer[..*wanted].fill(1);
        open.next += 1;
        Filled { bytes: *wanted, last: open.next == open.text.parts.len() }
    }

    fn begin(&self, open: &mut Open) -> Part {
        Part { name: open.name, index: open.next, bytes: 0, last: false, fails: false }
    }

    fn work(&self, steps: &mut [Step<'_, Part>]) {
        for step in steps {
            step.state.bytes = step.data.iter().map(|&byte| usize::from(byte)).sum();
        }
    }

    fn finish(&self, open: Open, part: Part) -> Part {
        Part { last: true, fails: open.text.fails, ..part }
    }

    fn part(&self, part: Part) -> Part {
        part
    }

    fn weight(&self, part: &Part) -> usize {
        part.bytes
    }
}

#[derive(Default)]
pub(super) struct Collected(pub(super) Vec<Part>);

impl Sink<Part> for Collected {
    type Error = ();
    fn put(&mut self, part: Part) -> Result<(), ()> {
        self.0.push(part);
        Ok(())
    }
    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

pub(super) fn any_text() -> impl Strategy<Value = Text> {
    let part = prop_oneof![8 => 0..2000usize, 1 => 0..100_000usize];
    (prop::collection::vec(part, 0..12), any::<bool>())
        .prop_map(|(parts, fails)| Text { parts, fails })
}

/// Checks that these parts are those of the texts, in the chosen order.
pub(super) fn check_texts(
    texts: &[Text],
    parts: &[Part],
    order: Order,
) -> Result<(), TestCaseError> {
    let mut names = Vec::new();
    for of_item in parts.chunk_by(|a, b| a.name == b.name) {
        let text = &texts[of_item[0].name as usize];
        let bytes: usize = of_item.iter().map(|part| part.bytes).sum();
        prop_assert_eq!(bytes, text.parts.iter().sum::<usize>());
        prop_assert!(of_item.is_sorted_by_key(|part| part.index));
        let (last, others) = of_item.split_last().unwrap();
        prop_assert!(last.last && last.fails == text.fails);
        prop_assert!(others.iter().all(|part| !part.last));
        names.push(last.name);
    }
    if order == Order::Completion {
        names.sort_unstable();
    }
    prop_assert_eq!(names, (0..texts.len() as u64).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn texts_come_out_whole_and_in_one_piece_for_any_settings(
        texts in prop::collection::vec(any_text(), 0..30),
        settings in any_settings(),
    ) {
        let order = settings.order;
        let items = texts.clone();
        let parts = ends(move || {
            let source = (0..).zip(items).map(Ok);
            let mut sink = Collected::default();
            run(&Blocks, source, &mut sink, &settings, &Control::default()).unwrap();
            sink.0
        });
        check_texts(&texts, &parts, order)?;
    }
}

/// A job whose items are numbers of parts. Each part has 64 bytes and a weight of 1000. The job
/// calls the function with the number of parts that are processed together.
struct Counted<W>(W);

impl<W: Fn(usize) + Sync> Job for Counted<W> {
    const PARTS: bool = true;
    type Item = usize;
    type Stream = usize;
    type State = ();
    type Output = ();
    fn open(&self, parts: usize, _: bool) -> Result<usize, Unopened<usize, ()>> {
        Ok(parts)
    }
    fn read(&self, parts: &mut usize, _: &mut [u8]) -> Filled {
        *parts -= 1;
        Filled { bytes: 64, last: *parts == 0 }
    }
    fn begin(&self, _: &mut usize) {}
    fn work(&self, steps: &mut [Step<'_, ()>]) {
        (self.0)(steps.len());
    }
    fn finish(&self, _: usize, (): ()) {}
    fn part(&self, (): ()) {}
    fn weight(&self, (): &()) -> usize {
        1000
    }
}

/// A sink that calls a function for each part.
struct Each<P>(P);

impl<P: FnMut()> Sink<()> for Each<P> {
    type Error = ();
    fn put(&mut self, (): ()) -> Result<(), ()> {
        (self.0)();
        Ok(())
    }
    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

#[test]
fn one_stream_of_parts_keeps_two_workers_busy() {
    // This ends only if two parts of one stream are processed at the same time.
    ends(|| {
        let (calls, both) = (AtomicUsize::new(0), std::sync::Barrier::new(2));
        let job = Counted(|_| {
            if calls.fetch_add(1, SeqCst) < 2 {
                both.wait();
            }
        });
        let source = std::iter::once(Ok(100));
        run(&job, source, &mut Each(|| ()), &settings(), &Control::default()).unwrap();
    });
}

#[test]
fn a_slow_sink_keeps_even_the_awaited_stream_from_being_read_on() {
    let most = ends(|| {
        // How many parts are processed and not written yet, now and at most.
        let (unwritten, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let job = Counted(|parts| {
            most.fetch_max(unwritten.fetch_add(parts, SeqCst) + parts, SeqCst);
        });
        let mut slow = Each(|| {
            for _ in 0..200 {
                thread::yield_now();
            }
            unwritten.fetch_sub(1, SeqCst);
        });
        let settings = Settings { window_bytes: 10_000, ..settings() };
        let source = [Ok(5000), Ok(5000)].into_iter();
        run(&job, source, &mut slow, &settings, &Control::default()).unwrap();
        most.into_inner()
    });
    // Ten parts may wait to be written, eight more may be in buffers, and ten parts of the other
    // stream may wait.
    assert!(most <= 30, "{most} parts were read ahead of the sink");
}

/// A job with streams of parts on two devices; an item is its device and its number of parts. The
/// first item, and all work, wait until `awaited` parts of device 1 have been read.
struct TwoDevices {
    awaited: usize,
    read: Mutex<usize>,
    is_read: Condvar,
}

impl TwoDevices {
    fn wait(&self) {
        let too_few = |read: &mut usize| *read < self.awaited;
        drop(self.is_read.wait_while(self.read.lock().unwrap(), too_few).unwrap());
    }
}

impl Job for TwoDevices {
    const PARTS: bool = true;
    type Item = (u64, usize);
    type Stream = (u64, usize);
    type State = ();
    type Output = ();
    fn device(&self, (device, _): &(u64, usize)) -> Option<u64> {
        Some(*device)
    }
    fn open(
        &self,
        item: (u64, usize),
        _: bool,
    ) -> Result<(u64, usize), Unopened<(u64, usize), ()>> {
        Ok(item)
    }
    fn read(&self, (device, parts): &mut (u64, usize), _: &mut [u8]) -> Filled {
        if *device == 0 {
            self.wait();
        } else {
            *self.read.lock().unwrap() += 1;
            self.is_read.notify_all();
        }
        *parts -= 1;
        Filled { bytes: 64, last: *parts == 0 }
    }
    fn begin(&self, _: &mut (u64, usize)) {}
    fn work(&self, _: &mut [Step<'_, ()>]) {
        self.wait();
    }
    fn finish(&self, _: (u64, usize), (): ()) {}
    fn part(&self, (): ()) {}
    fn weight(&self, (): &()) -> usize {
        1000
    }
}

#[test]
fn the_awaited_stream_is_started_beside_as_many_as_may_be_unread() {
    let written = ends(|| {
        // With one worker, one lane and two readers, three streams may be read in part, each with
        // three parts that wait for the worker. Their results then fill the window. All of them
        // wait for the second item, whose device has no free slot until the first item is read.
        let settings = Settings {
            threads: 1,
            readers: 1,
            most_readers: 2,
            buffers: 16,
            window_bytes: 1000,
            ..settings()
        };
        let job = TwoDevices { awaited: 9, read: Mutex::new(0), is_read: Condvar::new() };
        let source = [(0, 1), (0, 1), (1, 100), (1, 100), (1, 100), (1, 100)].map(Ok);
        let mut written = 0;
        let mut sink = Each(|| written += 1);
        run(&job, source.into_iter(), &mut sink, &settings, &Control::default()).unwrap();
        written
    });
    assert_eq!(written, 402);
}
