//! Tests runs that end early, by panics, failing sinks and stops; and tests which results are
//! visible while a run goes on.

use super::*;

#[test]
fn a_panic_in_a_worker_ends_the_run_with_its_message() {
    let mut items = vec![Item::Bytes(100); 500];
    items[200] = Item::PanicsInWork;
    let (result, _) = run_items(items, settings(), 1, None);
    match result {
        Err(Error::Panic { stage: Stage::Work, message }) => assert_eq!(message, "work on 200"),
        other => panic!("expected the worker's panic, got {other:?}"),
    }
}

#[test]
fn a_panic_in_a_reader_ends_the_run_with_its_message() {
    let mut items = vec![Item::Bytes(200_000); 50];
    items[20] = Item::PanicsInOpen;
    let (result, _) = run_items(items, settings(), 1, None);
    match result {
        Err(Error::Panic { stage: Stage::Read, message }) => assert_eq!(message, "open of 20"),
        other => panic!("expected the reader's panic, got {other:?}"),
    }
}

#[test]
fn a_panic_in_the_source_ends_the_run() {
    let result = ends(|| {
        let job = Sums { lanes: 1, ..Sums::default() };
        let source = (0..100u64).map(|name| {
            assert!(name < 40, "source at {name}");
            Ok((name, Item::Bytes(10)))
        });
        run(&job, source, &mut Collect::default(), &settings(), &Control::default())
    });
    assert!(matches!(result, Err(Error::Panic { stage: Stage::Source, .. })), "{result:?}");
}

#[test]
fn a_failing_sink_ends_the_run_with_its_error() {
    let items = vec![Item::Bytes(100); 50_000];
    let (result, outputs) = run_items(items, settings(), 1, Some(7));
    assert!(matches!(result, Err(Error::Sink("disk full"))));
    assert_eq!(outputs.len(), 7);
}

/// A gate that the sink opens with its first result.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
    fn wait(&self) {
        let _open = self.0.1.wait_while(self.0.0.lock().unwrap(), |open| !*open).unwrap();
    }
}

struct OpensGate(Collect, Gate);

impl Sink<Output> for OpensGate {
    type Error = &'static str;
    fn put(&mut self, output: Output) -> Result<(), Self::Error> {
        self.0.put(output)
    }
    fn idle(&mut self) -> Result<(), Self::Error> {
        if !self.0.outputs.is_empty() {
            self.1.open();
        }
        Ok(())
    }
}

#[test]
fn a_result_is_visible_while_the_source_is_still_busy() {
    let outputs = ends(|| {
        let gate = Gate::default();
        let mut sink = OpensGate(Collect::default(), gate.clone());
        let source = (0..10u64).map(move |name| {
            if name == 1 {
                gate.wait();
            }
            Ok((name, Item::Bytes(10)))
        });
        let job = Sums { lanes: 16, ..Sums::default() };
        run(&job, source, &mut sink, &settings(), &Control::default()).unwrap();
        sink.0.outputs
    });
    assert_eq!(outputs, expected(&[Item::Bytes(10); 10]));
}

#[test]
fn a_stop_writes_a_prefix_without_holes_and_ends() {
    for order in [Order::Input, Order::Completion] {
        let outputs = ends(move || {
            let control = Control::default();
            let stopper = control.clone();
            let source = (0..).map(move |name| {
                if name == 300 {
                    stopper.stop();
                }
                Ok((name, Item::Bytes(1000)))
            });
            let mut sink = Collect::default();
            let settings = Settings { order, ..settings() };
            let job = Sums { lanes: 1, ..Sums::default() };
            run(&job, source, &mut sink, &settings, &control).unwrap();
            sink.outputs
        });
        assert!(outputs.len() <= 301, "nothing is started after the stop");
        if order == Order::Input {
            assert_eq!(outputs, expected(&vec![Item::Bytes(1000); outputs.len()]));
        }
    }
}

#[test]
fn a_stop_abandons_an_endless_stream() {
    let outputs = ends(|| {
        let control = Control::default();
        let stopper = control.clone();
        let source = (0..).map(move |name| {
            if name == 40 {
                stopper.stop();
            }
            Ok((name, if name == 20 { Item::Bytes(usize::MAX) } else { Item::Bytes(9) }))
        });
        let mut sink = Collect::default();
        let job = Sums { lanes: 1, ..Sums::default() };
        run(&job, source, &mut sink, &settings(), &control).unwrap();
        sink.outputs
    });
    assert_eq!(
        outputs,
        expected(&vec![Item::Bytes(9); outputs.len()]),
        "the items before the endless stream"
    );
}

/// A sink that waits for the gate and then aborts the run with its first result.
struct Aborts(Collect, Gate, Control);

impl Sink<Output> for Aborts {
    type Error = &'static str;
    fn put(&mut self, output: Output) -> Result<(), Self::Error> {
        self.2.abort();
        self.0.put(output)
    }
    fn idle(&mut self) -> Result<(), Self::Error> {
        self.1.wait();
        Ok(())
    }
}

#[test]
fn behind_an_abort_not_even_the_results_that_the_sink_has_taken_are_written() {
    let outputs = ends(|| {
        let (gate, control) = (Gate::default(), Control::default());
        let opener = gate.clone();
        let source = (0..20).map(move |name| {
            if name == 19 {
                opener.open();
            }
            Err(Output::Failed(name))
        });
        let mut sink = Aborts(Collect::default(), gate, control.clone());
        let job = Sums { lanes: 1, ..Sums::default() };
        run(&job, source, &mut sink, &settings(), &control).unwrap();
        sink.0.outputs
    });
    assert_eq!(outputs, [Output::Failed(0)]);
}
