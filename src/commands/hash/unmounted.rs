//! `hash -o FILE` where FILE is a manifest already. A PATH of whose files none is found, or a run that
//! finds no file at all, is most likely a disk that is not mounted: then FILE stays as it is. FILE is
//! read as a stream once the run has come to its end, and only as far as the question needs.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cli::HashArgs;
use crate::cli::MaxGone;
use crate::error::{Failure, Fatal, reason};
use crate::manifest::known::Tally;
use crate::manifest::present::Present;
use crate::manifest::roots::Roots;
use crate::manifest::{Accept, Entries, Problem, Records};
use crate::report::names::printable;

/// Why a manifest is not replaced, for both ways to replace one.
const UNMOUNTED: &str = "is a disk not mounted? (--max-gone 100% insists)";

/// See the module's head.
pub struct Guard {
    file: PathBuf,
    /// The arguments and which of them have a result; a list of names has none.
    roots: Option<Roots>,
    paths: Vec<PathBuf>,
    follow: bool,
    limit: Option<MaxGone>,
    results: u64,
    failed: bool,
}

impl Guard {
    /// Watches over the file that is replaced, if there is one. The manifest of `--update` is
    /// compared while it is joined with the walk.
    pub fn new(arguments: &HashArgs) -> Option<Self> {
        let file = arguments.output.clone()?;
        let identity = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
        let replaced = fs::metadata(&file).ok().filter(fs::Metadata::is_file)?;
        let updated = arguments.update.as_deref().and_then(identity);
        if updated == Some((replaced.dev(), replaced.ino())) {
            return None;
        }
        let input = &arguments.input;
        let paths = input.paths.clone();
        let walks = input.files_from.is_none() && !paths.is_empty();
        let roots = walks.then(|| Roots::new(&paths));
        let (follow, limit) = (input.walk.follow, arguments.max_gone);
        Some(Self { file, roots, paths, follow, limit, results: 0, failed: false })
    }

    /// There is a result for this name.
    pub fn wrote(&mut self, path: &Path) {
        self.results += 1;
        if let Some(roots) = &mut self.roots {
            roots.found(path);
        }
    }

    /// There is an error for this name. A file that cannot be read was found nevertheless.
    pub fn failed(&mut self, failure: &Failure) {
        self.failed = true;
        if let (Some(roots), Present::File | Present::Unknown(_)) =
            (&mut self.roots, Present::at(&failure.path, true))
        {
            roots.found(&failure.path);
        }
    }

    /// Whether the file may be replaced.
    ///
    /// # Errors
    /// Why it may not, or that it cannot be read.
    pub fn judge(mut self) -> Result<(), Fatal> {
        if self.limit.is_some_and(MaxGone::insists) || self.results == 0 && self.failed {
            return Ok(());
        }
        let name = printable(&self.file);
        let unreadable = |error| {
            Fatal(format!("cannot read {name}, which would be replaced: {}", reason(&error)))
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let mut there = Roots::new(&self.paths);
        let (mut gone, mut all) = (0, 0);
        for read in Entries::new(Records::new(file, Accept::default(), None)) {
            let path = match read {
                Ok(entry) => entry.path,
                Err(Problem::Malformed { .. }) => continue,
                Err(Problem::Broken(error)) => return Err(unreadable(error)),
            };
            if self.results == 0 {
                return Err(Fatal(no_file(&self.file)));
            }
            let Some(written) = &mut self.roots else {
                if self.limit.is_none() {
                    return Ok(());
                }
                all += 1;
                gone += u64::from(matches!(Present::at(&path, self.follow), Present::Gone));
                continue;
            };
            if self.limit.is_none() && there.are_found() && written.are_found() {
                return Ok(());
            }
            if !written.hold(&path) {
                continue;
            }
            all += 1;
            written.lost(&path);
            if self.limit.is_some() || !there.is_found(&path) {
                match Present::at(&path, self.follow) {
                    Present::Gone | Present::Other(_) => {
                        gone += 1;
                        there.lost(&path);
                    }
                    Present::File | Present::Unknown(_) => there.found(&path),
                }
            }
        }
        let emptied = self.roots.as_ref().and_then(|written| written.emptied().or(there.emptied()));
        match emptied {
            Some(path) => Err(Fatal(emptied_path(&self.file, path))),
            None => too_many(&self.file, self.limit, gone, all),
        }
    }
}

/// Whether an update may replace its manifest.
///
/// # Errors
/// Why it may not.
pub fn judge_update(
    manifest: &Path,
    tally: &Tally,
    limit: Option<MaxGone>,
    has_paths: bool,
) -> Result<(), Fatal> {
    if limit.is_some_and(MaxGone::insists) {
        return Ok(());
    }
    let (gone, all) = tally.gone();
    let emptied = tally.emptied.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match &*emptied {
        Some(path) => Err(Fatal(emptied_path(manifest, path))),
        None if tally.lines() == 0 => Err(Fatal(no_file(manifest))),
        None if !has_paths && gone == all && all > 0 => {
            let name = printable(manifest);
            Err(Fatal(format!("none of the files of {name} was found; {UNMOUNTED}")))
        }
        None => too_many(manifest, limit, gone, all),
    }
}

fn no_file(manifest: &Path) -> String {
    format!("no file was found, and {} lists some; {UNMOUNTED}", printable(manifest))
}

fn emptied_path(manifest: &Path, path: &Path) -> String {
    let [manifest, path] = [manifest, path].map(printable);
    format!("none of the files that {manifest} lists below {path} was found; {UNMOUNTED}")
}

fn too_many(manifest: &Path, limit: Option<MaxGone>, gone: u64, all: u64) -> Result<(), Fatal> {
    if !limit.is_some_and(|limit| limit.is_exceeded(gone, all)) {
        return Ok(());
    }
    let name = printable(manifest);
    Err(Fatal(format!("{gone} of {all} files of {name} are gone, more than --max-gone allows")))
}
