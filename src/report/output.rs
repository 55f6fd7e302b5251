//! Where results go: standard output, or a file that is replaced only when all is written.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

use super::names::printable;
use super::partial::{Opened, Partial, Run};
use crate::console::Console;
use crate::error::{Ending, Fatal, reason};
use crate::system::descriptors;

/// Results are handed to the system in pieces of about this many bytes.
const PIECE: usize = 64 << 10;

/// A device and inode number: what a file is, whatever its name.
pub type Identity = (u64, u64);

/// The writer of a run.
pub struct Output {
    target: Target,
    name: String,
    /// What is not yet handed to the system.
    pub buffer: Vec<u8>,
}

enum Target {
    /// Standard output, or a device or pipe given as a file name.
    Stream(File),
    /// A temporary file beside the final one.
    Replace(NamedTempFile, PathBuf),
    /// A file beside the final one, with which a later run can go on.
    Partial(Partial),
}

/// What a name of an output turned out to be.
enum Named {
    /// Something that is written to directly.
    Stream(Output),
    /// The file, behind all links, and what it is now.
    File(PathBuf, Option<fs::Metadata>),
}

impl Output {
    /// Standard output. If it is closed, that is told when something is written.
    ///
    /// # Errors
    /// When the process may not have another descriptor.
    pub fn stdout() -> Result<Self, Fatal> {
        let name = "standard output".to_string();
        match descriptors::stdout() {
            Ok(descriptor) => Ok(Self::new(Target::Stream(descriptor.into()), name)),
            Err(error) => Err(failed("write to", &name, &error)),
        }
    }

    /// Writes this to standard output, and nothing else.
    ///
    /// # Errors
    /// When that fails, unless nobody wants to read it.
    pub fn print(text: Vec<u8>) -> Result<Ending, Fatal> {
        let mut output = Self::stdout()?;
        output.buffer = text;
        match output.write_all() {
            Ok(()) | Err(WriteError::Closed) => Ok(Ending::Good),
            Err(WriteError::Failed(fatal)) => Err(fatal),
        }
    }

