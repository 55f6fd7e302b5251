//! `hash --update` with `--time-limit` or `--sample`: reads a part of the unchanged files again, those
//! first that were read longest ago.
//!
//! ```text
//!  1. an update as without these options: the new manifest is complete, in FILE.partial
//!  2. sort the lines that were carried over by their time of reading
//!  3. read their files in this order, until the budget is used or a signal comes
//!         content as recorded: put the new time into the line, where it stands in FILE.partial
//!         anything else: report it; the line stays
//!  4. give FILE.partial its final name, as without these options
//! ```
//! So the new manifest is true at each moment of the third step, and the results of that step need no
//! memory. A signal ends the first step early too, but drops nothing that was in flight: files that
//! were not read keep their lines, and new ones get none.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use indicatif::BinaryBytes;
use jiff::Timestamp;

use super::again::{Again, Oldest, Renew};
use super::plan::Plan;
use super::sink::HashSink;
use crate::error::{Fatal, reason};
use crate::files::arguments::Source;
use crate::hash::job::HashJob;
use crate::hash::until::Until;
use crate::output::WriteError;
use crate::pipeline::{Control, Order};
use crate::run::finish::Ended;
use crate::run::session::Session;
use crate::run::watch::Watch;
use crate::stamp::now;
use crate::update::known::{Known, Tally};
use crate::update::unread::{Places, Unread};

/// How a date is shown.
const DATE: &str = "%Y-%m-%d %H:%M:%S UTC";

/// Ends the names when the run is stopped. A stop also interrupts the reading of a list; this is then
/// no error.
pub fn until_stopped(mut names: Source, control: Control, tally: Arc<Tally>) -> Source {
    Box::new(std::iter::from_fn(move || {
        let next = if control.is_stopped() { None } else { Some(names.next()?) };
        if control.is_stopped() {
            tally.cut.store(true, Relaxed);
            return None;
        }
        next
    }))
}

/// Reads unchanged files again after the update has ended. Returns how that ended; `None` if no file
/// was read.
///
/// # Errors
/// If what the update wrote cannot be read.
pub fn read_again(
    job: HashJob<Known>,
    sink: &mut HashSink,
    plan: &Plan,
    session: &Session,
    watch: &Watch,
) -> Result<Option<Ended>, Fatal> {
    let Some((budget, update)) = plan.budget() else { return Ok(None) };
    let mut unread = sink.unread.take().unwrap_or_else(|| Unread::new(None, None));
    let read = session.counters.bytes.load(Relaxed);
    let all = unread.bytes.saturating_add(read);
    let left = budget.sample.map(|sample| sample.of(all).saturating_sub(read));
    let deadline = budget.time.and_then(|time| session.begun.checked_add(time));
    let until = Until { stopped: Some(session.control.clone()), deadline };
    let unwritable = || Fatal("the output has no file that can be read again".into());
    let file = sink.output.written_file().map_err(|error| match error {
        WriteError::Failed(fatal) => fatal,
        WriteError::Closed => unwritable(),
    })?;
    let file = file.ok_or_else(unwritable)?;
    let copy = file
        .try_clone()
        .map_err(|error| Fatal(format!("cannot open a file a second time: {}", reason(&error))))?;
    let format = plan.format();
    let mut head = Vec::new();
    format.begin(&mut head);
    let name = plan.output.clone().unwrap_or_default();
    let places = unread.take();
    let due = places.len();
    let mut oldest =
        Oldest::new(places, Places::new(copy, head, plan.zero), name.clone(), left, until.clone());
    let mut renew = Renew {
        file,
        name,
        format,
        begun: plan.run.begun,
        ignored: update.ignored,
        tally: &sink.tally,
        reporter: session.reporter(),
        unread,
        files: 0,
        bytes: 0,
        left: 0,
        unused: 0,
    };
    let job = job.until(until).with_context::<Again>();
    let ended = loop {
        let order = Order::Completion;
        let ended = session.run_to_its_end(&job, &mut oldest, &mut renew, watch, order);
        let unused = std::mem::take(&mut renew.unused);
        if !ended.is_complete() || !oldest.take_back(unused, renew.files == 0) {
            break ended;
        }
    };
    oldest.rest().for_each(|place| renew.unread.stays(*place));
    let wants = budget.sample.is_none_or(|sample| sample.of(u64::MAX) > 0)
        && budget.time.is_none_or(|time| !time.is_zero());
    report(&renew, wants && due > 0 && renew.files == 0, session);
    // If nothing was left to read, the statistics of the update say more.
    Ok(Some(ended).filter(|ended| oldest.given || !ended.is_complete()))
}

/// Says what was not done. What was read again is said if the user wants totals, or if the run was stopped.
/// It is also said if the run `starves`: other files used up the budget, so that nothing was read again,
/// and night after night the oldest readings would only get older.
fn report(renew: &Renew<'_>, starves: bool, session: &Session) {
    let console = &session.console;
    let Renew { tally, unread, files, bytes, left, .. } = renew;
    let count = |count: &AtomicU64| count.load(Relaxed);
    let lines = |number: u64| match number {
        1 => "1 line stays as it was".to_string(),
        number => format!("{number} lines stay as they were"),
    };
    if tally.cut.load(Relaxed) {
        console.line(&format!(
            "stopped before every directory was read: {}, and new files there have no line yet",
            lines(count(&tally.unreached))
        ));
    } else if count(&tally.unreached) > 0 {
        let lines = lines(count(&tally.unreached));
        console.line(&format!("stopped before every changed file was read: {lines}"));
    }
    match count(&tally.unread) {
        0 => {}
        1 => console.line("1 new file was not read and has no line yet; the next run reads it"),
        number => console.line(&format!(
            "{number} new files were not read and have no line yet; the next run reads them"
        )),
    }
    match *left {
        0 => {}
        1 => console
            .line("1 file changed during this run; its line stays, and the next run reads it"),
        number => console.line(&format!(
            "{number} files changed during this run; their lines stay, and the next run reads them"
        )),
    }
    let is_told = session.run_settings.summary || session.control.is_stopped() || starves;
    if !is_told {
        return;
    }
    console.line(&format!(
        "read again: {files} of {} unchanged files, {} of {}; {}",
        unread.files,
        BinaryBytes(*bytes),
        BinaryBytes(unread.bytes),
        age(unread.oldest, now())
    ));
}

/// How long ago the file was read that was read longest ago.
fn age(oldest: Option<i64>, now: i128) -> String {
    let Some(oldest) = oldest else {
        return "no reading in the manifest is older than this run".into();
    };
    let date =
        Timestamp::from_nanosecond(oldest.into()).map(|date| date.strftime(DATE).to_string());
    let seconds = (now - i128::from(oldest)).max(0) / 1_000_000_000;
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!(
        "the oldest reading in the manifest is of {number} {unit}{s} ago ({})",
        date.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_told_in_the_largest_unit_with_its_date() {
        let second = 1_000_000_000;
        let oldest = 1_700_000_000 * second;
        let told = |seconds: i64| age(Some(oldest), i128::from(oldest + seconds * second));
        let date = "(2023-11-14 22:13:20 UTC)";
        let said = |ago: &str| format!("the oldest reading in the manifest is of {ago} ago {date}");
        assert_eq!(told(1), said("1 second"));
        assert_eq!(told(7199), said("1 hour"));
        assert_eq!(told(90_000 * 3), said("3 days"));
        assert_eq!(age(None, 0), "no reading in the manifest is older than this run");
    }
}
