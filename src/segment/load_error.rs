//! What is wrong with a dictionary, or another list that says how to segment.

use std::error::Error;
use std::{fmt, io};

use crate::error::reason;

/// Names what is wrong: the list, where there is one its line, and the reason.
#[derive(Debug)]
pub struct LoadError {
    message: String,
    source: Option<io::Error>,
}

impl LoadError {
    /// Something is wrong with what is in it.
    pub(crate) fn new(message: String) -> Self {
        Self { message, source: None }
    }

    /// It cannot be read.
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
