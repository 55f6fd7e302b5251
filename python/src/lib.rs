//! The native half of the Python package `batchproc`: segmentation and hashing with the library. What
//! is easier to say in Python, such as reading dictionaries from paths, is in `batchproc/*.py`.
//!
//! Whatever takes long runs without the interpreter's lock. There is no pool of threads that lives
//! longer than a call or an iterator, so a process may fork at any time.

mod arrow;
mod cutting;
mod digests;
mod errors;
mod hashing;
mod jieba;
mod many;
mod paths;
mod run;
mod segmenter;
mod text;
mod verifying;
mod words;

/// The native module of the package.
#[pyo3::pymodule(gil_used = false, name = "_native")]
mod native {
    #[pymodule_export]
    use super::arrow::Column;
    #[pymodule_export]
    use super::digests::digest_many;
    #[pymodule_export]
    use super::errors::Error;
    #[pymodule_export]
    use super::hashing::{FileHash, HashRun, algorithms, hash_paths, hash_tree};
    #[pymodule_export]
    use super::jieba::{Tokenizer, idf, median_idf};
    #[pymodule_export]
    use super::segmenter::Segmenter;
    #[pymodule_export]
    use super::verifying::{Verdict, VerdictRun, audit, check};

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        use pyo3::types::PyModuleMethods;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
