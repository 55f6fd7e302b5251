//! A run on a thread of its own, whose results a Python iterator takes.

use std::process;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use batchproc::pipeline::Control;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::error;
use crate::interpreter::detach;

/// How many results may wait.
const AHEAD: usize = 256;

/// How long a signal, such as that of Ctrl-C, may wait while no result comes.
const SIGNALS: Duration = Duration::from_millis(20);

/// The results of a run. When this is dropped, the run ends.
pub struct Run<T> {
    results: Mutex<Receiver<T>>,
    control: Control,
    process: u32,
}

impl<T: Send + 'static> Run<T> {
    /// Starts a run. `body` gets a function that takes each result and returns whether more are
    /// wanted. The run must end when `control` is aborted.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(
        control: Control,
        body: impl FnOnce(&dyn Fn(T) -> bool) + Send + 'static,
    ) -> PyResult<Self> {
        let (sender, results) = sync_channel(AHEAD);
        let body = move || body(&|result| sender.send(result).is_ok());
        let started = thread::Builder::new().name("run".into()).spawn(body);
        started.map_err(|wrong| error(&format!("cannot start a thread: {wrong}")))?;
        Ok(Self { results: Mutex::new(results), control, process: process::id() })
    }

    /// The next result, or `None` when the run has ended. A signal ends the run, if its handler in
    /// Python raises an exception. While no result comes, `wait` is called again and again; an error
    /// of it ends the run too.
    ///
    /// # Errors
    /// That exception or error; or this process is a fork of the one that has started the run.
    pub fn next(
        &self,
        py: Python<'_>,
        mut wait: impl FnMut() -> PyResult<()>,
    ) -> PyResult<Option<T>> {
        if process::id() != self.process {
            let message = "this iterator belongs to the process that this one was forked from";
            return Err(PyRuntimeError::new_err(message));
        }
        if let Ok(results) = self.results.try_lock() {
            match results.try_recv() {
                Ok(result) => return Ok(Some(result)),
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => {}
            }
        }
        loop {
            let received = detach(py, || {
                let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
                results.recv_timeout(SIGNALS)
            });
            match received {
                Ok(result) => return Ok(Some(result)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    py.check_signals().and_then(|()| wait()).inspect_err(|_| self.abort())?;
                }
            }
        }
    }
}

impl<T> Run<T> {
    /// Ends the run.
    pub fn abort(&self) {
        self.control.abort();
    }
}

impl<T> Drop for Run<T> {
    fn drop(&mut self) {
        // Its thread sees this, or that nobody takes its results. It is not waited for: it may be
        // stuck at a disk that does not answer.
        self.control.abort();
    }
}
