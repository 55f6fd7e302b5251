//! What can go wrong with one file, and how a run ends.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::escape::printable;

/// One item that failed. It has its place among the results.
#[derive(Debug)]
pub struct Failure {
    /// The name of the file.
    pub path: PathBuf,
    /// Why, in words.
    pub reason: String,
}

impl Failure {
    /// A failure that the operating system reported.
    pub fn io(path: PathBuf, error: &io::Error) -> Self {
        Self { path, reason: reason(error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", printable(&self.path), self.reason)
    }
}

/// Why the run itself could not go on: exit code 2.
#[derive(Debug)]
pub struct Fatal(pub String);

impl fmt::Display for Fatal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The words of an error without Rust's `(os error 2)`.
pub fn reason(error: &io::Error) -> String {
    without_number(&error.to_string()).to_string()
}

/// A text that ends with an error of the system, without Rust's `(os error 2)`.
pub fn without_number(text: &str) -> &str {
    text.find(" (os error ").map_or(text, |end| &text[..end])
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All well, or the reader of the output wanted no more.
    Good,
    /// Some items failed.
    SomeFailed,
    /// Some files are corrupt: their content changed behind the back of the file system.
    SomeCorrupt,
    /// Stopped by this signal.
    Signal(i32),
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Good => ExitCode::SUCCESS,
            Ending::SomeFailed => ExitCode::from(1),
            Ending::SomeCorrupt => ExitCode::from(3),
            Ending::Signal(number) => ExitCode::from(signal_exit_code(number)),
        }
    }
}

/// The shell's convention for a process that a signal ended.
pub fn signal_exit_code(number: i32) -> u8 {
    u8::try_from(128 + number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_system_without_numbers() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }

    #[test]
    fn signals_give_the_codes_of_the_shell() {
        assert_eq!((signal_exit_code(2), signal_exit_code(15)), (130, 143));
    }
}
