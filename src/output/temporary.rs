//! Temporary files beside the files that they will replace. The run remembers the current one, so
//! that a sudden exit can remove it, and removes those of killed runs.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

/// The suffix of a temporary file. The whole name is a dot, the final name, a dot, random letters,
/// and this.
const SUFFIX: &str = ".tmp";

/// A sudden exit waits this long for a file that is just being created, in case the disk hangs.
const CREATE_TIMEOUT: Duration = Duration::from_secs(1);

/// The temporary file of a run, which has at most one at a time. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Temporaries(Arc<Mutex<Option<PathBuf>>>);

impl Temporaries {
    /// Creates a temporary file that will replace `path`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(&self, path: &Path, mode: u32) -> io::Result<NamedTempFile> {
        let (directory, prefix) = beside(path);
        // The lock is held while the file is created, so that `end` runs either before that or
        // knows the name.
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        *current = Some(temporary.path().to_path_buf());
        // The lock lasts until this process ends, and shows other runs that the file is no
        // leftover.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(temporary)
    }

    /// Removes the file. While the returned guard is held, no new file can be created. For a
    /// process that is about to exit. A file that already has its final name stays.
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
    // The name is cut to leave room for the random part.
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let base: String = base.chars().take(50).collect();
    (directory.unwrap_or(Path::new(".")), format!(".{base}."))
}

/// Removes temporary files of killed runs: those that no process has locked.
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
        // A new file may not be locked yet.
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if !age.is_ok_and(|age| age.is_ok_and(|age| age > Duration::from_secs(60))) {
            continue;
        }
        let opened = File::options().write(true).open(entry.path());
        if opened.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            // A leftover that cannot be removed does no harm.
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
