//! The files that a manifest lists, compared with it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::options::Options;
use crate::error::FileError;
use crate::files::Refused;
use crate::files::open::Opener;
use crate::files::stdin::Interrupt;
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::manifest::{Entries, Records};
use crate::pipeline::{self, Background, Control, Sink};
use crate::verdict::check::{self as rules, Counts, Expected};

/// What was found about a line of a manifest.
#[derive(Debug)]
pub struct Checked {
    /// The file's name, as the manifest has it.
    pub name: PathBuf,
    /// The number of its line, from 1.
    pub line: u64,
    /// What was found.
    pub verdict: Verdict,
}

/// Whether a file has the digest that is listed.
#[derive(Debug)]
pub enum Verdict {
    /// It has.
    Ok,
    /// It has another one.
    Failed,
    /// It could not be read.
    Unreadable(FileError),
}

/// A verdict, or why there is none.
type Found = Result<Checked, FileError>;

/// Compares the files that a manifest lists with it, in the manifest's order, as they are asked for.
/// Dropping the result ends the run.
///
/// A line that is not understood is an error of the file `manifest`, and so is a manifest that cannot be
/// read to its end. A run that breaks off has an error with an empty path, which comes last.
///
/// # Errors
/// When the system gives no thread.
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
    Background::start(&options.control, move |give, control| {
        let end = run(manifest, &owned, give, control);
        end.err().map(|reason| Err(FileError::new(PathBuf::new(), reason)))
    })
}

/// Gives each verdict; the error is why the run broke off.
fn run(
    manifest: impl Read + Send,
    options: &Options,
    give: &dyn Fn(Found) -> bool,
    control: &Control,
) -> Result<(), String> {
    let interrupt = Interrupt::new().map_err(|error| error.to_string())?;
    let kernel = Kernel::best();
    let mut entries = Entries::new(Records::new(manifest, options.accept(), None)).peekable();
    let first = entries.peek().and_then(|first| first.as_ref().ok());
    let set = first.map_or_else(Default::default, |entry| entry.digests.set());
    let opener = Opener { follow: true, ..Opener::new(interrupt) };
    let job = HashJob::new(kernel, set, opener, Default::default());
    let mut stdin = false;
    let source = entries.map(|read| {
        let task = rules::task(read, Path::new("manifest"), options.root.as_deref(), "")?;
        rules::once(task, &mut stdin)
    });
    let mut sink = Give { give, counts: Counts::default() };
    let ended = pipeline::run(&job, source, &mut sink, &options.settings(kernel), control);
    super::options::end(ended)
}

/// Gives verdicts to who asked for them.
struct Give<'a> {
    give: &'a dyn Fn(Found) -> bool,
    counts: Counts,
}

impl Sink<Outcome<Box<Expected>>> for Give<'_> {
    type Error = ();

    fn put(&mut self, outcome: Outcome<Box<Expected>>) -> Result<(), ()> {
        let Self { give, counts } = self;
        let mut wanted = true;
        let mut found = |expected: &Expected, verdict: Verdict| {
            let Expected { name, line, .. } = expected;
            wanted &= give(Ok(Checked { name: name.clone(), line: *line, verdict }));
        };
        match outcome {
            Outcome::Digest(digest, expected) => {
                counts.compare(&expected, &digest.digests, |verdict| {
                    let verdict = match verdict {
                        rules::Verdict::Ok => Verdict::Ok,
                        _ => Verdict::Failed,
                    };
                    found(&expected, verdict);
                });
            }
            Outcome::Refused(Refused::Failed(error), Some(expected)) => {
                found(&expected, Verdict::Unreadable(error));
            }
            Outcome::Refused(Refused::Skipped(path, skip), Some(expected)) => {
                let reason = format!("is a {}, which is never opened", skip.name());
                found(&expected, Verdict::Unreadable(FileError::new(path, reason)));
            }
            Outcome::Refused(Refused::Failed(error) | Refused::Broken(error), _) => {
                wanted = give(Err(error));
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
