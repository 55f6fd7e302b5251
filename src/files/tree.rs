//! Walks one directory tree. This code opens and reads each directory itself. So every error names
//! its directory, a loop is noticed by device and inode, and if too many files are open, a
//! directory is tried again.

use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, OFlags, fstat};
use rustix::io::Errno;

use super::below::{Links, open_below};
use super::gitignore::{DirectoryRules, GitignoreRules};
use super::globs::GlobsBelow;
use super::item::{Found, Item, Origin, Refused, Root, Skip};
use super::listing::Listing;
use super::long::{lstat, open, stat};
use super::names::Name;
use super::no_atime::open_quietly;
use super::retry_open::retry_open;
use super::rules::WalkRules;
use crate::error::FileError;
use crate::escape::printable;
use crate::stamp::Identity;

/// The size of the buffer into which the kernel writes names, in bytes. A larger buffer is not
/// faster.
const READ_SIZE: usize = 32 << 10;
/// How many directories may stay open while the directories below them are walked.
const MAX_OPEN: usize = 4;

/// Iterates over the files below one directory.
pub(super) struct Tree {
    rules: WalkRules,
    globs: Option<GlobsBelow>,
    begin: Root,
    /// The directory where the walk began, once a directory is entered that is not directly in it. Such
    /// directories are opened relative to it, so that none leads out of it through a symbolic link.
    root: Option<OwnedFd>,
    ignored: Option<GitignoreRules>,
    /// The directories from the root down to the current one.
    levels: Vec<Level>,
    /// Errors to return before the next entry.
    pending_errors: VecDeque<FileError>,
    buffer: Vec<MaybeUninit<u8>>,
}

/// A directory in the middle of its walk.
struct Level {
    path: PathBuf,
    /// Device and inode of the directory, which do not depend on its path.
    identity: Identity,
    /// The names that were not yet visited.
    listing: Listing,
    ignored: DirectoryRules,
}

/// An entry of a directory.
struct Entry {
    path: PathBuf,
    inode: u64,
    kind: FileType,
}

impl Tree {
    pub(super) fn new(root: PathBuf, rules: WalkRules) -> Self {
        let mut tree = Self {
            globs: rules.globs.below(&root),
            begin: Root::of(&root),
            root: None,
            rules,
            ignored: None,
            levels: Vec::new(),
            pending_errors: VecDeque::new(),
            buffer: vec![MaybeUninit::uninit(); READ_SIZE],
        };
        if tree.rules.max_depth == Some(0) {
            return tree;
        }
        if tree.rules.gitignore {
            let (ignored, failures) = GitignoreRules::above(&root);
            tree.ignored = Some(ignored);
            tree.pending_errors.extend(failures);
        }
        if let Err(failure) = tree.enter(root, true) {
            tree.pending_errors.push_back(failure);
        }
        tree
    }

