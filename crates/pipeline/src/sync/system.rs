//! The standard library's locks, threads and clocks.

pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU8, Ordering},
};
pub(crate) use std::thread::{Scope, scope};
pub(crate) use std::time::Instant;

pub(crate) use crate::stats::{processor_time, processors};

/// Whether so many bytes that were read in this time were in memory.
pub(crate) fn came_from_memory(units: u64, time: std::time::Duration) -> bool {
    crate::reading::Reading { units, time }.came_from_memory()
}

/// Whether so many items that were read in this time waited for a disk that seeks: a seek takes
/// milliseconds, and an item in memory some millionths of a second.
pub(crate) fn had_to_seek(items: usize, time: std::time::Duration) -> bool {
    time.as_micros() >= 1000 * items.max(1) as u128
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_memory_gives_more_than_a_byte_in_a_nanosecond() {
        for (time, from_memory) in [(0, true), (999, true), (1000, false), (1001, false)] {
            assert_eq!(came_from_memory(1000, Duration::from_nanos(time)), from_memory, "{time}");
        }
    }

    #[test]
    fn this_process_has_used_a_processor() {
        assert!(processor_time() > Duration::ZERO);
        assert_eq!(processors(), std::thread::available_parallelism().unwrap().get());
    }

    #[test]
    fn a_thread_has_its_name() {
        let name = std::sync::Mutex::new(None);
        scope(|threads| {
            let body = || *name.lock().unwrap() = std::thread::current().name().map(String::from);
            spawn(threads, "reader 7".into(), body).unwrap();
        });
        assert_eq!(name.into_inner().unwrap().as_deref(), Some("reader 7"));
    }
}
