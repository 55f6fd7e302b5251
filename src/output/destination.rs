//! Finds out what the name of an output stands for, before anything is written or replaced: a
//! stream (such as a pipe), which is written directly, or a file, which will be replaced.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Fatal, reason};
use crate::escape::printable;
use batchproc_os::descriptors;

/// The name of standard output in messages.
pub(super) const STDOUT: &str = "standard output";

/// The destination of an output.
pub struct Destination {
    pub(super) name: String,
    /// The name that the user gave. `None` if the user gave none, so results go to standard output.
    pub(super) named: Option<String>,
    pub(super) kind: Kind,
}

/// The kind of a destination.
pub(super) enum Kind {
    /// A stream, which is written directly.
    Stream(File),
    /// The path of the file after all symbolic links, and its metadata if it exists.
    File(PathBuf, Option<fs::Metadata>),
}

impl Destination {
    /// Standard output. If it is closed, the first write fails, not this call.
    ///
    /// # Errors
    /// If the file descriptor cannot be duplicated.
    pub fn stdout() -> Result<Self, Fatal> {
        let name = STDOUT.to_string();
        match descriptors::stdout() {
            Ok(descriptor) => Ok(Self::unnamed(name, Kind::Stream(descriptor.into()))),
            Err(error) => Err(failed("write to", &name, &error)),
        }
    }

    /// Finds the destination with this name. A device or a pipe is opened. Opening a FIFO (a named
    /// pipe) waits until another program reads from it.
    ///
    /// # Errors
    /// If the name cannot be an output, or if its kind cannot be found out.
    pub fn of(path: &Path) -> Result<Self, Fatal> {
        Ok(Self { named: Some(printable(path)), ..Self::find(path)? })
    }

    fn unnamed(name: String, kind: Kind) -> Self {
        Self { name, named: None, kind }
    }

    fn find(path: &Path) -> Result<Self, Fatal> {
        let name = printable(path);
        let stream = |name, opened: io::Result<File>, action| match opened {
            Ok(file) => Ok(Self::unnamed(name, Kind::Stream(file))),
            Err(error) => Err(failed(action, &name, &error)),
        };
        if ["-", "/dev/stdout", "/dev/fd/1"].iter().any(|stdout| path.as_os_str() == *stdout) {
            return Self::stdout();
        }
        if ["/dev/stderr", "/dev/fd/2"].iter().any(|stderr| path.as_os_str() == *stderr) {
            return stream(name, descriptors::stderr().map(File::from), "write to");
        }
        if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
            let opened = descriptors::check_name(path)
                .and_then(|()| File::options().append(true).open(path));
            return stream(name, opened, "open");
        }
        // A symbolic link stays. The file that the link points to is replaced.
        let path = follow(path).map_err(|error| failed("write to", &name, &error))?;
        let old = match fs::metadata(&path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("write to", &name, &error)),
        };
        if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
            return stream(name, File::options().write(true).open(&path), "open");
        }
        if path.file_name().is_none() || old.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(Fatal(format!("cannot write to {name}: Is a directory")));
        }
        Ok(Self::unnamed(name, Kind::File(path, old)))
    }

    /// The name of the output, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that the user gave, for messages. `None` if the user gave none, so results go to
    /// standard output.
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// The existing file that would be replaced, with its metadata.
    pub fn old(&self) -> Option<(&Path, &fs::Metadata)> {
        match &self.kind {
            Kind::File(path, Some(old)) => Some((path, old)),
            Kind::File(_, None) | Kind::Stream(_) => None,
        }
    }
}

/// Follows symbolic links, even to a name that does not exist yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // This limit ends loops of links. Linux has the same limit.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            // The path is not a link, or nothing has this name.
            Err(error)
                if [io::ErrorKind::InvalidInput, io::ErrorKind::NotFound]
                    .contains(&error.kind()) =>
            {
                return Ok(path);
            }
            Err(error) => return Err(error),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

/// The error for an output whose temporary file or FILE.partial cannot be made.
pub(super) fn beside_failed(name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot write {name}: no file can be created beside it: {}", reason(error)))
}

pub(super) fn failed(action: &str, name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action} {name}: {}", reason(error)))
}
