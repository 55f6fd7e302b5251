//! Standard error, shared by messages, the log and the progress bar, so that no line is written
//! into the middle of another.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

use crate::escape::push_shown;

/// Writes lines to standard error. Clones share the same progress bar.
#[derive(Clone, Debug, Default)]
pub struct Console {
    /// The progress bar, which is hidden while a line is written.
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Console {
    /// Writes `batchproc: ` and the text. Errors are ignored, since a run must not fail because
    /// standard error is closed.
    pub fn line(&self, text: &str) {
        self.raw(format!("batchproc: {text}\n").as_bytes());
    }

    /// Writes a line for a program that reads standard error: the text alone.
    pub fn bare(&self, text: &str) {
        self.raw(format!("{text}\n").as_bytes());
    }

    /// Writes text of several lines.
    pub fn text(&self, text: &str) {
        self.raw(text.as_bytes());
    }

    /// Sets the progress bar at the bottom of the terminal, or removes it.
    pub fn set_bar(&self, bar: Option<ProgressBar>) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    /// Writes text of whole lines, with escapes for what a terminal would obey: a message may have parts of
    /// a file in it.
    fn raw(&self, text: &[u8]) {
        let mut bytes = Vec::with_capacity(text.len());
        push_shown(text, &mut bytes);
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        // Each line is written in one write, so that lines of several processes that share a log
        // file stay whole.
        let write = || drop(io::stderr().write_all(&bytes));
        match &*bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Starts the log of `-v`: each line has time, thread, level and text.
    pub fn start_log(&self, verbose: u8) {
        let level = match verbose {
            0 => return,
            1 => log::LevelFilter::Info,
            _ => log::LevelFilter::Debug,
        };
        // This fails only if a log was started before. That log then stays in use.
        let _ = env_logger::Builder::new()
            .filter_module("batchproc", level)
            .target(env_logger::Target::Pipe(Box::new(self.clone())))
            .format(|out, record| {
                let time = out.timestamp_millis();
                let thread = std::thread::current();
                let name = thread.name().unwrap_or("?");
                writeln!(out, "{time} {name} {} {}", record.level(), record.args())
            })
            .try_init();
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.raw(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
