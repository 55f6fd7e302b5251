//! `--output-dir`: decides which files get a result, and writes each result to its own file.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use super::files::{Files, Taken};
use super::lines::Joiner;
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

/// Prepares the directory of results, if `--output-dir` is given.
///
/// # Errors
/// If the directory cannot be used, or if a result would replace a file that the run reads.
pub(super) fn begin(plan: &Plan, session: &Session) -> Result<Option<Directory>, Fatal> {
    let Some(directory) = &plan.directory else { return Ok(None) };
    let found = files(&plan.inputs, &session.control);
    Directory::new(directory, found, &plan.inputs.paths, &plan.lists()).map(Some)
}

/// The files that the walk finds, until the run is stopped. Names from a list are not known in
/// advance. Errors are ignored here: the run reports them, and checks each file again when it
/// creates its result.
fn files(inputs: &Inputs, control: &Control) -> impl Iterator<Item = PathBuf> {
    let found = inputs.walk().into_iter().flatten().take_while(|_| !control.is_stopped());
    found.filter_map(|found| match found {
        Ok(Item::File(path, _)) => Some(path),
        _ => None,
    })
}

/// Decides which files cannot have a result in the directory.
pub(super) struct Rule {
    /// The name of the directory.
    name: String,
    real: PathBuf,
}

impl Rule {
    pub(super) fn new(directory: &Directory) -> Self {
        Self { name: directory.name(), real: directory.real().to_path_buf() }
    }

    /// Skips files that a walk finds in the directory of results. A named file must not lie in it,
    /// and must have a place in it.
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
            // Opening the file gives a better error. The name of a pipe may lead nowhere and still
            // be readable.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Item::File(path, origin))
            }
            Err(error) => Err(Refused::Failed(FileError::io(path, &error))),
        }
    }

    /// Corrects the ending: a run that skipped every file is no success.
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

/// Writes the lines of each file to its own result.
pub(super) struct DirectorySink {
    directory: Directory,
    files: Files,
    joiner: Joiner,
    current: Current,
    temporaries: Temporaries,
}

/// The file that is being written.
enum Current {
    None,
    Open(Output),
    /// The result could not be created.
    Failed,
}

impl DirectorySink {
    pub(super) fn new(
        directory: Directory,
        files: Files,
        form: Form,
        temporaries: Temporaries,
    ) -> Self {
        Self { directory, files, joiner: Joiner::new(form), current: Current::None, temporaries }
    }

    /// Waits until all results are on the disk.
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
            self.joiner.append(rendered, &mut output.buffer);
            output.write_if_large()?;
        }
        let Some(complete) = complete else { return Ok(()) };
        self.joiner.end();
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Open(output) if complete => output.replace(),
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
