//! Writes the result of each input file to a file of its own (`--output-dir`), and decides which
//! input files get a result.

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

/// Prepares the directory for the results, if `--output-dir` is given.
///
/// # Errors
/// If the directory cannot be used, or if a result would replace a file that the run reads.
pub(super) fn begin(plan: &Plan, session: &Session) -> Result<Option<Directory>, Fatal> {
    let Some(directory) = &plan.directory else { return Ok(None) };
    let found = files(&plan.inputs, &session.control);
    Directory::new(directory, found, &plan.inputs.paths, &plan.lists()).map(Some)
}

/// Walks the directories before the run and returns the files, until the user stops the run. Names
/// from a list are not included, because the list cannot be read twice. Errors are ignored here:
/// the run itself reports them, and checks each file again when it creates the file's result.
fn files(inputs: &Inputs, control: &Control) -> impl Iterator<Item = PathBuf> {
    let found = inputs.walk().into_iter().flatten().take_while(|_| !control.is_stopped());
    found.filter_map(|found| match found {
        Ok(Item::File(path, _)) => Some(path),
        _ => None,
    })
}

/// Decides which input files cannot have a result in the directory of `--output-dir`.
pub(super) struct Rule {
    /// The name of the directory, for messages.
    name: String,
    real: PathBuf,
}

impl Rule {
    pub(super) fn new(directory: &Directory) -> Self {
        Self { name: directory.name(), real: directory.real().to_path_buf() }
    }

    /// Skips an input file that a walk finds in the directory for the results. If the user named
    /// such a file, that is an error. So is standard input, which has no name for its result.
    pub(super) fn check(&self, item: Item) -> Result<Item, Refused> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => {
                let reason = "standard input cannot be used with --output-dir: it has no name for its result".into();
                return Err(Refused::Failed(FileError::new("-".into(), reason)));
            }
        };
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&self.real) => Ok(Item::File(path, origin)),
            Ok(_) if matches!(origin, Origin::Walked(_)) => {
                Err(Refused::Skipped(path, Skip::Output))
            }
            Ok(_) => {
                let reason = format!(
                    "is not segmented: it lies in {} (--output-dir), where the results are written",
                    self.name
                );
                Err(Refused::Failed(FileError::new(path, reason)))
            }
            // The file is passed on, because opening it gives a better error. It may even succeed:
            // the name of a pipe, such as `/dev/fd/3`, can be opened although it has no canonical
            // path.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Item::File(path, origin))
            }
            Err(error) => Err(Refused::Failed(FileError::io(path, &error))),
        }
    }

    /// Returns how the run ended. If it skipped every file because all lie in the directory for the
    /// results, that is a failure.
    pub(super) fn judge(&self, ending: Ending, session: &Session) -> Ending {
        let Counters { files, skipped, .. } = &*session.counters;
        let all_left_out =
            files.load(Relaxed) == 0 && skipped[Skip::Output as usize].load(Relaxed) > 0;
        if ending != Ending::Good || !all_left_out {
            return ending;
        }
        session.console.line(&format!(
            "nothing was segmented: every file that was found lies in {} (--output-dir), where the results are written",
            self.name
        ));
        Ending::SomeFailed
    }
}

/// The sink of the pipeline: writes the lines of each input file to a result file of its own.
pub(super) struct DirectorySink {
    directory: Directory,
    files: Files,
    joiner: Joiner,
    current: Current,
    temporaries: Temporaries,
}

/// The result file that is being written.
enum Current {
    None,
    Open(Output),
    /// The result file could not be created, so the rest of this input file is dropped.
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

    /// Waits until all result files are stored on the disk.
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
            (wanted, block.made, &mut self.current)
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
