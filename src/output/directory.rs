//! `--output-dir`: a directory of results, in which each result has the path of the file that it
//! was made from.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, open, stat, statat};
use rustix::io::Errno;

use super::batch::{Batches, Report};
use super::collisions::{self, Places, canonical, existing, place};
use super::destination::{Destination, Kind, beside_failed, failed};
use super::inherited::mode;
use super::inside::Inside;
use super::record::{self, NAME, Record};
use super::result_file::ResultFile;
use super::target::Output;
use super::temporary::{Temporaries, Temporary};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::stamp::Identity;

/// A directory of results.
pub struct Directory {
    directory: PathBuf,
    /// The open directory. Results are created relative to it.
    base: Arc<OwnedFd>,
    identity: Identity,
    /// The canonical path of the directory, without symbolic links.
    real: PathBuf,
    protected: Vec<Protected>,
    /// The paths, relative to the directory, to which a result was written already.
    written: Places,
    temporaries: Temporaries,
    /// Says which results are there already, if the run resumes others.
    record: Option<Arc<Record>>,
}

/// A file that no result may replace, such as a dictionary.
struct Protected {
    identity: Identity,
    /// The canonical path.
    file: PathBuf,
    /// Its role, for messages.
    what: String,
}

/// Answers which files have their result already.
pub struct Kept {
    base: Arc<OwnedFd>,
    record: Arc<Record>,
}

impl Kept {
    /// Whether the file has its result already: a run of the same command has made it from the file as
    /// it is now, and it is as that run left it.
    pub fn has(&self, path: &Path) -> bool {
        let Ok(place) = place(path) else { return false };
        let Ok(input) = stat(path) else { return false };
        let Ok(result) = statat(&self.base, &place, AtFlags::empty()) else { return false };
        self.record.has(record::digest(path, &input.into(), &result.into()))
    }
}

/// Why a file has no place for its result.
const TWICE: &str = "another file's result has the same path in --output-dir";

/// The place of a result.
pub enum Created {
    /// A file, which gets its final name when it is complete.
    File(ResultFile),
    /// A device or a pipe in the directory, which is written directly.
    Stream(Output),
}

impl Directory {
    /// Makes the directory after a check of the files that the run will read (`found` walks over
    /// them): their results must have different paths in the directory, and no result may replace
    /// one of these files. No path that the user named (`named`) may be in the directory. No result
    /// may replace a `protected` file, which comes with its role for messages.
    ///
    /// # Errors
    /// If the check fails, or if the directory cannot be created.
    pub fn new<I: Iterator<Item = PathBuf>>(
        directory: &Path,
        found: impl Fn() -> I,
        named: &[PathBuf],
        protected: &[(&Path, &str)],
        temporaries: Temporaries,
    ) -> Result<Self, Fatal> {
        let before = canonical(directory)?;
        let mut inside = match (&before, existing(directory)?) {
            (Some(real), Some(facts)) => {
                Some(Inside::new(real.clone(), (facts.st_dev, facts.st_ino)))
            }
            _ => None,
        };
        collisions::check(directory, found, inside.as_mut())?;
        let is_inside = |path: &Path| before.as_ref().is_some_and(|real| path.starts_with(real));
        for path in named {
            if path.as_os_str() != "-" && canonical(path)?.is_some_and(|path| is_inside(&path)) {
                let [path, directory] = [printable(path), printable(directory)];
                return Err(Fatal(format!(
                    "{path} is inside the output directory {directory}; choose another --output-dir"
                )));
            }
        }
        let fail =
            |error| Fatal(format!("cannot create {}: {}", printable(directory), reason(&error)));
        fs::create_dir_all(directory).map_err(fail)?;
        let real = directory.canonicalize().map_err(fail)?;
        let mut files = Vec::new();
        for (path, what) in protected {
            if let (Some(file), Some(facts)) = (canonical(path)?, existing(path)?) {
                let (identity, what) = ((facts.st_dev, facts.st_ino), what.to_string());
                files.push(Protected { identity, file, what });
            }
        }
        let directory = directory.to_path_buf();
        let fail = |error: Errno| failed("write to", &printable(&directory), &error.into());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let base = open(&directory, flags, Mode::empty()).map_err(fail)?;
        let facts = fstat(&base).map_err(fail)?;
        let base = Arc::new(base);
        let identity = (facts.st_dev, facts.st_ino);
        let (protected, written) = (files, Places::default());
        let record = None;
        Ok(Self { directory, base, identity, real, protected, written, temporaries, record })
    }

    /// Opens the record of results, for a command with these arguments.
    ///
    /// # Errors
    /// If the results that are recorded are those of another command, or if the record cannot be
    /// used.
    pub fn resume(&mut self, arguments: &str, stopped: &dyn Fn() -> bool) -> Result<(), Fatal> {
        self.record = Some(Arc::new(Record::open(&self.directory, arguments, stopped)?));
        Ok(())
    }

    /// Answers which files have their result already.
    pub fn kept(&self) -> Option<Kept> {
        let Self { base, record, .. } = self;
        record.clone().map(|record| Kept { base: base.clone(), record })
    }

