//! Temporary files beside the files that they will replace. A run remembers its temporary files, so
//! that a sudden exit can remove them. It also removes temporary files that killed runs left.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, openat, renameat, unlinkat};
use rustix::io::Errno;
use tempfile::NamedTempFile;

/// The suffix of a temporary file. The whole name is a dot, the final name, a dot, six random letters
/// and this suffix.
const SUFFIX: &str = ".tmp";

/// A sudden exit waits until a file that is just being created can be removed, but no longer than
/// this, since the disk may hang.
const CREATE_TIMEOUT: Duration = Duration::from_secs(1);

/// How often another random name is tried if a file already has the first one.
const TRIES: u64 = 100;

/// The paths of a run's temporary files. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Temporaries(Arc<Mutex<Live>>);

/// The temporary files that may exist now.
#[derive(Debug, Default)]
pub struct Live {
    /// The directory to which relative paths refer; `None` is the working directory.
    base: Option<Arc<OwnedFd>>,
    paths: HashSet<Arc<Path>>,
}

impl Temporaries {
    /// Creates a temporary file that will replace `path`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(&self, path: &Path, mode: u32) -> io::Result<NamedTempFile> {
        let (directory, prefix) = beside(path);
        // The mutex is held while the file is created. So `end`, which may run on another thread,
        // either comes before that or knows the name of the file.
        let mut live = self.lock();
        let temporary = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        live.paths.insert(temporary.path().into());
        // The file lock lasts until this process ends. It shows other runs that the file is in use
        // and no leftover of a killed run.
        let _ = flock(temporary.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(temporary)
    }

    /// Creates a temporary file that will replace `place`, a path relative to the directory `base`.
    /// All calls must have the same `base`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create_below(
        &self,
        base: &Arc<OwnedFd>,
        place: &Path,
        mode: u32,
    ) -> io::Result<(File, Temporary)> {
        let (directory, prefix) = beside(place);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let random = RandomState::new();
        let mut live = self.lock();
        for number in 0..TRIES {
            let letters = letters(random.hash_one(number));
            let path: Arc<Path> = directory.join(format!("{prefix}{letters}{SUFFIX}")).into();
            let file = match openat(base, &*path, flags, Mode::from_raw_mode(mode)) {
                Ok(file) => File::from(file),
                Err(Errno::EXIST) => continue,
                Err(error) => return Err(error.into()),
            };
            if live.base.is_none() {
                live.base = Some(base.clone());
            }
            live.paths.insert(path.clone());
            // See `create`. The lock ends when the file is closed.
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            let temporaries = self.clone();
            return Ok((file, Temporary { path, temporaries }));
        }
        Err(Errno::EXIST.into())
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the temporary files, for a process that is about to exit. Files that already have
    /// their final names stay. While the returned guard is held, no new temporary file can be
    /// created, and none of [`Temporaries::create_below`] can get its final name.
    pub fn end(&self) -> Option<MutexGuard<'_, Live>> {
        let begun = Instant::now();
        loop {
            let live = match self.0.try_lock() {
                Ok(live) => live,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if begun.elapsed() > CREATE_TIMEOUT => return None,
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                }
            };
            live.paths.iter().for_each(|path| live.remove(path));
            return Some(live);
        }
    }
}

impl Live {
    fn base(&self) -> BorrowedFd<'_> {
        self.base.as_ref().map_or(CWD, |base| base.as_fd())
    }

    /// Removes a temporary file. If that fails, nothing can be done about it.
    fn remove(&self, path: &Path) {
        let _ = unlinkat(self.base(), path, AtFlags::empty());
    }
}

/// A temporary file in or below a directory. Dropping this removes the file.
#[derive(Debug)]
pub struct Temporary {
    path: Arc<Path>,
    temporaries: Temporaries,
}

impl Temporary {
    /// Gives the file its final name, which is a path relative to the same directory as the path of
    /// the temporary file.
    ///
    /// # Errors
    /// If the file cannot be renamed. It is then removed.
    pub fn rename(self, to: &Path) -> io::Result<()> {
        // The mutex is held, so that `end` either comes before this or finds the file renamed.
        let mut live = self.temporaries.lock();
        renameat(live.base(), &*self.path, live.base(), to)?;
        live.paths.remove(&self.path);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut live = self.temporaries.lock();
        if live.paths.remove(&self.path) {
            live.remove(&self.path);
        }
    }
}

/// Six letters and digits for the name of a temporary file.
fn letters(mut random: u64) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut letter = || {
        let letter = LETTERS[(random % 62) as usize];
        random /= 62;
        char::from(letter)
    };
    (0..6).map(|_| letter()).collect()
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
    fn a_sudden_end_removes_all_files_that_have_no_final_names() {
        let directory = tempfile::TempDir::new().unwrap();
        let base = Arc::new(OwnedFd::from(File::open(directory.path()).unwrap()));
        let names = || -> Vec<_> {
            let names = fs::read_dir(directory.path()).unwrap();
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let temporaries = Temporaries::default();
        // Long names that begin alike.
        let place = |number: u32| format!("{}{number}", "x".repeat(60));
        let create =
            |number| temporaries.create_below(&base, Path::new(&place(number)), 0o600).unwrap().1;
        let files: Vec<Temporary> = (0..5).map(create).collect();
        // A second file for the same place.
        let again = create(3);
        assert_eq!(names().len(), 6);
        let mut files = files.into_iter();
        drop(files.next());
        files.next().unwrap().rename(Path::new("final")).unwrap();
        assert_eq!(names().len(), 5);
        let held = temporaries.end();
        assert_eq!(names(), ["final"]);
        drop(held);
        drop((files, again));
        assert_eq!(names(), ["final"]);
    }

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
