//! What the program sets up before it starts to work. It finds out which standard descriptors are
//! open. It makes limits and failures end in one line and an exit code. It makes sure that the
//! stack is large enough. The library does none of this by itself when another program uses it.

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

/// If the stack of the main thread is smaller than this, in bytes, another thread does the work.
/// Parsing the arguments takes about 30 KiB, and much more without optimization.
const STACK: usize = 1 << 20;

/// Makes the write that exceeds a limit on file sizes fail with an error. Without a handler,
/// SIGXFSZ would end the process silently.
///
/// # Errors
/// The system refuses the handler.
#[cfg(feature = "program")]
pub fn report_limits() -> io::Result<()> {
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).map(drop)
}

/// Runs `work` on this thread, or on one with a larger stack if this one may have too little.
///
/// # Errors
/// The system refuses another thread, or `work` panics there.
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
