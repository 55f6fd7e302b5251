//! Hints for files that a manifest lists and that do not exist: the option with which they would.
//! Nothing is looked up unless a file is missing, and then only for the first ones of a manifest.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use crate::escape::printable;
use crate::manifest::Renames;

/// The number of leading parts of a name that are tried as a prefix.
const MOST_PREFIXES: usize = 8;

/// The number of paths that are looked up for the hint of a manifest.
const MOST_PATHS: usize = 24;

/// The first missing files of a manifest.
#[derive(Debug, Default)]
pub struct Hints {
    /// Their names as the manifest has them.
    names: Vec<PathBuf>,
}

impl Hints {
    /// The number of missing files of a manifest that are looked at.
    pub const MOST_NAMES: usize = 3;

    /// Notes a missing file by its name in the manifest.
    pub fn missing(&mut self, written: &Path) {
        if self.names.len() < Self::MOST_NAMES
            && self.names.last().is_none_or(|last| last != written)
        {
            self.names.push(written.into());
        }
    }

    /// The hint, if there are options with which at least one of the missing files exists. These are
    /// the options with which most of them exist. `renames` are the options that were given, `root`
    /// is the directory of relative names.
    pub fn hint(&self, renames: &Renames, root: Option<&Path>) -> Option<String> {
        let Found { written, name, renames: other } = self.find(renames, root, false)?;
        let (written, name) = (printable(written), printable(&name));
        Some(format!("hint: {written} exists as {name}; use {}", added(&other, renames)))
    }

    /// As [`Hints::hint`], for files that may exist below another root than the one that was given: the
    /// options with which they do. The options may be none.
    pub fn options_at(&self, renames: &Renames, root: &Path) -> Option<String> {
        let found = self.find(renames, Some(root), true)?;
        Some(added(&found.renames, renames))
    }

    /// The first of the missing files that exists with the options with which most of them do. `as_given`
    /// says whether these may be those that were given.
    fn find(&self, renames: &Renames, root: Option<&Path>, as_given: bool) -> Option<Found<'_>> {
        let left = Cell::new(MOST_PATHS);
        let here = |renames: &Renames, name: &Path| {
            let unchanged = || as_given.then(|| name.to_path_buf());
            let new = renames.apply(name).or_else(unchanged)?;
            left.set(left.get().checked_sub(1)?);
            let path = root.map_or_else(|| new.clone(), |root| root.join(&new));
            fs::metadata(path).is_ok_and(|file| file.is_file()).then_some(new)
        };
        let mut best: Option<(usize, &Path, PathBuf, Renames)> = None;
        for (index, name) in self.names.iter().enumerate() {
            let given = as_given.then(|| renames.clone());
            for other in given.into_iter().chain(others(name, renames)) {
                let Some(new) = here(&other, name) else { continue };
                let later = self.names[index + 1..].iter();
                let count = 1 + later.filter(|name| here(&other, name).is_some()).count();
                if best.as_ref().is_none_or(|(most, ..)| count > *most) {
                    best = Some((count, name, new, other));
                }
            }
        }
        best.map(|(_, written, name, renames)| Found { written, name, renames })
    }
}

/// A missing file that exists.
struct Found<'a> {
    /// Its name as the manifest has it.
    written: &'a Path,
    /// The name under which it exists.
    name: PathBuf,
    /// The options with which it does.
    renames: Renames,
}

/// The options that could make a file of this name exist, apart from those that were given. Those
/// that change less come first.
fn others(name: &Path, given: &Renames) -> Vec<Renames> {
    let backslashes = Renames { backslashes: true, ..given.clone() };
    let has_backslash = name.as_os_str().as_encoded_bytes().contains(&b'\\');
    let both = [Some(given.clone()), (!given.backslashes && has_backslash).then_some(backslashes)];
    let mut all = Vec::new();
    for renames in both.into_iter().flatten() {
        if renames != *given {
            all.push(renames.clone());
        }
        if renames.base_name {
            continue;
        }
        let separated = Renames { strip_prefix: None, ..renames.clone() };
        let separated = separated.apply(name).unwrap_or_else(|| name.into());
        let prefixes = prefixes(&separated).map(|prefix| Some(prefix.into()));
        all.extend(prefixes.map(|strip_prefix| Renames { strip_prefix, ..renames.clone() }));
        all.push(Renames { base_name: true, ..renames });
    }
    all
}

/// The last few of the leading parts of a name that end with a slash, the shortest first. Parts with
/// characters that a message cannot show as they are are left out.
fn prefixes(name: &Path) -> impl Iterator<Item = &str> {
    let name = name.to_str().unwrap_or_default();
    let ends = name.match_indices('/').map(|(at, _)| at + 1).filter(|&end| end < name.len());
    let ends: Vec<_> =
        ends.filter(|&end| printable(Path::new(&name[..end])) == name[..end]).collect();
    let skipped = ends.len().saturating_sub(MOST_PREFIXES);
    ends.into_iter().skip(skipped).map(|end| &name[..end])
}

