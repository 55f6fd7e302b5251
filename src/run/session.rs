//! One run of a command from start to exit code: the session owns what all parts of a run share,
//! starts the pipeline, and reports how the run ended.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::console::Console;
use super::ending::Ending;
pub use super::execution::{Execution, RunSettings};
use super::progress::{Counters, Display};
use super::reporter::Reporter;
use super::summary;
use super::summary_file;
use super::watch::{Watch, Watched, closable_stdout};
use crate::error::{Fatal, reason, without_number};
use crate::escape::printable;
use crate::files::Item;
use crate::files::arguments::{Count, Inputs, Source};
use crate::files::limit::Limit;
use crate::files::mapping::Mapper;
use crate::files::no_atime::NoAtime;
use crate::files::open::Opener;
use crate::files::stdin::Interrupt;
use crate::output::destination::Destination;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::pipeline::{self, Control, Stats};
use crate::stamp::Identity;
use batchproc_os::open_files;

/// What all parts of a run share.
pub struct Session {
    /// The settings of the run.
    pub run_settings: RunSettings,
    /// The counters of the run.
    pub counters: Arc<Counters>,
    /// Stops the run.
    pub control: Control,
    /// Wakes threads that wait for standard input.
    pub interrupt: Interrupt,
    /// The temporary file of the output.
    pub temporaries: Temporaries,
    /// Standard error.
    pub console: Console,
    /// Bounds how fast the files are read.
    pub limit: Option<Arc<Limit>>,
    /// Leaves access times as they are, if that is asked for.
    no_atime: Option<Arc<NoAtime>>,
    /// When the run began.
    pub begun: Instant,
    /// The numbers of the results, by their kind.
    kinds: Mutex<Vec<(&'static str, u64)>>,
    /// Whether a glob that must match something matched nothing.
    unmatched: AtomicBool,
}

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
    /// Starts a run.
    ///
    /// # Errors
    /// If no pipe can be opened.
    pub fn begin(run_settings: RunSettings, console: &Console) -> Result<Self, Fatal> {
        let begun = Instant::now();
        // This raises the limit on open files. It must happen before anything needs many open
        // files.
        open_files::limit();
        console.start_log(run_settings.verbose);
        let counters = Arc::new(Counters::default());
        if let Some(file) = summary_file::current() {
            file.take_counters(&counters);
        }
        let interrupt = Interrupt::new().map_err(|error| cannot("open a pipe", &error))?;
        let no_atime = run_settings.no_atime.then(Arc::default);
        let limit = run_settings.limit.map(|limit| Arc::new(Limit::new(limit, &interrupt)));
        Ok(Self {
            run_settings,
            counters,
            control: Control::default(),
            interrupt,
            limit,
            no_atime,
            temporaries: Temporaries::default(),
            console: console.clone(),
            begun,
            kinds: Mutex::default(),
            unmatched: AtomicBool::default(),
        })
    }

    /// Decides how to read the files, and starts the watch. Call it before a temporary file exists,
    /// since without the watch a signal would leave that file behind. `single` is the only input,
    /// if that is one small file. `destination` is where the results go, or `None` with
    /// `--output-dir`. `count` makes the function that counts the total work.
    ///
    /// # Errors
    /// If no pipe can be opened or no thread can be started.
    pub fn execution(
        &self,
        single: Option<Item>,
        destination: Option<&Destination>,
        count: impl FnOnce() -> Option<Count>,
    ) -> Result<Execution, Fatal> {
        Ok(match single {
            Some(item) if is_stdout(destination) => Execution::SingleFile(item, None),
            Some(item) => Execution::SingleFile(item, Some(self.watch(destination, None)?)),
            None => Execution::Pipeline(self.watch(destination, count())?),
        })
    }

    /// Starts the thread that watches for signals and updates the progress display. If the results
    /// go to standard output, it also watches for the reader to close it.
    ///
    /// # Errors
    /// If no pipe can be opened or no thread can be started.
    pub fn watch(
        &self,
        destination: Option<&Destination>,
        count: Option<Count>,
    ) -> Result<Watch, Fatal> {
        let watched = Watched {
            control: self.control.clone(),
            interrupt: self.interrupt.clone(),
            counters: self.counters.clone(),
            display: Display::new(self.run_settings.show, self.console.clone()),
            output: is_stdout(destination).then(closable_stdout).flatten(),
            temporaries: self.temporaries.clone(),
            count,
        };
        let watch = Watch::start(watched).map_err(|error| cannot("watch for signals", &error))?;
        if let Some(file) = summary_file::current() {
            file.run_is_watched();
        }
        Ok(watch)
    }

    /// Makes the opener of the input files. `outputs` are the files that the run itself writes, other
    /// than the file of `--summary`.
    pub fn opener(&self, inputs: &Inputs, mut outputs: Vec<Identity>) -> Opener {
        outputs.extend(summary_file::current().iter().flat_map(|file| file.identities()));
        inputs.opener(outputs, self.plain_opener())
    }

    /// Makes an opener for files of any size. It maps large files into memory, unless files must be
    /// closed as soon as they are read, because few may be open.
    pub fn plain_opener(&self) -> Opener {
        Opener {
            // Where few files may be open, they must be closed as soon as they are read.
            mapper: if open_files::are_few() { None } else { Mapper::usual() },
            page_cache: self.run_settings.page_cache,
            no_atime: self.no_atime.clone(),
            limit: self.limit.clone(),
            ..Opener::new(self.interrupt.clone())
        }
    }

    /// Takes the numbers of the results, by their kind, for the file of `--summary` and for
    /// `--reporter`.
    pub fn count_kinds(&self, counts: Vec<(&'static str, u64)>) {
        if let Some(file) = summary_file::current() {
            file.take_counts(counts.clone());
        }
        *self.kinds.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    /// Makes a remark that says nothing about a failure. With `--records` it goes to the log, since
    /// standard error is silent if all is well.
    pub fn remark(&self, text: &str) {
        self.run_settings.engine.remark(&self.console, text);
    }

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

    /// A reporter for the items of the run.
    pub fn reporter(&self) -> Reporter {
        Reporter::new(self.counters.clone(), self.console.clone())
    }

    /// Returns the names of the files that the run reads. Remarks about a list of names go to the
    /// console.
    ///
    /// # Errors
    /// If the list of names cannot be opened.
    pub fn names(&self, inputs: &Inputs) -> Result<Source, Fatal> {
        let (console, engine) = (self.console.clone(), self.run_settings.engine);
        inputs.names(&self.interrupt, Box::new(move |line| engine.remark(&console, line)))
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

/// Whether the results go to standard output because no output was named.
fn is_stdout(destination: Option<&Destination>) -> bool {
    destination.is_some_and(|destination| destination.named().is_none())
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

fn cannot(action: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action}: {}", reason(error)))
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
