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
//! A run whose results are no records appends a journal to FILE.partial.run instead, which says how
//! far the run was at which length of FILE.partial ([`journal`](super::journal)).
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

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

pub use super::description::Run;
use super::description::{DESCRIPTION_LINES, FOREIGN, NOT_A_FILE, difference, no_follow};
use super::journal::Journal;
use crate::error::FileError;
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};

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
    /// A new `FILE.partial`. The flag says whether it replaces one of a run that did not end by itself.
    New(Partial, bool),
    /// The `FILE.partial` of an interrupted run.
    Resumed(Partial),
    /// The path of a file that must not be used, and the reason.
    Refused(PathBuf, String),
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
            return Ok(Opened::Refused(description, reason.into()));
        }
        let file = match lock(&path, mode, is_stopped)? {
            Ok(file) => file,
            Err(reason) => return Ok(Opened::Refused(path, reason.into())),
        };
        let length = file.metadata()?.len();
        let old = match Run::read(&description) {
            Ok(old) => old,
            Err(reason) => return Ok(Opened::Refused(description, reason.into())),
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
            return Ok(Opened::Refused(path, FOREIGN.into()));
        }
        if let Some(old) = old.filter(|_| resume && length > 0) {
            if old.arguments != run.arguments {
                let path = partial.path.clone();
                return Ok(Opened::Refused(path, difference(&old.arguments, &run.arguments)));
            }
            *run = old;
            if Run::has_ended(&description) {
                run.write(&description)?;
            }
            return Ok(Opened::Resumed(partial));
        }
        // `FILE.partial` is emptied before its description changes, so that a crash in between
        // leaves no results with the description of another command.
        let was_interrupted = length > 0 && !Run::has_ended(&description);
        partial.file.set_len(0)?;
        partial.length = 0;
        run.write(&description)?;
        Ok(Opened::New(partial, was_interrupted))
    }

    /// Lets the run produce all output anew: what it writes is compared with what the interrupted
    /// run wrote. Returns a copy of that.
    ///
    /// # Errors
    /// If `FILE.partial` cannot be copied.
    pub fn replay(&mut self) -> io::Result<File> {
        let done = self.copy()?;
        self.replay = Some(self.copy()?);
        Ok(done)
    }

    /// Lets the run go on where this many bytes end. What comes after them is dropped.
    ///
    /// # Errors
    /// If there are fewer bytes, or the file cannot be cut.
    pub fn keep(&mut self, length: u64) -> io::Result<()> {
        if self.length < length {
            let reason = format!("it has {} bytes, but should have {length}", self.length);
            return Err(io::Error::other(reason));
        }
        self.cut(length)
    }

    /// The journal of the run, in `FILE.partial.run`.
    ///
    /// # Errors
    /// If that file cannot be opened.
    pub fn journal(&self) -> io::Result<Journal> {
        let path = beside(&self.target, ".partial.run");
        let file = File::options().read(true).write(true).custom_flags(no_follow()).open(path)?;
        Journal::open(file, DESCRIPTION_LINES)
    }

    /// Notes that the run ends by itself, though without a result.
    pub fn note_end(&self) {
        if self.length > 0 {
            Run::note_end(&beside(&self.target, ".partial.run"));
        }
    }

    /// The length of `FILE.partial` in bytes.
    pub fn length(&self) -> u64 {
        self.length
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
pub(super) fn lock(
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

/// How long to wait while another run holds the lock, and the time between two attempts.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// Appends a suffix to the name of a file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
