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
    /// The number of lines without a digest.
    unread: u64,
}

impl LineReports {
    /// Makes a report on the manifest of this name.
    pub fn new(name: String, console: &Console) -> Self {
        Self { console: console.clone(), name, count: 0, unread: 0 }
    }

    /// Counts a line that says why its file could not be read. Such lines are reported by their number
    /// alone, since each has its own reason.
    pub fn unread(&mut self) {
        self.unread += 1;
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
        match self.unread {
            0 => {}
            1 => self.console.line(&format!(
                "{}: 1 line has no digest, since its file could not be read",
                self.name
            )),
            unread => self.console.line(&format!(
                "{}: {unread} lines have no digest, since their files could not be read",
                self.name
            )),
        }
        let more = self.count.saturating_sub(MAX_REPORTED);
        if more > 0 {
            let lines = if more == 1 { "line" } else { "lines" };
            self.console.line(&format!("{}: {more} more {lines} with problems", self.name));
        }
    }
}
