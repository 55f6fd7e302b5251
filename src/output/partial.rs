//! `FILE.partial` holds the results that a run has written for FILE so far. If the run is
//! interrupted in any way, a later run of the same command can continue it.
//!
//! ```text
//!  FILE.partial            results in input order, whole lines except perhaps the last
//!  FILE.partial.run        the command they belong to, and when it began
//! ```
//!
//! Results are written in input order only, so FILE.partial is the beginning of the final file. A
//! resumed run produces all its output anew, but takes the results in FILE.partial instead of
//! reading those files. It writes nothing as long as its output equals FILE.partial, so nothing is
//! lost if it is killed again. From the first difference on, such as a torn last line, it writes.
//!
//! The run uses the two files only if they are regular files and the second one begins with our
//! first line. It never writes to, or follows, links, pipes and foreign files of these names.
//!
//! A run that writes `FILE.partial` holds a lock on it; only the holder renames or removes the
//! file. A second run waits for a moment, because a killed run holds its lock until the system has
//! cleaned up. Then it uses a temporary file instead.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use crate::error::FileError;
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};

/// Identifies the command of a run: only runs with equal `arguments` can continue each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// A digest of all options, of the current directory, and of the version.
    pub arguments: String,
    /// The start time, in nanoseconds since 1970; a resumed run has that of the first run.
    pub begun: i128,
}

/// An open `FILE.partial`; see the module documentation.
pub struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// A copy of what the interrupted run wrote, read up to where our output equals it; `None`
    /// after the first difference.
    replay: Option<File>,
    /// The length of the file in bytes.
    length: u64,
    committed: bool,
}

/// The result of [`Partial::open`].
pub enum Opened {
    /// A new file. The flag says whether it replaces an old one.
    New(Partial, bool),
    /// The file of an interrupted run, and a copy of it to read from.
    Resumed(Partial, File),
    /// A file that must not be used, and the reason.
    Refused(PathBuf, &'static str),
}

impl Partial {
    /// Opens or creates `FILE.partial` for the file `target`. If another run holds the lock, waits
    /// for up to two seconds, or until `is_stopped` returns true.
    ///
    /// # Errors
    /// If a file cannot be opened, read or written.
    pub fn open(
        target: &Path,
        mode: u32,
        resume: bool,
        run: &mut Run,
        is_stopped: &dyn Fn() -> bool,
    ) -> io::Result<Opened> {
        let path = beside(target, ".partial");
        let description = beside(target, ".partial.run");
        // Checked before anything is created beside it.
        if let Err(reason) = Run::read(&description) {
            return Ok(Opened::Refused(description, reason));
        }
        let file = match lock(&path, mode, is_stopped)? {
            Ok(file) => file,
            Err(reason) => return Ok(Opened::Refused(path, reason)),
        };
        let length = file.metadata()?.len();
        let old = match Run::read(&description) {
            Ok(old) => old,
            Err(reason) => return Ok(Opened::Refused(description, reason)),
        };
        let mut partial = Self {
            file,
            path,
            target: target.to_path_buf(),
            replay: None,
            length,
            committed: false,
        };
        if length > 0 && old.is_none() {
            let path = partial.path.clone();
            return Ok(Opened::Refused(path, FOREIGN));
        }
        if let Some(old) = old.filter(|_| resume && length > 0) {
            if old.arguments != run.arguments {
                let path = partial.path.clone();
                return Ok(Opened::Refused(
                    path,
                    "it is from a run with other arguments, from another directory, or of another version",
                ));
            }
            *run = old;
            let done = partial.copy()?;
            partial.replay = Some(partial.copy()?);
            return Ok(Opened::Resumed(partial, done));
        }
        // The file is emptied before its description changes: an empty file may belong to any
        // command.
        partial.file.set_len(0)?;
        partial.length = 0;
        run.write(&description)?;
        Ok(Opened::New(partial, length > 0))
    }

    /// Makes a copy without a name, positioned at its beginning.
    fn copy(&mut self) -> io::Result<File> {
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut copy = tempfile::tempfile_in(directory.unwrap_or(Path::new(".")))?;
        self.file.rewind()?;
        io::copy(&mut Bounded::new(&self.file), &mut Bounded::new(&mut copy))?;
        copy.rewind()?;
        Ok(copy)
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All files that the run writes or replaces.
    ///
    /// # Errors
    /// If the metadata of a file cannot be read.
    pub fn identities(&self) -> io::Result<Vec<Identity>> {
        let mut identities = vec![identity(&self.file.metadata()?)];
        for path in [&self.target, &beside(&self.target, ".partial.run")] {
            match fs::metadata(path) {
                Ok(metadata) => identities.push(identity(&metadata)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(identities)
    }

    /// Appends to the output. Bytes that the file already has are not written again.
    ///
    /// # Errors
    /// If reading the copy or writing fails.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if let Some(replay) = &mut self.replay {
            let begun = replay.stream_position()?;
            let mut there = Vec::with_capacity(bytes.len());
            let mut same_length = Bounded::new(replay).take(bytes.len() as u64);
            same_length.read_to_end(&mut there)?;
            let same = bytes.iter().zip(&there).take_while(|(a, b)| a == b).count();
            bytes = &bytes[same..];
            if bytes.is_empty() {
                return Ok(());
            }
            self.replay = None;
            self.cut(begun + same as u64)?;
        }
        let written = Bounded::new(&self.file).write_all(bytes);
        self.length += bytes.len() as u64;
        if written.is_err() {
            // A part may have been written, and a later run can use it. If the length cannot be
            // read, the file counts as not empty and stays.
            self.length = self.file.metadata().map_or(self.length, |metadata| metadata.len());
        }
        written
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length))?;
        self.length = length;
        Ok(())
    }

