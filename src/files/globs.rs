//! The globs of `-g` and `--exclude`. Each glob also notes whether it has matched anything: a glob
//! that matches nothing is most likely a mistake, and is reported.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use ignore::Match;
use ignore::overrides::{Override, OverrideBuilder};

use std::{error, fmt};

/// An invalid glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobError(String);

impl fmt::Display for GlobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl error::Error for GlobError {}

/// The globs of a run. Clones share the notes about which globs have matched.
#[derive(Clone, Debug, Default)]
pub struct Globs(Option<Arc<Inner>>);

/// The globs, applied to paths below one directory.
pub(super) struct GlobsBelow {
    inner: Arc<Inner>,
    root: PathBuf,
}

#[derive(Debug)]
struct Inner {
    /// The globs of `-g`: only files that match one of them are read.
    wanted: Vec<Glob>,
    /// The globs of `-g`, compiled into one matcher.
    wants: Override,
    /// The globs of `--exclude`: files and directories that match one of them are skipped.
    excluded: Vec<Glob>,
    /// The globs of `--exclude`, compiled into one matcher.
    excludes: Override,
    /// Whether any directory was walked. If not, unmatched globs are not reported, because globs
    /// apply to files in directories only.
    used: AtomicBool,
}

#[derive(Debug)]
struct Glob {
    typed: String,
    /// A matcher of this glob alone.
    alone: Override,
    matched: AtomicBool,
}

impl Globs {
    /// Compiles the globs of `-g` and of `--exclude`.
    ///
    /// # Errors
    /// If a glob is invalid.
    pub fn new(wanted: &[String], excluded: &[String]) -> Result<Self, GlobError> {
        if wanted.is_empty() && excluded.is_empty() {
            return Ok(Self(None));
        }
        let all = |typed: &[String], mark| -> Result<Vec<Glob>, GlobError> {
            let one = |typed: &String| {
                let alone = build(std::slice::from_ref(typed), mark)?;
                let matched = AtomicBool::new(false);
                Ok(Glob { typed: typed.clone(), alone, matched })
            };
            typed.iter().map(one).collect()
        };
        Ok(Self(Some(Arc::new(Inner {
            wanted: all(wanted, "")?,
            wants: build(wanted, "")?,
            excluded: all(excluded, "!")?,
            excludes: build(excluded, "!")?,
            used: AtomicBool::new(false),
        }))))
    }

    /// The globs, applied to paths below the directory `root`; `None` if there are no globs.
    pub(super) fn below(&self, root: &Path) -> Option<GlobsBelow> {
        let inner = self.0.clone()?;
        inner.used.store(true, Relaxed);
        Some(GlobsBelow { inner, root: root.to_path_buf() })
    }

    /// Returns a message about each glob that matched nothing, and whether that is a failure. An
    /// unmatched `-g` is a failure. An unmatched `--exclude` is not a failure, and is reported only
    /// with `all`, or if it begins with one of the PATH arguments, because such a glob can match
    /// nothing.
    pub fn unmatched(&self, paths: &[PathBuf], all: bool) -> Vec<(String, bool)> {
        let Some(inner) = self.0.as_ref().filter(|inner| inner.used.load(Relaxed)) else {
            return Vec::new();
        };
        let message = |glob: &Glob, before: &str, behind: &str| {
            let typed = glob.typed.escape_debug();
            format!(
                "{before} '{typed}' {behind} (a glob is matched against the path below the PATH argument)"
            )
        };
        let unmatched = |glob: &&Glob| !glob.matched.load(Relaxed);
        // A glob of `-g` that begins with `!` excludes files, so it need not match any.
        let wanted = inner.wanted.iter().filter(|glob| !glob.typed.starts_with('!'));
        let wanted = wanted
            .filter(unmatched)
            .map(|glob| (message(glob, "the glob", "matched nothing"), true));
        let begins =
            |glob: &&Glob| paths.iter().any(|path| Path::new(&glob.typed).starts_with(path));
        let excluded = inner.excluded.iter().filter(unmatched).filter(|glob| all || begins(glob));
        let excluded = excluded.map(|glob| (message(glob, "--exclude", "excluded nothing"), false));
        wanted.chain(excluded).collect()
    }
}

impl GlobsBelow {
    /// Whether the globs of `-g` select this path. `None` if they do not apply to it; then other
    /// rules decide.
    pub(super) fn want(&self, path: &Path, is_directory: bool) -> Option<bool> {
        match self.inner.wants.matched(self.below(path), is_directory) {
            Match::Ignore(_) => Some(false),
            Match::Whitelist(_) => Some(true),
            Match::None => None,
        }
    }

    /// Whether `--exclude` skips a path that no other rule skips. Also notes which globs of `-g`
    /// and `--exclude` match.
    pub(super) fn exclude(&self, path: &Path, is_directory: bool) -> bool {
        let path = self.below(path);
        let note = |globs: &[Glob], test: fn(&Override, &Path, bool) -> bool| {
            for glob in globs.iter().filter(|glob| !glob.matched.load(Relaxed)) {
                if test(&glob.alone, path, is_directory) {
                    glob.matched.store(true, Relaxed);
                }
            }
        };
        if self.inner.excludes.matched(path, is_directory).is_ignore() {
            note(&self.inner.excluded, |glob, path, is_directory| {
                glob.matched(path, is_directory).is_ignore()
            });
            return true;
        }
        // A glob of `-g` that matches only a directory has not selected any file yet, so only files
        // count.
        if !is_directory {
            note(&self.inner.wanted, |glob, path, _| glob.matched(path, false).is_whitelist());
        }
        false
    }

    /// Whether `--exclude` skips this path. Unlike [`Self::exclude`], does not note which globs
    /// match.
    pub(super) fn excludes(&self, path: &Path, is_directory: bool) -> bool {
        self.inner.excludes.matched(self.below(path), is_directory).is_ignore()
    }

    fn below<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// Compiles globs into one matcher; `mark` is put before each of them.
fn build(typed: &[String], mark: &str) -> Result<Override, GlobError> {
    let mut builder = OverrideBuilder::new("");
    for typed in typed {
        let bad = |why: &str| GlobError(format!("bad glob '{}': {why}", typed.escape_debug()));
        if typed.trim().is_empty() {
            return Err(bad("it is empty"));
        }
        builder.add(&format!("{mark}{typed}")).map_err(|error| match error {
            ignore::Error::Glob { err, .. } => bad(&err),
            other => bad(&other.to_string()),
        })?;
    }
    builder.build().map_err(|error| GlobError(format!("bad glob: {error}")))
}
