//! Writes the result of each input file to a file of its own (`--output-dir`), and decides which
//! input files get a result.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::files::{Files, Taken};
use super::lines::Joiner;
use super::plan::Plan;
use super::records::Totals;
use super::resume::Resuming;
use crate::error::{Fatal, FileError};
use crate::files::arguments::Inputs;
use crate::files::{Item, Origin, Refused, Skip};
use crate::output::batch::Batches;
use crate::output::directory::{Created, Directory, Kept};
use crate::output::inside::Inside;
use crate::output::result_file::ResultFile;
use crate::output::target::WRITE_SIZE;
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
pub(super) fn begin(
    plan: &Plan,
    resuming: &mut Resuming,
    session: &Session,
) -> Result<Option<Directory>, Fatal> {
    let Some(directory) = &plan.directory else { return Ok(None) };
    let found = || files(&plan.inputs, &session.control);
    let temporaries = session.temporaries.clone();
    let (named, lists) = (&plan.inputs.paths, plan.lists());
    let mut directory = Directory::new(directory, found, named, &lists, temporaries)?;
    if let Some(arguments) = resuming.of_directory() {
        directory.resume(&arguments, &|| session.control.is_stopped())?;
    }
    Ok(Some(directory))
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
    inside: Mutex<Inside>,
    /// Whether symbolic links that a walk finds are followed.
    follow: bool,
    /// Answers which files have their result already, if the run resumes others.
    kept: Option<Kept>,
}

impl Rule {
    pub(super) fn new(directory: &Directory, inputs: &Inputs) -> Self {
        let (name, inside) = (directory.name(), Mutex::new(directory.inside()));
        Self { name, inside, follow: inputs.rules.follow, kept: directory.kept() }
    }

    /// Like [`Rule::check`], for a file that may have its result already.
    pub(super) fn judge_item(&self, item: Item) -> Result<Item, Outcome> {
        match (self.check(item)?, &self.kept) {
            (Item::File(path, _), Some(kept)) if kept.has(&path) => Err(Outcome::Kept(path)),
            (item, _) => Ok(item),
        }
    }

    /// Skips an input file that a walk finds in the directory for the results. If the user named
    /// such a file, that is an error. So is standard input, which has no name for its result.
    fn check(&self, item: Item) -> Result<Item, Refused> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => {
                let reason = "standard input cannot be used with --output-dir: it has no name for its result".into();
                return Err(Refused::Failed(FileError::new("-".into(), reason)));
            }
        };
        let walked = matches!(origin, Origin::Walked(..));
        let may_be_link = self.follow || !walked;
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        match inside.has(&path, may_be_link) {
            Ok(false) => Ok(Item::File(path, origin)),
            Ok(true) if walked => Err(Refused::Skipped(path, Skip::Output)),
            Ok(true) => {
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
    batches: Batches,
    files: Files,
    joiner: Joiner,
    current: Current,
    /// Bytes of the current result that are not yet written.
    buffer: Vec<u8>,
}

/// The result that is being written.
enum Current {
    None,
    File(ResultFile),
    Stream(Output),
    /// The result file could not be created, so the rest of this input file is dropped.
    Failed,
}

impl DirectorySink {
    /// Makes the sink, and starts the thread that gives results their final names.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(super) fn new(
        directory: Directory,
        files: Files,
        form: Form,
        session: &Session,
    ) -> Result<Self, Fatal> {
        let reporter = session.reporter();
        let batches = directory.batches(Box::new(move |failure| reporter.failed(failure)))?;
        let (joiner, current, buffer) = (Joiner::new(form), Current::None, Vec::new());
        Ok(Self { directory, batches, files, joiner, current, buffer })
    }

    /// What `--records` replaced in all files.
    pub(super) fn totals(&self) -> Totals {
        self.files.totals
    }

    /// Waits until all result files are stored on the disk and have their final names.
    ///
    /// # Errors
    /// If the system reports that a result could not be written.
    pub(super) fn finish(self) -> Result<(), Fatal> {
        self.batches.finish()
    }
}

impl Sink<Outcome> for DirectorySink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        if let Outcome::Kept(path) = &outcome
            && let Err(reason) = self.directory.claim(path)
        {
            self.files.fail(&FileError::new(path.clone(), reason));
            return Ok(());
        }
        let Some(Taken { block, wanted, complete, .. }) = self.files.take(outcome)? else {
            return Ok(());
        };
        if let (true, Current::None) = (wanted, &self.current) {
            self.current = match self.directory.create(&block.path) {
                Ok(Created::File(file)) => Current::File(file),
                Ok(Created::Stream(output)) => Current::Stream(output),
                Err(reason) => {
                    self.files.fail(&FileError::new(block.path.to_path_buf(), reason));
                    Current::Failed
                }
            };
        }
        if let (true, Made::Lines(rendered)) = (wanted, block.made) {
            match &mut self.current {
                Current::File(file) => {
                    self.joiner.append(rendered, &mut self.buffer);
                    if self.buffer.len() >= WRITE_SIZE {
                        file.write(&mut self.buffer)?;
                    }
                }
                Current::Stream(output) => {
                    self.joiner.append(rendered, &mut output.buffer);
                    output.write_if_large()?;
                }
                Current::None | Current::Failed => {}
            }
        }
        let Some(complete) = complete else { return Ok(()) };
        self.joiner.end();
        match std::mem::replace(&mut self.current, Current::None) {
            Current::File(mut file) if complete => {
                file.write(&mut self.buffer)?;
                self.batches.put(file, &block.path, block.stamp.as_ref())?;
            }
            Current::Stream(output) if complete => drop(output.commit()?),
            _ => self.buffer.clear(),
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
