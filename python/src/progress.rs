//! Tells a function of the caller how far a run is.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::interpreter::call;

/// The function is called no more often than this.
const INTERVAL: Duration = Duration::from_millis(100);

/// What a run has done. Its threads add to this.
#[derive(Clone, Default)]
pub struct Done {
    /// The files that have a result.
    pub files: Arc<AtomicU64>,
    /// The bytes that were read.
    pub bytes: Arc<AtomicU64>,
}

/// The function of the caller. It is only called in the caller's own thread.
pub struct Progress {
    function: Py<PyAny>,
    done: Done,
    last: Mutex<Instant>,
}

impl Progress {
    /// Tells this function of what is done.
    pub fn new(function: Py<PyAny>, done: Done) -> Self {
        Self { function, done, last: Mutex::new(Instant::now()) }
    }

    /// Calls the function, if that is due.
    ///
    /// # Errors
    /// What the function raises.
    pub fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let now = Instant::now();
        // The lock is not held while the function runs, since it may come here again.
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if now < *last + INTERVAL {
                return Ok(());
            }
            *last = now;
        }
        self.end(py)
    }

    /// Calls the function.
    ///
    /// # Errors
    /// What the function raises.
    pub fn end(&self, py: Python<'_>) -> PyResult<()> {
        let (files, bytes) = (self.done.files.load(Relaxed), self.done.bytes.load(Relaxed));
        call(py, || self.function.bind(py).call1((files, bytes)).map(drop))
    }
}
