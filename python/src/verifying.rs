//! The functions `check` and `audit`, and their results.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use batchproc::FileError;
use batchproc::pipeline::Control;
use batchproc::verify::{self, Audited, Checked, Options};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::errors::{error, os_error};
use crate::hashing::rules;
use crate::paths::path;
use crate::run::Run;

/// The verdict on one file, or what is wrong with the manifest.
#[pyclass(module = "batchproc", frozen, get_all)]
pub struct Verdict {
    /// The path; `None` if this is about the manifest.
    path: Option<Py<PyAny>>,
    /// The verdict: a word that the program prints too, or `manifest`.
    verdict: Py<PyString>,
    /// `check`: the number of the line in the manifest.
    line: Option<u64>,
    /// `audit`: the name in the manifest, if it differs.
    moved_from: Option<Py<PyAny>>,
    /// Why, if the verdict alone does not say it.
    reason: Option<String>,
    /// The error of a file that could not be read.
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl Verdict {
    /// Whether the file is as the manifest has it.
    #[getter]
    fn ok(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.verdict.bind(py).to_str()? == "ok")
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path.as_ref().map(|path| path.bind(py).repr()).transpose()?;
        let path = path.map_or("manifest".into(), |path| path.to_string());
        let reason = self.reason.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        Ok(format!("<Verdict {path}: {}{reason}>", self.verdict))
    }
}

enum Found {
    Checked(Checked),
    Audited(Audited),
    Failed(FileError),
}

/// The verdicts of a run.
#[pyclass(module = "batchproc", frozen)]
pub struct VerdictRun(Mutex<Option<Arc<Run<Found>>>>);

#[pymethods]
impl VerdictRun {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Verdict>> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(run) = lock().clone() else { return Ok(None) };
        let found = run.next(py, || Ok(()));
        if !matches!(found, Ok(Some(_))) {
            *lock() = None;
        }
        let name = |path: PathBuf| -> PyResult<Py<PyAny>> {
            Ok(path.into_os_string().into_pyobject(py)?.into_any().unbind())
        };
        let word = |word: &str| PyString::new(py, word).unbind();
        Ok(Some(match found? {
            None => return Ok(None),
            Some(Found::Checked(Checked { name: path, line, verdict })) => {
                let (verdict, failed) = match verdict {
                    verify::Verdict::Ok => ("ok", None),
                    verify::Verdict::Failed => ("failed", None),
                    verify::Verdict::Unreadable(failed) => ("unreadable", Some(failed)),
                };
                let reason = failed.as_ref().map(|failed| failed.reason.clone());
                let error = failed.map(|failed| os_error(&failed).into_value(py).into_any());
                let path = Some(name(path)?);
                Verdict {
                    path,
                    verdict: word(verdict),
                    line: Some(line),
                    moved_from: None,
                    reason,
                    error,
                }
            }
            Some(Found::Audited(Audited { path, verdict, from, reason })) => Verdict {
                path: Some(name(path)?),
                verdict: word(&format!("{verdict:?}").to_lowercase()),
                line: None,
                moved_from: from.map(name).transpose()?,
                reason,
                error: None,
            },
            // Without a path it is the run that has failed.
            Some(Found::Failed(failed)) if failed.path.as_os_str().is_empty() => {
                *lock() = None;
                return Err(error(&failed.reason));
            }
            Some(Found::Failed(failed)) => {
                let error = failed.io_error().map(|_| os_error(&failed).into_value(py).into_any());
                let reason = Some(failed.reason);
                let verdict = word("manifest");
                Verdict { path: None, verdict, line: None, moved_from: None, reason, error }
            }
        }))
    }

    /// Ends the run. Nothing more comes.
    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
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

/// What a manifest is read from: a path, or an object with `read`, such as an open file. With it comes the
/// path, whose name may show the algorithm.
fn manifest(object: &Bound<'_, PyAny>) -> PyResult<(Box<dyn Read + Send>, Option<PathBuf>)> {
    if object.hasattr("read")? {
        let read = object.call_method0("read")?;
        let bytes = match read.cast::<PyBytes>() {
            Ok(bytes) => bytes.as_bytes().to_vec(),
            Err(_) => read.extract::<String>()?.into_bytes(),
        };
        // A file has its path in `name`, or the number of its descriptor.
        let name = object.getattr("name").and_then(|name| path(&name)).ok();
        return Ok((Box::new(Cursor::new(bytes)), name));
    }
    let path = path(object)?;
    match File::open(&path) {
        Ok(file) => Ok((Box::new(file), Some(path))),
        Err(wrong) => Err(os_error(&FileError::io(path, &wrong))),
    }
}

fn options(
    root: Option<&Bound<'_, PyAny>>,
    require_seal: bool,
    threads: Option<usize>,
) -> PyResult<Options> {
    if threads == Some(0) {
        return Err(PyValueError::new_err("threads is at least 1, or None"));
    }
    let root = root.map(path).transpose()?;
    Ok(Options { root, require_seal, threads, control: Control::default(), ..Options::default() })
}

/// Compares the files that a manifest lists with the digests in it.
#[pyfunction]
#[pyo3(signature = (manifest, *, root = None, require_seal = false, threads = None))]
pub fn check(
    manifest: &Bound<'_, PyAny>,
    root: Option<&Bound<'_, PyAny>>,
    require_seal: bool,
    threads: Option<usize>,
) -> PyResult<VerdictRun> {
    let (read, path) = self::manifest(manifest)?;
    let options = Options { path, ..options(root, require_seal, threads)? };
    let run = Run::start(options.control.clone(), move |give| {
        let found =
            |found: Result<Checked, FileError>| found.map_or_else(Found::Failed, Found::Checked);
        match verify::check(read, &options) {
            Ok(mut all) => while all.next().is_some_and(|one| give(found(one))) {},
            Err(wrong) => _ = give(Found::Failed(FileError::of_run(&wrong))),
        }
    })?;
    Ok(VerdictRun(Mutex::new(Some(run.into()))))
}

/// Compares all files below some roots with a manifest.
#[pyfunction]
#[pyo3(signature = (manifest, *roots, root = None, require_seal = false, glob = vec![],
    exclude = vec![], follow = false, one_file_system = false, threads = None))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn audit(
    manifest: &Bound<'_, PyAny>,
    roots: Vec<Bound<'_, PyAny>>,
    root: Option<&Bound<'_, PyAny>>,
    require_seal: bool,
    glob: Vec<String>,
    exclude: Vec<String>,
    follow: bool,
    one_file_system: bool,
    threads: Option<usize>,
) -> PyResult<VerdictRun> {
    let rules = rules(&glob, &exclude, follow, one_file_system)?;
    let (read, name) = self::manifest(manifest)?;
    let options = Options { path: name, rules, ..options(root, require_seal, threads)? };
    if roots.is_empty() {
        return Err(PyValueError::new_err("audit needs at least one root"));
    }
    let roots: Vec<PathBuf> = roots.iter().map(path).collect::<PyResult<_>>()?;
    let run = Run::start(options.control.clone(), move |give| {
        let found =
            |found: Result<Audited, FileError>| found.map_or_else(Found::Failed, Found::Audited);
        match verify::audit(read, roots, &options) {
            Ok(mut all) => while all.next().is_some_and(|one| give(found(one))) {},
            Err(wrong) => _ = give(Found::Failed(FileError::of_run(&wrong))),
        }
    })?;
    Ok(VerdictRun(Mutex::new(Some(run.into()))))
}
