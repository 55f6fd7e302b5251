//! The watch thread of a run. It waits for signals, for the reader of standard output to close it,
//! and for the time to update the progress display. The thread does nothing else, so it always
//! reacts at once.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

use super::ending::signal_exit_code;
use super::progress::{Counters, Display};
use super::summary_file;
use crate::files::arguments::Total;
use crate::files::stdin::Interrupt;
use crate::output::temporary::Temporaries;
use crate::pipeline::Control;
use crate::retry;
use batchproc_os::descriptors;
use batchproc_os::early::{self, ignored_signals};

/// The total number of files and bytes is counted only in runs that take longer than this.
const COUNT_AFTER: Duration = Duration::from_secs(1);

/// What the watch thread needs.
pub struct Watched {
    /// Stops the run.
    pub control: Control,
    /// Wakes threads that wait for standard input.
    pub interrupt: Interrupt,
    /// The counters of the run.
    pub counters: Arc<Counters>,
    /// Shows the counters.
    pub display: Display,
    /// A file descriptor of standard output. When its reader has closed it, the run ends.
    pub output: Option<OwnedFd>,
    /// The temporary file of the run. When a second signal arrives, the watch removes this file
    /// before it ends the process.
    pub temporaries: Temporaries,
    /// Counts all files and bytes that the run will read. It is called on a thread of its own.
    pub count: Option<Box<dyn FnOnce() -> Option<Total> + Send>>,
}

/// A running watch. Dropping it ends the watch thread.
pub struct Watch {
    /// Dropping this end of the pipe wakes the watch thread, which then ends.
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    /// The number of the last signal that asked the run to stop, or 0. The signal handler sets it.
    signal: Arc<AtomicUsize>,
}

impl Watch {
    /// Installs the signal handlers and starts the watch thread.
    ///
    /// # Errors
    /// If no pipe can be opened or no thread can be started.
    pub fn start(watched: Watched) -> io::Result<Self> {
        let (receiver, sender) = io::pipe()?;
        let ignored = ignored_signals();
        let mut signals = Vec::new();
        let arrived = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
            if !ignored.has(signal) {
                if signal != SIGUSR1 {
                    // The signal handler itself sets the number, not the watch thread. So code that
                    // is about to end the run knows of the signal at once.
                    let number = signal.unsigned_abs() as usize;
                    signal_hook::flag::register_usize(signal, arrived.clone(), number)?;
                }
                let (receiver, sender) = io::pipe()?;
                signal_hook::low_level::pipe::register(signal, OwnedFd::from(sender))?;
                signals.push((signal, receiver));
            }
        }
        early::watch_begins();
        let thread = thread::Builder::new()
            .name("watch".into())
            .spawn(move || watch(watched, &receiver, signals))?;
        Ok(Self { end: Some(sender), thread: Some(thread), signal: arrived })
    }

    /// The signal that stopped the run, if any.
    pub fn signal(&self) -> Option<i32> {
        let signal = i32::try_from(self.signal.load(Relaxed));
        signal.ok().filter(|&signal| signal != 0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            // The result is ignored, since `main` reports a panic of the watch thread.
            let _ = thread.join();
        }
    }
}

fn watch(mut watched: Watched, end: &PipeReader, signals: Vec<(i32, PipeReader)>) {
    let mut stopped = false;
    let mut failures = 0;
    loop {
        let nothing = PollFlags::empty();
        let mut waited = vec![PollFd::from_borrowed_fd(end.as_fd(), nothing)];
        waited.extend(signals.iter().map(|(_, pipe)| PollFd::new(pipe, PollFlags::IN)));
        if let Some(output) = &watched.output {
            waited.push(PollFd::new(output, nothing));
        }
        let timeout = watched.display.interval().and_then(|time| Timespec::try_from(time).ok());
        // An error usually means that a signal interrupted `poll`. The signal handler has put a
        // byte into a pipe, which the next `poll` finds. If errors repeat without end, the watch
        // gives up.
        failures = poll(&mut waited, timeout.as_ref()).map_or(failures + 1, |_| 0);
        if failures > retry::MOST {
            return watched.display.finish();
        }
        let happened: Vec<bool> = waited.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(waited);

        if happened[0] {
            return watched.display.finish();
        }
        for ((signal, pipe), _) in
            signals.iter().zip(&happened[1..]).filter(|(_, happened)| **happened)
        {
            take_byte(pipe);
            match *signal {
                SIGUSR1 => watched.display.line(&watched.counters),
                signal if std::mem::replace(&mut stopped, true) => {
                    // The second signal ends the process at once, but first the temporary file is
                    // removed.
                    let _held = watched.temporaries.end();
                    watched.display.finish();
                    let code =
                        summary_file::end(signal_exit_code(signal), &watched.display.console);
                    process::exit(i32::from(code));
                }
                _ => {
                    watched.control.stop();
                    watched.interrupt.trigger();
                }
            }
        }
        if happened.get(signals.len() + 1) == Some(&true) {
            watched.output = None;
            watched.control.abort();
            watched.interrupt.trigger();
        }
        watched.display.tick(&watched.counters);
        if watched.display.elapsed() > COUNT_AFTER
            && let Some(count) = watched.count.take()
        {
            let counters = watched.counters.clone();
            // If the thread does not start, the display only lacks the remaining time.
            let _ = thread::Builder::new().name("count".into()).spawn(move || {
                if let Some(total) = count() {
                    let _ = counters.total.set(total);
                }
            });
        }
    }
}

fn take_byte(pipe: &PipeReader) {
    let mut pipe = pipe;
    let _ = pipe.read(&mut [0; 1]);
}

/// Returns standard output if it has a reader that can close it: if it is a pipe, a socket or a
/// terminal, but not a regular file.
pub fn closable_stdout() -> Option<OwnedFd> {
    let descriptor = descriptors::stdout().ok()?;
    let file = File::from(descriptor);
    let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
    (!regular).then(|| file.into())
}
