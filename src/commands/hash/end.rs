//! Ends a run of `hash`: decides whether the output may replace the old file, and reports the
//! totals.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::budget;
use super::plan::{Plan, Updating};
use super::sink::HashSink;
use super::unmounted::{self, Guard};
use crate::error::Fatal;
use crate::escape::printable;
use crate::hash::job::HashJob;
use crate::output::{Output, WriteError};
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::finish::Ended;
use crate::run::session::Session;
use crate::run::watch::Watch;
use crate::update::known::{Known, Tally};

/// Ends the run and returns how it ended.
///
/// # Errors
/// If the run failed, or if its output may not replace the old file.
pub fn end(
    ended: Ended,
    mut sink: HashSink,
    plan: &Plan,
    session: &Session,
) -> Result<Ending, Fatal> {
    count_kinds(&sink, plan, session);
    session.report_unmatched(&plan.inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        report_respelled(&sink.tally, &session.console);
        judge(&mut sink, plan, session)?;
        seal(&mut sink)?;
        if let Some(part) = &plan.part {
            part.clone().describe(plan.output.as_deref(), &mut sink.output, session);
        }
    }
    finish(ended, sink, plan, session)
}

/// Like [`end`], for an update with a budget: first reads unchanged files again. A signal does not
/// break off such a run, but shortens it, and the output gets its final name.
///
/// # Errors
/// If the run failed, or if its output may not replace the old file.
pub fn end_with_budget(
    ended: Ended,
    job: HashJob<Known>,
    mut sink: HashSink,
    plan: &Plan,
    session: &Session,
    watch: &Watch,
) -> Result<Ending, Fatal> {
    count_kinds(&sink, plan, session);
    session.report_unmatched(&plan.inputs, &ended);
    let updated = ended.without_signal();
    if sink.tally.lines() == 0 && watch.signal().is_some() || !updated.is_complete() {
        return finish(updated.and_later(watch), sink, plan, session);
    }
    report_respelled(&sink.tally, &session.console);
    // A run whose output must not replace the old file should say so before it reads for hours.
    judge(&mut sink, plan, session)?;
    let ended = budget::read_again(job, &mut sink, plan, session, watch)?.unwrap_or(updated);
    let ended = ended.without_signal();
    count_kinds(&sink, plan, session);
    if ended.is_complete() {
        judge(&mut sink, plan, session)?;
        seal(&mut sink)?;
    }
    let signal = watch.signal();
    let ending = finish(ended, sink, plan, session)?;
    let Some(number) = signal else { return Ok(ending) };
    let output = plan.output.as_deref().filter(|_| !session.has_only_failures());
    let kept = output.map(|output| format!("; {} has what was read before", printable(output)));
    session.console.line(&format!("stopped by signal {number}{}", kept.unwrap_or_default()));
    Ok(Ending::Signal(number))
}

fn count_kinds(sink: &HashSink, plan: &Plan, session: &Session) {
    session.count_kinds(sink.tally.kinds(plan.update.is_some(), plan.budget().is_some()));
}

/// Reports the totals, gives the output its final name if the run is complete, and returns how the run
/// ended.
fn finish(ended: Ended, sink: HashSink, plan: &Plan, session: &Session) -> Result<Ending, Fatal> {
    let (tally, console) = (&sink.tally.clone(), &session.console);
    if let Some(update) = &plan.update {
        if ended.is_complete() && session.run_settings.summary {
            console.line(&tally.line());
        } else {
            report_kept(update, tally, console);
        }
    }
    let any = |counts: &[&AtomicU64]| counts.iter().any(|count| count.load(Relaxed) > 0);
    let corrupt = any(&[&tally.corrupt]);
    let wrong = any(&[&tally.wrong, &tally.replaced, &tally.respelled]);
    let ending = if session.run_settings.engine.records {
        finish_records(ended, sink.output, sink.listed, session)
    } else if plan.part.is_some() {
        session.finish_part(ended, sink.output)
    } else {
        session.finish(ended, sink.output)
    };
    Ok(match ending? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if wrong => Ending::SomeFailed,
        ending => ending,
    })
}

/// Ends a run whose output has a line for each file that failed, and says how many there are. The output is
/// kept even if all files failed, since it says why.
fn finish_records(
    ended: Ended,
    output: Output,
    failed: u64,
    session: &Session,
) -> Result<Ending, Fatal> {
    // If no file could be read, the disk may be away: a good old manifest stays.
    if output.has_old() && session.has_only_failures() {
        return session.finish(ended, output);
    }
    let ending = session.finish_report(ended, output)?;
    let done = session.counters.files.load(Relaxed);
    if let (1.., Ending::Good | Ending::SomeFailed) = (failed, ending) {
        let lines = if failed == 1 { "its line says" } else { "their lines say" };
        let files = if failed + done == 1 { "file" } else { "files" };
        session.console.line(&format!("{failed} of {} {files} failed; {lines} why", failed + done));
    }
    Ok(ending)
}

/// Checks whether the output may replace the old file.
fn judge(sink: &mut HashSink, plan: &Plan, session: &Session) -> Result<(), Fatal> {
    may_replace(sink, plan).map_err(|fatal| {
        sink.output.note_end();
        session.refused(fatal, &sink.output)
    })
}

fn may_replace(sink: &mut HashSink, plan: &Plan) -> Result<(), Fatal> {
    if let Some(update) = plan.update.as_ref().filter(|update| update.has_lines) {
        let Updating { manifest, version, .. } = update;
        let has_paths = plan.inputs.list.is_none();
        unmounted::judge_update(manifest, &sink.tally, plan.max_gone, has_paths)?;
        if let Some(version) = version.filter(|_| plan.output.as_ref() == Some(manifest)) {
            unmounted::judge_version(manifest, version)?;
        }
    }
    sink.guard.take().map_or(Ok(()), Guard::judge)
}

fn seal(sink: &mut HashSink) -> Result<(), Fatal> {
    sink.seal().map_err(|error| match error {
        WriteError::Failed(fatal) => fatal,
        WriteError::Closed => Fatal("the output is closed".into()),
    })
}

fn report_respelled(tally: &Tally, console: &Console) {
    let respelled = tally.respelled.load(Relaxed);
    if respelled > 0 {
        console.line(&format!(
            "new files with a name that the manifest lists in another Unicode normalization form: \
             {respelled}; they were not compared with the manifest; to compare them, use batchproc audit"
        ));
    }
}

fn report_kept(update: &Updating, tally: &Tally, console: &Console) {
    let manifest = printable(&update.manifest);
    match tally.kept.load(Relaxed) {
        0 => {}
        1 => console
            .line(&format!("{manifest}: 1 line is kept as it was, as its file could not be read")),
        n => console.line(&format!(
            "{manifest}: {n} lines are kept as they were, as their files could not be read"
        )),
    }
}
