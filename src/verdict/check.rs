//! What `check` concludes: the rules and words are those of md5sum 9.1.

use std::mem;
use std::path::{Path, PathBuf};

use crate::error::FileError;
use crate::files::{Item, Origin, Refused};
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::hash::job::{Context, Outcome, Task};
use crate::manifest::{Entry, Form, Problem};

/// The manifest's name in messages.
pub fn shown(manifest: &Path) -> PathBuf {
    if manifest.as_os_str() == "-" { "standard input".into() } else { manifest.into() }
}

/// Lets standard input be read once: two readers would each get pieces of it.
///
/// # Errors
/// Where it is listed again.
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

/// What a manifest says of a file.
pub struct Expected {
    /// The name as the manifest has it.
    pub name: PathBuf,
    digests: Digests,
    /// The algorithms, if each has its own verdict, as each has its own line.
    verdicts: Vec<Algorithm>,
    /// The number of its line, from 1.
    pub line: u64,
    /// Whether the algorithm was told by the length of the digest, and could be another.
    bare: bool,
}

impl Context for Box<Expected> {
    fn weight(&self) -> usize {
        size_of::<Expected>()
            + self.name.as_os_str().len()
            + self.digests.weight()
            + self.verdicts.len()
    }
}

/// What is to be done for an entry; `kind` is the algorithm's name and a space, for messages, if there is
/// but one.
///
/// # Errors
/// What is wrong with a line, or that reading failed.
pub fn task(
    read: Result<Entry, Problem>,
    manifest: &Path,
    root: Option<&Path>,
    kind: &str,
) -> Result<Task<Box<Expected>>, Outcome<Box<Expected>>> {
    let path = shown(manifest);
    let malformed = |line: u64, reason: &str| {
        let reason = format!("{line}: improperly formatted {kind}checksum line: {reason}");
        Outcome::from(Refused::Failed(FileError::new(path.clone(), reason)))
    };
    let entry = read.map_err(|problem| match problem {
        Problem::Malformed { line, reason } => malformed(line, reason),
        Problem::Broken(error) => {
            Outcome::from(Refused::Broken(FileError::io(path.clone(), &error)))
        }
    })?;
    let item = match root {
        _ if entry.path.as_os_str() != "-" => {
            let path = root.map_or_else(|| entry.path.clone(), |root| root.join(&entry.path));
            Item::File(path, Origin::Listed)
        }
        _ if manifest.as_os_str() == "-" => {
            let reason = "standard input cannot be the manifest and listed in it";
            return Err(malformed(entry.line, reason));
        }
        _ => Item::Stdin,
    };
    let verdicts = if entry.form == Form::BSD { entry.several } else { Vec::new() };
    let algorithms = entry.digests.set();
    let bare = !entry.form.names_algorithms() && algorithms.iter().any(Algorithm::shares_length);
    let context =
        Expected { name: entry.path, digests: entry.digests, verdicts, line: entry.line, bare };
    Ok(Task { item, algorithms, context: Box::new(context) })
}

/// What was found about a file.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// It has the digest that is listed.
    Ok,
    /// It has another one.
    Failed,
    /// It could not be opened or read.
    Unreadable(&'a FileError),
}

impl Verdict<'_> {
    /// As md5sum says it.
    pub fn text(&self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Failed => "FAILED",
            Verdict::Unreadable(_) => "FAILED open or read",
        }
    }

    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Failed => "failed",
            Verdict::Unreadable(_) => "unreadable",
        }
    }
}

/// What was found in one manifest.
#[derive(Default)]
pub struct Counts {
    formatted: u64,
    /// Lines that could not be understood.
    pub malformed: u64,
    matched: u64,
    mismatched: u64,
    unreadable: u64,
    /// Mismatches that another algorithm with digests of the same length would explain.
    ambiguous: u64,
    /// Whether reading it failed.
    pub broken: bool,
}

impl Counts {
    /// Compares, counts, and gives each verdict: one, or one for each line.
    pub fn compare(
        &mut self,
        expected: &Expected,
        found: &Digests,
        mut give: impl FnMut(Verdict<'_>),
    ) {
        let mut judge = |good: bool| {
            self.formatted += 1;
            if good {
                self.matched += 1;
                give(Verdict::Ok);
            } else {
                self.mismatched += 1;
                self.ambiguous += u64::from(expected.bare);
                give(Verdict::Failed);
            }
        };
        if expected.verdicts.is_empty() {
            judge(expected.digests.agree(found));
        }
        for &algorithm in &expected.verdicts {
            judge(expected.digests.get(algorithm) == found.get(algorithm));
        }
    }

    /// Counts a file that could not be read, and gives its verdicts, unless it may be missing.
    pub fn unreadable(
        &mut self,
        expected: &Expected,
        failure: &FileError,
        may_be_missing: bool,
        mut give: impl FnMut(Verdict<'_>),
    ) {
        let lines = expected.verdicts.len().max(1) as u64;
        self.formatted += lines;
        if may_be_missing {
            return;
        }
        for _ in 0..lines {
            self.unreadable += 1;
            give(Verdict::Unreadable(failure));
        }
    }

    /// Whether no file was wrong so far.
    pub fn is_good_so_far(&self) -> bool {
        self.mismatched + self.unreadable == 0
    }

    /// Whether the manifest holds; with `strict`, only if all its lines were understood.
    pub fn is_good(&self, strict: bool) -> bool {
        !self.broken && self.matched > 0 && self.is_good_so_far() && !(strict && self.malformed > 0)
    }

    /// Whether not a single line was understood, though all could be read.
    pub fn is_no_manifest(&self) -> bool {
        !self.broken && self.formatted == 0
    }

    /// What md5sum warns of at the end of a manifest, and more. `name` is the manifest's;
    /// `ignore_missing` says whether files may be missing, `any` whether all algorithms were accepted.
    pub fn warnings(&self, name: &str, ignore_missing: bool, any: bool) -> Vec<String> {
        let counted = [
            (self.malformed, "line is improperly formatted", "lines are improperly formatted"),
            (self.unreadable, "listed file could not be read", "listed files could not be read"),
            (
                self.mismatched,
                "computed checksum did NOT match",
                "computed checksums did NOT match",
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
        if self.ambiguous > 0 && self.matched == 0 && any {
            lines.push(format!(
                "{name}: its lines do not name an algorithm; if another one has digests of this length (blake3 of b3sum), say so with -a"
            ));
        }
        lines
    }
}
