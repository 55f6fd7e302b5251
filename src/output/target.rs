//! Where results go: standard output, or a file that is replaced only when all is written.

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

/// Results are handed to the system in pieces of about this many bytes.
const WRITE_SIZE: usize = 64 << 10;

/// The writer of a run.
pub struct Output {
    target: Target,
    name: String,
    named: Option<String>,
    /// What the run itself writes or replaces, as it was when the output was made.
    identities: Vec<Identity>,
    /// What is not yet handed to the system.
    pub buffer: Vec<u8>,
}

/// An output with which a later run can go on.
pub struct StartedOutput {
    /// The output.
    pub output: Output,
    /// What an interrupted run wrote.
    pub done: Option<File>,
    /// What the user should know about what an interrupted run left.
    pub notice: Option<String>,
}

enum Target {
    /// Standard output, or a device or pipe given as a file name.
    Stream(File),
    /// A temporary file beside the final one, and what that is now.
    Replace(NamedTempFile, PathBuf, Option<Identity>),
    /// A file beside the final one, with which a later run can go on.
    Partial(Partial),
}

impl Output {
    /// Standard output. If it is closed, that is told when something is written.
    ///
    /// # Errors
    /// When the process may not have another descriptor.
    pub fn stdout() -> Result<Self, Fatal> {
        Self::file(Destination::stdout()?, &Temporaries::default())
    }

    /// Writes this to standard output, and nothing else.
    ///
    /// # Errors
    /// When that fails, unless nobody wants to read it.
    pub fn print(text: Vec<u8>) -> Result<(), Fatal> {
        let mut output = Self::stdout()?;
        output.buffer = text;
        match output.write_all() {
            Ok(()) | Err(WriteError::Closed) => Ok(()),
            Err(WriteError::Failed(fatal)) => Err(fatal),
        }
    }

    /// A file, written as a temporary one in the same directory until [`Output::commit`].
    /// A device or a pipe is written to directly.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(destination: Destination, temporaries: &Temporaries) -> Result<Self, Fatal> {
        if let Kind::File(path, _) = &destination.kind {
            remove_leftovers(path);
        }
        Self::at(destination, temporaries)
    }

    /// A file as from [`Output::file`], without a look at its directory for what killed runs have
    /// left, which would take long for each of many files.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn one_of_many(path: &Path, temporaries: &Temporaries) -> Result<Self, Fatal> {
        Self::at(Destination::of(path)?, temporaries)
    }

    /// A file as from [`Output::file`], but written as `FILE.partial`, which stays if the run does
    /// not come to its end. See [`partial`](super::partial) for the rest. Nothing is waited for when
    /// `is_stopped` says so.
    ///
    /// # Errors
    /// When it cannot be created, or there is something to resume which is not of this command.
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
                        "{}, which an interrupted run left, is replaced (--resume would have gone on with it)",
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
                    "{} is left alone: {reason}; this run cannot be resumed",
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
                // What is no regular file is never read.
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

    /// The name that it was given, as [`Destination::named`] has it.
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Whether a file will be replaced at the end.
    pub fn replaces(&self) -> bool {
        !matches!(self.target, Target::Stream(_))
    }

    /// The file with which a later run can go on, if this one ends now.
    pub fn leaves(&self) -> Option<&Path> {
        match &self.target {
            Target::Partial(partial) if !partial.is_empty() => Some(partial.path()),
            _ => None,
        }
    }

    /// The file that this run replaces at its end; until then it can be read.
    pub fn replaced(&self) -> Option<Identity> {
        match &self.target {
            Target::Replace(_, _, old) => *old,
            Target::Stream(_) | Target::Partial(_) => None,
        }
    }

    /// The files that this run itself writes or replaces.
    pub fn identities(&self) -> Vec<Identity> {
        self.identities.clone()
    }

    /// Hands the buffer to the system when it is large enough to be worth a call.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_if_large(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= WRITE_SIZE { self.write_all() } else { Ok(()) }
    }

    /// Hands the buffer to the system.
    ///
    /// # Errors
    /// When writing fails.
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

    /// Whether the output has a reader, who may want no more; a file or a disk has none.
    fn has_reader(&self) -> bool {
        let Target::Stream(file) = &self.target else { return false };
        let kind = file.metadata().map(|metadata| metadata.file_type());
        // Who names a pipe with -o waits for all that goes into it.
        self.name == STDOUT && kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// The file that is appended to, if the output is a stream into one that is not empty.
    pub fn appended(&self) -> Option<Identity> {
        let Target::Stream(file) = &self.target else { return None };
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        (metadata.len() > 0).then(|| identity(&metadata))
    }

    /// Gives a file its name without waiting for the disk: it is there as a whole or not at all, but
    /// a power cut may take it.
    ///
    /// # Errors
    /// When that fails; the old file is then as it was.
    pub fn replace(mut self) -> Result<(), WriteError> {
        self.write_all()?;
        if let Target::Replace(temporary, path, _) = self.target {
            temporary.persist(&path).map_err(|error| {
                WriteError::Failed(failed("write to", &self.name, &error.error))
            })?;
        }
        Ok(())
    }

    /// Makes everything written lasting: a file is synchronised and takes its name. Gives what could not be
    /// tidied up.
    ///
    /// # Errors
    /// When any of that fails; the old file is then as it was.
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
        // The new name lasts once its directory is on disk; some file systems refuse this.
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
    /// Nobody reads the output any more: no reason for a message.
    Closed,
    /// Everything else.
    Failed(Fatal),
}

impl From<Fatal> for WriteError {
    fn from(fatal: Fatal) -> Self {
        WriteError::Failed(fatal)
    }
}

/// Gives a new file the mode and, if we may, the owner of the one that it will replace.
fn adopt(file: &File, old: &fs::Metadata, mode: u32) {
    // The umask does not apply to a file that is replaced.
    let _ = file.set_permissions(Permissions::from_mode(mode));
    let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
}

/// The mode of a file that takes the place of the old one.
fn mode(old: Option<&fs::Metadata>) -> u32 {
    old.map_or(0o666, |old| old.mode() & 0o777)
}
