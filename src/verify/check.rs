//! Compares the files that a manifest lists with the digests in the manifest.

use std::convert::Infallible;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use super::options::Options;
use crate::error::{FileError, reason};
use crate::files::Refused;
use crate::files::beneath::Beneath;
use crate::files::open::Opener;
use crate::files::stdin::Interrupt;
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::manifest::LISTS_NOTHING;
use crate::pipeline::{self, Background, Control, Error, Sink};
use crate::verdict::check::{Expected, once, task};

/// The verdict on an entry of a manifest.
#[derive(Debug)]
pub struct Checked {
    /// The file's name in the manifest, after the changes that the options ask for.
    pub name: PathBuf,
    /// The number of the line in the manifest, from 1.
    pub line: u64,
    /// The verdict.
    pub verdict: Verdict,
}

/// Whether a file has the digest that the manifest lists, or a symbolic link the target.
#[derive(Debug)]
pub enum Verdict {
    /// The file has the digest that the manifest lists, or the symbolic link the target.
    Ok,
    /// The file has another digest, or the symbolic link another target.
    Failed,
    /// The file could not be read.
    Unreadable(FileError),
}

/// A verdict, or an error that concerns the manifest or the whole run.
pub(super) type Found = Result<Checked, FileError>;

/// Compares the files that a manifest lists with the digests in the manifest. The iterator returns
/// verdicts in the order of the manifest, while other threads work ahead. Dropping the iterator
/// ends the run.
///
/// A malformed line gives an error with the path `manifest`, and so does a manifest that cannot be read to
/// its end, whose seal is bad, or that lists nothing. If the run itself fails, the last item is an error with
/// an empty path.
///
/// # Errors
/// When no thread can be started.
///
/// ```
/// use batchproc::verify::{Options, Verdict, check};
///
/// let manifest = "d41d8cd98f00b204e9800998ecf8427e  gone\n".as_bytes();
/// let found: Vec<_> = check(manifest, &Options::default())?.collect::<Result<_, _>>()?;
/// assert!(matches!(found[0].verdict, Verdict::Unreadable(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check<R: Read + Send + 'static>(
    manifest: R,
    options: &Options,
) -> io::Result<impl Iterator<Item = Found> + use<R>> {
    let owned = options.clone();
    Background::start(&options.control, move |emit, control| {
        let end = run(manifest, &owned, emit, control);
        end.err().map(|error| Err(FileError::of_run(&error)))
    })
}

/// Calls `emit` with each verdict until it returns `false`.
///
/// # Errors
/// When the run itself fails.
pub(super) fn run(
    manifest: impl Read + Send,
    options: &Options,
    emit: &dyn Fn(Found) -> bool,
    control: &Control,
) -> Result<(), Error<Infallible>> {
    let interrupt = Interrupt::new().map_err(|error| Error::Begin(error.to_string()))?;
    let beneath = match options.beneath.as_deref().map(Beneath::new).transpose() {
        Ok(beneath) => beneath.map(Arc::new),
        Err(error) => {
            return Err(Error::Begin(format!("cannot open the directory: {}", reason(&error))));
        }
    };
    let kernel = Kernel::best();
    let mut entries = options.entries(manifest).peekable();
    let first = entries.peek().and_then(|first| first.as_ref().ok());
    let set = first.map_or_else(Default::default, |entry| entry.digests.set());
    let opener = Opener { beneath, ..Opener::new(interrupt) };
    let job = HashJob::new(kernel, set, opener, Default::default());
    let mut stdin = false;
    let listed = AtomicBool::new(false);
    let source = entries.map(|read| {
        listed.fetch_or(read.is_ok(), Relaxed);
        let task = task(
            read,
            Path::new("manifest"),
            options.root.as_deref(),
            options.beneath.is_some(),
            "",
        )?;
        once(task, &mut stdin)
    });
    let mut sink = Emit(emit);
    let ended = pipeline::run(&job, source, &mut sink, &options.settings(kernel), control);
    if ended.is_ok() && !control.is_stopped() && !listed.into_inner() {
        emit(Err(FileError::new("manifest".into(), LISTS_NOTHING.into())));
    }
    ended.err().and_then(Error::failure).map_or(Ok(()), Err)
}

/// The sink of the pipeline, which passes the verdicts to a function.
struct Emit<'a>(&'a dyn Fn(Found) -> bool);

impl Sink<Outcome<Box<Expected>>> for Emit<'_> {
    type Error = ();

    fn put(&mut self, outcome: Outcome<Box<Expected>>) -> Result<(), ()> {
        let emit = self.0;
        let mut wanted = true;
        let mut found = |expected: &Expected, verdict: Verdict| {
            let Expected { name, line, .. } = expected;
            wanted = wanted && emit(Ok(Checked { name: name.clone(), line: *line, verdict }));
        };
        match outcome {
            Outcome::Digest(digest, expected) => {
                for good in expected.compare(&digest) {
                    found(&expected, if good { Verdict::Ok } else { Verdict::Failed });
                }
            }
            Outcome::Refused(Refused::Failed(error), Some(expected)) => {
                found(&expected, Verdict::Unreadable(error));
            }
            Outcome::Refused(Refused::Skipped(path, skip), Some(expected)) => {
                found(&expected, Verdict::Unreadable(skip.error(path)));
            }
            Outcome::Refused(Refused::Failed(error) | Refused::Broken(error), _) => {
                wanted = emit(Err(error));
            }
            Outcome::Refused(Refused::Skipped(..), None)
            | Outcome::Settled(..)
            | Outcome::Carried(..) => {}
        }
        if wanted { Ok(()) } else { Err(()) }
    }

    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}
