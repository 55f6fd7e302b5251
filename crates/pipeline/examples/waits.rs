//! Work that waits, as for a network: five waits of two seconds each. Five readers wait side by
//! side, so that all waits together take two seconds, even on one core.
//!
//!     cargo run --release --package batchproc-pipeline --example waits [MILLISECONDS]

use std::convert::Infallible;
use std::time::{Duration, Instant};
use std::{env, thread};

use batchproc_pipeline::{Control, Filled, Job, Order, Settings, Sink, Step, Unopened, run};

/// A job that waits this long for each item, in the place where other jobs read.
struct Waits(Duration);

impl Job for Waits {
    type Item = usize;
    type Stream = usize;
    type State = ();
    type Output = usize;

    fn open(&self, item: usize, _: bool) -> Result<usize, Unopened<usize, usize>> {
        Ok(item)
    }

    fn read(&self, _: &mut usize, _: &mut [u8]) -> Filled {
        thread::sleep(self.0);
        Filled { bytes: 0, last: true }
    }

    fn begin(&self, _: &mut usize) {}

    fn work(&self, _: &mut [Step<'_, ()>]) {}

    fn finish(&self, item: usize, (): ()) -> usize {
        item
    }
}

/// Prints each result as soon as it arrives, with the time since the start.
struct Print(Instant);

impl Sink<usize> for Print {
    type Error = Infallible;

    fn put(&mut self, item: usize) -> Result<(), Infallible> {
        println!("  item {item} after {:.2} s", self.0.elapsed().as_secs_f64());
        Ok(())
    }

    fn idle(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wait = match env::args().nth(1) {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse()?),
        None => Duration::from_secs(2),
    };

    let begun = Instant::now();
    (0..5).for_each(|_| thread::sleep(wait));
    let sequential = begun.elapsed().as_secs_f64();

    let settings = Settings::for_memory(8 << 20, 1, Some(5), 1, Order::Completion);
    let begun = Instant::now();
    run(&Waits(wait), (0..5).map(Ok), &mut Print(begun), &settings, &Control::default())?;
    let parallel = begun.elapsed().as_secs_f64();

    println!("one after the other: {sequential:.2} s");
    println!("five readers:        {parallel:.2} s, {:.1} times as fast", sequential / parallel);
    Ok(())
}
