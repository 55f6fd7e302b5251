//! `audit --no-read`: looks at the files and reads none. A batch of files goes through the pipeline as
//! one item, because to send each one through takes as long as to look at it.

use std::convert::Infallible;
use std::mem;
use std::path::{Path, PathBuf};

use super::sink::AuditSink;
use crate::files::arguments::Source;
use crate::files::link::Link;
use crate::files::open::Opener;
use crate::files::{Found, Item, Origin, Refused};
use crate::manifest::differences::{Differences, differences};
use crate::manifest::held::Held;
use crate::manifest::judge::Ignored;
use crate::output::WriteError;
use crate::pipeline::{Filled, Job, Sink, Step, Unopened};
use crate::stamp::Stamp;
use crate::verdict::audit::entry_index;

/// The number of files in a batch.
const BATCH: usize = 256;

/// A batch of files, before they are looked at.
pub(super) type Batch = Vec<Found>;

/// A file that was looked at.
pub(super) enum Looked {
    /// The file with the index of its entry, if it has one, and what differs from it.
    File(PathBuf, Option<(usize, Differences)>),
    /// The file could not be looked at, or was skipped. The index is that of its entry, if known.
    Refused(Refused, Option<usize>),
}

/// Divides the names of the files into batches.
pub(super) struct Batches(pub(super) Source);

impl Iterator for Batches {
    type Item = Result<Batch, Vec<Looked>>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch: Batch = self.0.by_ref().take(BATCH).collect();
        (!batch.is_empty()).then_some(Ok(batch))
    }
}

/// The job that looks at files.
pub(super) struct LookJob<'a> {
    pub(super) held: &'a Held,
    pub(super) opener: Opener,
    pub(super) ignored: Ignored,
}

impl LookJob<'_> {
    fn look(&self, found: Found) -> Looked {
        let item = match found {
            Ok(item) => item,
            Err(refused) => return Looked::Refused(refused, None),
        };
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => (PathBuf::from("-"), Origin::Stream),
        };
        let index = entry_index(self.held, &path);
        if matches!(origin, Origin::Link(..)) {
            return match self.opener.link(&path, origin) {
                Ok(Link { target, stamp }) => {
                    Looked::File(path, self.compare(index, &stamp, Some(&target)))
                }
                Err(refused) => Looked::Refused(refused, index),
            };
        }
        match self.opener.look(path, origin) {
            Ok((path, stamp)) => {
                let compared = self.compare(index, &stamp, None);
                Looked::File(path, compared)
            }
            Err(refused) => Looked::Refused(refused, index),
        }
    }

    /// Compares a file with the entry that has this index. `target` is that of a symbolic link.
    fn compare(
        &self,
        index: Option<usize>,
        stamp: &Stamp,
        target: Option<&Path>,
    ) -> Option<(usize, Differences)> {
        let index = index?;
        let entry = &self.held.view(index).entry();
        let found = differences(entry, stamp, self.ignored).or_link(entry, target);
        Some((index, found.or_doubt(entry, self.ignored)))
    }
}

impl Job for LookJob<'_> {
    type Item = Batch;
    type Stream = Infallible;
    type State = ();
    type Output = Vec<Looked>;

    fn open(&self, batch: Batch, _: bool) -> Result<Infallible, Unopened<Batch, Vec<Looked>>> {
        let looked: Vec<_> = batch.into_iter().map(|found| self.look(found)).collect();
        Err(Unopened::Result(looked))
    }

    fn read(&self, stream: &mut Infallible, _: &mut [u8]) -> Filled {
        match *stream {}
    }

    fn begin(&self, stream: &mut Infallible) {
        match *stream {}
    }

    fn work(&self, _: &mut [Step<'_, ()>]) {}

    fn finish(&self, stream: Infallible, (): ()) -> Vec<Looked> {
        match stream {}
    }

    fn weight(&self, looked: &Vec<Looked>) -> usize {
        let text = |path: &Path| path.as_os_str().len();
        let each = looked.iter().map(|looked| match looked {
            Looked::File(path, _) | Looked::Refused(Refused::Skipped(path, _), _) => text(path),
            Looked::Refused(Refused::Failed(error) | Refused::Broken(error), _) => {
                text(&error.path) + error.reason.len()
            }
        });
        mem::size_of_val(&looked[..]) + each.sum::<usize>()
    }
}

impl Sink<Vec<Looked>> for AuditSink<'_> {
    type Error = WriteError;

    fn put(&mut self, batch: Vec<Looked>) -> Result<(), WriteError> {
        for looked in batch {
            let finding = match &looked {
                Looked::File(path, known) => {
                    self.reporter.done();
                    self.audit.judge_unread(path, *known)
                }
                Looked::Refused(refused, index) => {
                    self.skipped(refused);
                    self.audit.judge_refused(refused, *index)
                }
            };
            if let Some(finding) = finding {
                self.found(&finding)?;
            }
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.write_all()
    }
}
