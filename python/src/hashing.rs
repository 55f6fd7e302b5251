//! The functions `hash` and `hash_tree`, and their results.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use batchproc::files::{Globs, WalkRules};
use batchproc::hash::{Algorithm, FileResult, Hasher};
use batchproc::pipeline::{Control, Order};
use batchproc::{FileError, Stamp};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{error, os_error};
use crate::paths::{Paths, Raised, like, path};
use crate::progress::{Done, Progress};
use crate::run::Run;
use crate::text::one_of;

/// The result for one file.
#[pyclass(module = "batchproc", frozen)]
pub struct FileHash {
    /// The path, as the caller gave it.
    #[pyo3(get)]
    path: Py<PyAny>,
    digest: Vec<u8>,
    size: u64,
    stamp: Option<Stamp>,
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl FileHash {
    /// The digest; `None` if the file failed.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.error.is_none().then(|| PyBytes::new(py, &self.digest))
    }

    /// The digest as hexadecimal digits; `None` if the file failed.
    #[getter]
    fn hexdigest(&self) -> Option<String> {
        self.error.is_none().then(|| self.digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The number of bytes that were read; `None` if the file failed.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.error.is_none().then_some(self.size)
    }

    /// When the file was modified last, in nanoseconds since 1970; `None` if the file failed.
    #[getter]
    fn mtime_ns(&self) -> Option<i128> {
        self.stamp.map(|stamp| stamp.mtime)
    }

    /// Why the file failed, as an `OSError`; `None` if it has not.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.error.as_ref().map(|error| error.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path.bind(py).repr()?;
        Ok(match &self.error {
            Some(error) => format!("<FileHash {path} error={}>", error.bind(py).repr()?),
            None => format!("<FileHash {path} {}>", self.hexdigest().unwrap_or_default()),
        })
    }
}

/// The results of a run, one for each file.
#[pyclass(module = "batchproc", frozen)]
pub struct HashRun {
    run: Mutex<Option<std::sync::Arc<Run<Taken>>>>,
    algorithm: Algorithm,
    /// What the caller's iterable raised.
    raised: Raised,
    /// The root of a tree, whose kind the paths have.
    root: Option<Py<PyAny>>,
    /// Who is told how far the run is.
    progress: Option<Progress>,
}

/// A result with the caller's own object, unless the file was found in a tree.
type Taken = (FileResult, Option<Py<PyAny>>);

#[pymethods]
impl HashRun {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<FileHash>> {
        let lock = || self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(run) = lock().clone() else { return Ok(None) };
        let tell = || self.progress.as_ref().map_or(Ok(()), |progress| progress.tell(py));
        let next = run.next(py, tell);
        let next = next.and_then(|next| tell().map(|()| next).inspect_err(|_| run.abort()));
        let (result, object) = match next {
            Ok(Some(next)) => next,
            ended => {
                *lock() = None;
                let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
                ended.and_then(|_| raised.map_or(Ok(()), Err))?;
                return self.progress.as_ref().map_or(Ok(()), |last| last.end(py)).map(|()| None);
            }
        };
        let (file, failed) = match result {
            Ok(file) => (Some(file), None),
            // Without a path it is the run that has failed.
            Err(failed) if failed.path.as_os_str().is_empty() && object.is_none() => {
                *lock() = None;
                return Err(error(&failed.reason));
            }
            Err(failed) => (None, Some(failed)),
        };
        let path = match (object, &self.root) {
            (Some(object), _) => object,
            (None, Some(root)) => {
                let path = file.as_ref().map(|file| &file.path);
                let path = path.or(failed.as_ref().map(|failed| &failed.path));
                like(root.bind(py), path.map_or("".as_ref(), PathBuf::as_path))?.unbind()
            }
            (None, None) => py.None(),
        };
        Ok(Some(self.item(py, path, file, failed)))
    }

    /// Ends the run. Nothing more comes.
    fn close(&self) {
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __exit__(
        &self,
        _kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _at: &Bound<'_, PyAny>,
    ) {
        self.close();
    }
}

impl HashRun {
    fn item(
        &self,
        py: Python<'_>,
        path: Py<PyAny>,
        file: Option<batchproc::hash::FileDigest>,
        failed: Option<FileError>,
    ) -> FileHash {
        let error = failed.map(|failed| os_error(&failed).into_value(py).into_any());
        let digest = file.as_ref().and_then(|file| file.digests.get(self.algorithm));
        FileHash {
            path,
            digest: digest.unwrap_or_default().to_vec(),
            size: file.as_ref().map_or(0, |file| file.size),
            stamp: file.as_ref().and_then(|file| file.stamp),
            error,
        }
    }
}

/// The algorithm of a name.
///
/// # Errors
/// There is none.
pub fn algorithm(name: &str) -> PyResult<Algorithm> {
    Algorithm::by_name(name).ok_or_else(|| {
        let mut names: Vec<_> = algorithms();
        names.retain(|name| !name.starts_with("blake2b-"));
        names.push("blake2b-N");
        one_of("algorithm", name, &names)
    })
}

/// The names of all algorithms.
#[pyfunction]
pub fn algorithms() -> Vec<&'static str> {
    Algorithm::all().map(Algorithm::name).collect()
}

