//! Tests with several devices: a slow one keeps only its own readers waiting.

use super::*;

/// A job in which device 0 does not answer until `awaited` items of device 1 have been read.
struct OneBlocks {
    awaited: usize,
    /// How many items of device 0 are being read, now and at most.
    blocked: Mutex<(usize, usize)>,
    is_blocked: Condvar,
    read: Mutex<usize>,
    all_read: Condvar,
}

impl Job for OneBlocks {
    type Item = u64;
    type Stream = u64;
    type State = ();
    type Output = u64;

    fn device(&self, device: &u64) -> Option<u64> {
        Some(*device)
    }

    fn open(&self, device: u64, _: bool) -> Result<u64, Unopened<u64, u64>> {
        Ok(device)
    }

    fn read(&self, &mut device: &mut u64, _: &mut [u8]) -> Filled {
        if device == 0 {
            let mut blocked = self.blocked.lock().unwrap();
            blocked.0 += 1;
            blocked.1 = blocked.1.max(blocked.0);
            self.is_blocked.notify_all();
            drop(blocked);
            let too_few = |read: &mut usize| *read < self.awaited;
            drop(self.all_read.wait_while(self.read.lock().unwrap(), too_few).unwrap());
            self.blocked.lock().unwrap().0 -= 1;
        } else {
            *self.read.lock().unwrap() += 1;
            self.all_read.notify_all();
        }
        Filled { bytes: 0, last: true }
    }

    fn begin(&self, _: &mut u64) {}

    fn work(&self, _: &mut [Step<'_, ()>]) {}

    fn finish(&self, device: u64, (): ()) -> u64 {
        device
    }
}

#[derive(Default)]
struct Written(Vec<u64>);

impl Sink<u64> for Written {
    type Error = ();
    fn put(&mut self, device: u64) -> Result<(), ()> {
        self.0.push(device);
        Ok(())
    }
    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

#[test]
fn a_device_that_does_not_answer_keeps_no_readers_from_another_one() {
    const SLOW: usize = 20;
    const FAST: usize = 40;
    let (most, written) = ends(|| {
        let job = OneBlocks {
            awaited: FAST,
            blocked: Mutex::new((0, 0)),
            is_blocked: Condvar::new(),
            read: Mutex::new(0),
            all_read: Condvar::new(),
        };
        let source = (0..SLOW + FAST).map(|number| {
            if number == SLOW {
                // Wait until both readers that device 0 may have are blocked there.
                let few = |(now, _): &mut (usize, usize)| *now < 2;
                drop(job.is_blocked.wait_while(job.blocked.lock().unwrap(), few).unwrap());
            }
            Ok(u64::from(number >= SLOW))
        });
        let settings = Settings { readers: 2, most_readers: 4, queue_items: 24, ..settings() };
        let mut sink = Written::default();
        run(&job, source, &mut sink, &settings, &Control::default()).unwrap();
        (job.blocked.lock().unwrap().1, sink.0)
    });
    assert!(most <= 4, "{most} readers waited for one device");
    assert!(
        written.is_sorted() && written.len() == SLOW + FAST,
        "all results in the order of the input"
    );
}
