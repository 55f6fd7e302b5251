//! Decides the verdicts of `check`, by the rules and with the wording of md5sum 9.1.

#[cfg(test)]
mod tests;

use std::mem;
use std::path::{Path, PathBuf};

use super::assumed::Assumed;
use crate::error::FileError;
use crate::files::{Item, Origin, Refused, Root};
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::hash::file_digest::FileDigest;
use crate::hash::job::{Context, Outcome, Task};
use crate::manifest::{Entry, Form, NAMELESS, Problem, UNREAD};

/// How messages name a manifest.
pub fn shown(manifest: &Path) -> PathBuf {
    if manifest.as_os_str() == "-" { "standard input".into() } else { manifest.into() }
}

/// Passes a task on, unless the manifest lists standard input a second time, which can be read only
/// once. `stdin` stores whether standard input was listed before.
///
/// # Errors
/// If standard input was listed before.
pub fn once(
    task: Task<Box<Expected>>,
    stdin: &mut bool,
) -> Result<Task<Box<Expected>>, Outcome<Box<Expected>>> {
    if matches!(task.item, Item::Stdin) && mem::replace(stdin, true) {
        let reason = "is listed more than once, and can be read only once".into();
        let failure = FileError::new("-".into(), reason);
        return Err(Outcome::Refused(Refused::Failed(failure), Some(task.context)));
    }
    Ok(task)
}

/// The digests that a manifest lists for a file.
pub struct Expected {
    /// The name in the manifest, after the changes that the user asked for.
    pub name: PathBuf,
    /// The name as the manifest has it, if an option has changed it.
    written: Option<Box<Path>>,
    digests: Digests,
    /// The target, if the entry is about a symbolic link.
    link: Option<Box<Path>>,
    /// The algorithms, if each has its own line in the manifest and so gets its own verdict. Empty
    /// if one verdict covers all algorithms.
    verdicts: Vec<Algorithm>,
    /// The number of the line in the manifest, from 1.
    pub line: u64,
    /// The algorithm that was only assumed, because no line names it.
    assumed: Option<Algorithm>,
}

impl Expected {
    /// The name as the manifest has it.
    pub fn written(&self) -> &Path {
        self.written.as_deref().unwrap_or(&self.name)
    }

    /// Compares the digests of a file with the listed digests, or the target of a symbolic link with the
    /// listed one. Returns for each line of the
    /// manifest whether its digest is right, or a single answer if one verdict covers all
    /// algorithms.
    pub fn compare(&self, found: &FileDigest) -> impl Iterator<Item = bool> {
        let all = self.verdicts.is_empty().then(|| match &self.link {
            Some(target) => found.link.as_deref() == Some(&**target),
            None => self.digests.agree(&found.digests),
        });
        let (each, found) = (self.verdicts.iter(), &found.digests);
        all.into_iter().chain(each.map(|&line| self.digests.get(line) == found.get(line)))
    }
}

impl Context for Box<Expected> {
    fn weight(&self) -> usize {
        size_of::<Expected>()
            + self.name.as_os_str().len()
            + self.written.as_ref().map_or(0, |name| name.as_os_str().len())
            + self.digests.weight()
            + self.link.as_ref().map_or(0, |target| target.as_os_str().len())
            + self.verdicts.len()
    }
}

/// Makes the task for an entry of a manifest. `kind` is used in messages: if only one algorithm is
/// accepted, its name and a space, otherwise empty. With `beneath`, names are looked up below a directory
/// that no file leaves.
///
/// # Errors
/// When the line is malformed, or the manifest cannot be read.
pub fn task(
    read: Result<Entry, Problem>,
    manifest: &Path,
    root: Option<&Path>,
    beneath: bool,
    kind: &str,
) -> Result<Task<Box<Expected>>, Outcome<Box<Expected>>> {
    let path = shown(manifest);
    let malformed = |line: u64, reason: &str| {
        let reason = format!("{line}: improperly formatted {kind}checksum line: {reason}");
        Outcome::from(Refused::Failed(FileError::new(path.clone(), reason)))
    };
    let entry = read.map_err(|problem| match problem {
        Problem::Malformed { line, reason: NAMELESS } => nameless(&path, line),
        Problem::Malformed { line, reason } => malformed(line, reason),
        Problem::Unread { line } => {
            let failure = FileError::new(path.clone(), format!("{line}: {UNREAD}"));
            Outcome::from(Refused::Failed(failure))
        }
        Problem::Seal(bad) => {
            Outcome::from(Refused::Failed(FileError::new(path.clone(), bad.to_string())))
        }
        Problem::Broken(error) => {
            Outcome::from(Refused::Broken(FileError::io(path.clone(), &error)))
        }
    })?;
    let not_named = beneath && entry.form.is_beside();
    let item = match root {
        _ if beneath || entry.path.as_os_str() != "-" => {
            let root = root.filter(|_| !entry.form.is_beside());
            let path = root.map_or_else(|| entry.path.clone(), |root| root.join(&entry.path));
            let origin =
                if entry.link.is_some() { Origin::Link(None, Root::NONE) } else { Origin::Listed };
            Item::File(path, origin)
        }
        _ if manifest.as_os_str() == "-" => {
            let reason = "standard input is the manifest, so it cannot also be a listed file";
            return Err(malformed(entry.line, reason));
        }
        _ => Item::Stdin,
    };
    let verdicts = if entry.form == Form::BSD { entry.several } else { Vec::new() };
    let Entry { path: name, written, digests, link, assumed, line, .. } = entry;
    let algorithms = digests.set();
    let context = Expected { name, written, digests, link, verdicts, line, assumed };
    if not_named {
        let reason = "not opened: the line does not name the file".into();
        let failure = FileError::new(context.name.clone(), reason);
        return Err(Outcome::Refused(Refused::Failed(failure), Some(Box::new(context))));
    }
    Ok(Task { item, algorithms, context: Box::new(context) })
}

