//! The lines of a manifest with which something is wrong. The first ten are told and the others
//! counted: a file that is no manifest shall not fill a log.

use super::console::Console;

/// So many are told.
const MAX_REPORTED: u64 = 10;

/// Tells the first reports, and when it is dropped how many more there were.
pub struct LineReports {
    console: Console,
    /// The manifest.
    name: String,
    count: u64,
}

impl LineReports {
    /// For the lines of this manifest.
    pub fn new(name: String, console: &Console) -> Self {
        Self { console: console.clone(), name, count: 0 }
    }

    /// Tells what is wrong with a line, or counts it.
    pub fn report(&mut self, line: u64, wrong: &str) {
        self.count += 1;
        if self.count <= MAX_REPORTED {
            self.console.line(&format!("{}: {line}: {wrong}", self.name));
        }
    }
}

impl Drop for LineReports {
    fn drop(&mut self) {
        let more = self.count.saturating_sub(MAX_REPORTED);
        if more > 0 {
            let lines = if more == 1 { "line" } else { "lines" };
            self.console.line(&format!("{}: {more} more {lines} with something wrong", self.name));
        }
    }
}
