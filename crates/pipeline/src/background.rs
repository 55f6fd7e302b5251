//! Runs a pipeline on a thread of its own. The caller takes the results one by one, as from an
//! iterator.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use crate::control::Control;

/// How many results may wait until the caller takes them.
const AHEAD: usize = 64;

/// Iterates over the results of a run. Dropping the iterator ends the run.
#[derive(Debug)]
pub struct Background<T> {
    results: Receiver<T>,
    thread: Option<JoinHandle<Option<T>>>,
    control: Control,
}

impl<T: Send + 'static> Background<T> {
    /// Starts a run, which also ends when the control `outside` is stopped or aborted. `run` gets a
    /// function that takes each result and returns whether more results are wanted, and the
    /// [`Control`] to run the pipeline with. If the run ends early, `run` returns the reason, which
    /// the caller gets as the last result.
    ///
    /// # Errors
    /// The system cannot start a thread.
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
            // The run is over. Its thread returns the last result, if any, or has panicked.
            Err(_) => self.thread.take()?.join().unwrap_or_else(|panic| resume_unwind(panic)),
        }
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        // Do not wait for the thread to end: it may be stuck at a disk that does not answer.
        self.control.abort();
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn the_results_come_in_their_order_and_the_reason_last() {
        let run = |take: &dyn Fn(u32) -> bool, _: &Control| {
            assert!((0..1000).all(take));
            Some(1000)
        };
        let results = Background::start(&Control::default(), run).unwrap();
        assert!(results.eq(0..=1000));
    }

    #[test]
    fn who_drops_the_results_ends_that_run_and_no_other() {
        let outside = Control::default();
        let (sender, ended) = sync_channel(1);
        let run = move |_: &dyn Fn(u32) -> bool, control: &Control| {
            // Not forever, so that a test that fails ends.
            let begun = std::time::Instant::now();
            while !control.is_aborted() && begun.elapsed().as_secs() < 20 {
                thread::yield_now();
            }
            sender.send(control.is_aborted()).unwrap();
            None
        };
        drop(Background::start(&outside, run).unwrap());
        assert!(ended.recv().unwrap());
        assert!(!outside.is_stopped());
    }
}