    /// Gives the file its final name. Returns that name, and the error if the description could not
    /// be removed.
    ///
    /// # Errors
    /// If any of that fails; then `FILE.partial` still exists.
    pub fn commit(mut self) -> io::Result<(PathBuf, Option<FileError>)> {
        if let Some(mut replay) = self.replay.take() {
            let length = replay.stream_position()?;
            self.cut(length)?;
        }
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.committed = true;
        let description = beside(&self.target, ".partial.run");
        let left = match fs::remove_file(&description) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Some(FileError::io(description, &error))
            }
            _ => None,
        };
        Ok((self.target.clone(), left))
    }
}

/// Opens or creates the file and locks it. The inner error says why the file must not be used.
fn lock(
    path: &Path,
    mode: u32,
    is_stopped: &dyn Fn() -> bool,
) -> io::Result<Result<File, &'static str>> {
    let begun = Instant::now();
    loop {
        match fs::symlink_metadata(path) {
            Ok(named) if !named.is_file() => return Ok(Err(NOT_A_FILE)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(mode);
        let file = match options.custom_flags(no_follow()).open(path) {
            Ok(file) if file.metadata()?.is_file() => file,
            // Another kind of file was put there just now.
            Ok(_) => return Ok(Err(NOT_A_FILE)),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Ok(Err(NOT_A_FILE));
            }
            Err(error) => return Err(error),
        };
        // On a file system without locks, the file is used without one.
        if flock(&file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK) {
            // The previous holder of the lock may have renamed or removed the file just now.
            match fs::symlink_metadata(path) {
                Ok(named) if identity(&named) == identity(&file.metadata()?) => {
                    return Ok(Ok(file));
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if begun.elapsed() > LOCK_TIMEOUT || is_stopped() {
            return Ok(Err("another run is writing it"));
        }
        thread::sleep(LOCK_INTERVAL);
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.committed && self.length == 0 {
            let _ = fs::remove_file(&self.path);
            let _ = fs::remove_file(beside(&self.target, ".partial.run"));
        }
    }
}

impl Run {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|line| *line == HEAD)?;
        let arguments = lines.next()?.strip_prefix("arguments ")?.to_string();
        let begun = lines.next()?.strip_prefix("begun ")?.parse().ok()?;
        Some(Self { arguments, begun })
    }

    /// Reads a description. Returns `None` if there is none, or if ours is torn.
    ///
    /// # Errors
    /// Says why the file is not one of ours.
    fn read(path: &Path) -> Result<Option<Self>, &'static str> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(named) if named.is_file() => {}
            _ => return Err(NOT_A_FILE),
        }
        let opened = File::options().read(true).custom_flags(no_follow()).open(path);
        let mut bytes = Vec::new();
        let read = opened
            .and_then(|file| Bounded::new(file).take(MAX_DESCRIPTION).read_to_end(&mut bytes));
        let text = read.ok().and_then(|_| std::str::from_utf8(&bytes).ok()).ok_or(FOREIGN)?;
        if text.starts_with(HEAD) || HEAD.starts_with(text) {
            return Ok(Self::parse(text));
        }
        Err(FOREIGN)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        // Any existing description is ours, as `read` has checked. A foreign file that appears in
        // between is not overwritten.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::create_new(path)?;
        let text = format!("{HEAD}\narguments {}\nbegun {}\n", self.arguments, self.begun);
        Bounded::new(&file).write_all(text.as_bytes())?;
        // Without a description on disk, `FILE.partial` is useless after a power failure.
        file.sync_all()
    }
}

/// How long to wait for the lock of another run, and how often to try.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

const NOT_A_FILE: &str = "it is not a file";
const FOREIGN: &str = "it is not from an interrupted run";

/// Longer than any description, in bytes.
const MAX_DESCRIPTION: u64 = 4096;

/// Flags for opening: links are not followed, and opening a pipe does not wait.
fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// The first line of a description.
const HEAD: &str = "batchproc run 1";

/// Appends a suffix to the name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
