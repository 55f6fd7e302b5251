//! Protects an existing manifest FILE in `hash -o FILE`. If no file is found below one of the PATH
//! arguments, or no file at all, most likely a disk is not mounted. Then FILE is not replaced. To
//! see which files FILE lists, it is read at the end of the run, and only as far as needed.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use crate::cli::MaxGone;
use crate::error::{Fatal, FileError, reason};
use crate::escape::printable;
use crate::files::Shard;
use crate::files::arguments::Inputs;
use crate::files::present::Present;
use crate::manifest::names::key;
use crate::manifest::roots::Roots;
use crate::manifest::{Entries, Problem, ReadOptions, Records};
use crate::stamp::identity;
use crate::update::known::Tally;
use crate::update::previous::version;

/// The hint in messages, for runs with and without `--update`.
const UNMOUNTED: &str = "is a disk not mounted? (--max-gone 100% replaces it anyway)";

/// The guard of a manifest; see the module documentation.
pub struct Guard {
    file: PathBuf,
    /// The PATH arguments, and for which of them a line was written; `None` if a list gives the
    /// names.
    roots: Option<Roots>,
    paths: Vec<PathBuf>,
    /// Lines of other shards are not missed.
    shard: Option<Shard>,
    follow: bool,
    /// Whether symbolic links are recorded.
    links: bool,
    limit: Option<MaxGone>,
    /// The names for which a line was written; `None` if `--max-gone` sets no limit.
    written: Option<HashSet<Box<[u8]>>>,
    results: u64,
    failed: bool,
}

impl Guard {
    /// Protects the file if it exists. The manifest of `--update` needs no guard: it is compared
    /// with the walk anyway, and [`judge_update`] checks the result.
    pub fn new(
        file: &Path,
        updated: Option<&Path>,
        inputs: &Inputs,
        limit: Option<MaxGone>,
    ) -> Option<Self> {
        let replaced = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
        let updated = updated.and_then(|path| fs::metadata(path).ok());
        if updated.is_some_and(|updated| identity(&updated) == identity(&replaced)) {
            return None;
        }
        let (file, paths) = (file.to_path_buf(), inputs.paths.clone());
        let (follow, links) = (inputs.rules.follow, inputs.rules.links);
        let walks = inputs.list.is_none() && !paths.is_empty();
        let roots = walks.then(|| Roots::new(&paths));
        let written = limit.filter(|limit| !limit.allows_all()).map(|_| HashSet::new());
        let shard = inputs.rules.shard;
        let (results, failed) = (0, false);
        Some(Self { file, roots, paths, shard, follow, links, limit, written, results, failed })
    }

    /// Notes that a line was written for this name, which is that of a symbolic link if `link` is set. A
    /// PATH that is a link to a directory does not count as found: nothing below it was.
    pub fn wrote(&mut self, path: &Path, link: bool) {
        self.results += 1;
        if let Some(roots) = &mut self.roots
            && !(link && roots.contain(path) && path.is_dir())
        {
            roots.found(path);
        }
        if let Some(written) = &mut self.written {
            written.insert(key(path));
        }
    }

    /// Notes that a file could not be read. If it exists, it counts as found.
    pub fn failed(&mut self, failure: &FileError) {
        self.failed = true;
        if let (Some(roots), Present::File | Present::Unknown(_)) =
            (&mut self.roots, Present::at(&failure.path, true))
        {
            roots.found(&failure.path);
        }
    }

    /// Whether a name belongs to the shard of this run.
    fn is_of_shard(&self, path: &Path) -> bool {
        let Some(shard) = self.shard else { return true };
        match &self.roots {
            Some(roots) => shard.holds(&roots.shard_name(path)),
            None => shard.holds(path.as_os_str().as_encoded_bytes()),
        }
    }

