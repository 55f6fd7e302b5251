//! Temporary files beside the files that they will replace. A run remembers its current temporary
//! file, so that a sudden exit can remove it. It also removes temporary files that killed runs
//! left.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

/// The suffix of a temporary file. The whole name is a dot, the final name, a dot, six random
/// letters, and this suffix.
const SUFFIX: &str = ".tmp";

/// A sudden exit waits until a file that is just being created can be removed, but no longer than
/// this, since the disk may hang.
const CREATE_TIMEOUT: Duration = Duration::from_secs(1);

/// The path of a run's temporary file. A run has at most one such file at a time. Clones share the
/// path.
#[derive(Clone, Debug, Default)]
pub struct Temporaries(Arc<Mutex<Option<PathBuf>>>);

impl Temporaries {
    /// Creates a temporary file that will replace `path`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(&self, path: &Path, mode: u32) -> io::Result<NamedTempFile> {
        let (directory, prefix) = beside(path);
        // The mutex is held while the file is created. So `end`, which may run on another thread,
        // either comes before that or knows the name of the file.
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        *current = Some(temporary.path().to_path_buf());
        // The file lock lasts until this process ends. It shows other runs that the file is in use
        // and no leftover of a killed run.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(temporary)
    }

    /// Removes the temporary file, for a process that is about to exit. A file that already has its
    /// final name stays. While the returned guard is held, no new temporary file can be created.
    pub fn end(&self) -> Option<MutexGuard<'_, Option<PathBuf>>> {
        let begun = Instant::now();
        loop {
            let current = match self.0.try_lock() {
                Ok(current) => current,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if begun.elapsed() > CREATE_TIMEOUT => return None,
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                }
            };
            if let Some(path) = &*current {
                let _ = fs::remove_file(path);
            }
            return Some(current);
        }
    }
}

/// The directory of a file, and the prefix of its temporary files.
fn beside(path: &Path) -> (&Path, String) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // The name is shortened, since file systems limit the length of a name and random letters are
    // added.
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let base: String = base.chars().take(50).collect();
    (directory.unwrap_or(Path::new(".")), format!(".{base}."))
}

/// Removes temporary files for `path` that killed runs left: those that no process has locked.
pub fn remove_leftovers(path: &Path) {
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
        // A file that another run has just created may not be locked yet, so only files older than
        // a minute are removed.
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if !age.is_ok_and(|age| age.is_ok_and(|age| age > Duration::from_secs(60))) {
            continue;
        }
        let opened = File::options().write(true).open(entry.path());
        if opened.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            // A leftover file that cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sudden_end_removes_the_file_of_the_moment_and_lets_none_come_after_it() {
        let directory = tempfile::TempDir::new().unwrap();
        let count = || fs::read_dir(directory.path()).unwrap().count();
        let temporaries = Temporaries::default();
        let path = directory.path().join("f");
        let first = temporaries.create(&path, 0o600).unwrap();
        first.persist(&path).unwrap();
        let second = temporaries.create(&path, 0o600).unwrap();
        assert_eq!(count(), 2);
        let held = temporaries.end();
        assert_eq!(count(), 1, "what has its final name stays");
        let other = temporaries.clone();
        let late = thread::spawn(move || other.create(&path, 0o600).map(drop));
        assert!(!late.is_finished());
        assert_eq!(count(), 1);
        drop((held, second));
        late.join().unwrap().unwrap();
    }
}
