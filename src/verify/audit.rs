//! Compares a tree of files with its manifest.

use std::convert::Infallible;
use std::io::{self, Read};
use std::path::PathBuf;

use super::options::Options;
use crate::error::{FileError, reason};
use crate::escape::printable;
use crate::files::open::Opener;
use crate::files::rules::{Sizes, WalkRules};
use crate::files::stdin::Interrupt;
use crate::files::walk::Files;
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::manifest::LISTS_NOTHING;
use crate::manifest::held::Held;
use crate::manifest::judge::Ignored;
use crate::pipeline::{self, Background, Control, Error, Settings, Sink};
use crate::verdict::audit::{Audit, Finding, Known, Verdict, Walked, task};
use crate::verdict::paths::{Misfit, misfit};

/// The verdict on a file of the tree, or on a name in the manifest that has no file in the tree.
#[derive(Debug)]
pub struct Audited {
    /// The path of the file.
    pub path: PathBuf,
    /// The verdict.
    pub verdict: Verdict,
    /// The name of the file in the manifest, if it differs from `path`.
    pub from: Option<PathBuf>,
    /// The reason, if the verdict alone does not explain it.
    pub reason: Option<String>,
}

/// A verdict, or an error that concerns the manifest or the whole run.
pub(super) type Found = Result<Audited, FileError>;

/// Compares all files below `paths` with a manifest that was made with the same paths. The iterator
/// returns a verdict for each file, then one for each name in the manifest that was not found.
/// Other threads work ahead. Dropping the iterator ends the run.
///
/// If the manifest lists symbolic links, or with [`WalkRules::links`], the targets of symbolic links
/// are compared too.
///
/// A malformed line gives an error with the path `manifest`, and so does a manifest that cannot be
/// read, whose seal is bad, or that lists nothing. If the run itself fails, the last item is an error with
/// an empty path. So it is if the manifest lists no file below any of the paths, or if a path does not exist
/// and the manifest lists nothing below it.
///
/// # Errors
/// When no thread can be started.
///
/// ```
/// use batchproc::verify::{AuditVerdict, Options, audit};
///
/// let manifest = "d41d8cd98f00b204e9800998ecf8427e  src/gone\n".as_bytes();
/// let found: Vec<_> = audit(manifest, ["src"], &Options::default())?.collect::<Result<_, _>>()?;
/// let missing = found.iter().find(|file| file.verdict == AuditVerdict::Missing);
/// assert!(missing.unwrap().path.ends_with("gone"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn audit<R, P>(
    manifest: R,
    paths: P,
    options: &Options,
) -> io::Result<impl Iterator<Item = Found> + use<R, P>>
where
    R: Read + Send + 'static,
    P: IntoIterator<Item: Into<PathBuf>>,
{
    let owned = options.clone();
    let paths: Vec<PathBuf> = paths.into_iter().map(Into::into).collect();
    Background::start(&options.control, move |emit, control| {
        let end = run(manifest, &paths, &owned, emit, control);
        end.err().map(|error| Err(FileError::of_run(&error)))
    })
}

/// Calls `emit` with each verdict until it returns `false`.
///
/// # Errors
/// When the run itself fails.
pub(super) fn run(
    manifest: impl Read,
    paths: &[PathBuf],
    options: &Options,
    emit: &dyn Fn(Found) -> bool,
    control: &Control,
) -> Result<(), Error<Infallible>> {
    let broken = |reason: String| Err(FileError::new("manifest".into(), reason));
    let entries = options.entries(manifest);
    let mut wanted = true;
    let held = Held::read(entries, options.root.as_deref(), |line, wrong| {
        wanted = wanted && emit(broken(format!("line {line}: {wrong}")));
    });
    let held = match held {
        Ok(held) => held,
        Err(error) => {
            emit(Err(FileError::io("manifest".into(), &error)));
            return Ok(());
        }
    };
    if let Some(bad) = held.bad_seal {
        wanted = wanted && emit(broken(bad.to_string()));
    }
    if !wanted {
        return Ok(());
    }
    // The part of a small tree may be empty.
    if held.is_empty() && options.rules.shard.is_none() {
        emit(broken(LISTS_NOTHING.into()));
        return Ok(());
    }
    let links = options.rules.links || held.has_links();
    match misfit(&held, paths, links) {
        None => {}
        Some(Misfit::Unknown(path, error)) => {
            return Err(Error::Begin(format!("{}: {}", printable(path), reason(&error))));
        }
        Some(Misfit::NothingListed) => {
            let name = printable(held.view(0).path);
            let wrong = "the manifest lists no file below the paths; its first name is";
            return Err(Error::Begin(format!("{wrong} {name}")));
        }
    }
    let interrupt = Interrupt::new().map_err(|error| Error::Begin(error.to_string()))?;
    let (kernel, set) = (Kernel::best(), held.algorithms());
    let follow = options.rules.follow && !links;
    let names_memory = Some(Settings::names_memory(options.memory));
    let rules = WalkRules { sorted: true, names_memory, links, follow, ..options.rules.clone() };
    let opener = Opener { follow, ..Opener::new(interrupt) };
    let job = HashJob::new(kernel, set, opener, Default::default());
    let source = Files::new(paths.to_vec(), rules.clone()).map(|found| task(&held, set, found));
    let mut sink = Emit { emit, audit: Audit::new(&held, Ignored::default()) };
    let ended = pipeline::run(&job, source, &mut sink, &options.settings(kernel), control);
    if let Some(failure) = ended.err().and_then(Error::failure) {
        return Err(failure);
    }
    if !control.is_stopped() {
        let walked = Walked::new(paths, &rules, Sizes::default());
        let mut left = (0..held.len()).filter_map(|index| sink.audit.left(index, &walked));
        let _ = left.all(|finding| emit(Ok(finding.into())));
    }
    Ok(())
}

impl From<Finding<'_>> for Audited {
    fn from(finding: Finding<'_>) -> Self {
        let Finding { path, verdict, from, reason, .. } = finding;
        Self { path: path.into(), verdict, from: from.map(Into::into), reason }
    }
}

/// The sink of the pipeline, which passes the verdicts to `emit`.
struct Emit<'a> {
    emit: &'a dyn Fn(Found) -> bool,
    audit: Audit<'a>,
}

impl Sink<Outcome<Known>> for Emit<'_> {
    type Error = ();

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), ()> {
        let finding = self.audit.judge(&outcome);
        let wanted = finding.is_none_or(|finding| (self.emit)(Ok(finding.into())));
        if wanted { Ok(()) } else { Err(()) }
    }

    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}
