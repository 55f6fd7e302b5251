//! The file of `--summary`: what a run did and how it ended, for monitoring. The file is opened before
//! the run begins, so that a name that cannot be written is an error at once. It is written whole when
//! the run has ended, in whatever way.
//!
//! A process has one run, and so at most one such file. It is global, because it must also be written
//! when a signal ends the process before anything else of the run exists.

use std::fs::{self, File};
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::console::Console;
use super::ending::{FATAL, signal_exit_code};
use super::progress::Counters;
use super::summary_forms::{Facts, Form};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::Skip;
use crate::output::destination::Destination;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::retry::{self, Bounded};
use crate::stamp::Identity;
use batchproc_os::early::{self, ignored_signals};

/// An old file that is larger than this is none that this program wrote.
const MOST: u64 = 64 << 10;

static CURRENT: OnceLock<SummaryFile> = OnceLock::new();

/// The file of the run.
pub struct SummaryFile {
    command: &'static str,
    form: Form,
    began: Timestamp,
    clock: Instant,
    last_success: Option<Timestamp>,
    /// The device and inode numbers of the file, old and new.
    identities: Vec<Identity>,
    counters: OnceLock<Arc<Counters>>,
    counts: Mutex<Vec<(&'static str, u64)>>,
    /// Whether the run itself handles signals now.
    watched: AtomicBool,
    /// The open file, until it is written.
    output: Mutex<Option<Output>>,
}

/// The file of this run, if the user asked for one.
pub fn current() -> Option<&'static SummaryFile> {
    CURRENT.get()
}

/// Opens the file with this path at this destination.
///
/// # Errors
/// If the file cannot be written, or if it has another content than an earlier summary.
pub fn begin(
    command: &'static str,
    path: &Path,
    destination: Destination,
    console: &Console,
) -> Result<(), Fatal> {
    let (began, clock) = (Timestamp::now(), Instant::now());
    let is_prometheus = path.extension().is_some_and(|extension| extension == "prom");
    let form = match is_prometheus {
        true => Form::Prometheus(path.file_stem().unwrap_or_default().to_string_lossy().into()),
        false => Form::Json,
    };
    let last_success = match destination.old() {
        Some((old, metadata)) if metadata.len() > 0 => last_success(&form, old, metadata)?,
        _ => None,
    };
    let output = Output::file(destination, &Temporaries::default())?;
    let identities = output.identities();
    let file = SummaryFile {
        command,
        form,
        began,
        clock,
        last_success,
        identities,
        counters: OnceLock::new(),
        counts: Mutex::default(),
        watched: AtomicBool::new(false),
        output: Mutex::new(Some(output)),
    };
    let file = CURRENT.get_or_init(|| file);
    watch(file, console.clone())
        .map_err(|error| Fatal(format!("cannot watch for signals: {}", reason(&error))))
}

/// When a run succeeded last, according to the old file.
fn last_success(
    form: &Form,
    old: &Path,
    metadata: &fs::Metadata,
) -> Result<Option<Timestamp>, Fatal> {
    let name = printable(old);
    let mut content = Vec::new();
    let read =
        File::open(old).and_then(|file| Bounded::new(file).take(MOST).read_to_end(&mut content));
    if let Err(error) = read {
        return Err(Fatal(format!("cannot read the old summary {name}: {}", reason(&error))));
    }
    let last = if metadata.len() > MOST { Err(()) } else { form.last_success(&content) };
    last.map_err(|()| {
        let form = if *form == Form::Json { "JSON" } else { "Prometheus metrics" };
        Fatal(format!(
            "{name} is no summary of batchproc in the form of {form}, and --summary would replace it"
        ))
    })
}

/// Writes the file of a run that ends with this exit code, and returns the exit code. That is another one
/// if the file cannot be written.
pub fn end(code: u8, console: &Console) -> u8 {
    let written = current().and_then(|file| file.write(code));
    written.map_or(code, |written| code_after(written, code, console))
}

/// The exit code after the file was written, or could not be written.
fn code_after(written: Result<(), Fatal>, code: u8, console: &Console) -> u8 {
    let Err(Fatal(failure)) = written else { return code };
    console.line(&failure);
    // A process that a signal ended says so, since its caller may ask for that.
    if code >= signal_exit_code(0) { code } else { FATAL }
}

impl SummaryFile {
    /// The device and inode numbers of the file. A run does not read it.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// Takes what the run counts.
    pub(super) fn take_counters(&self, counters: &Arc<Counters>) {
        let _ = self.counters.set(counters.clone());
    }

    /// Notes that the run handles signals itself from now on.
    pub(super) fn run_is_watched(&self) {
        self.watched.store(true, Relaxed);
    }

    /// Takes the numbers of the results of the run, by their kind.
    pub(super) fn take_counts(&self, counts: Vec<(&'static str, u64)>) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    /// Writes the file. `None` if it is written already.
    fn write(&self, exit_code: u8) -> Option<Result<(), Fatal>> {
        // The mutex is held until the file is written, so that the process does not end before that.
        let mut held = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let mut output = held.take()?;
        let none = Arc::default();
        let counters = self.counters.get().unwrap_or(&none);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let skipped = Skip::ALL.iter().zip(&counters.skipped);
        let facts = Facts {
            command: self.command,
            began: self.began,
            seconds: self.clock.elapsed().as_secs_f64(),
            exit_code,
            last_success: if exit_code == 0 { Some(Timestamp::now()) } else { self.last_success },
            files: counters.files.load(Relaxed),
            bytes: counters.bytes.load(Relaxed),
            failed: counters.failed.load(Relaxed),
            skipped: skipped
                .map(|(skip, count)| (skip.name().replace(' ', "_"), count.load(Relaxed)))
                .collect(),
            counts,
        };
        output.buffer = self.form.render(&facts);
        Some(match output.commit() {
            Ok(_) | Err(WriteError::Closed) => Ok(()),
            Err(WriteError::Failed(fatal)) => Err(fatal),
        })
    }
}

/// Starts a thread that writes the file when a signal comes before the run handles signals itself, for
/// example while a manifest is read. It then ends the process.
fn watch(file: &'static SummaryFile, console: Console) -> io::Result<()> {
    let ignored = ignored_signals();
    let mut signals = Vec::new();
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !ignored.has(signal)) {
        let (receiver, sender) = io::pipe()?;
        signal_hook::low_level::pipe::register(signal, OwnedFd::from(sender))?;
        signals.push((signal, receiver));
    }
    // The handlers of `early` would end the process before the file is written.
    early::watch_begins();
    let wait = move || {
        let Some(signal) = arrived(&signals).filter(|_| !file.watched.load(Relaxed)) else {
            return;
        };
        let code = signal_exit_code(signal);
        // If the file is written already, the run has just ended by itself.
        if let Some(written) = file.write(code) {
            console.line(&format!("stopped by signal {signal}"));
            process::exit(i32::from(code_after(written, code, &console)));
        }
    };
    thread::Builder::new().name("summary".into()).spawn(wait).map(drop)
}

/// Waits for the first signal.
fn arrived(signals: &[(i32, PipeReader)]) -> Option<i32> {
    for _ in 0..=retry::MOST {
        let mut waited: Vec<_> = signals
            .iter()
            .map(|(_, pipe)| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN))
            .collect();
        // An error usually means that a signal interrupted `poll`; the next `poll` finds it.
        if poll(&mut waited, None).is_ok() {
            let found = signals.iter().zip(&waited).find(|(_, fd)| !fd.revents().is_empty());
            return found.map(|((signal, _), _)| *signal);
        }
    }
    None
}
