//! The stages of the model's pipeline: a job, a source and a sink that check what they get, and the
//! probe, which counts the threads inside them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use shuttle::rand::{RngCore, thread_rng};
use shuttle::sync::{Condvar, Mutex};

use crate::{Filled, Job, Mapped, Order, Sink, Step, Unopened};

/// Where an item panics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Point {
    Source,
    Open,
    Read,
    Work,
    Finish,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    /// A stream of this many steps.
    Steps(u8),
    /// An item that fails; the source already knows that and yields the failure.
    Known,
    FailsAtOpen,
    Panics(Point),
}

/// A number from 0 to `end` - 1, as the checker chooses.
pub(super) fn choose(end: usize) -> usize {
    usize::try_from(thread_rng().next_u64() % end as u64).unwrap()
}

/// Panics without a message on standard error, since the panic is intended.
fn panics() -> ! {
    std::panic::resume_unwind(Box::new("as wanted".to_string()));
}

/// How many more times the observer checks the exchange while other threads are still running.
const MOST_LOOKS: usize = 40;

/// Counts the threads in the job, the source and the sink, and passes their requests for a check of
/// the exchange to the observer, a thread of its own.
#[derive(Default)]
pub(super) struct Probe {
    pub(super) inside: AtomicUsize,
    /// Set after an abort: nothing may be written from then on.
    pub(super) aborted: AtomicBool,
    /// Whether there is an observer, the thread that checks the exchange.
    pub(super) observed: bool,
    /// How many requests for a check are open, and whether the run is over.
    asked: Mutex<(usize, bool)>,
    is_asked: Condvar,
    is_seen: Condvar,
}

impl Probe {
    pub(super) fn new(observed: bool) -> Self {
        Self { observed, ..Self::default() }
    }

    /// Runs `body` as something that may take long. The observer may check the exchange before
    /// `body` begins.
    fn inside<T>(&self, body: impl FnOnce() -> T) -> T {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }
        self.inside.fetch_add(1, SeqCst);
        let _leave = Leave(&self.inside);
        if self.observed && choose(2) == 0 {
            let mut asked = self.asked.lock().unwrap();
            asked.0 += 1;
            self.is_asked.notify_all();
            drop(self.is_seen.wait_while(asked, |asked| asked.0 > 0).unwrap());
        } else {
            // Take the lock, so that the checker can let another thread run here.
            drop(self.asked.lock().unwrap());
        }
        body()
    }

    /// The body of the observer's thread. The observer checks the exchange whenever a thread asks
    /// for a check: sometimes once, mostly again and again until `look` returns that no other
    /// thread is awake. The thread that asks waits for that long.
    pub(super) fn observe(&self, look: impl Fn() -> bool) {
        loop {
            let nothing = |asked: &mut (usize, bool)| asked.0 == 0 && !asked.1;
            let asked = self.is_asked.wait_while(self.asked.lock().unwrap(), nothing).unwrap();
            let over = asked.1;
            drop(asked);
            let mut patience = if choose(4) == 0 { 0 } else { MOST_LOOKS };
            while !look() && patience > 0 && !over {
                shuttle::thread::yield_now();
                patience -= 1;
            }
            self.asked.lock().unwrap().0 = 0;
            self.is_seen.notify_all();
            if over {
                return;
            }
        }
    }

    pub(super) fn end(&self) {
        self.asked.lock().unwrap().1 = true;
        self.is_asked.notify_all();
    }
}

/// An open stream.
pub(super) struct Stream {
    name: u64,
    item: Item,
    next: u8,
}

/// A result of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub(super) name: u64,
    /// The number of this part, from 1; without parts, the number of steps that were processed.
    pub(super) step: u8,
    pub(super) last: bool,
}

pub(super) struct Steps<'a, const PARTS: bool> {
    pub(super) lanes: usize,
    pub(super) min_ready: usize,
    pub(super) devices: u64,
    pub(super) spots: u64,
    /// Device 0 does not answer before this many items of other devices have been read.
    pub(super) awaited: usize,
    /// How many streams the system of the model allows to be open at once, and how many are open.
    pub(super) limit: usize,
    pub(super) open: AtomicUsize,
    pub(super) read: Mutex<usize>,
    pub(super) is_read: Condvar,
    pub(super) probe: &'a Probe,
}

impl<const PARTS: bool> Steps<'_, PARTS> {
    fn wait_for_other_devices(&self, name: u64) {
        let mut read = self.read.lock().unwrap();
        if self.device(&(name, Item::Known)) == Some(0) {
            drop(self.is_read.wait_while(read, |read| *read < self.awaited).unwrap());
        } else {
            *read += 1;
            self.is_read.notify_all();
        }
    }
}

