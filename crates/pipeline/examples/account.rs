//! Two workers draw money from one account. Without a lock the result is wrong, since each worker
//! reads the balance and writes a new one later. With a lock around both, the result is right.
//!
//!     cargo run --release --package batchproc-pipeline --example account

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use batchproc_pipeline::{Control, Filled, Job, Order, Settings, Sink, Step, Unopened, run};

/// Draws a sum from the account. Returns whether the balance was high enough.
type Draw<'a> = dyn Fn(i64) -> bool + Sync + 'a;

/// A job whose items are the sums to be drawn.
struct Drawing<'a>(&'a Draw<'a>);

impl Job for Drawing<'_> {
    type Item = i64;
    type Stream = i64;
    /// The sum, and whether it was paid.
    type State = (i64, bool);
    type Output = (i64, bool);

    /// Each sum is enough work to be passed to a worker alone.
    fn together(&self) -> usize {
        1
    }

    fn open(&self, sum: i64, _: bool) -> Result<i64, Unopened<i64, (i64, bool)>> {
        Ok(sum)
    }

    fn read(&self, _: &mut i64, _: &mut [u8]) -> Filled {
        Filled { bytes: 0, last: true }
    }

    fn begin(&self, sum: &mut i64) -> (i64, bool) {
        (*sum, false)
    }

    fn work(&self, steps: &mut [Step<'_, (i64, bool)>]) {
        for Step { state: (sum, paid), .. } in steps {
            *paid = (self.0)(*sum);
        }
    }

    fn finish(&self, _: i64, result: (i64, bool)) -> (i64, bool) {
        result
    }
}

/// Adds up the sums that were paid.
struct Paid(i64);

impl Sink<(i64, bool)> for Paid {
    type Error = Infallible;

    fn put(&mut self, (sum, paid): (i64, bool)) -> Result<(), Infallible> {
        self.0 += if paid { sum } else { 0 };
        Ok(())
    }

    fn idle(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Waits, as for a bank that takes its time between reading the balance and paying.
fn bank() {
    thread::sleep(Duration::from_millis(20));
}

/// Lets two workers draw 800 each. Returns the sum that was paid and how many seconds it took.
fn draw_twice(draw: &Draw<'_>) -> Result<(i64, f64), Box<dyn std::error::Error>> {
    let settings = Settings::for_memory(8 << 20, 2, Some(2), 1, Order::Completion);
    let (mut paid, begun) = (Paid(0), Instant::now());
    run(&Drawing(draw), [800, 800].into_iter().map(Ok), &mut paid, &settings, &Control::default())?;
    Ok((paid.0, begun.elapsed().as_secs_f64()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    (0..2).for_each(|_| bank());
    println!("one after the other: {:.3} s", begun.elapsed().as_secs_f64());

    let balance = AtomicI64::new(1000);
    let (paid, seconds) = draw_twice(&|sum| {
        let seen = balance.load(SeqCst);
        if seen < sum {
            return false;
        }
        bank();
        balance.store(seen - sum, SeqCst);
        true
    })?;
    println!("without a lock: {paid} paid of 1000, {} left, {seconds:.3} s", balance.load(SeqCst));

    let balance = Mutex::new(1000);
    let (paid, seconds) = draw_twice(&|sum| {
        let mut balance = balance.lock().expect("nobody panics with the lock");
        if *balance < sum {
            return false;
        }
        bank();
        *balance -= sum;
        true
    })?;
    let left = *balance.lock().expect("nobody panics with the lock");
    println!("with a lock:    {paid} paid of 1000, {left} left, {seconds:.3} s");
    assert_eq!(paid + left, 1000);
    Ok(())
}
