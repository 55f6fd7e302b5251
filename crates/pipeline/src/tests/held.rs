//! What open streams hold in memory beside their data is bounded as the data are.

use super::*;

/// Each stream is one byte, whose state takes as many bytes as `held` says.
struct Heavy {
    held: usize,
    begun: AtomicUsize,
    most: AtomicUsize,
}

impl Job for Heavy {
    type Item = u64;
    type Stream = u64;
    type State = ();
    type Output = u64;

    fn held(&self) -> usize {
        self.held
    }
    fn open(&self, item: u64, _: bool) -> Result<u64, Unopened<u64, u64>> {
        Ok(item)
    }
    fn read(&self, _: &mut u64, buffer: &mut [u8]) -> Filled {
        buffer[0] = 1;
        Filled { bytes: 1, last: true }
    }
    fn begin(&self, _: &mut u64) {
        let begun = self.begun.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(begun, SeqCst);
    }
    fn work(&self, _: &mut [Step<'_, ()>]) {}
    fn finish(&self, item: u64, (): ()) -> u64 {
        self.begun.fetch_sub(1, SeqCst);
        item
    }
}

struct Collected(Vec<u64>);

impl Sink<u64> for Collected {
    type Error = ();
    fn put(&mut self, output: u64) -> Result<(), ()> {
        self.0.push(output);
        Ok(())
    }
    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

#[test]
fn streams_share_buffers_with_what_they_hold_elsewhere() {
    let (bytes, buffers) = (settings().buffer_bytes, 3);
    let items = 5000;
    // One stream may hold more than a buffer has; it gets a buffer to itself.
    for held in [bytes / 6, 10 * bytes] {
        let sizes = Settings {
            buffers,
            window_items: items,
            window_bytes: 1 << 20,
            queue_items: items,
            ..settings()
        };
        let (begun, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let job = Heavy { held, begun, most };
        let mut sink = Collected(Vec::new());
        let source = (0..items as u64).map(Ok);
        run(&job, source, &mut sink, &sizes, &Control::default()).unwrap();
        assert!(sink.0 == (0..items as u64).collect::<Vec<_>>(), "results are lost");
        let most = job.most.load(SeqCst);
        assert!(most <= buffers * (bytes / held).max(1), "{most} streams of {held} bytes at once");
    }
}
