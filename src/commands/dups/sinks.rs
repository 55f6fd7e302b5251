//! The sinks of the stages of `dups`: each notes its results in flat tables, and reports and counts
//! the files that failed.

use crate::dups::candidates::Beginning;
use crate::dups::files::Digests;
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
            Ok(Seen { path, stamp, walked, .. }) => {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::dups::prefix::PrefixJob;
    use crate::files::open::Opener;
    use crate::files::stdin::Interrupt;
    use crate::files::{Origin, Root};
    use crate::hash::algorithms::Set;
    use crate::hash::job::{HashJob, Task};
    use crate::hash::md5::Kernel;
    use crate::pipeline::run_one;
    use crate::run::console::Console;
    use crate::run::progress::Counters;

    #[test]
    fn a_file_that_changed_since_it_was_looked_at_is_reported_and_gets_no_digest() {
        let root = tempfile::TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        let interrupt = Interrupt::new().unwrap();
        let opener = || Opener::new(interrupt.clone());
        let mut table = Table::default();
        for name in ["same", "longer", "replaced", "gone", "fifo"] {
            fs::write(path(name), vec![0; 100_000]).unwrap();
            let (path, stamp) =
                opener().look(path(name), Origin::Walked((0, 0), Root::NONE)).unwrap();
            table.push(&path, &stamp, Some(Root::NONE));
        }
        fs::write(path("longer"), vec![0; 100_001]).unwrap();
        fs::copy(path("same"), path("copy")).unwrap();
        fs::rename(path("copy"), path("replaced")).unwrap();
        fs::remove_file(path("gone")).unwrap();
        fs::remove_file(path("fifo")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let counters = Arc::new(Counters::default());
        let algorithm = Algorithm::SHA256;
        let set = Set::from_iter([algorithm]);
        let job = || HashJob::new(Kernel::best(), set, opener(), Arc::default());
        let (mut beginnings, mut whole) =
            (Vec::new(), Whole { files: Vec::new(), digests: Digests::new(32) });
        for file in 0..table.len() {
            let task = || Task { item: table.item(file), algorithms: set, context: Place(file) };
            let reporter = Reporter::new(counters.clone(), Console::default());
            let (table, kept) = (&table, &mut beginnings);
            let mut sink = Digested { table, reporter: reporter.clone(), algorithm, kept };
            run_one(&PrefixJob(job()), task(), &mut sink, 1 << 16).unwrap();
            let mut sink = Digested { table, reporter, algorithm, kept: &mut whole };
            run_one(&job(), task(), &mut sink, 1 << 16).unwrap();
        }
        let of = |bytes: &[u8]| crate::hash::Hasher::new([algorithm]).digest(bytes);
        let (start, all) = (of(&[0; 16 << 10]), of(&[0; 100_000]));
        let start = start.get(algorithm).unwrap().first_chunk().unwrap();
        assert_eq!(beginnings, [(0, *start)], "the digest of the first 16 KiB");
        assert_eq!(
            (&whole.files[..], whole.digests.get(0)),
            (&[0][..], all.get(algorithm).unwrap())
        );
        let failed = counters.failed.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!(failed, 8, "four files in two stages");
    }
}
