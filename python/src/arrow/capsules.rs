//! Arrow's C interface: reads columns out of the capsules of other packages, and makes capsules of ours.
//!
//! A capsule holds a pointer to a C structure. Whoever takes its content moves it out and leaves a
//! structure that is marked as released, which the capsule then drops without effect.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use arrow_array::ffi::from_ffi;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef};
use arrow_data::ArrayData;
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ArrowError;
use arrow_schema::ffi::FFI_ArrowSchema;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyTuple};

use crate::errors::error;
use crate::interpreter::detach;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Why a column is refused.
const UNALIGNED: &str = "the offsets of this Arrow column are not aligned; copy the column";

/// The chunks of a column of another package.
pub enum Chunks {
    /// An array, unless it was taken.
    Array(Option<ArrayData>),
    /// A stream of arrays.
    Stream(Stream),
}

impl Chunks {
    /// The chunks of an object that has `__arrow_c_stream__` or `__arrow_c_array__`.
    ///
    /// # Errors
    /// It has neither, or they give no such capsule.
    pub fn new(column: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Some(stream) = column.getattr_opt("__arrow_c_stream__")? {
            return Self::stream(&stream.call0()?);
        }
        let Some(array) = column.getattr_opt("__arrow_c_array__")? else {
            let kind = column.get_type().fully_qualified_name()?;
            let message = format!("expected a column with Arrow's interface, not {kind}");
            return Err(PyTypeError::new_err(message));
        };
        let pair = array.call0()?.cast_into::<PyTuple>()?;
        let schema = pair.get_item(0)?.cast_into::<PyCapsule>()?;
        let array = pair.get_item(1)?.cast_into::<PyCapsule>()?;
        let schema = schema.pointer_checked(Some(SCHEMA))?.as_ptr();
        let array = array.pointer_checked(Some(ARRAY))?.as_ptr();
        // SAFETY: The names of the capsules say that these are such structures, and the interface
        // says that whoever gets a capsule may move its content out. Both capsules live until the end
        // of this block, which needs the interpreter, so nobody else moves it out meanwhile.
        let data = unsafe {
            let schema = FFI_ArrowSchema::from_raw(schema.cast());
            let array = FFI_ArrowArray::from_raw(array.cast());
            if schema.release().is_none() || array.is_released() {
                return Err(error(&"the content of this Arrow capsule was taken before"));
            }
            if !is_aligned(&array, &schema) {
                return Err(error(&UNALIGNED));
            }
            from_ffi(array, &schema)
        };
        Ok(Self::Array(Some(data.map_err(|wrong| error(&wrong))?)))
    }

    fn stream(capsule: &Bound<'_, PyAny>) -> PyResult<Self> {
        let capsule = capsule.cast::<PyCapsule>()?;
        let pointer = capsule.pointer_checked(Some(STREAM))?.as_ptr();
        // SAFETY: As above.
        let stream = unsafe { FFI_ArrowArrayStream::from_raw(pointer.cast()) };
        // A package that makes its stream while it is read may need the interpreter on other threads.
        let stream = detach(capsule.py(), || Stream::new(stream));
        Ok(Self::Stream(stream.map_err(|wrong| error(&wrong))?))
    }
}

impl Iterator for Chunks {
    type Item = Result<ArrayData, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Array(array) => array.take().map(Ok),
            Self::Stream(stream) => stream.next(),
        }
    }
}

/// A stream of arrays of another package. The crate's own reader would import arrays whose offsets are
/// not aligned.
pub struct Stream {
    stream: FFI_ArrowArrayStream,
    schema: FFI_ArrowSchema,
}

