//! The model checker's locks, threads and clocks.

use std::time::Duration;

use shuttle::rand::{RngCore, thread_rng};
pub(crate) use shuttle::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU8, Ordering},
};
pub(crate) use shuttle::thread::Scope;

/// A moment. The model does not record which one, since its clock may show any time.
#[derive(Clone, Copy)]
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    /// A short time or a long one, as the checker chooses.
    #[expect(clippy::unused_self, reason = "the signature is that of the standard library")]
    pub(crate) fn elapsed(self) -> Duration {
        Duration::from_millis(1 + 9 * (thread_rng().next_u64() % 2))
    }
}

/// The CPU time of all threads, as the checker chooses.
pub(crate) fn processor_time() -> Duration {
    Instant::now().elapsed()
}

/// How many CPUs the machine of the model has.
pub(crate) fn processors() -> usize {
    2
}

/// Does what `std::thread::scope` does. The checker's own scope wakes the thread that opened
/// the scope when the last thread in the scope ends, even if the opening thread sleeps for
/// another reason. So one more thread stays in the scope until `body` has ended.
pub(crate) fn scope<'env, T>(body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
    let over = Arc::new((Mutex::new(false), Condvar::new()));
    let stays = over.clone();
    shuttle::thread::scope(|threads| {
        threads.spawn(move || {
            drop(stays.1.wait_while(stays.0.lock().unwrap(), |over| !*over).unwrap());
        });
        let result = body(threads);
        *over.0.lock().unwrap() = true;
        over.1.notify_one();
        result
    })
}

/// Whether what was read was in memory, as the checker chooses.
pub(crate) fn came_from_memory(_: u64, _: Duration) -> bool {
    thread_rng().next_u64() % 2 == 0
}

/// Whether items waited for a disk that seeks, as the checker chooses.
pub(crate) fn had_to_seek(_: usize, _: Duration) -> bool {
    thread_rng().next_u64() % 2 == 0
}

/// Lets the other threads run, since no real time passes in the model.
pub(crate) fn pause(_: Duration) {
    shuttle::thread::yield_now();
}

/// Starts a thread. The checker's threads have no names.
pub(crate) fn spawn<'scope>(
    threads: &'scope Scope<'scope, '_>,
    _name: String,
    body: impl FnOnce() + Send + 'scope,
) -> std::io::Result<()> {
    threads.spawn(body);
    Ok(())
}
