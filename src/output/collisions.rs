//! The check before a run with `--output-dir`: the results must have different paths, and no result
//! may replace a file that the run reads.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Stat, stat};

use super::inside::Inside;
use crate::error::{Fatal, opens_nothing, reason};
use crate::escape::printable;
use crate::stamp::Identity;

/// Paths of results. A set of hundreds of thousands of paths would need much memory, so only 128
/// bits of each are kept. That two of a million paths have the same bits is less likely than a
/// fault of the machine, and would be reported as an error.
#[derive(Default)]
pub(super) struct Places {
    seen: HashSet<u128>,
    hashers: [RandomState; 2],
}

impl Places {
    /// Adds a path. Returns `false` if it was added before.
    pub(super) fn insert(&mut self, place: &Path) -> bool {
        let [high, low] = &self.hashers;
        let bytes = place.as_os_str().as_encoded_bytes();
        self.seen.insert(u128::from(high.hash_one(bytes)) << 64 | u128::from(low.hash_one(bytes)))
    }
}

/// Checks the files that the run will read. `found` walks over them; it is called again if the
/// first walk finds that more must be known. `inside` answers for the directory if it exists.
///
/// # Errors
/// If two results would have the same path, or if a result would replace an input.
pub(super) fn check<I: Iterator<Item = PathBuf>>(
    directory: &Path,
    found: impl Fn() -> I,
    inside: Option<&mut Inside>,
) -> Result<(), Fatal> {
    let mut places = Places::default();
    // Existing files that a result will replace: the identity of the file, and the input that the
    // result is made from.
    let mut replaced: HashMap<Identity, PathBuf> = HashMap::new();
    for path in found() {
        let place = place(&path).map_err(Fatal)?;
        if !places.insert(&place) {
            let has_place = |other: &PathBuf| self::place(other).is_ok_and(|other| other == place);
            let other = found().find(has_place).unwrap_or_else(|| path.clone());
            let [other, path] = [printable(&other), printable(&path)];
            let reason = "would be written to the same file in --output-dir";
            return Err(Fatal(format!("{other} and {path} {reason}")));
        }
        if inside.is_some()
            && let Some(old) = existing(&directory.join(place))?
        {
            replaced.insert((old.st_dev, old.st_ino), path);
        }
    }
    let Some(inside) = inside.filter(|_| !replaced.is_empty()) else { return Ok(()) };
    for path in found() {
        let Some(facts) = existing(&path)? else { continue };
        let Some(by) = replaced.get(&(facts.st_dev, facts.st_ino)) else { continue };
        // A file that a walk finds inside the directory is no input, since it is skipped. So a
        // result may replace it.
        if *by != path && is_inside(inside, &path)? {
            continue;
        }
        // A hard link is another name of the same file. A result replaces only one of the names.
        let target = directory.join(place(by).map_err(Fatal)?);
        if canonical(&target)? != canonical(&path)? {
            continue;
        }
        let what = match *by == path {
            true => "its own result".into(),
            false => format!("the result of {}", printable(by)),
        };
        let path = printable(&path);
        return Err(Fatal(format!(
            "{path} would be replaced by {what}; choose another --output-dir"
        )));
    }
    Ok(())
}

/// Whether a file lies in the directory; `false` if nothing has this name.
fn is_inside(inside: &mut Inside, path: &Path) -> Result<bool, Fatal> {
    match inside.has(path, true) {
        Ok(inside) => Ok(inside),
        Err(error) if opens_nothing(&error) => Ok(false),
        Err(error) => Err(unresolved(path, &error)),
    }
}

/// The path without symbolic links. `None` if nothing can be opened by this name.
pub(super) fn canonical(path: &Path) -> Result<Option<PathBuf>, Fatal> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) if opens_nothing(&error) => Ok(None),
        Err(error) => Err(unresolved(path, &error)),
    }
}

/// The metadata of the file with this name, after symbolic links. `None` if nothing can be opened by
/// this name.
pub(super) fn existing(path: &Path) -> Result<Option<Stat>, Fatal> {
    match stat(path).map_err(io::Error::from) {
        Ok(facts) => Ok(Some(facts)),
        Err(error) if opens_nothing(&error) => Ok(None),
        Err(error) => Err(unresolved(path, &error)),
    }
}

fn unresolved(path: &Path, error: &io::Error) -> Fatal {
    Fatal(format!("cannot resolve the path {}: {}", printable(path), reason(error)))
}

/// The path of a result relative to the directory: the path of the input without a leading `/` and
/// without `.` components.
pub(super) fn place(path: &Path) -> Result<PathBuf, String> {
    let mut place = PathBuf::with_capacity(path.as_os_str().len());
    for component in path.components() {
        match component {
            Component::Normal(name) => place.push(name),
            Component::ParentDir => {
                return Err(format!(
                    "{}: a path with .. may lead out of --output-dir; name the file without ..",
                    printable(path)
                ));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(place)
}
