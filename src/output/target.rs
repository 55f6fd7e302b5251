//! Writes results to standard output or to a file. An existing file is replaced only after the whole result
//! has been written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::description::Description;
use super::destination::{Destination, Kind, STDOUT, failed};
use super::inherited::{Inherited, mode};
use super::partial::{Opened, Partial, Run};
use super::temporary::{Temporaries, remove_leftovers};
use crate::compression::{Encoder, Format};
use crate::error::{Fatal, FileError};
use crate::escape::printable;
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};

/// Results are written in pieces of about this many bytes.
pub const WRITE_SIZE: usize = 64 << 10;

/// The output of a run.
pub struct Output {
    target: Target,
    name: String,
    named: Option<String>,
    /// The identities of the files that the run writes or replaces, as they were when the output
    /// was opened.
    identities: Vec<Identity>,
    /// The SHA-256 of all bytes that were written; `None` if it is not asked for.
    digest: Option<Box<Sha256>>,
    /// Compresses what is written.
    encoder: Option<Encoder>,
    /// A file beside the output that describes it.
    description: Option<Description>,
    /// Bytes that are not yet written.
    pub buffer: Vec<u8>,
}

/// An output, and what an interrupted earlier run left of it.
pub struct StartedOutput {
    /// The output.
    pub output: Output,
    /// A copy of what the interrupted run wrote, if this run resumes it.
    pub done: Option<File>,
    /// A message for the user about the FILE.partial of an interrupted run.
    pub notice: Option<String>,
}

enum Target {
    /// Standard output, or a device or pipe given as a file name.
    Stream(File),
    /// A temporary file beside the final file, the final path, and the identity of the old file
    /// that will be replaced.
    Replace(NamedTempFile, PathBuf, Option<Identity>),
    /// A file `FILE.partial`, from which a later run can continue.
    Partial(Partial),
}

impl Output {
    /// Standard output. If it is closed, the first write fails, not this call.
    ///
    /// # Errors
    /// If the file descriptor cannot be duplicated.
    pub fn stdout() -> Result<Self, Fatal> {
        Self::file(Destination::stdout()?, &Temporaries::default())
    }

    /// Writes a text to standard output.
    ///
    /// # Errors
    /// If writing fails. It is no error if the reader of the output has closed it.
    pub fn print(text: Vec<u8>) -> Result<(), Fatal> {
        let mut output = Self::stdout()?;
        output.buffer = text;
        match output.write_all() {
            Ok(()) | Err(WriteError::Closed) => Ok(()),
            Err(WriteError::Failed(fatal)) => Err(fatal),
        }
    }

