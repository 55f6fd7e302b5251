//! Temporary files beside the files that they will replace: created, remembered so that a sudden end can
//! remove them, and looked for after runs that were killed.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

/// The end of the name of a temporary file; before it stand a dot, the final name, another dot
/// and random letters.
const SUFFIX: &str = ".tmp";

/// A sudden end waits so long for a file that is just being created, as on a disk that hangs.
const CREATE_TIMEOUT: Duration = Duration::from_secs(1);

/// The temporary file of a run, which has at most one at a time. Clones know the same one.
#[derive(Clone, Debug, Default)]
pub struct Temporaries(Arc<Mutex<Option<PathBuf>>>);

impl Temporaries {
    /// Creates a temporary file that will take the place of `path`.
    ///
    /// # Errors
    /// When that fails.
    pub fn create(&self, path: &Path, mode: u32) -> io::Result<NamedTempFile> {
        let (directory, prefix) = beside(path);
        // Held while the file is created: a sudden end comes before it, or knows its name.
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        *current = Some(temporary.path().to_path_buf());
        // Held until this process ends, however it ends: the file is not a leftover.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(temporary)
    }

    /// Removes the file, and none can be created while the result is held. For a process that
    /// ends now. If the file has its final name already, there is nothing to remove.
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

/// The directory of a file, and how the names of its temporary files begin.
fn beside(path: &Path) -> (&Path, String) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A long name must leave room for the random part.
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let base: String = base.chars().take(50).collect();
    (directory.unwrap_or(Path::new(".")), format!(".{base}."))
}

/// Removes temporary files of runs that were killed: those that nobody holds locked.
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
