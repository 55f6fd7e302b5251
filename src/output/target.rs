//! Writes results to standard output or to a file. An existing file is replaced only after the whole result
//! has been written.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::destination::{Destination, Kind, STDOUT, failed};
use super::partial::{Opened, Partial, Run};
use super::temporary::{Temporaries, remove_leftovers};
use crate::error::{Fatal, FileError};
use crate::escape::printable;
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};

/// Results are written in pieces of about this many bytes.
const WRITE_SIZE: usize = 64 << 10;

/// The output of a run.
pub struct Output {
    target: Target,
    name: String,
    named: Option<String>,
    /// The files that the run writes or replaces, as they were when the output was made.
    identities: Vec<Identity>,
    /// Bytes that are not yet written.
    pub buffer: Vec<u8>,
}

/// An output, and what is known about an earlier run that was interrupted.
pub struct StartedOutput {
    /// The output.
    pub output: Output,
    /// A copy of what the interrupted run wrote, if this run resumes it.
    pub done: Option<File>,
    /// A message about the FILE.partial of an interrupted run.
    pub notice: Option<String>,
}

enum Target {
    /// Standard output, or a device or pipe given as a file name.
    Stream(File),
    /// A temporary file beside the final one, the final path, and the identity of the old file.
    Replace(NamedTempFile, PathBuf, Option<Identity>),
    /// `FILE.partial`, which a later run can resume.
    Partial(Partial),
}

impl Output {
    /// Standard output. If it is closed, the first write fails, not this call.
    ///
    /// # Errors
    /// If the descriptor cannot be duplicated.
    pub fn stdout() -> Result<Self, Fatal> {
        Self::file(Destination::stdout()?, &Temporaries::default())
    }

    /// Writes a text to standard output.
    ///
    /// # Errors
    /// If writing fails, unless the reader has closed the output.
    pub fn print(text: Vec<u8>) -> Result<(), Fatal> {
        let mut output = Self::stdout()?;
        output.buffer = text;
        match output.write_all() {
            Ok(()) | Err(WriteError::Closed) => Ok(()),
            Err(WriteError::Failed(fatal)) => Err(fatal),
        }
    }

