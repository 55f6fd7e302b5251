//! Ends a run of `hash`: decides whether the output may replace the old file, and reports the
//! totals.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::plan::{Plan, Updating};
use super::sink::HashSink;
use super::unmounted::{self, Guard};
use crate::error::Fatal;
use crate::escape::printable;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::{Ended, Session};
use crate::update::known::Tally;

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
    let (tally, console) = (sink.tally.clone(), &session.console);
    session.count_kinds(tally.kinds(plan.update.is_some()));
    session.report_unmatched(&plan.inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        report_respelled(&tally, console);
        if let Err(fatal) = judge(&mut sink, plan) {
            return Err(session.refused(fatal, &sink.output));
        }
        sink.seal();
        if let Some(part) = &plan.part {
            part.clone().describe(plan.output.as_deref(), &mut sink.output, session);
        }
    }
    if let Some(update) = &plan.update {
        if ended.is_complete() && session.run_settings.summary {
            console.line(&tally.line());
        } else {
            report_kept(update, &tally, console);
        }
    }
    let any = |counts: &[&AtomicU64]| counts.iter().any(|count| count.load(Relaxed) > 0);
    let corrupt = any(&[&tally.corrupt]);
    let wrong = any(&[&tally.wrong, &tally.replaced, &tally.respelled]);
    let ending = match plan.part {
        Some(_) => session.finish_part(ended, sink.output)?,
        None => session.finish(ended, sink.output)?,
    };
    Ok(match ending {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if wrong => Ending::SomeFailed,
        ending => ending,
    })
}

/// Checks whether the output may replace the old file.
fn judge(sink: &mut HashSink, plan: &Plan) -> Result<(), Fatal> {
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