/// What is said about a run of `hash` or `hash_tree`.
struct Wishes<'a> {
    order: &'a str,
    threads: Option<usize>,
    io_threads: Option<usize>,
    memory: Option<usize>,
    map_files: bool,
    progress: Option<Py<PyAny>>,
}

impl Wishes<'_> {
    /// The hasher, how to end it, and what it has done.
    fn hasher(&self, algorithm: Algorithm) -> PyResult<(Hasher, Control, Done)> {
        let (control, done) = (Control::default(), Done::default());
        let order = match self.order {
            "input" => Order::Input,
            "completion" => Order::Completion,
            _ => return Err(one_of("order", self.order, &["input", "completion"])),
        };
        for (name, number) in [("threads", self.threads), ("io_threads", self.io_threads)] {
            if number == Some(0) {
                return Err(PyValueError::new_err(format!("{name} is at least 1, or None")));
            }
        }
        let mut hasher = Hasher::new([algorithm])
            .order(order)
            .control(control.clone())
            .map_files(self.map_files)
            .count_bytes(done.bytes.clone());
        if let Some(threads) = self.threads {
            hasher = hasher.threads(threads);
        }
        if let Some(threads) = self.io_threads {
            hasher = hasher.io_threads(threads);
        }
        if let Some(memory) = self.memory {
            hasher = hasher.memory(memory);
        }
        Ok((hasher, control, done))
    }
}

/// The digests of files.
#[pyfunction]
#[pyo3(signature = (paths, algorithm = "md5", *, order = "input", threads = None, io_threads = None,
    memory = None, map_files = false, progress = None))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn hash_paths(
    paths: &Bound<'_, PyAny>,
    algorithm: &str,
    order: &str,
    threads: Option<usize>,
    io_threads: Option<usize>,
    memory: Option<usize>,
    map_files: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<HashRun> {
    let algorithm = self::algorithm(algorithm)?;
    let wishes = Wishes { order, threads, io_threads, memory, map_files, progress };
    let (hasher, control, done) = wishes.hasher(algorithm)?;
    let raised = Raised::default();
    let paths = Paths::new(paths, raised.clone())?;
    let files = done.files.clone();
    let run = Run::start(control, move |give| {
        let each = |result: FileResult, object: Py<PyAny>| {
            files.fetch_add(1, Relaxed);
            match give((result, Some(object))) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        };
        if let Err(wrong) = hasher.for_each_with(paths, each) {
            give((Err(FileError::new(PathBuf::new(), wrong.to_string())), None));
        }
    })?;
    let progress = wishes.progress.map(|function| Progress::new(function, done));
    Ok(HashRun { run: Mutex::new(Some(run.into())), algorithm, raised, root: None, progress })
}

/// The digests of all files below a directory.
#[pyfunction]
#[pyo3(signature = (root, algorithm = "md5", *, glob = vec![], exclude = vec![], follow = false,
    one_file_system = false, order = "input", threads = None, io_threads = None, memory = None,
    map_files = false, progress = None))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn hash_tree(
    root: &Bound<'_, PyAny>,
    algorithm: &str,
    glob: Vec<String>,
    exclude: Vec<String>,
    follow: bool,
    one_file_system: bool,
    order: &str,
    threads: Option<usize>,
    io_threads: Option<usize>,
    memory: Option<usize>,
    map_files: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<HashRun> {
    let algorithm = self::algorithm(algorithm)?;
    let wishes = Wishes { order, threads, io_threads, memory, map_files, progress };
    let (hasher, control, done) = wishes.hasher(algorithm)?;
    let rules = rules(&glob, &exclude, follow, one_file_system)?;
    let from = path(root)?;
    let files = done.files.clone();
    let run = Run::start(control, move |give| {
        let mut results = hasher.tree(from, &rules);
        while results.next().is_some_and(|result| {
            files.fetch_add(1, Relaxed);
            give((result, None))
        }) {}
    })?;
    let (run, raised) = (Mutex::new(Some(run.into())), Raised::default());
    let progress = wishes.progress.map(|function| Progress::new(function, done));
    Ok(HashRun { run, algorithm, raised, root: Some(root.clone().unbind()), progress })
}

/// The rules of a walk.
///
/// # Errors
/// A glob is wrong.
pub fn rules(
    glob: &[String],
    exclude: &[String],
    follow: bool,
    one_file_system: bool,
) -> PyResult<WalkRules> {
    let globs = Globs::new(glob, exclude);
    let globs = globs.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
    Ok(WalkRules { globs, follow, one_file_system, ..WalkRules::default() })
}
