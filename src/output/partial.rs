//! `FILE.partial` holds the results that a run has written for FILE so far. If the run is
//! interrupted in any way, a later run of the same command can continue it.
//!
//! ```text
//!  FILE.partial            results in input order, whole lines except perhaps the last
//!  FILE.partial.run        the command that wrote them, and when it began
//! ```
//!
//! A run that can be resumed writes results in input order, so FILE.partial is the beginning of the
//! final file. A resumed run produces all its output anew, but for files with a result in
//! FILE.partial it takes that result and does not read the file. It compares its output with
//! FILE.partial and writes nothing as long as they are equal, so nothing is lost if the run is
//! killed again. From the first difference on, such as an incomplete last line, it writes.
//!
//! A run uses the two files only if they are regular files and FILE.partial.run begins with the
//! line that this program writes first. It never follows links of these names, and never writes to
//! pipes or to files of other programs.
//!
//! A run that writes `FILE.partial` holds a lock on it. Only the holder of the lock renames or
//! removes the file. A second run waits for the lock for a moment, because a killed run holds its
//! lock until the system has cleaned up. If the lock is still held then, the second run writes to a
//! temporary file instead.

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
    /// A digest of all options, of the current directory, and of the version of this program.
    pub arguments: String,
    /// The start time, in nanoseconds since 1970. A resumed run has the start time of the first
    /// run.
    pub begun: i128,
}

/// An open `FILE.partial`; see the module documentation.
pub struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// A copy of what the interrupted run wrote, read up to the point that this run's output has
    /// reached. `None` after the first difference between the two.
    replay: Option<File>,
    /// The length of the file in bytes.
    length: u64,
    committed: bool,
}

/// The result of [`Partial::open`].
pub enum Opened {
    /// A new `FILE.partial`. The flag says whether it replaces one of an interrupted run.
    New(Partial, bool),
    /// The `FILE.partial` of an interrupted run, and a copy of it to read from.
    Resumed(Partial, File),
    /// The path of a file that must not be used, and the reason.
    Refused(PathBuf, &'static str),
}

impl Partial {
    /// Opens or creates `FILE.partial` for the file `target`. If another run holds the lock on it,
    /// waits for up to two seconds, or until `is_stopped` returns true.
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
        // The description is checked before any file is created beside it.
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
        // `FILE.partial` is emptied before its description changes, so that a crash in between
        // leaves no results with the description of another command.
        partial.file.set_len(0)?;
        partial.length = 0;
        run.write(&description)?;
        Ok(Opened::New(partial, length > 0))
    }

    /// Copies `FILE.partial` to a file without a name. The copy is positioned at its beginning.
    fn copy(&mut self) -> io::Result<File> {
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut copy = tempfile::tempfile_in(directory.unwrap_or(Path::new(".")))?;
        self.file.rewind()?;
        io::copy(&mut Bounded::new(&self.file), &mut Bounded::new(&mut copy))?;
        copy.rewind()?;
        Ok(copy)
    }

    /// The path of FILE.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The path of `FILE.partial`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open `FILE.partial`.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether `FILE.partial` is empty.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The identities of all files that the run writes or replaces.
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
    /// If reading the copy of the earlier output or writing fails.
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
            // Some of the bytes may have been written, and a later run can use them. If the length
            // of the file cannot be read, the file counts as not empty, so it is not removed.
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

    /// Gives `FILE.partial` its final name. Returns that name, and the error if the description
    /// `FILE.partial.run` could not be removed.
    ///
    /// # Errors
    /// If the file cannot be written to disk or renamed. `FILE.partial` then still exists.
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

/// Opens or creates `FILE.partial` and locks it. The inner error says why the file must not be
/// used.
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
            // Since the check above, another program put a file of another kind there.
            Ok(_) => return Ok(Err(NOT_A_FILE)),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Ok(Err(NOT_A_FILE));
            }
            Err(error) => return Err(error),
        };
        // On a file system that has no locks, the file is used without a lock.
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

    /// Reads a description (`FILE.partial.run`). Returns `None` if there is none, or if it is
    /// incomplete.
    ///
    /// # Errors
    /// Says why the file is not a description that this program wrote.
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
        // `read` has checked that an existing description is from this program, so it can be
        // removed. If another program creates a file of this name just now, `create_new` fails and
        // does not overwrite that file.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::create_new(path)?;
        let text = format!("{HEAD}\narguments {}\nbegun {}\n", self.arguments, self.begun);
        Bounded::new(&file).write_all(text.as_bytes())?;
        // If the description were lost in a power failure, `FILE.partial` could not be resumed.
        file.sync_all()
    }
}

/// How long to wait while another run holds the lock, and the time between two attempts.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

const NOT_A_FILE: &str = "it is not a regular file";
const FOREIGN: &str = "it is not from an interrupted run";

/// The most bytes of a description that are read. Every description is shorter.
const MAX_DESCRIPTION: u64 = 4096;

/// Flags for opening a file: links are not followed, and opening a pipe does not wait for a writer.
fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// The first line of each description (`FILE.partial.run`).
const HEAD: &str = "batchproc run 1";

/// Appends a suffix to the name of a file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
