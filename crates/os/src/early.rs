//! Opens the inputs that are read before the run begins to handle signals: dictionaries, and the
//! manifest of an update. If such an input is a pipe, reading may wait for ever, until the user
//! ends the process with a signal. This module then prints the same line as for a signal during the
//! run.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level;

use crate::descriptors;

/// Whether the run handles signals itself now. Then the handlers of this module do nothing.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Opens a file that is read before the run begins to handle signals.
///
/// # Errors
/// The file cannot be opened, or `path` names a standard descriptor that was closed.
pub fn open(path: &Path) -> io::Result<File> {
    descriptors::check_name(path)?;
    if !fs::metadata(path)?.is_file() {
        install_handlers()?;
    }
    File::open(path)
}

/// Opens standard input, which is read before the run begins to handle signals.
///
/// # Errors
/// Standard input was closed, or the system refuses to open another descriptor or to install the
/// signal handlers.
pub fn stdin() -> io::Result<File> {
    let file = File::from(descriptors::stdin()?);
    install_handlers()?;
    Ok(file)
}

/// Records that the run handles signals itself from now on, so that the handlers of this module do
/// nothing more.
pub fn watch_begins() {
    WATCHED.store(true, Relaxed);
}

/// Installs handlers for SIGINT, SIGTERM and SIGHUP, except those that are ignored. Until
/// [`watch_begins`] is called, each of these signals ends the process: its handler prints a line
/// and exits with 128 plus the signal's number.
fn install_handlers() -> io::Result<()> {
    let ignored = ignored_signals();
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !ignored.has(*signal)) {
        let line = format!("batchproc: stopped by signal {signal}\n");
        let end = move || {
            if !WATCHED.load(Relaxed) {
                let _ = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
                low_level::exit(128 + signal);
            }
        };
        // SAFETY: a signal handler may read atomics, write to a descriptor and end the process.
        // This handler does nothing else: it allocates no memory and takes no locks.
        unsafe { low_level::register(signal, end) }?;
    }
    Ok(())
}

/// The signals that this process was started to ignore. nohup, and shells that start a process in
/// the background, rely on these signals staying ignored.
pub fn ignored_signals() -> Ignored {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    Ignored(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0))
}

/// A set of ignored signals. Bit 0 stands for signal 1.
#[derive(Clone, Copy, Debug)]
pub struct Ignored(u64);

impl Ignored {
    /// Whether this signal is ignored.
    pub fn has(self, signal: i32) -> bool {
        self.0 >> (signal - 1) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_counted_from_one() {
        let ignored = Ignored(1 << (SIGHUP - 1) | 1 << (SIGTERM - 1));
        assert_eq!(
            [SIGHUP, SIGINT, SIGTERM].map(|signal| ignored.has(signal)),
            [true, false, true]
        );
    }
}