    /// An output at this destination. Results for a file go to a temporary file in the same
    /// directory, which gets the final name in [`Output::commit`]. A device or a pipe is written
    /// directly.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn file(destination: Destination, temporaries: &Temporaries) -> Result<Self, Fatal> {
        if let Kind::File(path, _) = &destination.kind {
            remove_leftovers(path);
        }
        Self::at(destination, temporaries)
    }

    /// Like [`Output::file`], but results for a file go to `FILE.partial`, which stays if the run
    /// is interrupted; see [`partial`](super::partial). If another run writes `FILE.partial`, this
    /// waits for a moment, at most until `is_stopped` returns true.
    ///
    /// # Errors
    /// If the file cannot be created, or if `resume` is set and an existing FILE.partial cannot be
    /// resumed, for example since another command wrote it.
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
                    "{} is not a file, so nothing can be resumed; name a file with -o",
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
                    Inherited::from(old).give_to(partial.file());
                }
                (partial, None, notice)
            }
            Opened::Resumed(partial, done) => (partial, Some(done), None),
            Opened::Refused(partial, reason) if resume => {
                return Err(Fatal(format!(
                    "cannot resume {}: {reason}; without --resume, everything is done anew",
                    printable(&partial)
                )));
            }
            Opened::Refused(partial, reason) => {
                let notice = format!(
                    "{} is not touched: {reason}; if this run is interrupted, it cannot be resumed",
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
                // Only a regular file could also be an input of this run. So the identities of
                // other kinds of files are not needed.
                let identities =
                    if metadata.is_file() { vec![identity(&metadata)] } else { Vec::new() };
                Ok(Self::new(Target::Stream(file), name, named, identities))
            }
            Kind::File(path, old) => {
                let fail = |error: &io::Error| failed("create a file beside", &name, error);
                let mode = mode(old.as_ref());
                let temporary = temporaries.create(&path, mode).map_err(|error| fail(&error))?;
                if let Some(old) = &old {
                    Inherited::from(old).give_to(temporary.as_file());
                }
                let metadata = temporary.as_file().metadata().map_err(|error| fail(&error))?;
                let old = old.as_ref().map(identity);
                let identities = [identity(&metadata)].into_iter().chain(old).collect();
                Ok(Self::new(Target::Replace(temporary, path, old), name, named, identities))
            }
        }
    }

    fn new(target: Target, name: String, named: Option<String>, identities: Vec<Identity>) -> Self {
        Self {
            target,
            name,
            named,
            identities,
            digest: None,
            encoder: None,
            description: None,
            buffer: Vec::new(),
        }
    }

    /// The name that the user gave; see [`Destination::named`].
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Whether the results go to a file, which replaces an existing one at the end.
    pub fn replaces(&self) -> bool {
        !matches!(self.target, Target::Stream(_))
    }

    /// Whether a file is replaced that exists now.
    pub fn has_old(&self) -> bool {
        match &self.target {
            Target::Stream(_) => false,
            Target::Replace(_, _, old) => old.is_some(),
            Target::Partial(partial) => partial.target().exists(),
        }
    }

    /// The path of the `FILE.partial` from which a later run can continue if this run ends now.
    pub fn resumable_path(&self) -> Option<&Path> {
        match &self.target {
            Target::Partial(partial) if !partial.is_empty() => Some(partial.path()),
            _ => None,
        }
    }

    /// The identity of the file that this run replaces at its end. Until then the old file can be
    /// read.
    pub fn replaced(&self) -> Option<Identity> {
        match &self.target {
            Target::Replace(_, _, old) => *old,
            Target::Stream(_) | Target::Partial(_) => None,
        }
    }

    /// The identities of the files that this run writes or replaces.
    pub fn identities(&self) -> Vec<Identity> {
        self.identities.clone()
    }

    /// From now on, computes a digest of the bytes that are written.
    pub fn begin_digest(&mut self) {
        self.digest = Some(Box::default());
    }

    /// The SHA-256 of all bytes since [`Output::begin_digest`], those in the buffer included. `None`
    /// if that was not called.
    pub fn digest(&self) -> Option<[u8; 32]> {
        let digest = Sha256::clone(self.digest.as_ref()?);
        Some(digest.chain_update(&self.buffer).finalize().into())
    }

    /// Writes a description of the output beside it, before the output gets its final name.
    /// [`Output::begin_digest`] must have been called before anything was written.
    pub fn describe_in(&mut self, description: Description) {
        self.description = Some(description);
    }

    /// Compresses what is written from now on, if the name of the file says so.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn compress_as_named(&mut self) -> Result<(), Fatal> {
        let named = self.named.as_ref().and_then(|name| Format::of_name(Path::new(name)));
        self.encoder = named.map(Encoder::new).transpose().map_err(|error| self.failed(&error))?;
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Fatal {
        failed("write to", &self.name, error)
    }

    /// Writes the bytes in the buffer if they are enough for one large write.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_if_large(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= WRITE_SIZE { self.write_all() } else { Ok(()) }
    }

    /// Writes the bytes in the buffer, and empties it.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_all(&mut self) -> Result<(), WriteError> {
        if let Some(encoder) = &mut self.encoder {
            let mut packed = Vec::new();
            let encoded = encoder.encode(&self.buffer, &mut packed);
            encoded.map_err(|error| WriteError::Failed(self.failed(&error)))?;
            self.buffer = packed;
        }
        self.write_buffer()
    }

    /// Writes the bytes in the buffer as they are, and empties it.
    fn write_buffer(&mut self) -> Result<(), WriteError> {
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
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer);
        }
        self.buffer.clear();
        result.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe if self.has_reader() => WriteError::Closed,
            _ => WriteError::Failed(self.failed(&error)),
        })
    }

    /// Whether the output is a pipe on standard output. If its reader closes it, the reader (such
    /// as `head`) has read enough, so this is no error.
    fn has_reader(&self) -> bool {
        let Target::Stream(file) = &self.target else { return false };
        let kind = file.metadata().map(|metadata| metadata.file_type());
        // A pipe that the user names with -o does not count: the user wants all results to arrive
        // in it.
        self.name == STDOUT && kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// The identity of the regular file to which the stream appends (as with `>>`), if the file is
    /// not empty.
    pub fn appended(&self) -> Option<Identity> {
        let Target::Stream(file) = &self.target else { return None };
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        (metadata.len() > 0).then(|| identity(&metadata))
    }

    /// Makes the result durable: the file is written to disk and gets its final name. If a leftover
    /// file could not be removed, returns the error of that.
    ///
    /// # Errors
    /// If writing or renaming fails. The old file is then unchanged.
    pub fn commit(mut self) -> Result<Option<FileError>, WriteError> {
        self.write_all()?;
        if let Some(encoder) = self.encoder.take() {
            let end = encoder.finish();
            self.buffer = end.map_err(|error| WriteError::Failed(self.failed(&error)))?;
            self.write_buffer()?;
        }
        if let (Some(description), Some(sha256)) = (self.description.take(), self.digest()) {
            description.write(&sha256)?;
        }
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
        // The new name is durable only when its directory is on disk, too. Some file systems cannot
        // write a directory to disk on request, so errors are ignored.
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
    /// The reader has closed the output. This needs no message.
    Closed,
    /// Any other reason.
    Failed(Fatal),
}

impl From<Fatal> for WriteError {
    fn from(fatal: Fatal) -> Self {
        WriteError::Failed(fatal)
    }
}
