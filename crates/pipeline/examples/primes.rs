//! Work that needs the CPU: the primes among 1,700 odd numbers beyond 10^13, 136 of them. With one
//! worker per core this takes the time of one worker divided by the number of cores.
//!
//!     cargo run --release --package batchproc-pipeline --example primes

use std::convert::Infallible;
use std::time::Instant;

use batchproc_pipeline::{
    Control, Filled, Job, Order, Settings, Sink, Step, Unopened, processors, run,
};

/// A job whose items are numbers. Nothing is read: a number is its own stream, which ends at once.
struct Primes;

impl Job for Primes {
    type Item = u64;
    type Stream = u64;
    /// The number, and whether it is a prime.
    type State = (u64, bool);
    type Output = (u64, bool);

    /// Each number is enough work to be passed to a worker alone.
    fn together(&self) -> usize {
        1
    }

    fn open(&self, number: u64, _: bool) -> Result<u64, Unopened<u64, (u64, bool)>> {
        Ok(number)
    }

    fn read(&self, _: &mut u64, _: &mut [u8]) -> Filled {
        Filled { bytes: 0, last: true }
    }

    fn begin(&self, number: &mut u64) -> (u64, bool) {
        (*number, false)
    }

    fn work(&self, steps: &mut [Step<'_, (u64, bool)>]) {
        for Step { state: (number, prime), .. } in steps {
            *prime = is_prime(*number);
        }
    }

    fn finish(&self, _: u64, result: (u64, bool)) -> (u64, bool) {
        result
    }
}

/// Whether no number up to the square root divides this one.
fn is_prime(number: u64) -> bool {
    number > 1 && (2..).take_while(|n| n * n <= number).all(|n| !number.is_multiple_of(n))
}

/// Keeps the results, which come in the order of the numbers.
struct Kept(Vec<(u64, bool)>);

impl Sink<(u64, bool)> for Kept {
    type Error = Infallible;

    fn put(&mut self, result: (u64, bool)) -> Result<(), Infallible> {
        self.0.push(result);
        Ok(())
    }

    fn idle(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<u64> = (0..1700).map(|n| 10_000_000_000_001 + 2 * n).collect();

    let begun = Instant::now();
    let alone: Vec<_> = numbers.iter().map(|&number| (number, is_prime(number))).collect();
    let sequential = begun.elapsed().as_secs_f64();

    let settings = Settings::for_memory(64 << 20, processors(), None, 1, Order::Input);
    let mut kept = Kept(Vec::new());
    let begun = Instant::now();
    run(&Primes, numbers.into_iter().map(Ok), &mut kept, &settings, &Control::default())?;
    let parallel = begun.elapsed().as_secs_f64();

    assert_eq!(kept.0, alone);
    println!("primes: {}", alone.iter().filter(|(_, prime)| *prime).count());
    println!("one after the other: {sequential:.2} s");
    println!(
        "{} workers:           {parallel:.2} s, {:.1} times as fast",
        processors(),
        sequential / parallel
    );
    Ok(())
}
