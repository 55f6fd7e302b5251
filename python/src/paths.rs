//! Paths that come from Python.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList, PyString, PyTuple};

use crate::interpreter::attach;

/// How many paths are taken at once from a list or a tuple.
const AT_ONCE: usize = 128;

/// The path of a `str`, of `bytes`, or of an object that has `__fspath__`.
///
/// # Errors
/// It is none of these.
pub fn path(object: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(OsString::from_vec(bytes.as_bytes().to_vec()).into());
    }
    if object.is_instance_of::<PyString>() {
        return Ok(object.extract::<OsString>()?.into());
    }
    let os = object.py().import("os")?;
    let plain = os.call_method1("fspath", (object,))?;
    path(&plain)
}

/// A path of the same kind as the one that a caller gave: `str`, `bytes`, or one of `pathlib`.
///
/// # Errors
/// Python cannot make one.
pub fn like<'py>(given: &Bound<'py, PyAny>, path: &Path) -> PyResult<Bound<'py, PyAny>> {
    let py = given.py();
    let text = path.as_os_str();
    if given.is_instance_of::<PyBytes>() {
        return Ok(PyBytes::new(py, text.as_bytes()).into_any());
    }
    let text = text.into_pyobject(py)?.into_any();
    match given.is_instance_of::<PyString>() {
        true => Ok(text),
        false => given.get_type().call1((text,)),
    }
}

/// The exception that has ended the paths of a run.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// Takes paths from a Python iterable, on any thread. Each comes with its object. Paths of a list or a
/// tuple are taken many at a time. Those of other iterables are taken one by one, since the next one
/// may come late.
pub struct Paths {
    from: From,
    taken: VecDeque<(PathBuf, Py<PyAny>)>,
    raised: Raised,
}

enum From {
    List(Py<PyAny>, usize),
    Iterator(Py<PyIterator>),
    End,
}

impl Paths {
    /// The paths of an iterable. What it raises is put into `raised`.
    ///
    /// # Errors
    /// It is no iterable, or it is one path.
    pub fn new(iterable: &Bound<'_, PyAny>, raised: Raised) -> PyResult<Self> {
        let is_text = iterable.is_instance_of::<PyString>() || iterable.is_instance_of::<PyBytes>();
        if is_text || iterable.hasattr("__fspath__")? {
            return Err(PyTypeError::new_err("expected many paths, but this is one path"));
        }
        let is_list =
            iterable.is_exact_instance_of::<PyList>() || iterable.is_exact_instance_of::<PyTuple>();
        let from = match is_list {
            true => From::List(iterable.clone().unbind(), 0),
            false => From::Iterator(iterable.try_iter()?.unbind()),
        };
        Ok(Self { from, taken: VecDeque::new(), raised })
    }

    fn take(&mut self, py: Python<'_>) -> PyResult<()> {
        match &mut self.from {
            From::List(list, next) => {
                let list = list.bind(py);
                let end = list.len()?.min(*next + AT_ONCE);
                while *next < end {
                    let object = list.get_item(*next)?;
                    self.taken.push_back((path(&object)?, object.unbind()));
                    *next += 1;
                }
            }
            From::Iterator(iterator) => {
                let mut iterator = iterator.bind(py).clone();
                if let Some(object) = iterator.next() {
                    let object = object?;
                    self.taken.push_back((path(&object)?, object.unbind()));
                }
            }
            From::End => {}
        }
        Ok(())
    }
}

impl Iterator for Paths {
    type Item = (PathBuf, Py<PyAny>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.taken.is_empty() && !matches!(self.from, From::End) {
            // There is no interpreter any more when the program ends.
            let result = attach(|py| self.take(py)).unwrap_or(Ok(()));
            if let Err(raised) = result {
                *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
                self.from = From::End;
            } else if self.taken.is_empty() {
                self.from = From::End;
            }
        }
        self.taken.pop_front()
    }
}

impl Drop for Paths {
    fn drop(&mut self) {
        // Objects that are dropped elsewhere than in Python wait until Python comes here again, which
        // may be never. But a generator must learn that nobody wants its paths any more.
        let (from, taken) = (std::mem::replace(&mut self.from, From::End), &mut self.taken);
        attach(|_| {
            drop(from);
            taken.clear();
        });
    }
}
