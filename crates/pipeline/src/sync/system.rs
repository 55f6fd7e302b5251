//! The standard library's locks, threads and clocks.

pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU8, Ordering},
};
pub(crate) use std::thread::{Scope, scope};
pub(crate) use std::time::Instant;

pub(crate) use crate::stats::{processor_time, processors};

/// Whether so many bytes that were read in this time were in memory: no disk gives one a nanosecond.
pub(crate) fn came_from_memory(bytes: u64, time: std::time::Duration) -> bool {
    time.as_nanos() < u128::from(bytes)
}

/// Sleeps for this time.
pub(crate) fn pause(time: std::time::Duration) {
    std::thread::sleep(time);
}

/// Starts a thread with this name.
pub(crate) fn spawn<'scope>(
    threads: &'scope Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() + Send + 'scope,
) -> std::io::Result<()> {
    std::thread::Builder::new().name(name).spawn_scoped(threads, body).map(drop)
}
