//! The class `Column`: what `cut_column` and `join_column` return.

use arrow_array::{Array, ArrayRef};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::capsules;

/// A column of strings or of lists of strings, in Arrow's format. Packages that have Arrow take it as it
/// is: `pyarrow.array(column)`, `polars.Series(column)`.
#[pyclass(module = "batchproc", frozen)]
pub struct Column {
    /// At least one.
    chunks: Vec<ArrayRef>,
}

impl Column {
    /// A column of these chunks, of which there is at least one.
    pub fn new(chunks: Vec<ArrayRef>) -> Self {
        Self { chunks }
    }
}

#[pymethods]
impl Column {
    fn __len__(&self) -> usize {
        self.chunks.iter().map(Array::len).sum()
    }

    fn __repr__(&self) -> String {
        let (kind, rows) = (self.chunks[0].data_type(), self.__len__());
        format!("<Column of {rows} rows, {kind}>")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsules::schema(py, &self.chunks[0])
    }

    // The type that is asked for is only a wish.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let [chunk] = &*self.chunks else {
            let wrong = "this column has 2 GiB or more, and so several chunks: take it as a stream, \
                         for example with pyarrow.chunked_array";
            return Err(PyValueError::new_err(wrong));
        };
        Ok((capsules::schema(py, chunk)?, capsules::array(py, chunk)?))
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        capsules::stream(py, &self.chunks)
    }
}
