//! What the program `batchproc` sets up before it starts to work. It finds out which standard
//! descriptors are open. It makes sure that the process ends with one line and an exit code when it
//! reaches a limit of the system or fails. It makes sure that the stack is large enough. None of
//! this happens by itself when another program uses the library.

#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod arenas;
#[cfg(feature = "windows")]
#[allow(unsafe_code)]
mod bus_error;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod close;
#[allow(unsafe_code)]
pub mod descriptors;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod early;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod maps;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod memory;
pub mod open_files;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod page_cache;
#[cfg(feature = "program")]
pub mod panics;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod priority;
#[cfg(feature = "windows")]
#[allow(unsafe_code)]
pub mod windows;

use std::io;
use std::thread;

use rustix::process::{Resource, getrlimit};

/// If the stack of the main thread is smaller than this, in bytes, another thread with a larger
/// stack does the work. Parsing the arguments takes about 30 KiB, and much more without
/// optimization.
const STACK: usize = 1 << 20;

/// Makes a write that exceeds the limit on file sizes fail with an error, which the program can
/// report. Without a handler, the signal SIGXFSZ would end the process silently.
///
/// # Errors
/// The system refuses to install the signal handler.
#[cfg(feature = "program")]
pub fn report_limits() -> io::Result<()> {
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).map(drop)
}

/// Runs `work` on this thread, or on a new thread with a larger stack if the stack of this thread
/// may be too small.
///
/// # Errors
/// The system refuses to start another thread, or `work` panics on that thread.
pub fn with_enough_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let limit = getrlimit(Resource::Stack).current;
    if limit.is_none_or(|limit| limit >= STACK as u64) {
        return Ok(work());
    }
    thread::scope(|scope| {
        let larger = thread::Builder::new().name("main".into()).stack_size(2 * STACK);
        let running = larger.spawn_scoped(scope, work)?;
        running.join().map_err(|_| io::Error::other("the thread ended unexpectedly"))
    })
}