    /// Claims the place of a file that has its result already.
    ///
    /// # Errors
    /// If another file's result has the same place.
    pub fn claim(&mut self, path: &Path) -> Result<(), String> {
        let place = place(path)?;
        self.written.insert(&place).then_some(()).ok_or_else(|| TWICE.into())
    }

    /// The name of the directory, for messages.
    pub fn name(&self) -> String {
        printable(&self.directory)
    }

    /// Answers which files lie in the directory.
    pub fn inside(&self) -> Inside {
        Inside::new(self.real.clone(), self.identity)
    }

    /// Starts the thread that gives finished results their final names.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn batches(&self, report: Report) -> Result<Batches, Fatal> {
        let (base, record) = (self.base.clone(), self.record.clone());
        Batches::start(base, self.identity.0, self.name(), record, report)
    }

    /// Creates the output for the result of a file.
    ///
    /// # Errors
    /// Says why the file cannot have a result in the directory, or why the output cannot be
    /// created.
    pub fn create(&mut self, path: &Path) -> Result<Created, String> {
        let place = place(path)?;
        if !self.written.insert(&place) {
            return Err(TWICE.into());
        }
        if self.record.is_some() && place == Path::new(NAME) {
            return Err("its result in --output-dir would replace the record of --resume".into());
        }
        let old = match statat(&self.base, &place, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(old) if FileType::from_raw_mode(old.st_mode) == FileType::RegularFile => Some(old),
            Err(Errno::NOENT) => None,
            Ok(_) | Err(_) => return self.create_any(path, place),
        };
        if let Some(old) = &old {
            self.check(path, &place, old)?;
        }
        match self.temporary(&place, old.as_ref()) {
            Ok(created) => {
                let name = printable(&self.directory.join(&place));
                let file = ResultFile::new(created, place, name, old.as_ref());
                file.map(Created::File).map_err(|error| error.to_string())
            }
            Err(_) => self.create_any(path, place),
        }
    }

    /// Creates a temporary file, and the directories above it.
    fn temporary(&self, place: &Path, old: Option<&Stat>) -> std::io::Result<(File, Temporary)> {
        let create = || self.temporaries.create_below(&self.base, place, mode(old));
        match create() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(self.directory.join(parent))?;
                }
                create()
            }
            created => created,
        }
    }

    /// Refuses a result that would replace its own input or a protected file. `old` is the file
    /// with the name of the result; the name is no symbolic link.
    fn check(&self, path: &Path, place: &Path, old: &Stat) -> Result<(), String> {
        let old = (old.st_dev, old.st_ino);
        let is_old = |facts: &Stat| (facts.st_dev, facts.st_ino) == old;
        let own = existing(path).map_err(|fatal| fatal.0)?.as_ref().is_some_and(is_old);
        if own || self.protected.iter().any(|protected| protected.identity == old) {
            // A hard link is another name of the same file, and only one of the names is replaced.
            // So the paths decide.
            self.check_paths(path, &self.directory.join(place))?;
        }
        Ok(())
    }

    /// Refuses a result that would replace its own input or a protected file.
    fn check_paths(&self, path: &Path, target: &Path) -> Result<(), String> {
        let old = canonical(target).map_err(|fatal| fatal.0)?;
        if old.is_some() && old == canonical(path).map_err(|fatal| fatal.0)? {
            return Err("would be replaced by its own result; choose another --output-dir".into());
        }
        let is_old = |protected: &&Protected| old.as_ref() == Some(&protected.file);
        match self.protected.iter().find(is_old) {
            Some(Protected { what, .. }) => {
                Err(format!("its result in --output-dir would replace {what}"))
            }
            None => Ok(()),
        }
    }

    /// Like [`Directory::create`], for a name that may be a symbolic link or a device, or after an
    /// error. It takes more system calls, and says what is wrong.
    fn create_any(&self, path: &Path, place: PathBuf) -> Result<Created, String> {
        let target = self.directory.join(&place);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                format!("cannot create {}: {}", printable(parent), reason(&error))
            })?;
        }
        self.check_paths(path, &target)?;
        let destination = Destination::of(&target).map_err(|fatal| fatal.0)?;
        let Kind::File(file, _) = &destination.kind else {
            let mut output =
                Output::file(destination, &self.temporaries).map_err(|fatal| fatal.0)?;
            output.compress_as_named().map_err(|fatal| fatal.0)?;
            return Ok(Created::Stream(output));
        };
        let name = destination.name().to_string();
        let fail = |error| beside_failed(&name, &error).0;
        // A symbolic link stays, and the file that it points to is replaced.
        let place = if *file == target { place } else { absolute(file).map_err(fail)? };
        let old = stat(file).ok();
        let created = self.temporary(&place, old.as_ref()).map_err(fail)?;
        let file = ResultFile::new(created, place, name, old.as_ref());
        file.map(Created::File).map_err(|error| error.to_string())
    }
}

/// The absolute path of a file that may not exist yet.
fn absolute(file: &Path) -> std::io::Result<PathBuf> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).canonicalize()?;
    Ok(parent.join(file.file_name().unwrap_or_default()))
}
