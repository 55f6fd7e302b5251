//! Reports lines of a manifest with problems: the first ten one by one, and then only how many more
//! there are. So a file that is no manifest does not fill the terminal.

use super::console::Console;

/// The number of lines that are reported one by one.
const MAX_REPORTED: u64 = 10;

/// Reports the first malformed lines one by one. When it is dropped, it reports how many more there
/// were.
pub struct LineReports {
    console: Console,
    /// The name of the manifest.
    name: String,
    count: u64,
}

impl LineReports {
    /// Makes a report on the manifest of this name.
    pub fn new(name: String, console: &Console) -> Self {
        Self { console: console.clone(), name, count: 0 }
    }

    /// Reports what is wrong with a line of the manifest. After the first ten reports it only
    /// counts the line.
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