    /// Enters a directory. Unless links are followed, fails if the name was replaced by a symbolic
    /// link after it was seen to be a directory.
    fn enter(&mut self, path: PathBuf, follow: bool) -> Result<(), FileError> {
        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follow);
        let fail = |error: Errno| FileError::io(path.clone(), &error.into());
        self.close_all_but(MAX_OPEN - 1);
        let opened = match self.open_quietly(&path, flags) {
            Err(Errno::MFILE | Errno::NFILE) => {
                self.close_all_but(0);
                retry_open(|| self.open_quietly(&path, flags))
            }
            opened => opened,
        };
        let directory = match opened {
            Err(Errno::LOOP) if !follow => {
                let reason = "not entered: it was a directory when the directory above it was read, and \
                              now it is a symbolic link or below one";
                return Err(FileError::new(path, reason.into()));
            }
            opened => opened.map_err(fail)?,
        };
        let facts = fstat(&directory).map_err(fail)?;
        let identity = (facts.st_dev, facts.st_ino);
        if let Some(ancestor) = self.levels.iter().find(|level| level.identity == identity) {
            let ancestor = printable(&ancestor.path);
            let link = lstat(&path).is_ok_and(|facts| kind_of(&facts) == FileType::Symlink);
            let reason = match link {
                true => format!("not entered: the link leads back to {ancestor}"),
                false => format!("not entered: it is the same directory as {ancestor}"),
            };
            return Err(FileError::new(path, reason));
        }
        let ignored = match &self.ignored {
            Some(ignored) => {
                let (here, failures) = ignored.read(&path);
                self.pending_errors.extend(failures);
                here
            }
            None => DirectoryRules::default(),
        };
        self.levels.push(Level { path, identity, listing: Listing::new(directory), ignored });
        if self.rules.sorted {
            self.read_all(self.levels.len() - 1);
        }
        Ok(())
    }

    /// Opens a directory. With `--no-atime`, its access time stays as it is, if the system allows it.
    fn open_quietly(&mut self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        if !self.rules.no_atime {
            return self.open(path, flags);
        }
        let opened = open_quietly(flags, |flags| Ok(self.open(path, flags)?));
        let errno = |error: &io::Error| Errno::from_io_error(error).unwrap_or(Errno::IO);
        opened.map(|(directory, _)| directory).map_err(|error| errno(&error))
    }

    /// Opens a directory. If its flags say that it may be no symbolic link, then none above it may be one
    /// either, down from where the walk began.
    fn open(&mut self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let split = self.begin.split(path).filter(|_| flags.contains(OFlags::NOFOLLOW));
        let Some((root, below)) = split else { return open(path, flags) };
        if self.root.is_none() {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            self.root = Some(open(root, flags)?);
        }
        let Some(root) = &self.root else { return Err(Errno::BADF) };
        open_below(root.as_fd(), below, flags, Links::None)
    }

    /// Reads the rest of all open directories except the `most` that were entered last, and closes
    /// them.
    fn close_all_but(&mut self, most: usize) {
        let open = |level: &usize| self.levels[*level].listing.is_open();
        let open: Vec<_> = (0..self.levels.len()).filter(open).collect();
        for &level in open.iter().rev().skip(most) {
            self.read_all(level);
        }
    }

    /// Reads a directory to its end and closes it. The walk returns an error before the names that
    /// were read: code that compares these names with another sorted list must know in time that
    /// names are missing.
    fn read_all(&mut self, level: usize) {
        let Level { path, listing, .. } = &mut self.levels[level];
        let WalkRules { sorted, names_memory, .. } = self.rules;
        if let Err(error) = listing.read_all(&mut self.buffer, sorted, names_memory) {
            self.pending_errors.push_back(FileError::io(path.clone(), &error));
        }
    }

    /// The next entry of the current directory; `None` at its end.
    fn next_entry(&mut self) -> Option<Result<Entry, FileError>> {
        let Level { path: above, listing, .. } = self.levels.last_mut()?;
        match listing.next(&mut self.buffer) {
            Ok(None) => None,
            Ok(Some(Name { name, inode, kind })) => {
                // `Path::join` would take up to twice the memory that the path needs.
                let mut path = PathBuf::with_capacity(above.as_os_str().len() + 1 + name.len());
                path.extend([above.as_os_str(), name]);
                Some(Ok(Entry { path, inode, kind }))
            }
            Err(error) => Some(Err(FileError::io(above.clone(), &error))),
        }
    }

    /// Handles an entry of a directory. If the entry is itself a directory, enters it and returns
    /// nothing.
    fn visit(&mut self, Entry { path, inode, mut kind }: Entry) -> Option<Found> {
        let device = self.levels.last()?.identity.0;
        // A broken link is an error, unless a rule about its name skips it; so the error must wait
        // for the rules.
        let mut broken = None;
        let follows = self.rules.follow && matches!(kind, FileType::Symlink | FileType::Unknown);
        if follows || kind == FileType::Unknown {
            match if follows { stat(&path) } else { lstat(&path) } {
                Ok(facts) => kind = kind_of(&facts),
                Err(error) => broken = Some(error),
            }
        }
        let is_directory = kind == FileType::Directory;
        if self.skips(&path, is_directory) {
            return None;
        }
        if !is_directory && self.rules.shard.is_some_and(|shard| !shard.holds(self.below(&path))) {
            return None;
        }
        if let Some(error) = broken {
            return Some(failed(FileError::io(path, &error.into())));
        }
        if is_directory {
            let failure = match self.descends(&path) {
                Ok(false) => return None,
                Ok(true) => self.enter(path, self.rules.follow).err(),
                Err(failure) => Some(failure),
            };
            return failure.map(failed);
        }
        if kind == FileType::Symlink && self.rules.links {
            return Some(Ok(Item::File(path, Origin::Link(Some(device), self.begin))));
        }
        Some(if kind == FileType::RegularFile {
            Ok(Item::File(path, Origin::Walked((device, inode), self.begin)))
        } else {
            Err(Refused::Skipped(path, Skip::of_special(kind)))
        })
    }

    /// The bytes of a path that come after the root.
    fn below<'a>(&self, path: &'a Path) -> &'a [u8] {
        let root = self.levels.first().map_or(0, |root| root.path.as_os_str().len());
        let below = &path.as_os_str().as_bytes()[root..];
        below.strip_prefix(b"/").unwrap_or(below)
    }

    /// Whether the walk descends into a directory.
    fn descends(&self, path: &Path) -> Result<bool, FileError> {
        if self.rules.max_depth.is_some_and(|most| self.levels.len() >= most) {
            return Ok(false);
        }
        if !self.rules.one_file_system {
            return Ok(true);
        }
        // A directory on another file system must not even be opened: if that is a network file
        // system, it may not respond.
        let facts = if self.rules.follow { stat(path) } else { lstat(path) };
        let facts = facts.map_err(|error| FileError::io(path.to_path_buf(), &error.into()))?;
        Ok(self.levels.first().is_some_and(|root| root.identity.0 == facts.st_dev))
    }

    /// Whether a rule skips this path. The rules apply in this order: `-g`, .gitignore files,
    /// `--no-hidden`, `--exclude`.
    fn skips(&self, path: &Path, is_directory: bool) -> bool {
        let globs = self.globs.as_ref();
        let is_wanted = globs.and_then(|globs| globs.want(path, is_directory));
        let is_wanted = is_wanted.unwrap_or_else(|| !self.is_ignored(path, is_directory));
        !is_wanted || globs.is_some_and(|globs| globs.exclude(path, is_directory))
    }

    fn is_ignored(&self, path: &Path, is_directory: bool) -> bool {
        let levels = self.levels.iter().rev().map(|level| &level.ignored);
        let ignored = self.ignored.as_ref();
        let decided = ignored.and_then(|ignored| ignored.decide(levels, path, is_directory));
        let is_hidden = || path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
        decided.unwrap_or_else(|| self.rules.no_hidden && is_hidden())
    }
}

