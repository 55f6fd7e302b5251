//! Opens what is read before the run handles signals: dictionaries, and the manifest of an update.
//! Reading from a pipe may wait for ever. A signal that ends such a wait is reported with the same
//! line as a signal during the run.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level;

use crate::descriptors;

/// Whether the run handles signals itself now.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Opens a file that is read before the run handles signals.
///
/// # Errors
/// The file cannot be opened, or is another name of a standard descriptor that was closed.
pub fn open(path: &Path) -> io::Result<File> {
    descriptors::check_name(path)?;
    if !fs::metadata(path)?.is_file() {
        install_handlers()?;
    }
    File::open(path)
}

/// Opens standard input to be read before the run handles signals.
///
/// # Errors
/// Standard input was closed, or the system refuses another descriptor or the signal handlers.
pub fn stdin() -> io::Result<File> {
    let file = File::from(descriptors::stdin()?);
    install_handlers()?;
    Ok(file)
}

/// Says that the run handles signals itself from now on.
pub fn watch_begins() {
    WATCHED.store(true, Relaxed);
}

/// Installs handlers for signals. Until [`watch_begins`] is called, a signal ends the process with
/// a line and its exit code.
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
        // This one does nothing else: it allocates no memory and takes no locks.
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

/// A set of signals. Bit 0 is signal 1.
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
