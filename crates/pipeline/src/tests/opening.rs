//! Tests with a system that allows only a few streams to be open at once: all results arrive all
//! the same.

use super::parts::{Blocks, Collected, any_text, check_texts};
use super::*;

/// Wraps a job and allows only `most` of its streams to be open at once.
struct Limited<J> {
    job: J,
    most: usize,
    open: Mutex<usize>,
    /// How many more times opening fails, however few streams are open.
    outage: AtomicUsize,
    refused: AtomicUsize,
    /// Whether it is the job that allows no more, and not the system.
    busy: bool,
}

impl<J> Limited<J> {
    fn new(job: J, most: usize, outage: usize) -> Self {
        let (outage, refused) = (AtomicUsize::new(outage), AtomicUsize::new(0));
        Self { job, most, open: Mutex::new(0), outage, refused, busy: false }
    }

    fn busy(self, busy: bool) -> Self {
        Self { busy, ..self }
    }
}

impl<J: Job> Job for Limited<J> {
    const PARTS: bool = J::PARTS;
    type Item = J::Item;
    type Stream = J::Stream;
    type State = J::State;
    type Output = J::Output;

    fn lanes(&self) -> usize {
        self.job.lanes()
    }
    fn device(&self, item: &J::Item) -> Option<u64> {
        self.job.device(item)
    }
    fn open(
        &self,
        item: J::Item,
        may_wait: bool,
    ) -> Result<J::Stream, Unopened<J::Item, J::Output>> {
        let mut open = self.open.lock().unwrap();
        let outage = self.outage.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        if may_wait && (*open == self.most || outage) {
            self.refused.fetch_add(1, SeqCst);
            let busy = self.busy;
            return Err(if busy { Unopened::Busy(item) } else { Unopened::Later(item) });
        }
        assert!(*open < self.most, "an item was not allowed to wait although others are open");
        let stream = self.job.open(item, may_wait)?;
        *open += 1;
        Ok(stream)
    }
    fn expected(&self, stream: &J::Stream) -> usize {
        self.job.expected(stream)
    }
    fn read(&self, stream: &mut J::Stream, buffer: &mut [u8]) -> Filled {
        let filled = self.job.read(stream, buffer);
        *self.open.lock().unwrap() -= usize::from(filled.last);
        filled
    }
    fn begin(&self, stream: &mut J::Stream) -> J::State {
        self.job.begin(stream)
    }
    fn work(&self, steps: &mut [Step<'_, J::State>]) {
        self.job.work(steps);
    }
    fn finish(&self, stream: J::Stream, state: J::State) -> J::Output {
        self.job.finish(stream, state)
    }
    fn part(&self, state: J::State) -> J::Output {
        self.job.part(state)
    }
    fn weight(&self, output: &J::Output) -> usize {
        self.job.weight(output)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn chains_arrive_whatever_number_of_them_may_be_open(
        items in prop::collection::vec(any_item(), 0..60),
        settings in any_settings(),
        lanes in 1..20usize,
        devices in 0..5u64,
        most in 1..5usize,
        outage in 0..5usize,
        busy in any::<bool>(),
    ) {
        let order = settings.order;
        let of_run = items.clone();
        let mut outputs = ends(move || {
            let job = Limited::new(Sums { lanes, devices, ..Sums::default() }, most, outage)
                .busy(busy);
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

    #[test]
    fn texts_arrive_whatever_number_of_them_may_be_open(
        texts in prop::collection::vec(any_text(), 0..30),
        settings in any_settings(),
        most in 1..5usize,
        outage in 0..5usize,
        busy in any::<bool>(),
    ) {
        let order = settings.order;
        let items = texts.clone();
        let parts = ends(move || {
            let source = (0..).zip(items).map(Ok);
            let mut sink = Collected::default();
            let job = Limited::new(Blocks, most, outage).busy(busy);
            run(&job, source, &mut sink, &settings, &Control::default()).unwrap();
            sink.0
        });
        check_texts(&texts, &parts, order)?;
    }
}

#[test]
fn fewer_streams_are_tried_once_one_was_refused_and_that_is_told() {
    let (refused, fewer, outputs) = ends(|| {
        let sums = Sums { lanes: 16, ..Sums::default() };
        let job = Limited::new(sums, 5, 0);
        let items = vec![Item::Bytes(200_000); 500];
        let mut sink = Collect::default();
        let settings = Settings { readers: 8, most_readers: 8, buffers: 32, ..settings() };
        let stats = run(&job, source(&items), &mut sink, &settings, &Control::default()).unwrap();
        assert_eq!(sink.outputs, expected(&items));
        (job.refused.into_inner(), stats.fewer_open, sink.outputs.len())
    });
    assert_eq!(outputs, 500);
    assert!((1..=20).contains(&refused), "{refused} of 500 were refused");
    // Streams that other readers are about to open count as open too, so the pipeline may take five
    // open streams for six.
    assert!((1..=5).contains(&fewer.unwrap()), "{fewer:?}");
}

#[test]
fn as_many_streams_as_before_are_tried_after_one_for_which_the_job_was_busy() {
    let (refused, fewer) = ends(|| {
        let job = Limited::new(Sums { lanes: 16, ..Sums::default() }, 5, 0).busy(true);
        let items = vec![Item::Bytes(200_000); 100];
        let mut sink = Collect::default();
        let settings = Settings { readers: 8, most_readers: 8, buffers: 32, ..settings() };
        let stats = run(&job, source(&items), &mut sink, &settings, &Control::default()).unwrap();
        assert_eq!(sink.outputs, expected(&items));
        (job.refused.into_inner(), stats.fewer_open)
    });
    assert!(refused > 0);
    assert_eq!(fewer, None);
}

#[test]
fn an_item_that_can_never_be_opened_is_an_error_after_a_while_and_so_are_all_others() {
    let outputs = ends(|| {
        let items = vec![Item::FailsAtOpen; 40];
        let job = Limited::new(Sums { lanes: 1, ..Sums::default() }, 1, usize::MAX);
        let mut sink = Collect::default();
        run(&job, source(&items), &mut sink, &settings(), &Control::default()).unwrap();
        assert!(job.refused.into_inner() < 1000);
        sink.outputs
    });
    assert_eq!(outputs, expected(&[Item::FailsAtOpen; 40]));
}

#[test]
fn one_item_alone_is_tried_again() {
    let job = Limited::new(Sums { lanes: 1, ..Sums::default() }, 1, 3);
    let mut sink = Collect::default();
    run_one(&job, (0, Item::Bytes(10)), &mut sink, 64 << 10).unwrap();
    assert_eq!((sink.outputs, job.refused.into_inner()), (expected(&[Item::Bytes(10)]), 3));
}