/// The outcome of a tagged line with an empty name: no file has that name.
fn nameless(manifest: &Path, line: u64) -> Outcome<Box<Expected>> {
    let failure = FileError::new(manifest.into(), format!("{line}: {NAMELESS}"));
    let expected = Expected {
        name: PathBuf::new(),
        written: None,
        digests: Digests::default(),
        link: None,
        verdicts: Vec::new(),
        line,
        assumed: None,
    };
    Outcome::Refused(Refused::Failed(failure), Some(Box::new(expected)))
}

/// The verdict on a file, or on one of the lines that the manifest has for it.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// The file has the listed digest.
    Ok,
    /// The file has another digest.
    Failed,
    /// The file could not be opened or read.
    Unreadable(&'a FileError),
}

impl Verdict<'_> {
    /// The verdict in the words of md5sum.
    pub fn text(&self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Failed => "FAILED",
            Verdict::Unreadable(_) => "FAILED open or read",
        }
    }

    /// The verdict in one word, for JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Failed => "failed",
            Verdict::Unreadable(_) => "unreadable",
        }
    }
}

/// The numbers of lines and verdicts of one manifest.
#[derive(Default)]
pub struct Counts {
    formatted: u64,
    /// The number of malformed lines.
    pub malformed: u64,
    /// The number of lines that say why their file could not be read.
    pub unread: u64,
    matched: u64,
    mismatched: u64,
    /// The number of symbolic links with another target.
    redirected: u64,
    unreadable: u64,
    /// The mismatches whose reason may be that the line has another algorithm.
    assumed: Assumed,
    /// Whether reading the manifest failed.
    pub broken: bool,
}

impl Counts {
    /// The kinds of lines that are counted: the verdicts, and lines that are improperly formatted.
    pub const KINDS: [&'static str; 4] = ["ok", "failed", "unreadable", "malformed"];

    /// The counts in the order of [`Counts::KINDS`].
    pub fn by_kind(&self) -> [u64; 4] {
        let failed = self.mismatched + self.redirected;
        [self.matched, failed, self.unreadable, self.malformed]
    }

    /// Compares the digests of a file with the listed ones, counts the verdicts, and calls `emit`
    /// with each: one for the file, or one for each of its lines in the manifest.
    pub fn compare(
        &mut self,
        expected: &Expected,
        found: &FileDigest,
        mut emit: impl FnMut(Verdict<'_>),
    ) {
        self.assumed.compare(expected.assumed, &expected.digests, &found.digests);
        for good in expected.compare(found) {
            self.formatted += 1;
            if good {
                self.matched += 1;
                emit(Verdict::Ok);
            } else {
                match expected.link {
                    Some(_) => self.redirected += 1,
                    None => self.mismatched += 1,
                }
                emit(Verdict::Failed);
            }
        }
    }

    /// Counts a file that could not be read, and calls `emit` with its verdicts. With
    /// `may_be_missing`, the file gets no verdict.
    pub fn unreadable(
        &mut self,
        expected: &Expected,
        failure: &FileError,
        may_be_missing: bool,
        mut emit: impl FnMut(Verdict<'_>),
    ) {
        let lines = expected.verdicts.len().max(1) as u64;
        self.formatted += lines;
        if may_be_missing {
            return;
        }
        for _ in 0..lines {
            self.unreadable += 1;
            emit(Verdict::Unreadable(failure));
        }
    }

    /// Whether all files so far could be read and have the listed digests.
    pub fn is_good_so_far(&self) -> bool {
        self.mismatched + self.redirected + self.unreadable == 0
    }

    /// Whether all files have the listed digests, and there is at least one such file. With
    /// `strict`, there must also be no malformed line, and none without a digest.
    pub fn is_good(&self, strict: bool) -> bool {
        let is_whole = self.malformed + self.unread == 0;
        !self.broken && self.matched > 0 && self.is_good_so_far() && (is_whole || !strict)
    }

    /// Whether the manifest could be read to its end, but has no valid line.
    pub fn is_no_manifest(&self) -> bool {
        !self.broken && self.formatted + self.unread == 0
    }

    /// Returns the warnings that follow the verdicts of a manifest: those of md5sum, and others if
    /// lines may have another algorithm than was assumed. `name` is the name of the manifest.
    /// `ignore_missing` says whether files may be missing.
    pub fn warnings(&self, name: &str, ignore_missing: bool) -> Vec<String> {
        let counted = [
            (self.malformed, "line is improperly formatted", "lines are improperly formatted"),
            (
                self.unread,
                "line has no digest, since its file could not be read",
                "lines have no digest, since their files could not be read",
            ),
            (self.unreadable, "listed file could not be read", "listed files could not be read"),
            (
                self.mismatched,
                "computed checksum did NOT match",
                "computed checksums did NOT match",
            ),
            (
                self.redirected,
                "symbolic link has another target",
                "symbolic links have other targets",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
        let mut lines: Vec<_> = counted
            .map(|(count, one, many)| {
                format!("WARNING: {count} {}", if count == 1 { one } else { many })
            })
            .collect();
        if ignore_missing && self.matched == 0 {
            lines.push(format!("{name}: no file was verified"));
        }
        lines.extend(self.assumed.hints(name));
        lines
    }
}
