//! Streams of parts: an item is a text whose parts end at chosen places, and what comes out must
//! be the texts themselves, whole and in one piece each.

use super::*;

/// The bytes of each part of an item; the item fails behind them, or not.
#[derive(Clone, Debug)]
struct Text {
    parts: Vec<usize>,
    fails: bool,
}

struct Open {
    name: u64,
    text: Text,
    next: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    name: u64,
    index: usize,
    bytes: usize,
    last: bool,
    fails: bool,
}

struct Blocks;

impl Job for Blocks {
    const PARTS: bool = true;
    type Item = (u64, Text);
    type Stream = Open;
    type State = Part;
    type Output = Part;

    fn open(&self, (name, text): (u64, Text)) -> Result<Open, Part> {
        if text.parts.is_empty() {
            return Err(Part { name, index: 0, bytes: 0, last: true, fails: text.fails });
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
struct Collected(Vec<Part>);

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

fn any_text() -> impl Strategy<Value = Text> {
    let part = prop_oneof![8 => 0..2000usize, 1 => 0..100_000usize];
    (prop::collection::vec(part, 0..12), any::<bool>())
        .prop_map(|(parts, fails)| Text { parts, fails })
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
    }
}

#[test]
fn one_stream_of_parts_keeps_two_workers_busy() {
    /// Two parts of one stream are worked at the same time, or this never ends.
    struct Together {
        calls: AtomicUsize,
        both: std::sync::Barrier,
    }
    impl Job for Together {
        const PARTS: bool = true;
        type Item = usize;
        type Stream = usize;
        type State = ();
        type Output = ();
        fn open(&self, parts: usize) -> Result<usize, ()> {
            Ok(parts)
        }
        fn read(&self, parts: &mut usize, _: &mut [u8]) -> Filled {
            *parts -= 1;
            Filled { bytes: 64, last: *parts == 0 }
        }
        fn begin(&self, _: &mut usize) {}
        fn work(&self, _: &mut [Step<'_, ()>]) {
            if self.calls.fetch_add(1, SeqCst) < 2 {
                self.both.wait();
            }
        }
        fn finish(&self, _: usize, (): ()) {}
        fn part(&self, (): ()) {}
    }
    struct Nothing;
    impl Sink<()> for Nothing {
        type Error = ();
        fn put(&mut self, (): ()) -> Result<(), ()> {
            Ok(())
        }
        fn idle(&mut self) -> Result<(), ()> {
            Ok(())
        }
    }
    ends(|| {
        let job = Together { calls: AtomicUsize::new(0), both: std::sync::Barrier::new(2) };
        run(&job, std::iter::once(Ok(100)), &mut Nothing, &settings(), &Control::default())
            .unwrap();
    });
}
