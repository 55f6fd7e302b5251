//! What the program asks of the system below it before any work begins: which standard descriptors
//! there are, that a limit or a fault ends in a line and an exit code, and that the stack is large
//! enough. A library that is used by another program does none of this by itself.

#[allow(unsafe_code)]
pub mod descriptors;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod early;
#[cfg(feature = "program")]
#[allow(unsafe_code)]
pub mod memory;
pub mod open_files;
#[cfg(feature = "program")]
pub mod panics;

use std::io;
use std::thread;

use rustix::process::{Resource, getrlimit};

/// A main thread with less than this gets help from a thread that has it. Parsing the arguments
/// needs some 30 KiB, and much more without optimisation.
const STACK: usize = 1 << 20;

#[cfg(feature = "program")]
/// Has a limit on the size of files reported by the call that meets it: without a handler, SIGXFSZ
/// would end the process without a word.
///
/// # Errors
/// When the system does not take the handler.
pub fn report_limits() -> io::Result<()> {
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).map(drop)
}

/// Runs `work` here, or on a thread with more stack if this one may have too little.
///
/// # Errors
/// When a thread is needed and the system gives none.
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
