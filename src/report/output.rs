//! Where results go: standard output, or a file that is replaced only when all is written.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

use super::names::printable;
use crate::error::{Fatal, reason};

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
}

impl Output {
    /// Standard output.
    ///
    /// # Errors
    /// When it is closed.
    pub fn stdout() -> Result<Self, Fatal> {
        let name = "standard output".to_string();
        match io::stdout().as_fd().try_clone_to_owned() {
            Ok(descriptor) => Ok(Self::new(Target::Stream(descriptor.into()), name)),
            Err(error) => Err(failed("write to", &name, &error)),
        }
    }

    /// A file, written as a temporary one in the same directory until [`Output::commit`].
    /// A name that is a device or a pipe is written to directly.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(path: &Path) -> Result<Self, Fatal> {
        let name = printable(path);
        if ["-", "/dev/stdout", "/dev/fd/1"].iter().any(|stdout| path.as_os_str() == *stdout) {
            return Self::stdout();
        }
        if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
            let opened = File::options().append(true).open(path);
            let file = opened.map_err(|error| failed("open", &name, &error))?;
            return Ok(Self::new(Target::Stream(file), name));
        }
        // A link stays a link: what it points to is replaced.
        let path = follow(path).map_err(|error| failed("write to", &name, &error))?;
        let old = fs::metadata(&path).ok();
        if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
            let opened = File::options().write(true).open(&path);
            let file = opened.map_err(|error| failed("open", &name, &error))?;
            return Ok(Self::new(Target::Stream(file), name));
        }
        let (Some(base), false) =
            (path.file_name(), old.as_ref().is_some_and(fs::Metadata::is_dir))
        else {
            return Err(Fatal(format!("cannot write to {name}: Is a directory")));
        };
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let mode = old.as_ref().map_or(0o666, |old| old.mode() & 0o777);
        // A long name must leave room for the random part.
        let base: String = base.to_string_lossy().chars().take(50).collect();
        let prefix = format!(".{base}.");
        remove_leftovers(directory, &prefix);
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)
            .map_err(|error| failed("create a file beside", &name, &error))?;
        // Held until this process ends, however it ends: the file is not a leftover.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        if let Some(old) = old {
            // The umask does not apply to a file that is replaced; its owner only if we may.
            let _ = temporary.as_file().set_permissions(Permissions::from_mode(mode));
            let _ =
                std::os::unix::fs::fchown(temporary.as_file(), Some(old.uid()), Some(old.gid()));
        }
        Ok(Self::new(Target::Replace(temporary, path), name))
    }

    fn new(target: Target, name: String) -> Self {
        Self { target, name, buffer: Vec::with_capacity(2 * PIECE) }
    }

    /// The temporary file, which a sudden end should remove.
    pub fn temporary(&self) -> Option<&Path> {
        match &self.target {
            Target::Stream(_) => None,
            Target::Replace(temporary, _) => Some(temporary.path()),
        }
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
        let file = match &mut self.target {
            Target::Stream(file) => file,
            Target::Replace(temporary, _) => temporary.as_file_mut(),
        };
        let result = file.write_all(&self.buffer);
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
        if let Target::Replace(temporary, path) = self.target {
            let fail =
                |error: &io::Error| WriteError::Failed(failed("write to", &self.name, error));
            temporary.as_file().sync_all().map_err(|error| fail(&error))?;
            temporary.persist(&path).map_err(|error| fail(&error.error))?;
            // The new name lasts once its directory is on disk; some file systems refuse this.
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            if let Ok(directory) = File::open(parent.unwrap_or(Path::new("."))) {
                let _ = directory.sync_all();
            }
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

/// Removes temporary files of runs that were killed: those that nobody holds locked.
fn remove_leftovers(directory: &Path, prefix: &str) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix))
            .and_then(|name| name.strip_suffix(SUFFIX));
        // A young one may not be locked yet.
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        let old = age.is_ok_and(|age| age.is_ok_and(|age| age > Duration::from_secs(60)));
        if random.is_none_or(|random| random.len() != 6) || !old {
            continue;
        }
        let opened = File::options().write(true).open(entry.path());
        if opened.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            // If that fails, it is litter as before.
            let _ = fs::remove_file(entry.path());
        }
    }
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
