//! `batchproc hash`: wires names, files, digests and output to a pipeline.

mod plan;
mod sink;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::inputs::Inputs;
use super::session::Session;
use crate::cli::{CheckArgs, FormatName, HashArgs, InputArgs, OrderName, VerdictFormat};
use crate::config;
use crate::console::Console;
use crate::error::{Ending, Fatal, reason};
use crate::hash::algorithms;
use crate::hash::job::{self, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::manifest::resume::Resumed;
use crate::manifest::unchanged::Unchanged;
use crate::manifest::update::{Known, Tally, Update};
use crate::report::names::printable;
use crate::report::output::Output;
use plan::Plan;
use sink::HashSink;

/// A single file up to this size is hashed without starting threads.
const SMALL: u64 = 1 << 20;

/// What the pipeline is given.
type Tasks = Box<dyn Iterator<Item = Result<Task<Known>, Outcome<Known>>> + Send>;

/// Runs the command.
///
/// # Errors
/// When the run itself cannot go on.
pub fn run(mut arguments: HashArgs, console: &Console) -> Result<Ending, Fatal> {
    if arguments.list_algorithms {
        return list_algorithms();
    }
    if arguments.check {
        return super::check::run(&checking(arguments)?, console);
    }
    let tally = Arc::new(Tally::default());
    let mut plan = Plan::resolve(&arguments, &tally, console)?;
    let set = plan.set;
    let inputs = Inputs::new(&arguments.input, config::order(arguments.run.order))?;
    let single = inputs.single_file(SMALL).filter(|_| arguments.update.is_none());
    // For one small file no threads are started; to ask what the processor can do, or the control
    // groups for their number, would take longer than the digest.
    if single.is_some() {
        arguments.run.threads.get_or_insert(1);
    }
    let kernel = config::kernel(if single.is_some() { Kernel::scalar } else { Kernel::best })?;
    let session = Session::begin(&arguments.run, job::lanes(kernel, set), console)?;
    let target = arguments.output.as_deref();
    let (output, done) = match target {
        None => (Output::stdout()?, None),
        // In completion order, what is there says nothing about what is not.
        Some(path) if single.is_some() || arguments.run.order == OrderName::Completion => {
            (Output::file(path)?, None)
        }
        Some(path) => Output::resumable(path, arguments.resume, &mut plan.run, console)?,
    };
    let opener = inputs.opener(output.identities(), &session.alarm);
    let job = HashJob::new(kernel, set, opener, session.counters.clone());
    let mut sink = HashSink {
        output,
        format: plan.format(),
        algorithms: plan.algorithms.clone(),
        own: plan.own,
        // When the first run began, if this one goes on with it.
        begun: arguments.update.is_some().then_some(plan.run.begun),
        tally: tally.clone(),
        counters: session.counters.clone(),
        console: console.clone(),
    };
    sink.format.begin(&mut sink.output.buffer);
    let task = move |item| Task { item, algorithms: set, context: Known::Nothing };
    let mut previous_lines = false;
    let ended = match single {
        Some(item) => session.run_one(&job, task(item), &mut sink, SMALL as usize),
        None => {
            let temporary = sink.output.temporary().map(Path::to_path_buf);
            let count = inputs.count(&session.control);
            let watch = session.watch(target.is_none(), temporary, count)?;
            log::debug!("kernel: {}", kernel.name());
            let names = inputs.names(&session.alarm)?;
            let written = plan.written();
            let mut source: Tasks = match (plan.previous.take(), &arguments.update) {
                (Some(previous), Some(manifest)) => {
                    previous_lines = previous.first.is_some();
                    if let Some(count) = previous.held() {
                        log::info!(
                            "the manifest is not in the order of the walk: its {count} entries are held in memory"
                        );
                    }
                    let policy = plan.policy(&arguments);
                    let told = plan::told(manifest, &tally, console);
                    let InputArgs { paths, files_from, .. } = &arguments.input;
                    let paths = files_from.is_none().then_some(&paths[..]);
                    Box::new(Update::new(names, previous, policy, tally.clone(), told, paths))
                }
                _ => Box::new(names.map(move |found| found.map(task).map_err(Outcome::from))),
            };
            if let Some(done) = done {
                source = Box::new(Resumed::new(source, done, written));
            }
            if arguments.update.is_some() {
                let live = arguments.input.files_from.is_some();
                source = Box::new(Unchanged::new(source, live));
            }
            session.run(&job, source, &mut sink, &watch)
        }
    };
    let count = |count: &AtomicU64| count.load(Relaxed);
    if let Some(manifest) = arguments.update.as_ref().filter(|_| ended.is_complete())
        && previous_lines
        && count(&tally.met) + count(&tally.kept) == 0
        && !session.control.is_stopped()
    {
        // An empty mount point, for one: no reason to forget what was on the disk.
        return Err(Fatal(format!(
            "none of the files of {} was found; is a disk not mounted? Nothing was replaced",
            printable(manifest)
        )));
    }
    if arguments.update.is_some() && ended.is_complete() && session.running.summary {
        console.line(&tally.line());
    } else if let Some(manifest) = &arguments.update
        && count(&tally.kept) > 0
    {
        let manifest = printable(manifest);
        console.line(&match count(&tally.kept) {
            1 => format!("{manifest}: 1 line is kept as it was, as its file could not be read"),
            n => format!(
                "{manifest}: {n} lines are kept as they were, as their files could not be read"
            ),
        });
    }
    let (corrupt, wrong) = (count(&tally.corrupt) > 0, count(&tally.wrong) > 0);
    Ok(match session.finish(ended, sink.output, target)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if wrong => Ending::SomeFailed,
        ending => ending,
    })
}

/// `hash --check` in terms of `check`.
fn checking(arguments: HashArgs) -> Result<CheckArgs, Fatal> {
    let format = match arguments.format {
        None => VerdictFormat::Text,
        Some(FormatName::Json) => VerdictFormat::Json,
        Some(_) => return Err(Fatal("with --check, the only --format is json".into())),
    };
    if arguments.input.walk.asks_for_directories() {
        return Err(Fatal(
            "--check reads the names of files from manifests, not directories".into(),
        ));
    }
    Ok(CheckArgs {
        manifests: arguments.input.paths,
        verify: arguments.verify,
        algorithms: arguments.algorithms,
        zero: arguments.zero,
        format,
        run: arguments.run,
    })
}

/// `--list-algorithms`
fn list_algorithms() -> Result<Ending, Fatal> {
    match std::io::stdout().write_all(algorithms::list().as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fatal(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(Ending::Good),
    }
}
