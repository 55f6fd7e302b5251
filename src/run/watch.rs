//! The thread that watches the world outside while a run goes on: signals, the reader of our
//! output, and the clock of the progress display. It does nothing else, so it always answers.

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
use crate::files::arguments::Total;
use crate::files::stdin::Interrupt;
use crate::output::temporary::Temporaries;
use crate::pipeline::Control;
use crate::retry;
use batchproc_os::descriptors;
use batchproc_os::early::{self, ignored_signals};

/// The total is counted only in runs that take longer than this.
const COUNT_AFTER: Duration = Duration::from_secs(1);

/// What is watched.
pub struct Watched {
    /// Ends the run.
    pub control: Control,
    /// Ends the waiting for standard input.
    pub interrupt: Interrupt,
    /// What the run has done.
    pub counters: Arc<Counters>,
    /// How that is shown.
    pub display: Display,
    /// A descriptor that nobody may read any more; then the run ends.
    pub output: Option<OwnedFd>,
    /// What a second signal removes before it ends the process.
    pub temporaries: Temporaries,
    /// Counts how much there is to do; called on a thread of its own.
    pub count: Option<Box<dyn FnOnce() -> Option<Total> + Send>>,
}

/// A running watch; dropping it ends it.
pub struct Watch {
    /// Dropped first: the thread sees the hang-up.
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    /// The signal that came last; set the moment it comes.
    signal: Arc<AtomicUsize>,
}

impl Watch {
    /// Takes over the signals and starts the thread.
    ///
    /// # Errors
    /// When the system gives no pipes or threads.
    pub fn start(watched: Watched) -> io::Result<Self> {
        let (receiver, sender) = io::pipe()?;
        let ignored = ignored_signals();
        let mut signals = Vec::new();
        let arrived = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
            if !ignored.has(signal) {
                if signal != SIGUSR1 {
                    // Not only through the thread: what ends just now must know of it.
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

    /// The signal that ended the run, if one did.
    pub fn signal(&self) -> Option<i32> {
        let signal = i32::try_from(self.signal.load(Relaxed));
        signal.ok().filter(|&signal| signal != 0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            // If it panicked, the program's end tells.
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
        // An error can only be an interruption by a signal, which has its byte in a pipe; one that
        // comes again and again leaves nothing to watch.
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
                    // The second one: at once, but without litter.
                    let _held = watched.temporaries.end();
                    watched.display.finish();
                    process::exit(i32::from(signal_exit_code(signal)));
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
            // Nobody waits for it: without it there is no remaining time, nothing worse.
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

/// Standard output, if it is of a kind whose reader can go away.
pub fn closable_stdout() -> Option<OwnedFd> {
    let descriptor = descriptors::stdout().ok()?;
    let file = File::from(descriptor);
    let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
    (!regular).then(|| file.into())
}