    /// An output at this destination. A file is written as a temporary file in the same directory
    /// until [`Output::commit`]. A device or a pipe is written directly.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn file(destination: Destination, temporaries: &Temporaries) -> Result<Self, Fatal> {
        if let Kind::File(path, _) = &destination.kind {
            remove_leftovers(path);
        }
        Self::at(destination, temporaries)
    }

    /// Like [`Output::file`], but does not look for leftovers of killed runs in the directory,
    /// which would take long for each of many files.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn one_of_many(path: &Path, temporaries: &Temporaries) -> Result<Self, Fatal> {
        Self::at(Destination::of(path)?, temporaries)
    }

    /// Like [`Output::file`], but a file is written as `FILE.partial`, which stays if the run is
    /// interrupted; see [`partial`](super::partial). The wait for another run that writes it ends
    /// when `is_stopped` returns true.
    ///
    /// # Errors
    /// If the file cannot be created, or if `resume` is set and the FILE.partial is from another
    /// command.
    pub fn resumable(
        destination: Destination,
        resume: bool,
        run: &mut Run,
        temporaries: &Temporaries,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<StartedOutput, Fatal> {
        let begun = |output| StartedOutput { output, done: None, notice: None };
        let Kind::File(path, old) = &destination.kind else {
            return match resume {
                true => Err(Fatal(format!(
                    "{} is not a file, so nothing can be resumed",
                    destination.name
                ))),
                false => Ok(begun(Self::at(destination, temporaries)?)),
            };
        };
        let mode = mode(old.as_ref());
        let fail = |error: &io::Error| failed("create a file beside", &destination.name, error);
        let opened = Partial::open(path, mode, resume, run, is_stopped);
        let (partial, done, notice) = match opened.map_err(|error| fail(&error))? {
            Opened::New(partial, replaced) => {
                let notice = replaced.then(|| {
                    format!(
                        "{}, which an interrupted run left, is replaced (--resume would have continued it)",
                        printable(partial.path())
                    )
                });
                if let Some(old) = old {
                    adopt(partial.file(), old, mode);
                }
                (partial, None, notice)
            }
            Opened::Resumed(partial, done) => (partial, Some(done), None),
            Opened::Refused(partial, reason) if resume => {
                return Err(Fatal(format!("cannot resume {}: {reason}", printable(&partial))));
            }
            Opened::Refused(partial, reason) => {
                let notice = format!(
                    "{} is not touched: {reason}; this run cannot be resumed",
                    printable(&partial)
                );
                let output = Self::file(destination, temporaries)?;
                return Ok(StartedOutput { output, done: None, notice: Some(notice) });
            }
        };
        let identities = partial.identities().map_err(|error| fail(&error))?;
        let output =
            Self::new(Target::Partial(partial), destination.name, destination.named, identities);
        Ok(StartedOutput { output, done, notice })
    }

    fn at(destination: Destination, temporaries: &Temporaries) -> Result<Self, Fatal> {
        let Destination { name, named, kind } = destination;
        match kind {
            Kind::Stream(file) => {
                let metadata = file.metadata();
                let metadata = metadata.map_err(|error| failed("write to", &name, &error))?;
                // Only a regular file could be read as an input too.
                let identities =
                    if metadata.is_file() { vec![identity(&metadata)] } else { Vec::new() };
                Ok(Self::new(Target::Stream(file), name, named, identities))
            }
            Kind::File(path, old) => {
                let fail = |error: &io::Error| failed("create a file beside", &name, error);
                let mode = mode(old.as_ref());
                let temporary = temporaries.create(&path, mode).map_err(|error| fail(&error))?;
                if let Some(old) = &old {
                    adopt(temporary.as_file(), old, mode);
                }
                let metadata = temporary.as_file().metadata().map_err(|error| fail(&error))?;
                let old = old.as_ref().map(identity);
                let identities = [identity(&metadata)].into_iter().chain(old).collect();
                Ok(Self::new(Target::Replace(temporary, path, old), name, named, identities))
            }
        }
    }

    fn new(target: Target, name: String, named: Option<String>, identities: Vec<Identity>) -> Self {
        Self { target, name, named, identities, buffer: Vec::new() }
    }

    /// The name that the user gave; see [`Destination::named`].
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Whether the output replaces a file at the end.
    pub fn replaces(&self) -> bool {
        !matches!(self.target, Target::Stream(_))
    }

    /// The file that a later run can resume, if this run ends now.
    pub fn resumable_path(&self) -> Option<&Path> {
        match &self.target {
            Target::Partial(partial) if !partial.is_empty() => Some(partial.path()),
            _ => None,
        }
    }

    /// The file that this run replaces at its end. Until then it can be read.
    pub fn replaced(&self) -> Option<Identity> {
        match &self.target {
            Target::Replace(_, _, old) => *old,
            Target::Stream(_) | Target::Partial(_) => None,
        }
    }

    /// The files that this run writes or replaces.
    pub fn identities(&self) -> Vec<Identity> {
        self.identities.clone()
    }

    /// Writes the buffer if it is large enough.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_if_large(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= WRITE_SIZE { self.write_all() } else { Ok(()) }
    }

    /// Writes the buffer.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_all(&mut self) -> Result<(), WriteError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let result = match &mut self.target {
            Target::Stream(file) => Bounded::new(file).write_all(&self.buffer),
            Target::Replace(temporary, ..) => {
                Bounded::new(temporary.as_file_mut()).write_all(&self.buffer)
            }
            Target::Partial(partial) => partial.write_all(&self.buffer),
        };
        self.buffer.clear();
        result.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe if self.has_reader() => WriteError::Closed,
            _ => WriteError::Failed(failed("write to", &self.name, &error)),
        })
    }

    /// Whether a closed pipe is no error: its reader has read enough. Only standard output has such
    /// a reader.
    fn has_reader(&self) -> bool {
        let Target::Stream(file) = &self.target else { return false };
        let kind = file.metadata().map(|metadata| metadata.file_type());
        // A user who names a pipe with -o wants everything to arrive in it.
        self.name == STDOUT && kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// The regular file that the stream appends to, if it is not empty.
    pub fn appended(&self) -> Option<Identity> {
        let Target::Stream(file) = &self.target else { return None };
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        (metadata.len() > 0).then(|| identity(&metadata))
    }

    /// Gives a file its final name without waiting for the disk. Other processes see the whole file
    /// or the old one, but a power failure may lose the new one.
    ///
    /// # Errors
    /// If writing or renaming fails; then the old file is unchanged.
    pub fn replace(mut self) -> Result<(), WriteError> {
        self.write_all()?;
        if let Target::Replace(temporary, path, _) = self.target {
            temporary.persist(&path).map_err(|error| {
                WriteError::Failed(failed("write to", &self.name, &error.error))
            })?;
        }
        Ok(())
    }

    /// Makes the result durable: the file is synchronised to disk and gets its final name. Returns
    /// the error of a leftover that could not be removed.
    ///
    /// # Errors
    /// If any of that fails; then the old file is unchanged.
    pub fn commit(mut self) -> Result<Option<FileError>, WriteError> {
        self.write_all()?;
        let fail = |error: &io::Error| WriteError::Failed(failed("write to", &self.name, error));
        let (path, left) = match self.target {
            Target::Stream(_) => return Ok(None),
            Target::Replace(temporary, path, _) => {
                temporary.as_file().sync_all().map_err(|error| fail(&error))?;
                temporary.persist(&path).map_err(|error| fail(&error.error))?;
                (path, None)
            }
            Target::Partial(partial) => partial.commit().map_err(|error| fail(&error))?,
        };
        // The new name is durable once its directory is on disk. Some file systems do not support
        // this.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Ok(directory) = File::open(parent.unwrap_or(Path::new("."))) {
            let _ = directory.sync_all();
        }
        Ok(left)
    }
}

/// Why writing failed.
#[derive(Debug)]
pub enum WriteError {
    /// The reader has closed the output: no message is needed.
    Closed,
    /// Any other reason.
    Failed(Fatal),
}

impl From<Fatal> for WriteError {
    fn from(fatal: Fatal) -> Self {
        WriteError::Failed(fatal)
    }
}

/// Gives a new file the mode of the file that it will replace and, if permitted, its owner.
fn adopt(file: &File, old: &fs::Metadata, mode: u32) {
    // The umask does not apply when a file is replaced.
    let _ = file.set_permissions(Permissions::from_mode(mode));
    let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
}

/// The mode for a file that replaces the old one, or for a new file.
fn mode(old: Option<&fs::Metadata>) -> u32 {
    old.map_or(0o666, |old| old.mode() & 0o777)
}