    /// A file, written as a temporary one in the same directory until [`Output::commit`].
    /// A name that is a device or a pipe is written to directly.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(path: &Path) -> Result<Self, Fatal> {
        let name = printable(path);
        match Self::named(path)? {
            Named::Stream(output) => Ok(output),
            Named::File(path, old) => {
                remove_leftovers(&path);
                Self::replacing(path, old, name)
            }
        }
    }

    /// A file as from [`Output::file`], without a look at its directory for what killed runs have
    /// left, which would take long for each of many files.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn one_of_many(path: &Path) -> Result<Self, Fatal> {
        match Self::named(path)? {
            Named::Stream(output) => Ok(output),
            Named::File(path, old) => {
                let name = printable(&path);
                Self::replacing(path, old, name)
            }
        }
    }

    /// A file as from [`Output::file`], but written as `FILE.partial`, which stays if the run does
    /// not come to its end. See [`partial`](super::partial) for the rest. Also gives what an
    /// interrupted run wrote, if `resume`.
    ///
    /// # Errors
    /// When it cannot be created, or there is something to resume which is not of this command.
    pub fn resumable(
        path: &Path,
        resume: bool,
        run: &mut Run,
        console: &Console,
    ) -> Result<(Self, Option<File>), Fatal> {
        let name = printable(path);
        let (path, old) = match Self::named(path)? {
            Named::Stream(_) if resume => {
                return Err(Fatal(format!("{name} is not a file, so nothing can be resumed")));
            }
            Named::Stream(output) => return Ok((output, None)),
            Named::File(path, old) => (path, old),
        };
        let mode = old.as_ref().map_or(0o666, |old| old.mode() & 0o777);
        let fail = |error: &io::Error| failed("create a file beside", &name, error);
        match Partial::open(&path, mode, resume, run).map_err(|error| fail(&error))? {
            Opened::New(partial, replaced) => {
                if replaced {
                    console.line(&format!(
                        "{}, which an interrupted run left, is replaced (--resume would have gone on with it)",
                        printable(partial.path())
                    ));
                }
                if let Some(old) = old {
                    adopt(partial.file(), &old, mode);
                }
                Ok((Self::new(Target::Partial(partial), name), None))
            }
            Opened::Resumed(partial, done) => {
                Ok((Self::new(Target::Partial(partial), name), Some(done)))
            }
            Opened::Refused(partial, reason) if resume => {
                Err(Fatal(format!("cannot resume {}: {reason}", printable(&partial))))
            }
            Opened::Refused(partial, reason) => {
                console.line(&format!(
                    "{} is left alone: {reason}; this run cannot be resumed",
                    printable(&partial)
                ));
                remove_leftovers(&path);
                Ok((Self::replacing(path, old, name)?, None))
            }
        }
    }

    fn named(path: &Path) -> Result<Named, Fatal> {
        let name = printable(path);
        if ["-", "/dev/stdout", "/dev/fd/1"].iter().any(|stdout| path.as_os_str() == *stdout) {
            return Self::stdout().map(Named::Stream);
        }
        if ["/dev/stderr", "/dev/fd/2"].iter().any(|stderr| path.as_os_str() == *stderr) {
            let descriptor = descriptors::stderr();
            let descriptor = descriptor.map_err(|error| failed("write to", &name, &error))?;
            return Ok(Named::Stream(Self::new(Target::Stream(descriptor.into()), name)));
        }
        if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
            let opened = descriptors::check_name(path)
                .and_then(|()| File::options().append(true).open(path));
            let file = opened.map_err(|error| failed("open", &name, &error))?;
            return Ok(Named::Stream(Self::new(Target::Stream(file), name)));
        }
        // A link stays a link: what it points to is replaced.
        let path = follow(path).map_err(|error| failed("write to", &name, &error))?;
        let old = fs::metadata(&path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
            let opened = File::options().write(true).open(&path);
            let file = opened.map_err(|error| failed("open", &name, &error))?;
            return Ok(Named::Stream(Self::new(Target::Stream(file), name)));
        }
        if path.file_name().is_none() || old.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(Fatal(format!("cannot write to {name}: Is a directory")));
        }
        Ok(Named::File(path, old))
    }

    /// A temporary file that will take the place of another one.
    fn replacing(path: PathBuf, old: Option<fs::Metadata>, name: String) -> Result<Self, Fatal> {
        let mode = old.as_ref().map_or(0o666, |old| old.mode() & 0o777);
        let (directory, prefix) = beside(&path);
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)
            .map_err(|error| failed("create a file beside", &name, &error))?;
        // Held until this process ends, however it ends: the file is not a leftover.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        if let Some(old) = old {
            adopt(temporary.as_file(), &old, mode);
        }
        Ok(Self::new(Target::Replace(temporary, path), name))
    }

    fn new(target: Target, name: String) -> Self {
        Self { target, name, buffer: Vec::new() }
    }

    /// The temporary file, which a sudden end should remove.
    pub fn temporary(&self) -> Option<&Path> {
        match &self.target {
            Target::Stream(_) | Target::Partial(_) => None,
            Target::Replace(temporary, _) => Some(temporary.path()),
        }
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
        let Target::Replace(_, path) = &self.target else { return None };
        fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
    }

    /// The files that this run itself writes or replaces.
    pub fn identities(&self) -> Vec<Identity> {
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match &self.target {
            Target::Stream(file) => file
                .metadata()
                .ok()
                .filter(fs::Metadata::is_file)
                .map(identity)
                .into_iter()
                .collect(),
            Target::Replace(temporary, path) => {
                let both = [temporary.as_file().metadata(), fs::metadata(path)];
                both.into_iter().flatten().map(identity).collect()
            }
            Target::Partial(partial) => {
                let all = partial.own().map(fs::metadata).into_iter().flatten();
                all.map(identity).collect()
            }
        }
    }

    /// Hands the buffer to the system when it is large enough to be worth a call.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_if_large(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= PIECE { self.write_all() } else { Ok(()) }
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
            Target::Stream(file) => file.write_all(&self.buffer),
            Target::Replace(temporary, _) => temporary.as_file_mut().write_all(&self.buffer),
            Target::Partial(partial) => partial.write_all(&self.buffer),
        };
        self.buffer.clear();
        result.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => WriteError::Closed,
            _ => WriteError::Failed(failed("write to", &self.name, &error)),
        })
    }

    /// Gives a file its name without waiting for the disk: it is there as a whole or not at all, but
    /// a power cut may take it.
    ///
    /// # Errors
    /// When that fails; the old file is then as it was.
    pub fn replace(mut self) -> Result<(), WriteError> {
        self.write_all()?;
        if let Target::Replace(temporary, path) = self.target {
            temporary.persist(&path).map_err(|error| {
                WriteError::Failed(failed("write to", &self.name, &error.error))
            })?;
        }
        Ok(())
    }

    /// Makes everything written lasting: a file is synchronised and takes its name.
    ///
    /// # Errors
    /// When any of that fails; the old file is then as it was.
    pub fn commit(mut self) -> Result<(), WriteError> {
        self.write_all()?;
        let fail = |error: &io::Error| WriteError::Failed(failed("write to", &self.name, error));
        let path = match self.target {
            Target::Stream(_) => return Ok(()),
            Target::Replace(temporary, path) => {
                temporary.as_file().sync_all().map_err(|error| fail(&error))?;
                temporary.persist(&path).map_err(|error| fail(&error.error))?;
                path
            }
            Target::Partial(partial) => partial.commit().map_err(|error| fail(&error))?,
        };
        // The new name lasts once its directory is on disk; some file systems refuse this.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Ok(directory) = File::open(parent.unwrap_or(Path::new("."))) {
            let _ = directory.sync_all();
        }
        Ok(())
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

/// The end of the name of a temporary file; before it stand a dot, the final name, another dot
/// and random letters.
const SUFFIX: &str = ".tmp";

/// The directory of a file, and how the names of its temporary files begin.
fn beside(path: &Path) -> (&Path, String) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A long name must leave room for the random part.
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let base: String = base.chars().take(50).collect();
    (directory.unwrap_or(Path::new(".")), format!(".{base}."))
}

/// Removes temporary files of runs that were killed: those that nobody holds locked.
fn remove_leftovers(path: &Path) {
    let (directory, prefix) = beside(path);
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix.as_str()))
            .and_then(|name| name.strip_suffix(SUFFIX));
        if random.is_none_or(|random| random.len() != 6) {
            continue;
        }
        // A young one may not be locked yet.
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if !age.is_ok_and(|age| age.is_ok_and(|age| age > Duration::from_secs(60))) {
            continue;
        }
        let opened = File::options().write(true).open(entry.path());
        if opened.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            // If that fails, it is litter as before.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives a new file the mode and, if we may, the owner of the one that it will replace.
fn adopt(file: &File, old: &fs::Metadata, mode: u32) {
    // The umask does not apply to a file that is replaced.
    let _ = file.set_permissions(Permissions::from_mode(mode));
    let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
}

/// Where a symbolic link leads, even if there is nothing yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // As many as the system follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

fn failed(action: &str, name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action} {name}: {}", reason(error)))
}
