//! Compares a tree with its manifest.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::options::{Options, end};
use crate::error::FileError;
use crate::files::open::Opener;
use crate::files::present::{Present, is_gone};
use crate::files::stdin::Interrupt;
use crate::files::walk::Files;
use crate::files::{Item, Refused};
use crate::hash::job::{HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::manifest::held::Held;
use crate::manifest::judge::Ignored;
use crate::manifest::roots::Roots;
use crate::manifest::{Entries, Records};
use crate::pipeline::{self, Background, Control, Sink};
use crate::verdict::audit::{Audit, Finding, Known, Verdict, entry_index};

/// The verdict on a file of the tree, or on a name of the manifest that the tree lacks.
#[derive(Debug)]
pub struct Audited {
    /// The file.
    pub path: PathBuf,
    /// The verdict.
    pub verdict: Verdict,
    /// Its name in the manifest, if it differs.
    pub from: Option<PathBuf>,
    /// The reason, if the verdict alone does not explain it.
    pub reason: Option<String>,
}

/// A verdict, or an error of the manifest or the run.
type Found = Result<Audited, FileError>;

/// Compares all files below `paths` with a manifest that was made with the same paths. The iterator returns
/// a verdict for each file, then one for each name of the manifest that was not found. Other threads work
/// ahead. Dropping it ends the run.
///
/// A malformed line gives an error with the path `manifest`, and so does a manifest that cannot be read. If
/// the run itself fails, the last item is an error with an empty path.
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
        end.err().map(|reason| Err(FileError::new(PathBuf::new(), reason)))
    })
}

/// Calls `emit` with each verdict until it returns `false`.
///
/// # Errors
/// The reason for which the run failed.
fn run(
    manifest: impl Read,
    paths: &[PathBuf],
    options: &Options,
    emit: &dyn Fn(Found) -> bool,
    control: &Control,
) -> Result<(), String> {
    let broken = |reason: String| Err(FileError::new("manifest".into(), reason));
    let entries = Entries::new(Records::new(manifest, options.accept(), None));
    let mut wanted = true;
    let held = Held::read(entries, options.root.as_deref(), |line, wrong| {
        wanted &= emit(broken(format!("line {line}: {wrong}")));
    });
    let held = match held {
        Ok(held) => held,
        Err(error) => {
            emit(Err(FileError::io("manifest".into(), &error)));
            return Ok(());
        }
    };
    if !wanted {
        return Ok(());
    }
    let interrupt = Interrupt::new().map_err(|error| error.to_string())?;
    let (kernel, set) = (Kernel::best(), held.algorithms());
    let opener = Opener { follow: options.rules.follow, ..Opener::new(interrupt) };
    let job = HashJob::new(kernel, set, opener, Default::default());
    let rules = crate::files::WalkRules { sorted: true, ..options.rules.clone() };
    let source = Files::new(paths.to_vec(), rules.clone()).map(|found| {
        let item = found.map_err(Outcome::from)?;
        let index = match &item {
            Item::File(path, _) => entry_index(&held, path),
            Item::Stdin => None,
        };
        let algorithms = index.map_or(set, |index| held.entries()[index].digests.set());
        Ok(Task { item, algorithms, context: Known(index) })
    });
    let audit = Audit::new(&held, Ignored::default());
    let mut sink = Emit { emit, audit };
    end(pipeline::run(&job, source, &mut sink, &options.settings(kernel), control))?;
    if control.is_stopped() {
        return Ok(());
    }
    let roots = Roots::new(paths);
    let leaves_out = |entry: &crate::manifest::Entry| {
        let device = entry.identity.map(|(device, _)| device);
        roots.leave_out(&entry.path, |root, below| rules.skips(root, below, device))
    };
    let present = |path: &Path| Present::at(path, rules.follow);
    sink.audit.rest(&roots, leaves_out, present, |finding| {
        wanted = wanted && emit(Ok(finding.into()));
    });
    Ok(())
}

impl From<Finding<'_>> for Audited {
    fn from(finding: Finding<'_>) -> Self {
        let Finding { path, verdict, from, reason } = finding;
        Self { path: path.into(), verdict, from: from.map(Into::into), reason }
    }
}

/// The sink that passes verdicts on.
struct Emit<'a> {
    emit: &'a dyn Fn(Found) -> bool,
    audit: Audit<'a>,
}

impl Sink<Outcome<Known>> for Emit<'_> {
    type Error = ();

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), ()> {
        let is_file = |path: &Path| matches!(Present::at(path, false), Present::File);
        let finding = match &outcome {
            Outcome::Digest(digest, Known(Some(index))) => self.audit.compare(digest, *index),
            Outcome::Digest(digest, Known(None)) => Some(self.audit.look_for(digest, is_file)),
            Outcome::Refused(Refused::Failed(error) | Refused::Broken(error), known) => {
                let index = known.as_ref().and_then(|Known(index)| *index);
                self.audit.failed(error, index, is_gone(&error.path))
            }
            Outcome::Refused(Refused::Skipped(..), _)
            | Outcome::Settled(..)
            | Outcome::Carried(..) => None,
        };
        let wanted = finding.is_none_or(|finding| (self.emit)(Ok(finding.into())));
        if wanted { Ok(()) } else { Err(()) }
    }

    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}
