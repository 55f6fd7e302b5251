//! Ends a session: gives the output its final name, reports how the run ended, and says the ending.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use super::console::Console;
use super::ending::Ending;
use super::session::Session;
use super::summary;
use super::watch::Watch;
use crate::error::{Fatal, without_number};
use crate::escape::printable;
use crate::files::arguments::Inputs;
use crate::output::{Output, WriteError};
use crate::pipeline::{self, Stats};

/// The result of running the pipeline.
pub struct Ended {
    pub(super) result: Result<Option<Stats>, pipeline::Error<WriteError>>,
    pub(super) signal: Option<i32>,
}

impl Ended {
    /// The same result for a run that a signal has shortened and not broken off.
    #[must_use]
    pub fn without_signal(self) -> Self {
        Self { signal: None, ..self }
    }

    /// Whether every input was processed and its result written.
    pub fn is_complete(&self) -> bool {
        self.result.is_ok() && self.signal.is_none()
    }

    /// The same result, but with a signal that may have come since then: a command that writes its
    /// results after the pipeline has ended may have been stopped in the middle.
    #[must_use]
    pub fn and_later(self, watch: &Watch) -> Self {
        Self { signal: self.signal.or(watch.signal()), ..self }
    }
}

impl Session {
    /// The result of a run that needed no pipeline.
    pub fn nothing_run(&self, watch: &Watch) -> Ended {
        Ended { result: Ok(None), signal: watch.signal() }
    }

    /// The ending of a run that was interrupted before its pipeline started: a signal stopped the
    /// run, or the reader of the output closed it.
    pub fn interrupted(&self, watch: &Watch) -> Ending {
        watch.signal().map_or(Ending::Good, |number| self.stopped(number, None))
    }

    /// Ends the run: gives the output file its final name if the run is complete and has any
    /// result, and reports what happened.
    ///
    /// # Errors
    /// If the run failed.
    pub fn finish(&self, ended: Ended, output: Output) -> Result<Ending, Fatal> {
        self.end(ended, output, false)
    }

    /// Like [`Session::finish`], for an output that is a report about the files: it gets its final name
    /// even if no file has a complete result.
    ///
    /// # Errors
    /// If the run failed.
    pub fn finish_report(&self, ended: Ended, output: Output) -> Result<Ending, Fatal> {
        self.end(ended, output, true)
    }

    /// Whether items failed and no file has a result.
    pub fn has_only_failures(&self) -> bool {
        self.counters.failed.load(Relaxed) > 0 && self.counters.files.load(Relaxed) == 0
    }

    /// Like [`Session::finish`], for a part of a result: if there was no such part before, it gets its
    /// final name even if no file could be read, since few files may belong to it.
    ///
    /// # Errors
    /// If the run failed.
    pub fn finish_part(&self, ended: Ended, output: Output) -> Result<Ending, Fatal> {
        let is_new = !output.has_old();
        self.end(ended, output, is_new)
    }

    /// Whether the output is not worth its name: items failed and no file has a result. A result that
    /// lacks some records is one if the user allows failures or reads records, or if it replaces none.
    pub fn is_worthless(&self, output: &Output) -> bool {
        let engine = self.run_settings.engine;
        let has_incomplete = self.counters.incomplete.load(Relaxed) > 0;
        let takes_incomplete = engine.records || engine.allow_failed.is_some() || !output.has_old();
        self.has_only_failures() && !(has_incomplete && takes_incomplete)
    }

    fn end(&self, ended: Ended, output: Output, is_report: bool) -> Result<Ending, Fatal> {
        let ending = self.end_unreported(ended, output, is_report);
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        self.run_settings.engine.report(&self.counters, &kinds, &self.console);
        ending
    }

    fn end_unreported(
        &self,
        ended: Ended,
        mut output: Output,
        is_report: bool,
    ) -> Result<Ending, Fatal> {
        let engine = self.run_settings.engine;
        let (unchanged, resumable) = (unchanged(output.named()), resumable(&output));
        let stopped = |number| {
            self.console.line(&format!("stopped by signal {number}{unchanged}{resumable}"));
            Ok(Ending::Signal(number))
        };
        let stats = match (ended.result, ended.signal) {
            (Ok(stats), _) => stats,
            (Err(pipeline::Error::Sink(WriteError::Closed)), Some(number)) => {
                return stopped(number);
            }
            (Err(pipeline::Error::Sink(WriteError::Closed)), None) => {
                return Ok(self.ending_so_far());
            }
            (Err(error), _) => {
                let Fatal(reason) = fatal(error);
                return Err(Fatal(reason + &resumable));
            }
        };
        if let Some(number) = ended.signal {
            self.report_summary(stats.as_ref());
            return stopped(number);
        }
        if self.control.is_aborted() {
            // The reader of the output has closed it.
            return Ok(self.ending_so_far());
        }
        let failed = self.counters.failed.load(Relaxed);
        if self.is_worthless(&output) && output.replaces() && !is_report {
            // If the names were wrong or a disk was not mounted, the last good result must not be
            // replaced.
            let nothing = match self.counters.bytes.load(Relaxed) {
                0 => "no file could be read",
                // A part of a file was read, or all of a file that failed for another reason.
                _ => "no file gave a complete result",
            };
            self.console.line(&format!("{nothing}{unchanged}{resumable}"));
            return Ok(Ending::SomeFailed);
        }
        let left = match output.write_all() {
            Ok(()) => output.commit(),
            Err(WriteError::Failed(Fatal(reason))) => {
                return Err(Fatal(reason + &self::resumable(&output)));
            }
            Err(WriteError::Closed) => Err(WriteError::Closed),
        };
        let left = match left {
            Ok(left) => left,
            Err(WriteError::Closed) => return Ok(self.ending_so_far()),
            Err(WriteError::Failed(fatal)) => return Err(fatal),
        };
        if let Some(failure) = &left {
            self.console.line(&format!("{failure}; this leftover file can be deleted"));
        }
        self.report_summary(stats.as_ref());
        let all = failed + self.counters.files.load(Relaxed);
        let good = engine.allows(failed, all, &self.console)
            && left.is_none()
            && !self.unmatched.load(Relaxed);
        Ok(if good { Ending::Good } else { Ending::SomeFailed })
    }

