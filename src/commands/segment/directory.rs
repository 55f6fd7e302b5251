//! `--output-dir`: the result of each file at the same path below a directory, replaced as a whole.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use super::super::inputs::Inputs;
use super::files::{Files, Taken};
use super::lines::Joint;
use crate::error::{Failure, Fatal, reason};
use crate::input::{Item, Refused, Skip};
use crate::pipeline::{Control, Sink};
use crate::report::names::printable;
use crate::report::output::{Output, WriteError};
use crate::segment::job::{Made, Outcome};
use crate::segment::render::Form;

/// The directory.
pub(super) struct Target {
    directory: PathBuf,
    /// Its path without links.
    real: PathBuf,
}

impl Target {
    /// Makes the directory, after a look at all inputs: no two may have the same place in it. Names
    /// of a list are not known before they are read.
    pub(super) fn new(
        directory: &Path,
        inputs: &Inputs<'_>,
        control: &Control,
    ) -> Result<Self, Fatal> {
        let mut places: HashMap<PathBuf, PathBuf> = HashMap::new();
        for found in inputs.walk().into_iter().flatten() {
            if control.is_stopped() {
                break;
            }
            // An error is told and counted when the run comes to it. What this look misses by it is
            // seen again when the results are created.
            let Ok(Item::File(path, _)) = found else { continue };
            let place = place(&path).map_err(Fatal)?;
            let target = directory.join(&place);
            if is_same(&target, &path) {
                let path = printable(&path);
                return Err(Fatal(format!(
                    "{path} would be replaced by its own result (--output-dir)"
                )));
            }
            if let Some(other) = places.insert(place, path.clone()) {
                let [other, path] = [printable(&other), printable(&path)];
                let reason = "would have the same place in --output-dir";
                return Err(Fatal(format!("{other} and {path} {reason}")));
            }
        }
        let fail =
            |error| Fatal(format!("cannot create {}: {}", printable(directory), reason(&error)));
        fs::create_dir_all(directory).map_err(fail)?;
        let real = directory.canonicalize().map_err(fail)?;
        Ok(Self { directory: directory.to_path_buf(), real })
    }

    /// Leaves out what is in the directory itself, and what has no place in it.
    pub(super) fn check(&self, item: Item) -> Result<Item, Refused> {
        match item {
            Item::Stdin => {
                let reason = "standard input has no place in --output-dir".into();
                Err(Refused::Failed(Failure { path: "-".into(), reason }))
            }
            Item::File(path, _)
                if path.canonicalize().is_ok_and(|real| real.starts_with(&self.real)) =>
            {
                Err(Refused::Skipped(path, Skip::Output))
            }
            Item::File(..) => Ok(item),
        }
    }
}

/// Whether a result would take the place of its own file.
fn is_same(target: &Path, path: &Path) -> bool {
    target.canonicalize().is_ok_and(|target| path.canonicalize().is_ok_and(|path| path == target))
}

/// The place of a file below the directory: its path without root and `.`.
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

/// Writes each file's lines to its place.
pub(super) struct DirectorySink<'a> {
    target: &'a Target,
    files: Files,
    joint: Joint,
    /// Places that were written to.
    written: HashSet<PathBuf>,
    current: Current,
}

/// The file that is being written.
enum Current {
    None,
    Open(Output),
    /// It could not be created.
    Failed,
}

impl<'a> DirectorySink<'a> {
    pub(super) fn new(target: &'a Target, files: Files, form: Form) -> Self {
        let joint = Joint::new(form);
        Self { target, files, joint, written: HashSet::new(), current: Current::None }
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(self) -> Result<(), Fatal> {
        let directory = &self.target.directory;
        let synced = File::open(directory).map(|file| rustix::fs::syncfs(&file));
        match synced {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(error),
        }
        .map_err(|error| {
            Fatal(format!("cannot write to {}: {}", printable(directory), reason(&error)))
        })
    }

    fn create(&mut self, path: &Path) -> Result<Output, String> {
        let place = place(path)?;
        let target = self.target.directory.join(&place);
        if is_same(&target, path) {
            return Err("it would be replaced by its own result (--output-dir)".into());
        }
        if !self.written.insert(place) {
            return Err("another file had the same place in --output-dir".into());
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                format!("cannot create {}: {}", printable(parent), reason(&error))
            })?;
        }
        Output::one_of_many(&target).map_err(|fatal| fatal.0)
    }
}

impl Sink<Outcome> for DirectorySink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        let Some(Taken { block, wanted, complete }) = self.files.take(outcome)? else {
            return Ok(());
        };
        if let (true, Current::None) = (wanted, &self.current) {
            self.current = match self.create(&block.path) {
                Ok(output) => Current::Open(output),
                Err(reason) => {
                    self.files.fail(&Failure { path: block.path.to_path_buf(), reason });
                    Current::Failed
                }
            };
        }
        if let (true, Made::Lines(rendered), Current::Open(output)) =
            (wanted, &block.made, &mut self.current)
        {
            self.joint.append(rendered, &mut output.buffer);
            output.write_if_large()?;
        }
        let Some(complete) = complete else { return Ok(()) };
        self.joint.end();
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Open(output) if complete => output.replace(),
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