impl Stream {
    fn new(mut stream: FFI_ArrowArrayStream) -> Result<Self, ArrowError> {
        let Some(get_schema) = stream.get_schema().filter(|_| stream.release().is_some()) else {
            return Err(broken("the content of this Arrow capsule was taken before"));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: The function is that of this stream, which is not released, and nobody else uses it.
        match unsafe { get_schema(&mut stream, &mut schema) } {
            0 => Ok(Self { stream, schema }),
            _ => Err(broken(&last_error(&mut stream))),
        }
    }

    fn next(&mut self) -> Option<Result<ArrayData, ArrowError>> {
        let get_next = self.stream.get_next()?;
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: As in `new`.
        if unsafe { get_next(&mut self.stream, &mut array) } != 0 {
            return Some(Err(broken(&last_error(&mut self.stream))));
        }
        if array.is_released() {
            return None;
        }
        if !is_aligned(&array, &self.schema) {
            return Some(Err(broken(UNALIGNED)));
        }
        // SAFETY: The interface says that the array has the type of the stream.
        Some(unsafe { from_ffi(array, &self.schema) })
    }
}

fn broken(reason: &str) -> ArrowError {
    ArrowError::CDataInterface(reason.into())
}

/// What a stream says about its last error.
fn last_error(stream: &mut FFI_ArrowArrayStream) -> String {
    let unknown = || "the Arrow stream failed".to_string();
    let Some(get_last_error) = stream.get_last_error() else { return unknown() };
    // SAFETY: The function is that of this stream, whose last call failed. The text lives until the next
    // call.
    unsafe {
        let text = get_last_error(stream);
        if text.is_null() { unknown() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
    }
}

/// Whether the offsets of an array of strings, or of one in a table, are where numbers may be. The
/// import reads the last one as a number.
fn is_aligned(array: &FFI_ArrowArray, schema: &FFI_ArrowSchema) -> bool {
    let size = match schema.format() {
        "u" => align_of::<i32>(),
        "U" => align_of::<i64>(),
        "+s" => {
            return schema
                .children()
                .enumerate()
                .all(|(index, child)| is_aligned(array.child(index), child));
        }
        _ => return true,
    };
    array.num_buffers() < 2 || array.buffer(1).align_offset(size) == 0
}

/// A capsule with the type of an array.
///
/// # Errors
/// Memory is exhausted.
pub fn schema<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(array.data_type()).map_err(|wrong| error(&wrong))?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

/// A capsule with an array.
///
/// # Errors
/// Memory is exhausted.
pub fn array<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArray::new(&array.to_data()), ARRAY)
}

/// A capsule with a stream of arrays of one type. There is at least one.
///
/// # Errors
/// Memory is exhausted.
pub fn stream<'py>(py: Python<'py>, arrays: &[ArrayRef]) -> PyResult<Bound<'py, PyCapsule>> {
    let content = Box::new(Content { arrays: arrays.to_vec(), next: 0 });
    // SAFETY: The functions do what the interface demands. The content lives until `release`.
    let stream = unsafe {
        FFI_ArrowArrayStream::new_unchecked(
            Some(get_schema),
            Some(get_next),
            Some(get_last_error),
            Some(release),
            Box::into_raw(content).cast(),
        )
    };
    PyCapsule::new_with_value(py, stream, STREAM)
}

/// What a stream of ours holds. The crate makes streams of tables only.
struct Content {
    arrays: Vec<ArrayRef>,
    next: usize,
}

/// The error number for an argument that is not valid: a type that has no name in the interface.
const EINVAL: c_int = 22;

unsafe extern "C" fn get_schema(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowSchema,
) -> c_int {
    // SAFETY: The caller has a stream of ours that is not released, and no other thread uses it.
    let content = unsafe { &*(*stream).private_data().cast::<Content>() };
    match FFI_ArrowSchema::try_from(content.arrays[0].data_type()) {
        Ok(schema) => {
            // SAFETY: The caller gives room for a schema, and what is there needs no release.
            unsafe { ptr::write(out, schema) };
            0
        }
        Err(_) => EINVAL,
    }
}

unsafe extern "C" fn get_next(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArray,
) -> c_int {
    // SAFETY: As in `get_schema`.
    let content = unsafe { &mut *(*stream).private_data().cast::<Content>() };
    let next = content.arrays.get(content.next);
    content.next += 1;
    // One that is marked as released says that the stream has ended.
    let next =
        next.map_or_else(FFI_ArrowArray::empty, |array| FFI_ArrowArray::new(&array.to_data()));
    // SAFETY: As in `get_schema`.
    unsafe { ptr::write(out, next) };
    0
}

unsafe extern "C" fn get_last_error(_: *mut FFI_ArrowArrayStream) -> *const c_char {
    ptr::null()
}

unsafe extern "C" fn release(stream: *mut FFI_ArrowArrayStream) {
    // SAFETY: As in `get_schema`. The content comes from a box, and this is called once, since it marks
    // the stream as released.
    unsafe {
        let content = (*stream).set_private_data(ptr::null_mut::<c_void>());
        (*stream).set_release(None);
        drop(Box::from_raw(content.cast::<Content>()));
    }
}
