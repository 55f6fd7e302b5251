//! `FILE.partial`: what a run has written of FILE so far. If the run does not come to its end,
//! however that happens, a later run of the same command goes on with it.
//!
//! ```text
//!  FILE.partial            results in input order, whole lines except perhaps the last
//!  FILE.partial.run        the command they belong to, and when it began
//! ```
//!
//! Results are written in input order only, so a partial file is the beginning of the final one.
//! A resumed run makes all its output anew, with what the partial file tells in place of reading
//! the files, and writes nothing as long as that equals what is there: killed again, it has lost
//! nothing. From the first difference, such as a torn last line, it writes.
//!
//! Both are ours only if they are regular files, and the second says so in its first line. Links,
//! pipes and other people's files of these names are never opened for writing, nor followed.
//!
//! Who works on `FILE.partial` holds a lock on it; only the holder renames or removes it. A second
//! run waits for a moment, as a run that was killed holds its lock until the system has taken it down;
//! then it takes a temporary file.

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

/// What the result of a run depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// A digest of everything that was typed, of the current directory, and of the version.
    pub arguments: String,
    /// When it began, in nanoseconds since 1970; a resumed run began when the first one did.
    pub begun: i128,
}

/// See the module's head.
pub struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// What an interrupted run wrote, while our output equals it; at its position.
    replay: Option<File>,
    /// Bytes that are in the file.
    length: u64,
    committed: bool,
}

/// What there was.
pub enum Opened {
    /// Nothing, or, if true, something that is replaced.
    New(Partial, bool),
    /// What an interrupted run left, and a copy of it to read from.
    Resumed(Partial, File),
    /// Something else, for this reason.
    Refused(PathBuf, &'static str),
}

impl Partial {
    /// Opens or creates `FILE.partial` for the file `target`. If another run holds it, waits for a
    /// moment, or until `is_stopped` says that the run is.
    ///
    /// # Errors
    /// When files cannot be opened, read or written.
    pub fn open(
        target: &Path,
        mode: u32,
        resume: bool,
        run: &mut Run,
        is_stopped: &dyn Fn() -> bool,
    ) -> io::Result<Opened> {
        let path = beside(target, ".partial");
        let description = beside(target, ".partial.run");
        // Before anything is created beside it.
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
        // Emptied before its description changes: an empty one belongs to every command.
        partial.file.set_len(0)?;
        partial.length = 0;
        run.write(&description)?;
        Ok(Opened::New(partial, length > 0))
    }

    /// A copy without a name, at its beginning.
    fn copy(&mut self) -> io::Result<File> {
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut copy = tempfile::tempfile_in(directory.unwrap_or(Path::new(".")))?;
        self.file.rewind()?;
        io::copy(&mut Bounded::new(&self.file), &mut Bounded::new(&mut copy))?;
        copy.rewind()?;
        Ok(copy)
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All files that the run writes or replaces.
    ///
    /// # Errors
    /// When what one of them is cannot be found out.
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

    /// Appends to the output; what is there already is not written again.
    ///
    /// # Errors
    /// When writing fails.
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
            // A part may be there, with which a later run goes on; if that is not known, it stays.
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

    /// Gives the file its final name, which is returned, and what could not be tidied up.
    ///
    /// # Errors
    /// When any of that fails; the partial file is then still there.
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

/// Opens or creates the file and locks it. The inner error is why it is left alone.
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
            // Something else took its place just now.
            Ok(_) => return Ok(Err(NOT_A_FILE)),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Ok(Err(NOT_A_FILE));
            }
            Err(error) => return Err(error),
        };
        // Where there are no locks, nobody looks for one.
        if flock(&file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK) {
            // The holder of the lock before us may have renamed or removed it just now.
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

    /// Reads a description: `None` if there is none, or a torn one of ours.
    ///
    /// # Errors
    /// Why what is there is none of ours.
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
        // What is there is ours, as was found; something else that comes in between stays.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::create_new(path)?;
        let text = format!("{HEAD}\narguments {}\nbegun {}\n", self.arguments, self.begun);
        Bounded::new(&file).write_all(text.as_bytes())?;
        // Without it the partial file is worth nothing after a power failure.
        file.sync_all()
    }
}

/// So long is waited for another run that holds the file, and so often it is looked for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

const NOT_A_FILE: &str = "it is not a file";
const FOREIGN: &str = "it is not from an interrupted run";

/// More than a description has.
const MAX_DESCRIPTION: u64 = 4096;

/// A link is not followed, and opening a pipe waits for nobody.
fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// The first line of a description.
const HEAD: &str = "batchproc run 1";

/// The name with something behind it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
