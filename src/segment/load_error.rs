//! The error of a dictionary or a list of stop words.

use std::error::Error;
use std::{fmt, io};

use crate::error::reason;

/// A dictionary or a list of stop words cannot be used. The message has the name of the dictionary
/// or list, the line if there is one, and the reason.
#[derive(Debug)]
pub struct LoadError {
    message: String,
    source: Option<io::Error>,
}

impl LoadError {
    /// The error for a dictionary or list whose content is wrong.
    pub(crate) fn new(message: String) -> Self {
        Self { message, source: None }
    }

    /// The error for a dictionary or list that cannot be read. `list` is its description in the
    /// message.
    pub(crate) fn io(list: String, error: io::Error) -> Self {
        Self { message: format!("{list}: {}", reason(&error)), source: Some(error) }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
