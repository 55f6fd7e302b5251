//! A run on a thread of its own, whose results are taken when they are wanted.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use crate::control::Control;

/// Results that may lie ahead.
const AHEAD: usize = 64;

/// Iterates over the results of a run. Dropping it ends the run.
#[derive(Debug)]
pub struct Background<T> {
    results: Receiver<T>,
    thread: Option<JoinHandle<Option<T>>>,
    control: Control,
}

impl<T: Send + 'static> Background<T> {
    /// Starts a run that also ends when `outside` does. `run` gets a function that takes each result and says
    /// whether more are wanted, and what the pipeline is to be run with. If it breaks off it returns why, as a
    /// last result.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        outside: &Control,
        run: impl FnOnce(&dyn Fn(T) -> bool, &Control) -> Option<T> + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, results) = sync_channel(AHEAD);
        let control = outside.child();
        let own = control.clone();
        let body = move || run(&|result| sender.send(result).is_ok(), &own);
        let thread = thread::Builder::new().name("run".into()).spawn(body)?;
        Ok(Self { results, thread: Some(thread), control })
    }
}

impl<T> Iterator for Background<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self.results.recv() {
            Ok(result) => Some(result),
            // The run is over.
            Err(_) => self.thread.take()?.join().unwrap_or_else(|panic| resume_unwind(panic)),
        }
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        // Nobody waits for its end: it may be in the hands of a disk that does not answer.
        self.control.abort();
    }
}
