//! What can go wrong with one file, or with a whole run.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

use crate::escape::printable;

/// The failure of one file. A run returns such an error in place of the file's result, and goes on.
#[derive(Debug)]
pub struct FileError {
    /// The file's name; empty if the run itself failed.
    pub path: PathBuf,
    /// Why the file failed, as text for people.
    pub reason: String,
    source: Option<io::Error>,
}

impl FileError {
    /// A failure that this program found, without an error of the operating system.
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

    /// A failure of the run itself; its path is empty.
    pub fn of_run(error: &dyn fmt::Display) -> Self {
        Self::new(PathBuf::new(), error.to_string())
    }

    /// The error of the operating system, if there was one.
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
        let Self { path, reason, source } = self;
        match path.as_os_str().is_empty() && source.is_none() {
            true => formatter.write_str(reason),
            false => write!(formatter, "{}: {reason}", printable(path)),
        }
    }
}

/// Why the whole run failed. The program prints this text and ends with exit code 2.
#[derive(Debug)]
pub struct Fatal(pub String);

impl fmt::Display for Fatal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The text of an error, without the number that Rust appends, as in `(os error 2)`.
pub fn reason(error: &io::Error) -> String {
    without_number(&error.to_string()).to_string()
}

/// Whether nothing can be opened by a name that has this error. An input with such a name fails when it
/// is to be read, and the others do not. After another error, such as too many open files, nobody knows
/// what the name stands for.
pub fn opens_nothing(error: &io::Error) -> bool {
    const NOTHING: [Errno; 5] =
        [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::NAMETOOLONG, Errno::ACCESS];
    Errno::from_io_error(error).is_some_and(|errno| NOTHING.contains(&errno))
}

/// The part of a text before ` (os error 2)`, which Rust appends to errors of the system. The whole
/// text if it has no such part.
pub fn without_number(text: &str) -> &str {
    text.find(" (os error ").map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_text_of_the_system_without_the_number() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }
}

/// A number of files, or a part of all files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
    /// This number of files.
    Number(u64),
    /// This percentage of all files.
    Percent(f64),
}

impl Share {
    /// Whether this is all files, however many there are.
    pub fn allows_all(self) -> bool {
        matches!(self, Share::Percent(percent) if percent >= 100.0)
    }

    /// Whether `some` files out of `all` are more than this.
    pub fn is_exceeded(self, some: u64, all: u64) -> bool {
        match self {
            Share::Number(most) => some > most,
            Share::Percent(percent) => some as f64 * 100.0 > percent * all as f64,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Share::Number(number) => write!(formatter, "{number}"),
            Share::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}
