//! Makes each panic of the program or of a library end in exit code 2 and one line without a
//! backtrace. Usually the program writes this line when it ends. Where a panic meets code that
//! cannot unwind, Rust would abort the process before that; then this module writes the line and
//! ends the process.

use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::event::poll;
use signal_hook::low_level;

/// The message of the first panic.
static FIRST: OnceLock<String> = OnceLock::new();

/// The panic messages after which Rust aborts the process.
const ABORT_MESSAGES: [&str; 2] =
    ["panic in a function that cannot unwind", "panic in a destructor during cleanup"];

/// Installs a panic hook that records the first panic and prints nothing.
pub fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let message = message(info);
        let location =
            info.location().map(|location| format!(" ({}:{})", location.file(), location.line()));
        let text = || format!("an unexpected failure: {message}{}", location.unwrap_or_default());
        let first = FIRST.get_or_init(text);
        if ABORT_MESSAGES.contains(&message) {
            end(format!("batchproc: {first}\n").as_bytes());
        }
    }));
}

/// The message of the first panic, if there was one.
pub fn first() -> Option<&'static str> {
    FIRST.get().map(String::as_str)
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Writes this line and ends the process at once with exit code 2. Allocates no memory.
pub fn end(line: &[u8]) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    while ENDING.swap(true, Relaxed) {
        // Another thread is already ending the process. One line is enough, so this thread waits.
        let _ = poll(&mut [], None);
    }
    // If the line cannot be written, the exit code still shows the failure.
    let _ = rustix::io::write(rustix::stdio::stderr(), line);
    low_level::exit(2)
}