impl Iterator for Tree {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(failure) = self.pending_errors.pop_front() {
                return Some(failed(failure));
            }
            let found = match self.next_entry() {
                Some(Ok(entry)) => self.visit(entry),
                Some(Err(failure)) => Some(failed(failure)),
                None => {
                    self.levels.pop()?;
                    None
                }
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

fn failed(failure: FileError) -> Found {
    Err(Refused::Failed(failure))
}

fn kind_of(facts: &rustix::fs::Stat) -> FileType {
    FileType::from_raw_mode(facts.st_mode)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::stamp::identity;

    #[test]
    fn a_file_comes_with_its_device_and_inode() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("b")).unwrap();
        for name in ["c", "b/d", "a"] {
            fs::write(directory.path().join(name), name).unwrap();
        }
        for sorted in [true, false] {
            let rules = WalkRules { sorted, ..WalkRules::default() };
            let files = Tree::new(directory.path().to_path_buf(), rules).map(|found| match found {
                Ok(Item::File(path, Origin::Walked(known, _))) => (path, known),
                other => panic!("{other:?}"),
            });
            let files: Vec<_> = files.collect();
            assert_eq!(files.len(), 3);
            for (path, known) in files {
                assert_eq!(known, identity(&fs::metadata(&path).unwrap()), "{path:?}");
            }
        }
    }
}
