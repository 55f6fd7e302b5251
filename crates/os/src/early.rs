//! What is read before a run is watched: dictionaries, and the manifest of an update. A stream among
//! them may pause for ever, and a signal that ends the waiting is told as it is later.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level;

use crate::descriptors;

/// Whether a watch has taken over the signals.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Opens a file that is read before a run is watched.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    descriptors::check_name(path)?;
    if !fs::metadata(path)?.is_file() {
        tell_signals()?;
    }
    File::open(path)
}

/// Opens standard input in the same way.
///
/// # Errors
/// When it is closed.
pub fn stdin() -> io::Result<File> {
    let file = File::from(descriptors::stdin()?);
    tell_signals()?;
    Ok(file)
}

/// From now on a watch answers signals.
pub fn watch_begins() {
    WATCHED.store(true, Relaxed);
}

/// Until a watch begins, has a signal end the process with a line and its exit code.
fn tell_signals() -> io::Result<()> {
    let ignored = ignored_signals();
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !ignored.has(*signal)) {
        let line = format!("batchproc: stopped by signal {signal}\n");
        let end = move || {
            if !WATCHED.load(Relaxed) {
                let _ = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
                low_level::exit(128 + signal);
            }
        };
        // SAFETY: a signal handler may read atomics, write to a descriptor and end the process; it
        // does nothing else, and in particular needs no memory and takes no locks.
        unsafe { low_level::register(signal, end) }?;
    }
    Ok(())
}

/// The signals that this process was started to ignore: nohup, and a shell that starts something in
/// the background, rely on that they stay ignored.
pub fn ignored_signals() -> Ignored {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    Ignored(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0))
}

/// Signals as a mask whose bit 0 is signal 1.
#[derive(Clone, Copy, Debug)]
pub struct Ignored(u64);

impl Ignored {
    /// Whether this one is ignored.
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
