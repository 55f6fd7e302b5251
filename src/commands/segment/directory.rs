//! `--output-dir`: the result of each file at the same path below a directory, replaced as a whole.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use super::super::inputs::Inputs;
use super::super::session::Session;
use super::files::{Files, Taken};
use super::lines::Joint;
use crate::error::{Ending, Failure, Fatal, reason};
use crate::escape::printable;
use crate::input::{Item, Origin, Refused, Skip};
use crate::pipeline::{Control, Sink};
use crate::progress::Counters;
use crate::report::output::{Output, WriteError};
use crate::report::temporary::Temporaries;
use crate::segment::job::{Made, Outcome};
use crate::segment::render::Form;

/// The directory.
pub(super) struct Target {
    directory: PathBuf,
    /// Its path without links.
    real: PathBuf,
    /// The dictionaries and lists of the run, without links, and what they are to it.
    lists: Vec<(PathBuf, String)>,
}

impl Target {
    /// Makes the directory, after a look at all inputs: no two may have the same place in it, none may
    /// be replaced by a result, and none that was named may lie in it. Names of a list are not known
    /// before they are read.
    pub(super) fn new(
        directory: &Path,
        inputs: &Inputs<'_>,
        control: &Control,
        lists: &[(&Path, &str)],
    ) -> Result<Self, Fatal> {
        let real = canonical(directory)?;
        let is_inside =
            |path: &Path| real.as_ref().is_some_and(|directory| path.starts_with(directory));
        let mut places: HashMap<PathBuf, PathBuf> = HashMap::new();
        // Files that are there already, without links, and whose results will replace them.
        let mut replaced: HashMap<PathBuf, PathBuf> = HashMap::new();
        for found in inputs.walk().into_iter().flatten() {
            if control.is_stopped() {
                break;
            }
            // An error is told and counted when the run comes to it. What this look misses by it is
            // seen again when the results are created.
            let Ok(Item::File(path, _)) = found else { continue };
            let place = place(&path).map_err(Fatal)?;
            if let Some(old) = canonical(&directory.join(&place))? {
                replaced.insert(old, path.clone());
            }
            if let Some(other) = places.insert(place, path.clone()) {
                let [other, path] = [printable(&other), printable(&path)];
                let reason = "would have the same place in --output-dir";
                return Err(Fatal(format!("{other} and {path} {reason}")));
            }
        }
        for path in places.values().filter(|_| !replaced.is_empty()) {
            let Some(file) = canonical(path)? else { continue };
            // What a walk meets in the directory is left out.
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
        for path in inputs.paths() {
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
        for (path, what) in lists {
            files.extend(canonical(path)?.map(|file| (file, what.to_string())));
        }
        Ok(Self { directory: directory.to_path_buf(), real, lists: files })
    }

    /// Leaves out what a walk meets in the directory itself; what was named may not lie in it, and
    /// must have a place in it.
    pub(super) fn check(&self, item: Item) -> Result<Item, Refused> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => {
                let reason = "standard input has no place in --output-dir".into();
                return Err(Refused::Failed(Failure { path: "-".into(), reason }));
            }
        };
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&self.real) => Ok(Item::File(path, origin)),
            Ok(_) if matches!(origin, Origin::Walked(_)) => {
                Err(Refused::Skipped(path, Skip::Output))
            }
            Ok(_) => {
                let reason = format!("lies in {} (--output-dir)", printable(&self.directory));
                Err(Refused::Failed(Failure { path, reason }))
            }
            // Opening it tells more; and a pipe has a name that leads nowhere.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Item::File(path, origin)),
            Err(error) => Err(Refused::Failed(Failure::io(path, &error))),
        }
    }

    /// How the run ended: that everything was left out is no success.
    pub(super) fn judge(&self, ending: Ending, session: &Session) -> Ending {
        let Counters { files, skipped, .. } = &*session.counters;
        let all_left_out =
            files.load(Relaxed) == 0 && skipped[Skip::Output as usize].load(Relaxed) > 0;
        if ending != Ending::Good || !all_left_out {
            return ending;
        }
        let directory = printable(&self.directory);
        session.console.line(&format!(
            "nothing was segmented: every file that was found lies in {directory} (--output-dir)"
        ));
        Ending::SomeFailed
    }
}

/// The path without links; `None` if there is nothing.
fn canonical(path: &Path) -> Result<Option<PathBuf>, Fatal> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fatal(format!(
            "cannot find out where {} lies: {}",
            printable(path),
            reason(&error)
        ))),
    }
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
    temporaries: Temporaries,
}

/// The file that is being written.
enum Current {
    None,
    Open(Output),
    /// It could not be created.
    Failed,
}

impl<'a> DirectorySink<'a> {
    pub(super) fn new(
        target: &'a Target,
        files: Files,
        form: Form,
        temporaries: Temporaries,
    ) -> Self {
        let joint = Joint::new(form);
        let written = HashSet::new();
        Self { target, files, joint, written, current: Current::None, temporaries }
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
        if !self.written.insert(place) {
            return Err("another file had the same place in --output-dir".into());
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
        if let Some((_, what)) = self.target.lists.iter().find(is_old) {
            return Err(format!("its result would replace {what} (--output-dir)"));
        }
        Output::one_of_many(&target, &self.temporaries).map_err(|fatal| fatal.0)
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
