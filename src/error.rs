//! What can go wrong with one file, or with a whole run.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::escape::printable;

/// One item that failed. It has its place among the results.
#[derive(Debug)]
pub struct FileError {
    /// The name of the file.
    pub path: PathBuf,
    /// Why, in words.
    pub reason: String,
    source: Option<io::Error>,
}

impl FileError {
    /// A failure for a reason of our own.
    pub fn new(path: PathBuf, reason: String) -> Self {
        Self { path, reason, source: None }
    }

    /// A failure that the operating system reported.
    pub fn io(path: PathBuf, error: &io::Error) -> Self {
        let source = match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self { path, reason: reason(error), source: Some(source) }
    }

    /// What the operating system reported, if it did.
    pub fn io_error(&self) -> Option<&io::Error> {
        self.source.as_ref()
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

impl Error for Fatal {}

impl fmt::Display for FileError {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_system_without_numbers() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }
}
