//! `--output-dir`: a directory of results, in which each result has the path of the file that it
//! was made from.

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
    /// Files that no result may replace, such as dictionaries: their canonical paths, and their
    /// roles for messages.
    protected: Vec<(PathBuf, String)>,
    /// The paths, relative to the directory, to which a result was written already.
    written: HashSet<PathBuf>,
}

impl Directory {
    /// Makes the directory after a check of the files that the run will read (`found`): their
    /// results must have different paths in the directory, and no result may replace one of these
    /// files. No path that the user named (`named`) may be in the directory. No result may replace
    /// a `protected` file, which comes with its role for messages.
    ///
    /// # Errors
    /// If the check fails, or if the directory cannot be created.
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
        // Existing files that a result will replace: the canonical path of the file, and the input
        // that the result is made from.
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
            // A file that a walk finds inside the directory is no input, since it is skipped. So a
            // result may replace it.
            let Some(by) = replaced.get(&file).filter(|by| *by == path || !is_inside(&file)) else {
                continue;
            };
            let what = match by == path {
                true => "its own result".into(),
                false => format!("the result of {}", printable(by)),
            };
            let path = printable(path);
            return Err(Fatal(format!(
                "{path} would be replaced by {what}; choose another --output-dir"
            )));
        }
        for path in named {
            if path.as_os_str() != "-" && canonical(path)?.is_some_and(|path| is_inside(&path)) {
                let [path, directory] = [printable(path), printable(directory)];
                return Err(Fatal(format!(
                    "{path} is inside the output directory {directory}; choose another --output-dir"
                )));
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
    /// Says why the file cannot have a result in the directory, or why the output cannot be
    /// created.
    pub fn create(&mut self, path: &Path, temporaries: &Temporaries) -> Result<Output, String> {
        let place = place(path)?;
        let target = self.directory.join(&place);
        if !self.written.insert(place) {
            return Err("another file's result has the same path in --output-dir".into());
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                format!("cannot create {}: {}", printable(parent), reason(&error))
            })?;
        }
        let old = canonical(&target).map_err(|fatal| fatal.0)?;
        if old.is_some() && old == canonical(path).map_err(|fatal| fatal.0)? {
            return Err("would be replaced by its own result; choose another --output-dir".into());
        }
        let is_old = |list: &&(PathBuf, String)| old.as_ref() == Some(&list.0);
        if let Some((_, what)) = self.protected.iter().find(is_old) {
            return Err(format!("its result in --output-dir would replace {what}"));
        }
        Output::one_of_many(&target, temporaries).map_err(|fatal| fatal.0)
    }

    /// Waits until the system has written all results to the disk.
    ///
    /// # Errors
    /// If the system reports that a result could not be written.
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

/// The path without symbolic links. `None` if nothing has this name.
fn canonical(path: &Path) -> Result<Option<PathBuf>, Fatal> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Fatal(format!("cannot resolve the path {}: {}", printable(path), reason(&error))))
        }
    }
}

/// The path of a result relative to the directory: the path of the input without a leading `/` and
/// without `.` components.
fn place(path: &Path) -> Result<PathBuf, String> {
    let mut place = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => place.push(name),
            Component::ParentDir => {
                return Err(format!(
                    "{}: a path with .. may lead out of --output-dir; name the file without ..",
                    printable(path)
                ));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(place)
}
