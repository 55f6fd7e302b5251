//! Bounds how many bytes a second all readers together read (`--limit`).
//!
//! Each reader asks before it reads. The bytes that it may read take a piece of time at this speed, and
//! the pieces of all readers follow each other; the reader waits until its own begins. It gives back
//! what it did not use. No lock is held while a reader waits, and an interrupt ends the wait at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stdin::Interrupt;

/// How much time one read may take at the allowed speed. Less would mean many small reads, more would
/// make the speed uneven.
const PIECE: Duration = Duration::from_millis(50);
/// A read has at least this many bytes, if so many are wanted.
const LEAST: usize = 4096;

/// A bound on the speed, which all readers share.
#[derive(Debug)]
pub struct Limit {
    bytes_per_second: u64,
    interrupt: Interrupt,
    /// When everything that was allowed so far has been read at the allowed speed.
    free: Mutex<Instant>,
}

impl Limit {
    /// Allows this many bytes a second, at least one. An interrupt ends all waits and the bound itself,
    /// since the run ends then.
    pub fn new(bytes_per_second: u64, interrupt: &Interrupt) -> Self {
        let free = Mutex::new(Instant::now());
        Self { bytes_per_second: bytes_per_second.max(1), interrupt: interrupt.clone(), free }
    }

    /// Waits until bytes may be read, and returns how many: at least one and at most `wanted`, which
    /// must not be zero.
    pub(super) fn take(&self, wanted: usize) -> usize {
        let most = u64::try_from(PIECE.as_millis()).unwrap_or(u64::MAX);
        let most = self.bytes_per_second.saturating_mul(most) / 1000;
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(LEAST);
        let taken = wanted.min(most);
        let now = Instant::now();
        let begin = {
            let mut free = self.lock();
            // Time in which nobody read is not made up for.
            let begin = (*free).max(now);
            *free = begin + self.time_for(taken);
            begin
        };
        self.interrupt.wait(begin.saturating_duration_since(now));
        taken
    }

    /// Gives back bytes that were taken and not read.
    pub(super) fn give_back(&self, unused: usize) {
        let time = self.time_for(unused);
        let mut free = self.lock();
        *free = free.checked_sub(time).unwrap_or(*free);
    }

    fn time_for(&self, bytes: usize) -> Duration {
        let nanoseconds = bytes as u128 * 1_000_000_000 / u128::from(self.bytes_per_second);
        // A bound of one byte a second makes long times, but none longer than a reader would wait.
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX / 1024))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_readers_took_takes_as_long_as_the_bound_says() {
        let interrupt = Interrupt::new().unwrap();
        // The wait is over at once, so that only the reckoning is tested.
        interrupt.trigger();
        let limit = Limit::new(1_000_000, &interrupt);
        let begun = Instant::now();
        let mut read = 0;
        for wanted in [1, 10, 4096, 70_000, 1_000_000].into_iter().cycle().take(1000) {
            let taken = limit.take(wanted);
            assert!((1..=wanted).contains(&taken) && taken <= 50_000);
            limit.give_back(taken / 2);
            read += taken - taken / 2;
        }
        let ends = limit.lock().saturating_duration_since(begun);
        let expected = Duration::from_micros(read as u64);
        // Each of the times may be rounded, and the clock goes on meanwhile only if it is ahead.
        assert!(ends >= expected - Duration::from_micros(2000), "{ends:?} {expected:?}");
        assert!(
            ends <= expected + begun.elapsed() + Duration::from_micros(2000),
            "{ends:?} {expected:?}"
        );
    }

    #[test]
    fn an_interrupt_ends_the_wait_of_every_reader() {
        let interrupt = Interrupt::new().unwrap();
        let limit = Limit::new(1, &interrupt);
        assert_eq!(limit.take(4096), 4096);
        // These two would wait for more than an hour.
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| limit.take(4096));
            }
            interrupt.trigger();
        });
    }
}
