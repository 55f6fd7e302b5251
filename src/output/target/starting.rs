//! Starts outputs that a later run may continue, and continues those of interrupted runs.

use std::fs::File;
use std::io;

use super::super::destination::{Destination, Kind, beside_failed};
use super::super::inherited::{Inherited, mode};
use super::super::journal::Journal;
use super::super::partial::{Opened, Partial, Run};
use super::super::temporary::Temporaries;
use super::{Output, Target};
use crate::error::Fatal;
use crate::escape::printable;
use crate::stamp::identity;

/// An output, and what an interrupted earlier run left of it.
pub struct StartedOutput {
    /// The output.
    pub output: Output,
    /// A copy of what the interrupted run wrote, if this run resumes it.
    pub done: Option<File>,
    /// A message for the user about the FILE.partial of an interrupted run.
    pub notice: Option<String>,
}

/// An output whose run keeps a journal.
pub struct JournaledOutput {
    /// The output.
    pub output: Output,
    /// The journal. `None` if the run cannot be continued later.
    pub journal: Option<Journal>,
    /// Whether this run goes on from the FILE.partial of an interrupted one.
    pub resumed: bool,
    /// A message for the user about the FILE.partial of an interrupted run.
    pub notice: Option<String>,
}

impl Output {
    /// Like [`Output::file`], but results for a file go to `FILE.partial`, which stays if the run
    /// is interrupted; see [`partial`](super::partial). If another run writes `FILE.partial`, this
    /// waits for a moment, at most until `is_stopped` returns true.
    ///
    /// # Errors
    /// If the file cannot be created, or if `resume` is set and an existing FILE.partial cannot be
    /// resumed, for example since another command wrote it.
    pub fn resumable(
        destination: Destination,
        resume: bool,
        run: &mut Run,
        temporaries: &Temporaries,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<StartedOutput, Fatal> {
        let started = Self::start(destination, resume, run, temporaries, is_stopped)?;
        let (mut output, resumed, notice) = started;
        let done = match &mut output.target {
            Target::Partial(partial, _) if resumed => Some(partial.replay()),
            _ => None,
        };
        let done = done.transpose().map_err(|error| beside_failed(&output.name, &error))?;
        Ok(StartedOutput { output, done, notice })
    }

    /// Like [`Output::resumable`], but an interrupted run is continued where its journal says.
    ///
    /// # Errors
    /// As for [`Output::resumable`].
    pub fn journaled(
        destination: Destination,
        resume: bool,
        run: &mut Run,
        temporaries: &Temporaries,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<JournaledOutput, Fatal> {
        let started = Self::start(destination, resume, run, temporaries, is_stopped)?;
        let (output, resumed, notice) = started;
        let journal = match &output.target {
            Target::Partial(partial, _) => Some(partial.journal()),
            _ => None,
        };
        let journal = journal.transpose().map_err(|error| beside_failed(&output.name, &error))?;
        Ok(JournaledOutput { output, journal, resumed, notice })
    }

    /// Starts an output that a later run may continue. Also returns whether it goes on from a
    /// FILE.partial, and a message for the user.
    fn start(
        destination: Destination,
        resume: bool,
        run: &mut Run,
        temporaries: &Temporaries,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<(Self, bool, Option<String>), Fatal> {
        let Kind::File(path, old) = &destination.kind else {
            return match resume {
                true => Err(Fatal(format!(
                    "{} is not a file, so nothing can be resumed; name a file with -o",
                    destination.name
                ))),
                false => Ok((Self::at(destination, temporaries)?, false, None)),
            };
        };
        let mode = mode(old.as_ref());
        let fail = |error: &io::Error| beside_failed(&destination.name, error);
        let opened = Partial::open(path, mode, resume, run, is_stopped);
        let (partial, resumed, notice) = match opened.map_err(|error| fail(&error))? {
            Opened::New(partial, replaced) => {
                let notice = replaced.then(|| {
                    format!(
                        "{}, which an interrupted run left, is replaced (--resume would have continued it)",
                        printable(partial.path())
                    )
                });
                if let Some(old) = old {
                    Inherited::from(old).give_to(partial.file());
                }
                (partial, false, notice)
            }
            Opened::Resumed(partial) => (partial, true, None),
            Opened::Refused(partial, reason) if resume => {
                return Err(Fatal(format!(
                    "cannot resume {}: {reason}; without --resume, everything is done anew",
                    printable(&partial)
                )));
            }
            Opened::Refused(partial, reason) => {
                let notice = format!(
                    "{} is not touched: {reason}; if this run is interrupted, it cannot be resumed",
                    printable(&partial)
                );
                let output = Self::file(destination, temporaries)?;
                return Ok((output, false, Some(notice)));
            }
        };
        let identities = partial.identities().map_err(|error| fail(&error))?;
        let target = Target::Partial(partial, old.as_ref().map(identity));
        let output = Self::new(target, destination.name, destination.named, identities);
        Ok((output, resumed, notice))
    }
}
