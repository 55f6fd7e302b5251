//! Writes results to standard output or to a file. An existing file is replaced only after the whole result
//! has been written.

mod keeping;
pub mod starting;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::beside::Description;
use super::destination::{Destination, Kind, STDOUT, beside_failed, failed};
use super::inherited::{Inherited, mode};
use super::partial::Partial;
use super::temporary::{Temporaries, remove_leftovers};
use super::terminal::Terminal;
use crate::compression::{Encoder, Format};
use crate::error::{Fatal, FileError};
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};
use batchproc_os::close::close;

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
    /// How many bytes were written.
    written: u64,
    /// Compresses what is written.
    encoder: Option<Encoder>,
    /// A file beside the output that describes it.
    description: Option<Description>,
    /// Bytes that are not yet written.
    pub buffer: Vec<u8>,
}

enum Target {
    /// Standard output, or a device or pipe given as a file name. On a terminal, not all is shown as it is.
    Stream(File, Option<Terminal>),
    /// A temporary file beside the final file, the final path, and the identity of the old file
    /// that will be replaced.
    Replace(NamedTempFile, PathBuf, Option<Identity>),
    /// A file `FILE.partial`, from which a later run can continue, and the identity of the old file
    /// that will be replaced.
    Partial(Partial, Option<Identity>),
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
        match output.commit() {
            Ok(_) | Err(WriteError::Closed) => Ok(()),
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
                let terminal = Terminal::of(&file);
                Ok(Self::new(Target::Stream(file, terminal), name, named, identities))
            }
            Kind::File(path, old) => {
                let fail = |error: &io::Error| beside_failed(&name, error);
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
        let (digest, encoder, description, buffer) = (None, None, None, Vec::new());
        let written = 0;
        Self { target, name, named, identities, digest, written, encoder, description, buffer }
    }

    /// The name that the user gave; see [`Destination::named`].
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Whether the results go to a file, which replaces an existing one at the end.
    pub fn replaces(&self) -> bool {
        !matches!(self.target, Target::Stream(..))
    }

    /// Whether a file is replaced that exists now.
    pub fn has_old(&self) -> bool {
        match &self.target {
            Target::Stream(..) => false,
            Target::Replace(_, _, old) => old.is_some(),
            Target::Partial(partial, _) => partial.target().exists(),
        }
    }

    /// The identity of the file that this run replaces at its end. Until then the old file can be
    /// read.
    pub fn replaced(&self) -> Option<Identity> {
        match &self.target {
            Target::Replace(_, _, old) | Target::Partial(_, old) => *old,
            Target::Stream(..) => None,
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

    /// Whether an output with this name is compressed.
    pub fn is_compressed(name: &Path) -> bool {
        Format::of_name(name).is_some()
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

    /// How many bytes the output has so far, those in the buffer included.
    pub fn length(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// A handle of the file that has what was written so far, whose first [`Output::length`] bytes
    /// are those of the output. It must be used with offsets, since it shares its position with the
    /// output. `None` for a stream.
    ///
    /// # Errors
    /// If writing what is in the buffer fails, or if the handle cannot be made.
    pub fn written_file(&mut self) -> Result<Option<File>, WriteError> {
        self.write_all()?;
        let file = match &self.target {
            Target::Stream(..) => return Ok(None),
            Target::Replace(temporary, ..) => temporary.as_file(),
            Target::Partial(partial, _) => partial.file(),
        };
        file.try_clone().map(Some).map_err(|error| WriteError::Failed(self.failed(&error)))
    }

    /// The SHA-256 of the output so far, read from its file. `None` for a stream.
    ///
    /// # Errors
    /// If writing what is in the buffer fails, or if the file cannot be read.
    pub fn digest_of_file(&mut self) -> Result<Option<[u8; 32]>, WriteError> {
        let Some(file) = self.written_file()? else { return Ok(None) };
        let mut digest = Sha256::new();
        let (mut bytes, mut offset) = (vec![0; WRITE_SIZE], 0);
        while offset < self.written {
            let most = (self.written - offset).min(WRITE_SIZE as u64) as usize;
            let read = file.read_exact_at(&mut bytes[..most], offset);
            read.map_err(|error| failed("read", &self.name, &error))?;
            digest.update(&bytes[..most]);
            offset += most as u64;
        }
        Ok(Some(digest.finalize().into()))
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
            Target::Stream(file, None) => Bounded::new(file).write_all(&self.buffer),
            Target::Stream(file, Some(terminal)) => {
                Bounded::new(file).write_all(&terminal.shown(&self.buffer, false))
            }
            Target::Replace(temporary, ..) => {
                Bounded::new(temporary.as_file_mut()).write_all(&self.buffer)
            }
            Target::Partial(partial, _) => partial.write_all(&self.buffer),
        };
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer);
        }
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        result.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe if self.has_reader() => WriteError::Closed,
            _ => WriteError::Failed(self.failed(&error)),
        })
    }

    /// Whether the output is a pipe on standard output. If its reader closes it, the reader (such
    /// as `head`) has read enough, so this is no error.
    fn has_reader(&self) -> bool {
        let Target::Stream(file, _) = &self.target else { return false };
        let kind = file.metadata().map(|metadata| metadata.file_type());
        // A pipe that the user names with -o does not count: the user wants all results to arrive
        // in it.
        self.name == STDOUT && kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// The identity of the regular file to which the stream appends (as with `>>`), if the file is
    /// not empty.
    pub fn appended(&self) -> Option<Identity> {
        let Target::Stream(file, _) = &self.target else { return None };
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
            Target::Stream(mut file, terminal) => {
                let rest = terminal.map(|mut terminal| terminal.shown(&[], true));
                let written = Bounded::new(&mut file).write_all(&rest.unwrap_or_default());
                written.map_err(|error| fail(&error))?;
                close(file.into()).map_err(|error| fail(&error))?;
                return Ok(None);
            }
            Target::Replace(temporary, path, _) => {
                temporary.as_file().sync_all().map_err(|error| fail(&error))?;
                temporary.persist(&path).map_err(|error| fail(&error.error))?;
                (path, None)
            }
            Target::Partial(partial, _) => partial.commit().map_err(|error| fail(&error))?,
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
