//! `batchproc hash` computes digests of files. This module connects the parts of a run:
//!
//! ```text
//!  what was typed ──► plan ──► source ──► pipeline ──► sink ──► end
//! ```

mod again;
mod budget;
mod command;
mod end;
pub(super) mod guard;
mod links;
mod part;
mod plan;
mod previous;
mod seals;
mod sink;
mod source;
mod unmounted;

use std::sync::Arc;

use crate::cli::HashArgs;
use crate::commands::part::Part;
use crate::commands::resolve;
use crate::error::Fatal;
use crate::files::open::Opener;
use crate::hash::algorithms;
use crate::hash::job::HashJob;
use crate::hash::until::Until;
use crate::output::destination::Destination;
use crate::output::{Output, StartedOutput};
use crate::pipeline::Order;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::{Execution, Session};
use crate::update::known::Tally;
use budget::until_stopped;
use plan::{Plan, SMALL};
use sink::HashSink;

/// Runs the command.
///
/// # Errors
/// If the run itself fails, such as when the output cannot be written.
pub fn run(arguments: HashArgs, console: &Console) -> Result<Ending, Fatal> {
    if arguments.list_algorithms {
        return Output::print(algorithms::list().into_bytes()).map(|()| Ending::Good);
    }
    if arguments.check {
        return super::check::run(&arguments.into_check()?, console);
    }
    let tally = Arc::new(Tally::default());
    let mut plan = Plan::resolve(arguments, &tally, console)?;
    resolve::note_links(&plan.inputs, console);
    let session = Session::begin(plan.run_settings.clone(), console)?;
    // If the output is a FIFO, opening it waits until another process opens it for reading. Signals
    // are not yet handled here, so a signal still ends this wait and the process.
    let destination = resolve::destination(plan.output.as_deref())?;
    let named = destination.named().map(String::from);
    part::may_replace(&destination, plan.part.as_ref(), plan.overwrite, plan.manifest())?;
    let protected = guard::check(&destination, &plan.inputs, plan.manifest(), plan.overwrite)?;
    let has_budget = plan.budget().is_some();
    // Nobody knows how much of the tree a budget lets the run read.
    let count = || if has_budget { None } else { plan.inputs.count(&session.control) };
    let execution = session.execution(plan.single.clone(), Some(&destination), count)?;
    let StartedOutput { mut output, done, notice } =
        match (begin(destination, &mut plan, &execution, &session), execution.signal()) {
            (Err(_), Some(number)) => return Ok(session.stopped(number, named.as_deref())),
            (begun, _) => begun?,
        };
    if plan.seal && output.appended().is_some() {
        return Err(Fatal(
            "a seal covers a whole file, but the output is appended to a file that has content already; write to a new file with -o"
                .into(),
        ));
    }
    if has_budget && !output.replaces() {
        return Err(Fatal("--time-limit and --sample need -o with the name of a file".into()));
    }
    notice.iter().for_each(|notice| session.remark(notice));
    let opener = Opener {
        appended_output: output.appended(),
        ..session.opener(&plan.inputs, output.identities())
    };
    let job = HashJob::new(plan.kernel, plan.set, opener, session.counters.bytes.clone())
        .with_changed(plan.changed);
    if plan.part.is_some() {
        Part::begin(plan.output.as_deref(), &mut output)?;
    }
    let mut sink = HashSink::new(output, &plan, &tally, &session);
    let ended = match &execution {
        Execution::SingleFile(item, watch) => {
            let task = source::task(item.clone(), plan.set);
            session.run_one(&job, task, &mut sink, SMALL as usize, watch.as_ref())
        }
        Execution::Pipeline(watch) => {
            log::debug!("kernel: {}", plan.kernel.name());
            let names = guard::stop_at(protected, session.names(&plan.inputs)?);
            if has_budget {
                let job =
                    job.until(Until { stopped: Some(session.control.clone()), deadline: None });
                let names = until_stopped(names, session.control.clone(), tally.clone());
                let tasks = source::tasks(names, done, &mut plan, &tally, console);
                let order = plan.run_settings.settings.order;
                let ended = session.run_to_its_end(&job, tasks, &mut sink, watch, order);
                return end::end_with_budget(ended, job, sink, &plan, &session, watch);
            }
            let tasks = source::tasks(names, done, &mut plan, &tally, console);
            session.run(&job, tasks, &mut sink, watch)
        }
    };
    end::end(ended, sink, &plan, &session)
}

/// Starts the output. If results are written in input order, the run can be resumed later, and can
/// itself resume an earlier run, whose start time it then takes over.
fn begin(
    destination: Destination,
    plan: &mut Plan,
    execution: &Execution,
    session: &Session,
) -> Result<StartedOutput, Fatal> {
    let Session { temporaries, control, .. } = session;
    // If results are written in completion order, the unfinished output FILE.partial does not show
    // which files are still to be read, so such a run cannot be resumed.
    let in_order = plan.run_settings.settings.order == Order::Input;
    if matches!(execution, Execution::Pipeline(_)) && in_order {
        let is_stopped = || control.is_stopped();
        return Output::resumable(
            destination,
            plan.resume,
            &mut plan.run,
            temporaries,
            &is_stopped,
        );
    }
    let output = Output::file(destination, temporaries)?;
    Ok(StartedOutput { output, done: None, notice: None })
}
