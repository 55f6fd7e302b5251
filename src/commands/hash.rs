//! `batchproc hash`: wires names, files, digests and output to a pipeline.

mod guard;
mod plan;
mod sink;
mod unmounted;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::resolve;
use crate::cli::{HashArgs, InputArgs, OrderName};
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::open::Opener;
use crate::hash::algorithms;
use crate::hash::job::{self, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::output::place::Place;
use crate::output::{Begun, Output};
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::{Session, Way};
use crate::update::join::Update;
use crate::update::known::{Known, Tally};
use crate::update::resume::Resumed;
use crate::update::unchanged::Unchanged;
use plan::Plan;
use sink::HashSink;
use unmounted::Guard;

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
        return Output::print(algorithms::list().into_bytes()).map(|()| Ending::Good);
    }
    if arguments.check {
        return super::check::run(&arguments.into_check()?, console);
    }
    let tally = Arc::new(Tally::default());
    let mut plan = Plan::resolve(&arguments, &tally, console)?;
    let set = plan.set;
    let inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
    let single = inputs.single_file(SMALL).filter(|_| arguments.update.is_none());
    // For one small file no threads are started; to ask what the processor can do, or the control
    // groups for their number, would take longer than the digest.
    if single.is_some() {
        arguments.run.threads.get_or_insert(1);
    }
    let kernel = resolve::kernel(if single.is_some() { Kernel::scalar } else { Kernel::best })?;
    let session =
        Session::begin(resolve::running(&arguments.run, job::lanes(kernel, set)), console)?;
    let target = arguments.output.as_deref();
    // A FIFO waits for its reader here, where a signal still ends the process at once.
    let place = target.map_or_else(Place::stdout, Place::of)?;
    let precious = guard::check(&place, &arguments, &inputs)?;
    let way = session.way(single, target.is_none(), || inputs.count(&session.control))?;
    // In completion order, what is there says nothing about what is not.
    let resumable = matches!(way, Way::Many(_)) && arguments.run.order != OrderName::Completion;
    let opened = if resumable {
        let Session { temporaries, control, .. } = &session;
        let resume = arguments.resume;
        Output::resumable(place, resume, &mut plan.run, temporaries, &|| control.is_stopped())
    } else {
        Output::file(place, &session.temporaries).map(|output| Begun {
            output,
            done: None,
            notice: None,
        })
    };
    let (output, done) = match (opened, way.signal()) {
        (Err(_), Some(number)) => return Ok(session.stopped(number, target)),
        (opened, _) => {
            let Begun { output, done, notice } = opened?;
            notice.iter().for_each(|notice| console.line(notice));
            (output, done)
        }
    };
    let opener = Opener {
        own_stream: output.appended(),
        ..inputs.opener(output.identities(), &session.alarm)
    };
    let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
    let guard = Guard::new(&arguments).filter(|_| output.replaces());
    let mut sink = HashSink {
        output,
        format: plan.format(),
        algorithms: plan.algorithms.clone(),
        own: plan.own,
        // When the first run began, if this one goes on with it.
        begun: arguments.update.is_some().then_some(plan.run.begun),
        ignored: arguments.ignore.ignored(),
        forget: arguments.forget_left_out,
        guard,
        tally: tally.clone(),
        counters: session.counters.clone(),
        console: console.clone(),
    };
    sink.format.begin(&mut sink.output.buffer);
    let task = move |item| Task { item, algorithms: set, context: Known::Nothing };
    let version = plan.previous.as_ref().map(|previous| previous.version);
    let mut previous_lines = false;
    let ended = match &way {
        Way::One(item, watch) => {
            session.run_one(&job, task(item.clone()), &mut sink, SMALL as usize, watch.as_ref())
        }
        Way::Many(watch) => {
            log::debug!("kernel: {}", kernel.name());
            let names = guard::stop_at(precious, session.names(&inputs)?);
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
                    Box::new(Update::new(
                        names,
                        previous,
                        policy,
                        tally.clone(),
                        told,
                        paths,
                        inputs.rules.clone(),
                    ))
                }
                _ => Box::new(names.map(move |found| found.map(task).map_err(Outcome::from))),
            };
            if let Some(done) = done {
                source = Box::new(Resumed::new(source, done, written));
            }
            if arguments.update.is_some() {
                let live = arguments.input.files_from.is_some();
                source = Box::new(Unchanged::new(source, live, arguments.ignore.ignored()));
            }
            session.run(&job, source, &mut sink, watch)
        }
    };
    session.tell_unmatched(&inputs, &ended);
    let count = |count: &AtomicU64| count.load(Relaxed);
    if ended.is_complete() && !session.control.is_stopped() {
        let respelled = count(&tally.respelled);
        if respelled > 0 {
            console.line(&format!(
                "{respelled} new files have names that the manifest has in another form of Unicode, and \
                 are not compared with its digests; batchproc audit compares them"
            ));
        }
        let guarded = sink.guard.take().map_or(Ok(()), Guard::judge);
        let updated = match &arguments.update {
            Some(manifest) if previous_lines => {
                let has_paths = arguments.input.files_from.is_none();
                let judged =
                    unmounted::judge_update(manifest, &tally, arguments.max_gone, has_paths);
                match version.filter(|_| target == Some(manifest)) {
                    Some(version) => judged.and(unmounted::judge_version(manifest, version)),
                    None => judged,
                }
            }
            _ => Ok(()),
        };
        if let Err(fatal) = updated.and(guarded) {
            return Err(session.refused(fatal, &sink.output, target));
        }
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
    let corrupt = count(&tally.corrupt) > 0;
    let wrong = [&tally.wrong, &tally.replaced, &tally.respelled].iter().any(|it| count(it) > 0);
    Ok(match session.finish(ended, sink.output, target)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if wrong => Ending::SomeFailed,
        ending => ending,
    })
}
