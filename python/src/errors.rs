//! The exceptions of the package.

use batchproc::FileError;
use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyOSError};

create_exception!(batchproc, Error, PyException, "A run failed, or a dictionary cannot be used.");

/// The error for a dictionary, a run or a manifest that cannot be used.
pub fn error(what: &dyn std::fmt::Display) -> PyErr {
    Error::new_err(what.to_string())
}

/// The `OSError` for a file that failed. It has the number of the system's error, if there is one, so
/// that Python makes it a `FileNotFoundError` and so on.
pub fn os_error(failed: &FileError) -> PyErr {
    let reason = failed.reason.clone();
    match failed.io_error().and_then(std::io::Error::raw_os_error) {
        Some(number) => PyOSError::new_err((number, reason, failed.path.clone().into_os_string())),
        None => PyOSError::new_err(reason),
    }
}