impl<const PARTS: bool> Job for Steps<'_, PARTS> {
    const PARTS: bool = PARTS;
    type Item = (u64, Item);
    type Stream = Stream;
    /// The index of the next step.
    type State = u8;
    type Output = Output;

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn min_ready(&self, _: usize) -> usize {
        self.min_ready
    }

    fn device(&self, (name, _): &(u64, Item)) -> Option<u64> {
        name.checked_rem(self.devices)
    }

    fn spot(&self, (name, _): &(u64, Item)) -> Option<u64> {
        (self.spots > 0).then_some(name * self.spots % 7)
    }

    fn open(
        &self,
        (name, item): (u64, Item),
        may_wait: bool,
    ) -> Result<Stream, Unopened<(u64, Item), Output>> {
        self.probe.inside(|| {
            if self.open.load(SeqCst) == self.limit {
                assert!(may_wait, "no item is given up while others are open");
                let busy = name % 2 == 0;
                let item = (name, item);
                return Err(if busy { Unopened::Busy(item) } else { Unopened::Later(item) });
            }
            match item {
                Item::FailsAtOpen => Err(Output { name, step: 0, last: true }.into()),
                Item::Panics(Point::Open) => panics(),
                _ => {
                    self.open.fetch_add(1, SeqCst);
                    Ok(Stream { name, item, next: 0 })
                }
            }
        })
    }

    fn may_map(&self, stream: &Stream) -> bool {
        stream.name % 2 == 1
    }

    fn map(&self, stream: &mut Stream, most: usize) -> Option<Mapped> {
        // Every other step of the stream must be read.
        if stream.next % 2 == 1 {
            return None;
        }
        let mut bytes = vec![0; most];
        let Filled { last, .. } = self.read(stream, &mut bytes);
        Some(Mapped { bytes: Box::new(bytes), last })
    }

    fn read(&self, stream: &mut Stream, buffer: &mut [u8]) -> Filled {
        self.probe.inside(|| {
            if self.awaited > 0 {
                self.wait_for_other_devices(stream.name);
            }
            if stream.item == Item::Panics(Point::Read) {
                panics();
            }
            let steps = if let Item::Steps(steps) = stream.item { steps } else { 1 };
            buffer[0] = stream.next;
            // The worker panics when it finds this byte.
            buffer[1] = u8::from(stream.item == Item::Panics(Point::Work));
            stream.next += 1;
            let last = stream.next == steps;
            self.open.fetch_sub(usize::from(last), SeqCst);
            Filled { bytes: buffer.len(), last }
        })
    }

    fn begin(&self, stream: &mut Stream) -> u8 {
        // Without parts, this is called only after the first step of a stream.
        stream.next - 1
    }

    fn work(&self, steps: &mut [Step<'_, u8>]) {
        self.probe.inside(|| {
            for step in steps {
                if step.data[1] > 0 {
                    panics();
                }
                assert_eq!(step.data[0], *step.state, "each step is processed once and in order");
                *step.state += 1;
            }
        });
    }

    fn finish(&self, stream: Stream, state: u8) -> Output {
        if stream.item == Item::Panics(Point::Finish) {
            panics();
        }
        assert_eq!(state, stream.next, "a stream is finished after its last step");
        Output { name: stream.name, step: state, last: true }
    }

    fn part(&self, state: u8) -> Output {
        Output { name: u64::MAX, step: state, last: false }
    }

    fn weight(&self, _: &Output) -> usize {
        1
    }
}

/// Returns a source that yields the items, each with its number as its name.
pub(super) fn source(
    items: Vec<Item>,
    probe: &Probe,
) -> impl Iterator<Item = Result<(u64, Item), Output>> + Send {
    let mut items = (0..).zip(items);
    std::iter::from_fn(move || {
        probe.inside(|| {
            let (name, item) = items.next()?;
            if item == Item::Panics(Point::Source) {
                panics();
            }
            let known = item == Item::Known;
            Some(if known { Err(Output { name, step: 0, last: true }) } else { Ok((name, item)) })
        })
    })
}

/// A sink that keeps what it gets, and fails at a chosen result.
pub(super) struct Kept<'a> {
    pub(super) outputs: Vec<Output>,
    pub(super) fails_at: Option<usize>,
    pub(super) probe: &'a Probe,
}

impl Sink<Output> for Kept<'_> {
    type Error = &'static str;

    fn put(&mut self, output: Output) -> Result<(), Self::Error> {
        assert!(!self.probe.aborted.load(SeqCst), "nothing is written after an abort");
        self.probe.inside(|| {
            if self.fails_at == Some(self.outputs.len()) {
                return Err("full");
            }
            self.outputs.push(output);
            Ok(())
        })
    }

    fn idle(&mut self) -> Result<(), Self::Error> {
        self.probe.inside(|| Ok(()))
    }
}

/// Checks that these are the results of all items, or, if the run ended early, of those whose turn
/// came before its end.
pub(super) fn check_outputs(
    outputs: &[Output],
    items: &[Item],
    parts: bool,
    order: Order,
    complete: bool,
) {
    let mut of_items: Vec<Vec<u8>> = vec![Vec::new(); items.len()];
    let mut names = Vec::new();
    let mut open = Vec::new();
    for output in outputs {
        open.push(output.step);
        if output.last {
            let of_item = &mut of_items[usize::try_from(output.name).unwrap()];
            assert!(of_item.is_empty(), "item {} has one result", output.name);
            *of_item = std::mem::take(&mut open);
            names.push(output.name);
        }
    }
    for (steps, item) in of_items.iter().zip(items).filter(|(steps, _)| !steps.is_empty()) {
        let expected = match *item {
            Item::Steps(steps) if parts => (1..=steps).collect(),
            Item::Steps(steps) => vec![steps],
            Item::Known | Item::FailsAtOpen => vec![0],
            Item::Panics(_) => panic!("an item that panics has no result"),
        };
        assert_eq!(*steps, expected, "{item:?}");
    }
    if order == Order::Input {
        assert_eq!(
            names,
            (0..names.len() as u64).collect::<Vec<_>>(),
            "results in the order of the input"
        );
    }
    if complete {
        assert!(open.is_empty() && names.len() == items.len(), "every item has its result");
    }
}
