//! `--output-dir`: a directory of results, in which each result has the path of its file.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::target::Output;
use super::temporary::Temporaries;
use crate::error::{Fatal, reason};
use crate::escape::printable;

/// A directory of results.
pub struct Directory {
    directory: PathBuf,
    /// The canonical path of the directory, without symbolic links.
    real: PathBuf,
    /// Files that no result may replace: their canonical paths, and their roles for messages.
    protected: Vec<(PathBuf, String)>,
    /// Paths below the directory that already have a result.
    written: HashSet<PathBuf>,
}

impl Directory {
    /// Makes the directory after a check of the files that the run will read (`found`): no two of
    /// them may have the same place in it, no result may replace one of them, and no `named` file
    /// may lie in it. No result may replace a `protected` file; each has its role for messages.
    ///
    /// # Errors
    /// If the check fails, or if the directory cannot be made.
    pub fn new(
        directory: &Path,
        found: impl Iterator<Item = PathBuf>,
        named: &[PathBuf],
        protected: &[(&Path, &str)],
    ) -> Result<Self, Fatal> {
        let real = canonical(directory)?;
        let is_inside =
            |path: &Path| real.as_ref().is_some_and(|directory| path.starts_with(directory));
        let mut places: HashMap<PathBuf, PathBuf> = HashMap::new();
        // Existing files by their canonical paths, each with the input whose result will replace
        // it.
        let mut replaced: HashMap<PathBuf, PathBuf> = HashMap::new();
        for path in found {
            let place = place(&path).map_err(Fatal)?;
            if let Some(old) = canonical(&directory.join(&place))? {
                replaced.insert(old, path.clone());
            }
            if let Some(other) = places.insert(place, path.clone()) {
                let [other, path] = [printable(&other), printable(&path)];
                let reason = "would be written to the same file in --output-dir";
                return Err(Fatal(format!("{other} and {path} {reason}")));
            }
        }
        for path in places.values().filter(|_| !replaced.is_empty()) {
            let Some(file) = canonical(path)? else { continue };
            // A file that a walk finds in the directory is skipped.
            let Some(by) = replaced.get(&file).filter(|by| *by == path || !is_inside(&file)) else {
                continue;
            };
            let what = match by == path {
                true => "its own result".into(),
                false => format!("the result of {}", printable(by)),
            };
            let path = printable(path);
            return Err(Fatal(format!("{path} would be replaced by {what} (--output-dir)")));
        }
        for path in named {
            if path.as_os_str() != "-" && canonical(path)?.is_some_and(|path| is_inside(&path)) {
                let [path, directory] = [printable(path), printable(directory)];
                return Err(Fatal(format!("{path} lies in {directory} (--output-dir)")));
            }
        }
        let fail =
            |error| Fatal(format!("cannot create {}: {}", printable(directory), reason(&error)));
        fs::create_dir_all(directory).map_err(fail)?;
        let real = directory.canonicalize().map_err(fail)?;
        let mut files = Vec::new();
        for (path, what) in protected {
            files.extend(canonical(path)?.map(|file| (file, what.to_string())));
        }
        let directory = directory.to_path_buf();
        Ok(Self { directory, real, protected: files, written: HashSet::new() })
    }

    /// The name of the directory, for messages.
    pub fn name(&self) -> String {
        printable(&self.directory)
    }

    /// The canonical path of the directory, without symbolic links.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// Creates the output for the result of a file.
    ///
    /// # Errors
    /// Says why the file has no place in the directory, or why the output cannot be created.
    pub fn create(&mut self, path: &Path, temporaries: &Temporaries) -> Result<Output, String> {
        let place = place(path)?;
        let target = self.directory.join(&place);
        if !self.written.insert(place) {
            return Err("another file has the same place in --output-dir".into());
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                format!("cannot create {}: {}", printable(parent), reason(&error))
            })?;
        }
        let old = canonical(&target).map_err(|fatal| fatal.0)?;
        if old.is_some() && old == canonical(path).map_err(|fatal| fatal.0)? {
            return Err("would be replaced by its own result (--output-dir)".into());
        }
        let is_old = |list: &&(PathBuf, String)| old.as_ref() == Some(&list.0);
        if let Some((_, what)) = self.protected.iter().find(is_old) {
            return Err(format!("its result would replace {what} (--output-dir)"));
        }
        Output::one_of_many(&target, temporaries).map_err(|fatal| fatal.0)
    }

    /// Waits until all results are on the disk.
    ///
    /// # Errors
    /// If the system reports an error.
    pub fn sync(&self) -> Result<(), Fatal> {
        let synced = File::open(&self.directory).map(|file| rustix::fs::syncfs(&file));
        match synced {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(error),
        }
        .map_err(|error| Fatal(format!("cannot write to {}: {}", self.name(), reason(&error))))
    }
}

/// The canonical path; `None` if nothing has this name.
fn canonical(path: &Path) -> Result<Option<PathBuf>, Fatal> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Fatal(format!("cannot resolve the path {}: {}", printable(path), reason(&error))))
        }
    }
}

/// The place of a result: the path of its file without the root and `.`.
fn place(path: &Path) -> Result<PathBuf, String> {
    let mut place = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => place.push(name),
            Component::ParentDir => {
                return Err(format!(
                    "{}: a path with .. has no place in --output-dir",
                    printable(path)
                ));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(place)
}
