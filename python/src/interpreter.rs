//! Gives the interpreter's lock back and takes it again, also while the interpreter ends.
//!
//! At its end, Python up to 3.13 ends every other thread that takes the lock, by unwinding its
//! stack. Where there is Rust code on the stack, this aborts the process. So whoever would take
//! the lock then waits here instead, until the process has ended, as Python 3.14 does it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// The thread that ends the interpreter, once it does. It may take the lock.
static ENDING: OnceLock<ThreadId> = OnceLock::new();

/// How many threads are about to take the lock, or call Python from below Rust code.
static TAKING: AtomicUsize = AtomicUsize::new(0);

/// The interpreter waits no longer for such threads. A path may come from an iterator that waits for
/// ever; and in a fork, the number counts threads of the parent.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts a thread among those that take the lock. Dropping it ends that.
struct Taking;

impl Taking {
    /// `None`: the lock must not be taken any more.
    fn begin() -> Option<Self> {
        TAKING.fetch_add(1, SeqCst);
        let taking = Self;
        let ends = ENDING.get().is_some_and(|thread| *thread != thread::current().id());
        (!ends).then_some(taking)
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        TAKING.fetch_sub(1, SeqCst);
    }
}

/// Does work without the interpreter's lock.
pub fn detach<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    let (result, taking) = py.detach(|| {
        let result = work();
        (result, Taking::begin().unwrap_or_else(wait))
    });
    drop(taking);
    result
}

/// Calls code that may give the interpreter's lock back and take it again.
pub fn call<T>(py: Python<'_>, work: impl FnOnce() -> T) -> T {
    let taking = Taking::begin().unwrap_or_else(|| py.detach(wait));
    let result = work();
    drop(taking);
    result
}

/// The same without the lock.
pub fn call_detached<T>(work: impl FnOnce() -> T) -> T {
    let taking = Taking::begin().unwrap_or_else(wait);
    let result = work();
    drop(taking);
    result
}

/// Waits until the process has ended.
fn wait() -> Taking {
    loop {
        thread::park();
    }
}

/// Does work with the interpreter's lock, from any thread; `None`: the interpreter ends.
pub fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let taking = Taking::begin()?;
    let result = Python::try_attach(work);
    drop(taking);
    result
}

/// Python calls this before it ends the interpreter.
#[pyfunction]
pub fn interpreter_ends(py: Python<'_>) {
    let _ = ENDING.set(thread::current().id());
    py.detach(|| {
        let limit = Instant::now() + PATIENCE;
        while TAKING.load(SeqCst) > 0 && Instant::now() < limit {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
