//! What the name of an output turns out to be, found before anything is written or replaced: a stream
//! that is written to directly, or a file that will be replaced. What cannot be found out is an error.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Fatal, reason};
use crate::escape::printable;
use batchproc_os::descriptors;

/// What standard output is called.
pub(super) const STDOUT: &str = "standard output";

/// Where an output goes.
pub struct Destination {
    pub(super) name: String,
    /// What it was called by whoever named it.
    pub(super) named: Option<String>,
    pub(super) kind: Kind,
}

/// What it is.
pub(super) enum Kind {
    /// Something that is written to directly.
    Stream(File),
    /// The file, behind all links, and what it is now.
    File(PathBuf, Option<fs::Metadata>),
}

impl Destination {
    /// Standard output. If it is closed, that is told when something is written.
    ///
    /// # Errors
    /// When the process may not have another descriptor.
    pub fn stdout() -> Result<Self, Fatal> {
        let name = STDOUT.to_string();
        match descriptors::stdout() {
            Ok(descriptor) => Ok(Self::unnamed(name, Kind::Stream(descriptor.into()))),
            Err(error) => Err(failed("write to", &name, &error)),
        }
    }

    /// The place of that name. A device or a pipe is opened, which for a FIFO waits for its reader.
    ///
    /// # Errors
    /// When it cannot be an output, or what it is cannot be found out.
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
        // A link stays a link: what it points to is replaced.
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

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that it was given, for messages; `None` for standard output that nobody named.
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// The file that would be replaced, and what it is; `None` if nothing would be.
    pub fn old(&self) -> Option<(&Path, &fs::Metadata)> {
        match &self.kind {
            Kind::File(path, Some(old)) => Some((path, old)),
            Kind::File(_, None) | Kind::Stream(_) => None,
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
            // It is no link, or there is nothing.
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

pub(super) fn failed(action: &str, name: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action} {name}: {}", reason(error)))
}
