//! Reports lines of a manifest with problems: the first ten one by one, the others as a number, so that a
//! file that is no manifest does not fill the log.

use super::console::Console;

/// The number of lines that are reported one by one.
const MAX_REPORTED: u64 = 10;

/// Reports the first lines one by one; when it is dropped, reports how many more there were.
pub struct LineReports {
    console: Console,
    /// The manifest.
    name: String,
    count: u64,
}

impl LineReports {
    /// Makes a report on the manifest of this name.
    pub fn new(name: String, console: &Console) -> Self {
        Self { console: console.clone(), name, count: 0 }
    }

    /// Reports what is wrong with a line, or only counts it.
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
            self.console.line(&format!("{}: {more} more {lines} with problems", self.name));
        }
    }
}
