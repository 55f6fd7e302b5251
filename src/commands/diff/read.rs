//! Looks at the files of directories, and reads those that the plan names.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use crate::diff::pairs::Pairs;
use crate::diff::plan::Plan;
use crate::diff::results::Results;
use crate::diff::side::Side;
use crate::dups::links::changed;
use crate::dups::look::{LookJob, Seen};
use crate::dups::table::Table;
use crate::error::Fatal;
use crate::files::Refused;
use crate::files::arguments::{Inputs, Total};
use crate::files::link::is_link;
use crate::files::open::Opener;
use crate::files::rules::Sizes;
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;
use crate::hash::job::{Context, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::output::WriteError;
use crate::pipeline::Sink;
use crate::run::finish::Ended;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::run::watch::Watch;
use crate::stamp::Identity;

/// Reads directories and their files.
pub struct Reader<'a> {
    pub session: &'a Session,
    pub watch: &'a Watch,
    pub kernel: Kernel,
    pub inputs: &'a Inputs,
    /// The files that are not compared.
    pub own: &'a [Identity],
}

/// A file of a side: the number of the side, and the index of the file there.
#[derive(Clone, Copy, Debug)]
struct Place {
    side: usize,
    file: usize,
}

impl Context for Place {}

impl Reader<'_> {
    fn opener(&self) -> Opener {
        let follow = self.inputs.rules.follow;
        Opener { follow, ..self.session.plain_opener() }
    }

    /// Looks at all files of a directory.
    ///
    /// # Errors
    /// If there are no names.
    pub fn directory(&self, path: &Path) -> Result<(Side, Ended), Fatal> {
        // A slash at the end means the directory that a link leads to.
        let root = if is_link(path) { path.join("") } else { path.to_path_buf() };
        let inputs = Inputs {
            paths: vec![root],
            list: None,
            rules: self.inputs.rules.clone(),
            sizes: Sizes::default(),
        };
        let opener = self.session.opener(&inputs, self.own.to_vec());
        let source = self.session.names(&inputs)?.map(|found| found.map_err(Err));
        let reporter = self.session.reporter();
        let (table, links, failures) = (Table::default(), Vec::new(), Vec::new());
        let mut sink = Looked { table, links, failures, reporter };
        let ended = self.session.run(&LookJob(opener), source, &mut sink, self.watch);
        let failures: Vec<Box<Path>> = sink.failures.into_iter().map(PathBuf::into).collect();
        Ok((Side::of_directory(path, sink.table, sink.links, &failures), ended))
    }

    /// Reads the files that the plan names, in the order of their names, and notes their digests.
    /// `None` if there are none.
    pub fn read(&self, sides: &mut [Side; 2], pairs: &Pairs, plan: &Plan) -> Option<Ended> {
        let places = pairs.iter().flat_map(|(a, b)| [(0, a), (1, b)]);
        let places = places.filter_map(|(side, file)| Some(Place { side, file: file? }));
        let mut places: Vec<Place> =
            places.filter(|&Place { side, file }| plan.is_read(side, file)).collect();
        self.add_outside(&mut places, plan);
        if places.is_empty() {
            return None;
        }
        let size = |place: &Place| sides[place.side].file(place.file).size.unwrap_or(0);
        let bytes = places.iter().map(size).sum();
        let files = self.session.counters.files.load(Relaxed);
        let _ = self.session.counters.total.set(Total { files, bytes });
        let all = places.iter().map(|place| plan.algorithms[place.side][place.file]);
        let all = all.reduce(Set::union).unwrap_or_default();
        let bytes = self.session.counters.bytes.clone();
        let job = HashJob::new(self.kernel, all, self.opener(), bytes);
        let reporter = self.session.reporter();
        let results = [Results::default(), Results::default()];
        let mut sink = Read { sides, results, reporter };
        let shared: &[Side; 2] = sink.sides;
        let source = places.iter().filter_map(|&place| {
            let side = &shared[place.side];
            let item = side.table()?.item(side.file(place.file).row?);
            let algorithms = plan.algorithms[place.side][place.file];
            Some(Ok(Task { item, algorithms, context: place }))
        });
        let ended = self.session.run(&job, source, &mut sink, self.watch);
        let results = sink.results;
        for (side, results) in sides.iter_mut().zip(results) {
            side.results = results;
        }
        Some(ended)
    }

    /// Adds the planned files whose names the limits on sizes exclude, but whose contents may have
    /// been moved to a name that is compared.
    fn add_outside(&self, places: &mut Vec<Place>, plan: &Plan) {
        if self.inputs.sizes.are_unlimited() {
            return;
        }
        let mut known: [Vec<bool>; 2] = [0, 1].map(|side| vec![false; plan.algorithms[side].len()]);
        places.iter().for_each(|place| known[place.side][place.file] = true);
        for side in [0, 1] {
            let planned = plan.algorithms[side].iter().zip(&known[side]).enumerate();
            let others = planned.filter(|(_, (set, known))| !set.is_empty() && !**known);
            places.extend(others.map(|(file, _)| Place { side, file }));
        }
    }
}

/// The sink of the looks.
struct Looked {
    table: Table,
    links: Vec<(usize, Box<Path>)>,
    failures: Vec<PathBuf>,
    reporter: Reporter,
}

impl Sink<Result<Seen, Refused>> for Looked {
    type Error = WriteError;

    fn put(&mut self, seen: Result<Seen, Refused>) -> Result<(), WriteError> {
        match seen {
            Ok(Seen { path, stamp, walked, target }) => {
                self.reporter.done();
                self.links.extend(target.map(|target| (self.table.len(), target)));
                self.table.push(&path, &stamp, walked);
            }
            Err(refused) => {
                self.reporter.refused(&refused)?;
                if let Refused::Failed(failure) = refused {
                    self.failures.push(failure.path);
                }
            }
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}

/// The sink of the files that are read.
struct Read<'a> {
    sides: &'a [Side; 2],
    /// The results of both sides.
    results: [Results; 2],
    reporter: Reporter,
}

impl Read<'_> {
    fn note(&mut self, Place { side, file }: Place, digests: Option<&Digests>) {
        self.results[side].put(file, self.sides[side].len(), digests);
    }
}

impl Sink<Outcome<Place>> for Read<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Place>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, place) => {
                let side = &self.sides[place.side];
                let row = side.table().zip(side.file(place.file).row).zip(digest.stamp);
                let is_same =
                    row.is_some_and(|((table, row), stamp)| table.is_unchanged(row, &stamp));
                if !is_same {
                    self.reporter.failed(&changed(&digest.path));
                }
                self.note(place, is_same.then_some(&digest.digests));
            }
            Outcome::Refused(refused, place) => {
                match refused {
                    // A file that was looked at is skipped only if it became another kind of file.
                    Refused::Skipped(path, skip) => self.reporter.failed(&skip.error(path)),
                    refused => self.reporter.refused(&refused)?,
                }
                if let Some(place) = place {
                    self.note(place, None);
                }
            }
            Outcome::Settled(..) | Outcome::Carried(..) => {}
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        Ok(())
    }
}