/// The options of `wanted` that were not given, as a user types them.
pub fn added(wanted: &Renames, given: &Renames) -> String {
    // Paths are compared as bytes, since a slash at the end makes a difference here.
    let given_prefix = given.strip_prefix.as_ref().map(|prefix| prefix.as_os_str());
    let prefix = wanted.strip_prefix.as_ref().filter(|p| Some(p.as_os_str()) != given_prefix);
    let options = [
        (wanted.backslashes && !given.backslashes).then(|| "--backslashes".to_string()),
        prefix.map(|prefix| format!("--strip-prefix={}", quoted(&prefix.to_string_lossy()))),
        (wanted.base_name && !given.base_name).then(|| "--base-name".to_string()),
    ];
    options.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A path as a shell reads it. A message shows it as it is only if that is safe.
pub fn typed(path: &Path) -> String {
    quoted(&printable(path))
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:,@%=".contains(c);
    if word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hint for these missing names in a directory with some files.
    fn hint(names: &[&str], given: &Renames) -> Option<String> {
        let root = tempfile::TempDir::new().unwrap();
        for file in ["dist/app.exe", "dist/it's b", "x", "y", "--z/w"] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut hints = Hints::default();
        names.iter().for_each(|name| hints.missing(Path::new(name)));
        hints.hint(given, Some(root.path()))
    }

    #[test]
    fn a_hint_names_the_options_that_find_most_of_the_files() {
        let none = Renames::default();
        let given = Renames { backslashes: true, ..none.clone() };
        let stripped = Renames { strip_prefix: Some("q/".into()), ..none.clone() };
        let unended = Renames { strip_prefix: Some("/p/q".into()), ..none.clone() };
        for (names, given, expected) in [
            (
                &[r"dist\app.exe"][..],
                &none,
                Some((r"dist\app.exe", "dist/app.exe", "--backslashes")),
            ),
            (
                &["/far/dist/app.exe"],
                &none,
                Some(("/far/dist/app.exe", "dist/app.exe", "--strip-prefix=/far/")),
            ),
            (&["a b/it's/x"], &none, Some(("a b/it's/x", "x", r"--strip-prefix='a b/it'\''s/'"))),
            (&["-a/x"], &none, Some(("-a/x", "x", "--strip-prefix=-a/"))),
            (&["a/x", "b/y"], &none, Some(("a/x", "x", "--base-name"))),
            (&["a/gone", "b/x", "b/y"], &none, Some(("b/x", "x", "--strip-prefix=b/"))),
            (
                &[r"C:\d\dist\app.exe"],
                &none,
                Some((r"C:\d\dist\app.exe", "dist/app.exe", "--backslashes --strip-prefix=C:/d/")),
            ),
            (
                &[r"C:\d\dist\app.exe"],
                &given,
                Some((r"C:\d\dist\app.exe", "dist/app.exe", "--strip-prefix=C:/d/")),
            ),
            (&["p/q/x"], &stripped, Some(("p/q/x", "x", "--strip-prefix=p/q/"))),
            (&["/p/q/x"], &unended, Some(("/p/q/x", "x", "--strip-prefix=/p/q/"))),
            (
                &["1/2/3/4/5/6/7/8/9/x"],
                &none,
                Some(("1/2/3/4/5/6/7/8/9/x", "x", "--strip-prefix=1/2/3/4/5/6/7/8/9/")),
            ),
            (&["a\tb/x"], &none, Some((r"a\tb/x", "x", "--base-name"))),
            (&["gone", "a/gone", "a/dist", "a/"], &none, None),
            // The first two names use up all looks; with one of them, the third is found.
            (&[r"\1/2/3/4/5/6/7/8/9/gone", r"\2/2/3/4/5/6/7/8/9/gone", "b/x"], &none, None),
            (&[r"\1/2/3/4/5/6/7/8/9/gone", "b/x"], &none, Some(("b/x", "x", "--strip-prefix=b/"))),
            // A name without backslashes uses up half as many.
            (
                &["1/2/3/4/5/6/7/8/9/gone", "2/2/3/4/5/6/7/8/9/gone", "b/x"],
                &none,
                Some(("b/x", "x", "--strip-prefix=b/")),
            ),
            // Only the first three names are looked at, and one that comes again is one.
            (&["gone", "gone too", "gone as well", "b/x"], &none, None),
            (
                &["gone", "gone too", "gone too", "b/x"],
                &none,
                Some(("b/x", "x", "--strip-prefix=b/")),
            ),
            (&[], &none, None),
        ] {
            let expected = expected
                .map(|(old, new, options)| format!("hint: {old} exists as {new}; use {options}"));
            assert_eq!(hint(names, given), expected, "{names:?}");
        }
    }
}
