//! Panics, ours and those of libraries: each ends in exit code 2 and one line, without a backtrace.
//! The line is written at the program's end by whoever knows more, or here if there is no such end:
//! where a panic meets code that cannot be unwound, the process would abort.

use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::event::poll;
use signal_hook::low_level;

/// What the first panic said.
static FIRST: OnceLock<String> = OnceLock::new();

/// What Rust says where it is about to abort.
const LAST_WORDS: [&str; 2] =
    ["panic in a function that cannot unwind", "panic in a destructor during cleanup"];

/// Has all panics of this process noted and not printed.
pub fn note() {
    panic::set_hook(Box::new(|info| {
        let message = message(info);
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
        let text = || format!("an unexpected failure: {message}{}", place.unwrap_or_default());
        let first = FIRST.get_or_init(text);
        if LAST_WORDS.contains(&message) {
            end(format!("batchproc: {first}\n").as_bytes());
        }
    }));
}

/// What the first panic said, if there was one.
pub fn first() -> Option<&'static str> {
    FIRST.get().map(String::as_str)
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Writes this line and ends the process at once with exit code 2. Needs no memory.
pub fn end(line: &[u8]) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    while ENDING.swap(true, Relaxed) {
        // Another thread met the same; one line is enough.
        let _ = poll(&mut [], None);
    }
    // If nobody can be told, the exit code is left.
    let _ = rustix::io::write(rustix::stdio::stderr(), line);
    low_level::exit(2)
}
