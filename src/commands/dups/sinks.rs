//! The sinks of the stages of `dups`: each notes its results in flat tables, and reports and counts
//! the files that failed.

use crate::dups::candidates::Beginning;
use crate::dups::groups::Digests;
use crate::dups::links::changed;
use crate::dups::look::Seen;
use crate::dups::table::{Place, Table};
use crate::files::Refused;
use crate::hash::algorithms::Algorithm;
use crate::hash::job::Outcome;
use crate::output::WriteError;
use crate::pipeline::Sink;
use crate::run::reporter::Reporter;

/// The sink of the first stage.
pub struct Looked {
    pub table: Table,
    pub reporter: Reporter,
}

impl Sink<Result<Seen, Refused>> for Looked {
    type Error = WriteError;

    fn put(&mut self, seen: Result<Seen, Refused>) -> Result<(), WriteError> {
        match seen {
            Ok(Seen { path, stamp, walked }) => {
                self.reporter.done();
                self.table.push(&path, &stamp, walked);
            }
            Err(refused) => self.reporter.refused(&refused)?,
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}

/// The sink of the stages that read files.
pub struct Digested<'a, K> {
    pub table: &'a Table,
    pub reporter: Reporter,
    pub algorithm: Algorithm,
    pub kept: &'a mut K,
}

/// What a stage keeps of each digest.
pub trait Keep {
    /// Keeps the digest of a file, which has this place in the table.
    fn keep(&mut self, file: usize, digest: &[u8]);
}

impl Keep for Vec<(usize, Beginning)> {
    fn keep(&mut self, file: usize, digest: &[u8]) {
        let beginning = digest.first_chunk::<16>().copied().unwrap_or_default();
        self.push((file, beginning));
    }
}

/// The files that were read whole, in the order of the input. The digest of each is at the same
/// place.
pub struct Whole {
    pub files: Vec<usize>,
    pub digests: Digests,
}

impl Keep for Whole {
    fn keep(&mut self, file: usize, digest: &[u8]) {
        self.files.push(file);
        self.digests.push(digest);
    }
}

impl<K: Keep> Sink<Outcome<Place>> for Digested<'_, K> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Place>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, Place(file)) => {
                let is_same = digest.stamp.is_some_and(|it| self.table.is_unchanged(file, &it));
                match digest.digests.get(self.algorithm).filter(|_| is_same) {
                    Some(bytes) => self.kept.keep(file, bytes),
                    None => self.reporter.failed(&changed(&digest.path)),
                }
            }
            // A file that was looked at is skipped only if it became another kind of file.
            Outcome::Refused(Refused::Skipped(path, skip), _) => {
                self.reporter.failed(&skip.error(path));
            }
            Outcome::Refused(refused, _) => self.reporter.refused(&refused)?,
            Outcome::Settled(..) | Outcome::Carried(..) => {}
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
