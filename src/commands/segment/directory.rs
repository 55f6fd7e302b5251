//! `--output-dir`: what becomes of each file that is found, and of its lines.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use super::files::{Files, Taken};
use super::lines::Joint;
use super::plan::Plan;
use crate::error::{Fatal, FileError};
use crate::files::arguments::Inputs;
use crate::files::{Item, Origin, Refused, Skip};
use crate::output::directory::Directory;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::pipeline::{Control, Sink};
use crate::run::ending::Ending;
use crate::run::progress::Counters;
use crate::run::session::Session;
use crate::segment::job::{Made, Outcome};
use crate::segment::render::Form;

/// The directory of the results, if there is to be one.
///
/// # Errors
/// When it cannot be one, or a result would replace what the run reads.
pub(super) fn begin(plan: &Plan, session: &Session) -> Result<Option<Directory>, Fatal> {
    let Some(directory) = &plan.directory else { return Ok(None) };
    let found = files(&plan.inputs, &session.control);
    Directory::new(directory, found, &plan.inputs.paths, &plan.lists()).map(Some)
}

/// The files of which a walk says that they will be read, until the run is stopped. Names of a list are
/// not known before they are read. An error is told and counted when the run comes to it; what is
/// missed here by it is seen again when the results are created.
fn files(inputs: &Inputs, control: &Control) -> impl Iterator<Item = PathBuf> {
    let found = inputs.walk().into_iter().flatten().take_while(|_| !control.is_stopped());
    found.filter_map(|found| match found {
        Ok(Item::File(path, _)) => Some(path),
        _ => None,
    })
}

/// Which files have no place in a directory of results.
pub(super) struct Rule {
    /// Its name, and its path without links.
    name: String,
    real: PathBuf,
}

impl Rule {
    pub(super) fn new(directory: &Directory) -> Self {
        Self { name: directory.name(), real: directory.real().to_path_buf() }
    }

    /// Leaves out what a walk meets in the directory itself; what was named may not lie in it, and
    /// must have a place in it.
    pub(super) fn check(&self, item: Item) -> Result<Item, Refused> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => {
                let reason = "standard input has no place in --output-dir".into();
                return Err(Refused::Failed(FileError::new("-".into(), reason)));
            }
        };
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&self.real) => Ok(Item::File(path, origin)),
            Ok(_) if matches!(origin, Origin::Walked(_)) => {
                Err(Refused::Skipped(path, Skip::Output))
            }
            Ok(_) => {
                let reason = format!("lies in {} (--output-dir)", self.name);
                Err(Refused::Failed(FileError::new(path, reason)))
            }
            // Opening it tells more; and a pipe has a name that leads nowhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Item::File(path, origin))
            }
            Err(error) => Err(Refused::Failed(FileError::io(path, &error))),
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
        session.console.line(&format!(
            "nothing was segmented: every file that was found lies in {} (--output-dir)",
            self.name
        ));
        Ending::SomeFailed
    }
}

/// Writes each file's lines to its place.
pub(super) struct DirectorySink {
    directory: Directory,
    files: Files,
    joint: Joint,
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

impl DirectorySink {
    pub(super) fn new(
        directory: Directory,
        files: Files,
        form: Form,
        temporaries: Temporaries,
    ) -> Self {
        Self { directory, files, joint: Joint::new(form), current: Current::None, temporaries }
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(self) -> Result<(), Fatal> {
        self.directory.sync()
    }
}

impl Sink<Outcome> for DirectorySink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        let Some(Taken { block, wanted, complete }) = self.files.take(outcome)? else {
            return Ok(());
        };
        if let (true, Current::None) = (wanted, &self.current) {
            self.current = match self.directory.create(&block.path, &self.temporaries) {
                Ok(output) => Current::Open(output),
                Err(reason) => {
                    self.files.fail(&FileError::new(block.path.to_path_buf(), reason));
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