    /// Reports the globs that matched nothing in the whole run, and counts those that make the run
    /// fail.
    pub fn report_unmatched(&self, inputs: &Inputs, ended: &Ended) {
        if !ended.is_complete() || self.control.is_stopped() {
            return;
        }
        for (line, failure) in inputs.unmatched(self.run_settings.summary) {
            self.console.line(&line);
            self.counters.failed.fetch_add(u64::from(failure), Relaxed);
            self.unmatched.fetch_or(failure, Relaxed);
        }
    }

    /// The ending of a run whose output was closed by its reader. Such a run fails only if some
    /// files failed before, or if every line of the output matters.
    fn ending_so_far(&self) -> Ending {
        match self.counters.failed.load(Relaxed) {
            _ if self.run_settings.engine.records => Ending::Closed,
            0 => Ending::Good,
            _ => Ending::SomeFailed,
        }
    }

    /// Adds notes to an error because of which the output may not replace the old file: that the
    /// old file is unchanged, and how to continue the run.
    pub fn refused(&self, Fatal(reason): Fatal, output: &Output) -> Fatal {
        Fatal(format!("{reason}{}{}", unchanged(output.named()), resumable(output)))
    }

    /// Ends a run that a signal stopped before its output was created. `named` is the name of the
    /// output.
    pub fn stopped(&self, number: i32, named: Option<&str>) -> Ending {
        stopped(&self.console, number, named)
    }

    /// Whether files were read at no less than nine tenths of the speed that `--limit` allows.
    fn at_limit(&self) -> bool {
        let possible = |limit| limit as f64 * self.begun.elapsed().as_secs_f64();
        let read = self.counters.bytes.load(Relaxed) as f64;
        self.run_settings.limit.is_some_and(|limit: u64| read >= 0.9 * possible(limit))
    }

    /// Prints the summary and the table of the stages, if the user asked for them.
    fn report_summary(&self, stats: Option<&Stats>) {
        let refused = self.no_atime.as_ref().map_or(0, |no_atime| no_atime.refused());
        if refused > 0 {
            self.remark(&format!("access times may have changed: the system refused --no-atime for files of other users: {refused}"));
        }
        if self.run_settings.summary {
            self.console.line(&summary::line(&self.counters, self.begun.elapsed(), stats));
        }
        if self.run_settings.stats {
            match stats {
                Some(stats) => summary::table(stats, pipeline::processors(), self.at_limit())
                    .lines()
                    .for_each(|line| self.console.line(line)),
                None => self.console.line("one small file was read without starting any threads"),
            }
        }
    }
}

/// Ends a run that a signal stopped before anything was written. `named` is the name of the output.
pub fn stopped(console: &Console, number: i32, named: Option<&str>) -> Ending {
    console.line(&format!("stopped by signal {number}{}", unchanged(named)));
    Ending::Signal(number)
}

/// A note that the old file is unchanged, if the user named an output file.
fn unchanged(named: Option<&str>) -> String {
    named.map(|name| format!("; {name} is unchanged")).unwrap_or_default()
}

/// A note on how to continue the run, if that is possible.
fn resumable(output: &Output) -> String {
    let partial = output.resumable_path().map(printable);
    partial.map(|partial| format!("; --resume continues from {partial}")).unwrap_or_default()
}

fn fatal(error: pipeline::Error<WriteError>) -> Fatal {
    match error {
        pipeline::Error::Sink(WriteError::Failed(fatal)) => fatal,
        pipeline::Error::Sink(WriteError::Closed) => Fatal("the output is closed".into()),
        pipeline::Error::Panic { stage, message } => {
            Fatal(format!("the {stage} stage failed: {}", without_number(&message)))
        }
        pipeline::Error::Begin(reason) => Fatal(without_number(&reason).to_string()),
    }
}
