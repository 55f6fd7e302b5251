//! The function `digest_many`.

use std::thread;

use batchproc::hash::Hasher;
use batchproc::pipeline::processors;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyString};

use crate::hashing::algorithm;
use crate::interpreter::detach;

/// Fewer bytes are not worth another thread.
const WORTH: usize = 256 << 10;

/// The bytes of a buffer. Those of `bytes` cannot change. Those of others could while they are
/// digested, so they are copied.
enum Data {
    Own(PyBackedBytes),
    Copy(Vec<u8>),
}

impl Data {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Own(bytes.clone().into()));
        }
        if let Ok(buffer) = PyBuffer::<u8>::get(object) {
            return Ok(Self::Copy(buffer.to_vec(object.py())?));
        }
        // Buffers whose items are no bytes.
        if object.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("strings must be encoded before they are digested"));
        }
        let view = object.py().import("builtins")?.getattr("memoryview")?.call1((object,))?;
        let bytes = view.call_method0("tobytes")?.cast_into::<PyBytes>()?;
        Ok(Self::Own(bytes.into()))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Copy(bytes) => bytes,
        }
    }
}

/// The digest of each buffer, in their order.
#[pyfunction]
#[pyo3(signature = (buffers, algorithm = "md5", *, threads = None))]
pub fn digest_many<'py>(
    buffers: &Bound<'py, PyAny>,
    algorithm: &str,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = buffers.py();
    let algorithm = self::algorithm(algorithm)?;
    let is_one = buffers.is_instance_of::<PyBytes>() || buffers.is_instance_of::<PyByteArray>();
    if is_one || buffers.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("expected many buffers, but this is one buffer"));
    }
    let data: Vec<Data> =
        buffers.try_iter()?.map(|object| Data::new(&object?)).collect::<PyResult<_>>()?;
    let slices: Vec<&[u8]> = data.iter().map(Data::bytes).collect();
    let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
    let threads = threads.unwrap_or_else(processors).clamp(1, bytes / WORTH + 1);
    let hasher = Hasher::new([algorithm]);
    let digests = detach(py, || {
        thread::scope(|scope| {
            let mut parts = divide(&slices, bytes / threads + 1).into_iter();
            let first = parts.next().unwrap_or_default();
            // A part whose thread cannot be started is digested here.
            let others: Vec<_> = parts
                .map(|part| {
                    let work = || hasher.digest_all(part);
                    (part, thread::Builder::new().spawn_scoped(scope, work).ok())
                })
                .collect();
            let mut digests = hasher.digest_all(first);
            for (part, other) in others {
                digests.extend(match other.map(thread::ScopedJoinHandle::join) {
                    Some(Ok(more)) => more,
                    Some(Err(panic)) => std::panic::resume_unwind(panic),
                    None => hasher.digest_all(part),
                });
            }
            digests
        })
    });
    let bytes =
        digests.iter().map(|digests| PyBytes::new(py, digests.get(algorithm).unwrap_or_default()));
    PyList::new(py, bytes)
}

/// Divides slices into parts with at least so many bytes each, but for the last one.
fn divide<'a, 'b>(slices: &'a [&'b [u8]], least: usize) -> Vec<&'a [&'b [u8]]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (index, slice) in slices.iter().enumerate() {
        bytes += slice.len();
        if bytes >= least || index + 1 == slices.len() {
            parts.push(&slices[start..=index]);
            (start, bytes) = (index + 1, 0);
        }
    }
    parts
}