    /// Checks whether the output may replace the file.
    ///
    /// # Errors
    /// Says why the file may not be replaced, or why it cannot be read.
    pub fn judge(mut self) -> Result<(), Fatal> {
        if self.limit.is_some_and(MaxGone::allows_all) || self.results == 0 && self.failed {
            return Ok(());
        }
        let name = printable(&self.file);
        let unreadable = |error| {
            Fatal(format!("cannot read {name}, which would be replaced: {}", reason(&error)))
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let mut existing = Roots::new(&self.paths);
        let (mut lost, mut all) = (0, 0);
        for read in Entries::new(Records::new(file, ReadOptions::of(&self.file))) {
            let (path, link) = match read {
                Ok(entry) => (entry.path, entry.link.is_some()),
                Err(Problem::Malformed { .. } | Problem::Unread { .. } | Problem::Seal(_)) => {
                    continue;
                }
                Err(Problem::Broken(error)) => return Err(unreadable(error)),
            };
            if !self.is_of_shard(&path) {
                continue;
            }
            if self.results == 0 {
                return Err(Fatal(no_file(&self.file)));
            }
            all += 1;
            if let Some(written) = &self.written {
                lost += u64::from(!written.contains(&key(&path)));
            }
            let found = match &mut self.roots {
                None => true,
                Some(roots) => {
                    if link && roots.contain(&path) {
                        roots.found(&path);
                        existing.found(&path);
                    } else if roots.hold(&path) {
                        look(&path, (self.follow, self.links || link), roots, &mut existing);
                    }
                    existing.are_found() && roots.are_found()
                }
            };
            if found && self.written.is_none() {
                return Ok(());
            }
        }
        let emptied = self.roots.as_ref().and_then(|roots| roots.emptied().or(existing.emptied()));
        if let Some(path) = emptied {
            return Err(Fatal(emptied_path(&self.file, path)));
        }
        if self.limit.is_some_and(|limit| limit.is_exceeded(lost, all)) {
            return Err(Fatal(format!(
                "{lost} of {all} files of {name} have no line in the new manifest, more than --max-gone allows"
            )));
        }
        Ok(())
    }
}

/// Notes whether a file that the manifest lists still exists, unless its PATH argument is known to
/// have existing files. With `link`, a symbolic link is a file too. `roots` knows the PATHs for which a line was written, `existing` the PATHs
/// below which a listed file exists.
fn look(path: &Path, (follow, link): (bool, bool), roots: &mut Roots, existing: &mut Roots) {
    roots.lost(path);
    if existing.is_found(path) {
        return;
    }
    let exists = |link| {
        matches!(Present::of(path, follow, link, || false), Present::File | Present::Unknown(_))
    };
    if exists(false) || link && exists(true) {
        existing.found(path);
    } else {
        existing.lost(path);
    }
}

/// Checks whether a run with `--update` may replace the manifest that it updates.
///
/// # Errors
/// Says why the manifest may not be replaced.
pub fn judge_update(
    manifest: &Path,
    tally: &Tally,
    limit: Option<MaxGone>,
    has_paths: bool,
) -> Result<(), Fatal> {
    if limit.is_some_and(MaxGone::allows_all) {
        return Ok(());
    }
    let (gone, all) = tally.gone();
    let emptied = tally.emptied.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match &*emptied {
        Some(path) => Err(Fatal(emptied_path(manifest, path))),
        None if tally.lines() == 0 && tally.of_others.load(Relaxed) == 0 => {
            Err(Fatal(no_file(manifest)))
        }
        None if !has_paths && gone == all && all > 0 => {
            let name = printable(manifest);
            Err(Fatal(format!("none of the files of {name} was found; {UNMOUNTED}")))
        }
        None if limit.is_some_and(|limit| limit.is_exceeded(gone, all)) => {
            let (name, list) = (printable(manifest), if has_paths { "" } else { " or not listed" });
            let what = format!("{gone} of {all} files of {name} are gone{list}");
            Err(Fatal(format!("{what}, more than --max-gone allows")))
        }
        None => Ok(()),
    }
}

fn no_file(manifest: &Path) -> String {
    format!("no file was found, and {} lists some; {UNMOUNTED}", printable(manifest))
}

/// Checks whether a run with `--update` may replace FILE, the manifest that it updates. `read` is
/// the size, the time and the inode of FILE when the run read it.
///
/// # Errors
/// If another process has replaced or changed FILE since then, because the new lines would be lost.
pub fn judge_version(file: &Path, read: (u64, i128, u64)) -> Result<(), Fatal> {
    let name = printable(file);
    match fs::metadata(file) {
        Ok(now) if version(&now) == read => Ok(()),
        Ok(_) => Err(Fatal(format!(
            "another process wrote a newer {name} during this run, and the newer lines would be lost; run the command again"
        ))),
        Err(error) => {
            Err(Fatal(format!("cannot read the status of {name} again: {}", reason(&error))))
        }
    }
}

fn emptied_path(manifest: &Path, path: &Path) -> String {
    let [manifest, path] = [manifest, path].map(printable);
    format!("none of the files that {manifest} lists below {path} was found; {UNMOUNTED}")
}
