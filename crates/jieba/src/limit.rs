//! The error for a dictionary with too many words.

use std::{error, fmt};

/// The words exceed a limit of a dictionary's tables, or of the search for protected words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitExceeded(pub(crate) String);

impl fmt::Display for LimitExceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl error::Error for LimitExceeded {}
