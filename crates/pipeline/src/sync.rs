//! All by which the threads of a pipeline meet, and all by which it tells the time: locks, bells,
//! atomics, threads and clocks. They have one home so that a model checker can take their place.
//!
//! In the program they are the standard library's own. The tests of a build with `--cfg shuttle` get
//! those of the checker Shuttle, which runs all threads on one and decides itself who goes on. Its
//! clock shows what the checker chooses, so that a run that failed can be run again.

pub(crate) use imp::*;

#[cfg(not(all(test, shuttle)))]
mod imp {
    pub(crate) use std::sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    };
    pub(crate) use std::thread::{Scope, scope};
    pub(crate) use std::time::Instant;

    pub(crate) use crate::stats::{processor_time, processors};

    /// Waits for a while.
    pub(crate) fn pause(time: std::time::Duration) {
        std::thread::sleep(time);
    }

    /// Starts a thread of this name.
    pub(crate) fn spawn<'scope>(
        threads: &'scope Scope<'scope, '_>,
        name: String,
        body: impl FnOnce() + Send + 'scope,
    ) -> std::io::Result<()> {
        std::thread::Builder::new().name(name).spawn_scoped(threads, body).map(drop)
    }
}

#[cfg(all(test, shuttle))]
mod imp {
    use std::time::Duration;

    use shuttle::rand::{RngCore, thread_rng};
    pub(crate) use shuttle::sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    };
    pub(crate) use shuttle::thread::Scope;

    /// A moment of which nothing is known but that it has passed.
    #[derive(Clone, Copy)]
    pub(crate) struct Instant;

    impl Instant {
        pub(crate) fn now() -> Self {
            Self
        }

        /// A short time or a long one, as the checker chooses.
        #[expect(clippy::unused_self, reason = "as the standard library has it")]
        pub(crate) fn elapsed(self) -> Duration {
            Duration::from_millis(1 + 9 * (thread_rng().next_u64() % 2))
        }
    }

    /// The time that all threads have computed, as the checker chooses.
    pub(crate) fn processor_time() -> Duration {
        Instant::now().elapsed()
    }

    /// The processors of the model's machine.
    pub(crate) fn processors() -> usize {
        2
    }

    /// As the standard library's. The checker's own wakes its thread when none is left in the scope,
    /// be it asleep for another reason; so one stays there until `body` has come to its end.
    pub(crate) fn scope<'env, T>(
        body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
    ) -> T {
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

    /// Lets the others go on.
    pub(crate) fn pause(_: Duration) {
        shuttle::thread::yield_now();
    }

    /// Starts a thread. Here it goes without its name.
    pub(crate) fn spawn<'scope>(
        threads: &'scope Scope<'scope, '_>,
        _name: String,
        body: impl FnOnce() + Send + 'scope,
    ) -> std::io::Result<()> {
        threads.spawn(body);
        Ok(())
    }
}
