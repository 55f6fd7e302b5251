//! `dups` for files that are read: runs the stages one after another.

use std::sync::atomic::Ordering::Relaxed;

use super::sinks::{Digested as DigestedSink, Keep, Looked, Whole};
use super::write::{Found, write};
use crate::cli::{DupsArgs, OrderName};
use crate::commands::resolve;
use crate::dups::candidates::Candidates;
use crate::dups::files::{Digests, Read};
use crate::dups::groups::{Digested, Groups};
use crate::dups::links::distinct;
use crate::dups::look::LookJob;
use crate::dups::prefix::{PREFIX, PrefixJob};
use crate::dups::table::{Place, Table};
use crate::error::Fatal;
use crate::files::Refused;
use crate::files::arguments::{Inputs, Total};
use crate::files::open::Opener;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::job::{HashJob, Outcome, Task, lanes};
use crate::hash::md5::Kernel;
use crate::output::Output;
use crate::output::destination::Destination;
use crate::pipeline::Job;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::finish::Ended;
use crate::run::session::Session;
use crate::run::watch::Watch;

/// What the stages share.
struct Stages<'a> {
    session: &'a Session,
    watch: &'a Watch,
    table: &'a Table,
    kernel: Kernel,
    algorithm: Algorithm,
    follow: bool,
    /// How the stage before ended.
    ended: Ended,
}

/// Runs the command for the files that the arguments name.
///
/// # Errors
/// If the run itself fails.
pub fn run(arguments: &DupsArgs, console: &Console) -> Result<Ending, Fatal> {
    let algorithm = arguments.algorithm.or_else(|| Algorithm::by_name("blake3"));
    let algorithm = algorithm.expect("an algorithm of the table");
    let kernel = resolve::kernel(Kernel::best)?;
    let lanes = lanes(kernel, Set::from_iter([algorithm]));
    let session = Session::begin(resolve::run_settings(&arguments.run, lanes), console)?;
    let mut inputs = resolve::inputs(&arguments.input, &arguments.run, OrderName::Input)?;
    if !arguments.empty {
        inputs.sizes.min = Some(inputs.sizes.min.unwrap_or(0).max(1));
    }
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), None)?;
    let mut output = Output::file(stdout, &session.temporaries)?;
    let (table, ended) = look(&inputs, &output, &session, &watch)?;
    let follow = inputs.rules.follow;
    let stages = Stages {
        session: &session,
        watch: &watch,
        table: &table,
        kernel,
        algorithm,
        follow,
        ended,
    };
    let (whole, candidates, ended) = stages.read(arguments.hard_links);
    if is_over(&ended, &session) {
        return session.finish(ended, output);
    }
    let reporter = session.reporter();
    let opener = Opener { follow, ..session.plain_opener() };
    let distinct = |names: &[usize]| {
        distinct(names, &table, &opener, arguments.hard_links, |refused| match refused {
            Refused::Failed(failure) | Refused::Broken(failure) => reporter.failed(&failure),
            Refused::Skipped(path, skip) => reporter.failed(&skip.error(path)),
        })
    };
    let Whole { files, digests } = whole;
    let read = Read { table: &table, digests: &digests };
    let names = names(&candidates, &read, &files);
    let groups = Groups::new(names, &read, arguments.hard_links, distinct);
    let found = Found { files: &read, groups, algorithm };
    write(&found, arguments, &mut output, &session)?;
    session.finish(ended.and_later(&watch), output)
}

/// Whether the run ends before its last stage.
fn is_over(ended: &Ended, session: &Session) -> bool {
    !ended.is_complete() || session.control.is_stopped()
}

/// Looks at all files.
fn look(
    inputs: &Inputs,
    output: &Output,
    session: &Session,
    watch: &Watch,
) -> Result<(Table, Ended), Fatal> {
    let opener = Opener {
        appended_output: output.appended(),
        ..session.opener(inputs, output.identities())
    };
    let source = session.names(inputs)?.map(|found| found.map_err(Err));
    let mut sink = Looked { table: Table::default(), reporter: session.reporter() };
    let ended = session.run(&LookJob(opener), source, &mut sink, watch);
    session.report_unmatched(inputs, &ended);
    log::info!("files found: {}", sink.table.len());
    Ok((sink.table, ended))
}

impl Stages<'_> {
    /// Reads what must be read to tell the files from each other.
    fn read(mut self, hard_links: bool) -> (Whole, Candidates, Ended) {
        let mut whole = Whole { files: Vec::new(), digests: Digests::new(self.algorithm.bytes()) };
        if is_over(&self.ended, self.session) {
            return (whole, Candidates::of(&Table::default(), hard_links), self.ended);
        }
        let candidates = Candidates::of(self.table, hard_links);
        let large = candidates.large(self.table);
        log::info!("files whose first {PREFIX} bytes are compared: {}", large.len());
        let mut beginnings = Vec::with_capacity(large.len());
        self.stage(&PrefixJob(self.job()), large, &mut beginnings);
        if is_over(&self.ended, self.session) {
            return (whole, candidates, self.ended);
        }
        let files = candidates.whole(self.table, beginnings);
        let bytes = files.iter().map(|&file| self.table.size(file)).sum::<u64>();
        log::info!("files that are read whole: {} with {bytes} bytes", files.len());
        let counters = &self.session.counters;
        let bytes = bytes + counters.bytes.load(Relaxed);
        let _ = counters.total.set(Total { files: counters.files.load(Relaxed), bytes });
        self.stage(&self.job(), files, &mut whole);
        (whole, candidates, self.ended)
    }

    fn job(&self) -> HashJob<Place> {
        let opener = Opener { follow: self.follow, ..self.session.plain_opener() };
        let set = Set::from_iter([self.algorithm]);
        HashJob::new(self.kernel, set, opener, self.session.counters.bytes.clone())
    }

    /// Runs a stage that reads these files.
    fn stage<J, K>(&mut self, job: &J, files: Vec<usize>, kept: &mut K)
    where
        J: Job<Item = Task<Place>, Output = Outcome<Place>>,
        K: Keep,
    {
        if files.is_empty() {
            return;
        }
        let (table, algorithm) = (self.table, self.algorithm);
        let algorithms = Set::from_iter([algorithm]);
        let task = |file| Ok(Task { item: table.item(file), algorithms, context: Place(file) });
        let reporter = self.session.reporter();
        let mut sink = DigestedSink { table, reporter, algorithm, kept };
        self.ended = self.session.run(job, files.into_iter().map(task), &mut sink, self.watch);
    }
}

/// All names of the files that were read whole. The digest of each file is at its place in `files`.
fn names(candidates: &Candidates, read: &Read<'_>, files: &[usize]) -> Vec<Digested> {
    let mut all = Vec::new();
    for names in candidates.files(read.table) {
        if let Ok(digest) = files.binary_search(&names[0]) {
            all.extend(names.iter().map(|&name| Digested::new(read, name, digest)));
        }
    }
    all
}
