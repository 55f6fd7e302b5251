//! One run of a command from its beginning to its exit code: what watches it, what counts it, and
//! how each way in which it can end is told.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::console::Console;
use super::ending::Ending;
use super::progress::{Counters, Display, Show};
use super::reporter::Reporter;
use super::summary;
use super::watch::{Watch, Watched, closable_stdout};
use crate::error::{Fatal, reason, without_number};
use crate::escape::printable;
use crate::files::Item;
use crate::files::arguments::{Count, Inputs, Source};
use crate::files::stdin::Interrupt;
use crate::output::destination::Destination;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::pipeline::{self, Control, Job, Settings, Sink, Stats};
use batchproc_os::open_files;

/// How a run goes on.
#[derive(Clone, Debug)]
pub struct Running {
    /// The pipeline's numbers.
    pub settings: Settings,
    /// How progress is shown.
    pub show: Show,
    /// Whether the run is summed up at its end.
    pub summary: bool,
    /// Whether the stages' account is printed.
    pub stats: bool,
    /// How much is said on standard error: 0 to 2.
    pub verbose: u8,
}

/// What all parts of a run share.
pub struct Session {
    /// How the run goes on.
    pub running: Running,
    /// What was done.
    pub counters: Arc<Counters>,
    /// Stops the run.
    pub control: Control,
    /// Ends the waiting for standard input.
    pub interrupt: Interrupt,
    /// The temporary file of the output.
    pub temporaries: Temporaries,
    /// Standard error.
    pub console: Console,
    begun: Instant,
}

/// How files are read, and what watches that; to be kept until the run has ended.
pub enum Execution {
    /// One small file, without threads; with a watch if a file is written.
    SingleFile(Item, Option<Watch>),
    /// By a pipeline.
    Pipeline(Watch),
}

impl Execution {
    /// The signal that ended the run, if one did.
    pub fn signal(&self) -> Option<i32> {
        match self {
            Execution::SingleFile(_, watch) => watch.as_ref().and_then(Watch::signal),
            Execution::Pipeline(watch) => watch.signal(),
        }
    }
}

/// How the pipeline of a run ended.
pub struct Ended {
    result: Result<Option<Stats>, pipeline::Error<WriteError>>,
    signal: Option<i32>,
}

impl Ended {
    /// Whether all of the source went into the sink.
    pub fn is_complete(&self) -> bool {
        self.result.is_ok() && self.signal.is_none()
    }
}

impl Session {
    /// Begins a run.
    ///
    /// # Errors
    /// When the system gives no pipe.
    pub fn begin(running: Running, console: &Console) -> Result<Self, Fatal> {
        let begun = Instant::now();
        // Raises it, before anything that may need many.
        open_files::limit();
        console.start_log(running.verbose);
        Ok(Self {
            running,
            counters: Arc::new(Counters::default()),
            control: Control::default(),
            interrupt: Interrupt::new().map_err(|error| cannot("open a pipe", &error))?,
            temporaries: Temporaries::default(),
            console: console.clone(),
            begun,
        })
    }

    /// Begins to watch, before there is a temporary file that a signal would leave behind. `single` is
    /// all that is to be read, if that is one small file; `place` is where the results go, unless
    /// they have many places.
    ///
    /// # Errors
    /// When the system gives no pipes or threads.
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

    /// Watches signals, the reader of standard output if that is the `place` of the results, and the
    /// clock. A second signal removes the temporary file.
    ///
    /// # Errors
    /// When the system gives no pipes or threads.
    pub fn watch(
        &self,
        destination: Option<&Destination>,
        count: Option<Count>,
    ) -> Result<Watch, Fatal> {
        let watched = Watched {
            control: self.control.clone(),
            interrupt: self.interrupt.clone(),
            counters: self.counters.clone(),
            display: Display::new(self.running.show, self.console.clone()),
            output: is_stdout(destination).then(closable_stdout).flatten(),
            temporaries: self.temporaries.clone(),
            count,
        };
        Watch::start(watched).map_err(|error| cannot("watch for signals", &error))
    }

    /// Runs the pipeline under a watch.
    pub fn run<J, I, S>(&self, job: &J, source: I, sink: &mut S, watch: &Watch) -> Ended
    where
        J: Job,
        I: Iterator<Item = Result<J::Item, J::Output>> + Send,
        S: Sink<J::Output, Error = WriteError>,
    {
        let most_open = match open_files::for_streams() {
            Ok(most) => most,
            Err(least) => {
                let limit = open_files::limit();
                let reason = format!(
                    "no file can be read: {limit} files may be open at once (ulimit -n), and at \
                     least {least} must be"
                );
                let result = Err(pipeline::Error::Begin(reason));
                return Ended { result, signal: watch.signal() };
            }
        };
        let settings = &Settings { most_open, ..self.running.settings.clone() };
        if open_files::are_few() {
            log::info!("files that are read at once: at most {most_open}");
        }
        log::info!(
            "workers: {}, readers: {} to {}, buffers: {} of {} KiB",
            settings.threads,
            settings.readers,
            settings.most_readers,
            settings.buffers,
            settings.buffer_bytes >> 10,
        );
        let result = pipeline::run(job, source, sink, settings, &self.control).map(Some);
        if let Ok(Some(Stats { fewer_open: Some(most), .. })) = &result {
            let files = if *most == 1 { "file was" } else { "files were" };
            self.console.line(&format!(
                "too many files were open at times, so in the end at most {most} {files} read at once"
            ));
        }
        Ended { result, signal: watch.signal() }
    }

    /// Runs one small item without starting threads that read or compute.
    pub fn run_one<J, S>(
        &self,
        job: &J,
        item: J::Item,
        sink: &mut S,
        buffer_bytes: usize,
        watch: Option<&Watch>,
    ) -> Ended
    where
        J: Job,
        S: Sink<J::Output, Error = WriteError>,
    {
        let result = pipeline::run_one(job, item, sink, buffer_bytes).map(|()| None);
        Ended { result, signal: watch.and_then(Watch::signal) }
    }

    /// The ending of a run whose alarm went off before its pipeline began: a signal stopped it, or
    /// nobody reads its output.
    pub fn interrupted(&self, watch: &Watch) -> Ending {
        watch.signal().map_or(Ending::Good, |number| self.stopped(number, None))
    }

    /// Ends the run: the output becomes lasting if the run came to its end and did anything, and
    /// what happened is told.
    ///
    /// # Errors
    /// When the run could not go on.
    pub fn finish(&self, ended: Ended, mut output: Output) -> Result<Ending, Fatal> {
        let (as_it_was, resumable) = (as_it_was(output.named()), resumable(&output));
        let stopped = |number| {
            self.console.line(&format!("stopped by signal {number}{as_it_was}{resumable}"));
            Ok(Ending::Signal(number))
        };
        let stats = match (ended.result, ended.signal) {
            (Ok(stats), _) => stats,
            (Err(pipeline::Error::Sink(WriteError::Closed)), Some(number)) => {
                return stopped(number);
            }
            (Err(pipeline::Error::Sink(WriteError::Closed)), None) => return Ok(self.so_far()),
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
            // Nobody reads the output any more.
            return Ok(self.so_far());
        }
        let failed = self.counters.failed.load(Relaxed);
        let nothing_done = failed > 0 && self.counters.files.load(Relaxed) == 0;
        if nothing_done && output.replaces() {
            // A wrong name, or a disk that is not mounted: no reason to lose the last good result.
            self.console.line(&format!("no file could be read{as_it_was}{resumable}"));
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
            Err(WriteError::Closed) => return Ok(self.so_far()),
            Err(WriteError::Failed(fatal)) => return Err(fatal),
        };
        if let Some(failure) = &left {
            self.console.line(&format!("{failure}; it is left over, and means nothing any more"));
        }
        self.report_summary(stats.as_ref());
        Ok(if failed > 0 || left.is_some() { Ending::SomeFailed } else { Ending::Good })
    }

    /// Tells the globs that have matched nothing in the whole run, and counts what was to be found.
    pub fn report_unmatched(&self, inputs: &Inputs, ended: &Ended) {
        if !ended.is_complete() || self.control.is_stopped() {
            return;
        }
        for (line, failure) in inputs.unmatched(self.running.summary) {
            self.console.line(&line);
            self.counters.failed.fetch_add(u64::from(failure), Relaxed);
        }
    }

    /// What became of its items.
    pub fn reporter(&self) -> Reporter {
        Reporter::new(self.counters.clone(), self.console.clone())
    }

    /// The names that a run reads. What there is to say of a list is told.
    ///
    /// # Errors
    /// When a list cannot be opened.
    pub fn names(&self, inputs: &Inputs) -> Result<Source, Fatal> {
        let console = self.console.clone();
        inputs.names(&self.interrupt, Box::new(move |line| console.line(line)))
    }

    /// How a run ends whose output nobody wants to read on: what has failed by then has failed.
    fn so_far(&self) -> Ending {
        match self.counters.failed.load(Relaxed) {
            0 => Ending::Good,
            _ => Ending::SomeFailed,
        }
    }

    /// That the output may not take its place, for this reason, and what is there now.
    pub fn refused(&self, Fatal(reason): Fatal, output: &Output) -> Fatal {
        Fatal(format!("{reason}{}{}", as_it_was(output.named()), resumable(output)))
    }

    /// Ends a run that a signal stopped before it had an output, which would have had this name.
    pub fn stopped(&self, number: i32, named: Option<&str>) -> Ending {
        stopped(&self.console, number, named)
    }

    /// The summary and the account, where they were asked for.
    fn report_summary(&self, stats: Option<&Stats>) {
        if self.running.summary {
            self.console.line(&summary::line(&self.counters, self.begun.elapsed(), stats));
        }
        if self.running.stats {
            match stats {
                Some(stats) => summary::table(stats, pipeline::processors())
                    .lines()
                    .for_each(|line| self.console.line(line)),
                None => self.console.line("one small file was read without starting any threads"),
            }
        }
    }
}

/// Ends a run that a signal stopped, of which nothing is written; its output would have had this name.
pub fn stopped(console: &Console, number: i32, named: Option<&str>) -> Ending {
    console.line(&format!("stopped by signal {number}{}", as_it_was(named)));
    Ending::Signal(number)
}

/// Whether results go to standard output, which nobody named.
fn is_stdout(destination: Option<&Destination>) -> bool {
    destination.is_some_and(|destination| destination.named().is_none())
}

/// That what the output would have replaced, if it was named, is untouched.
fn as_it_was(named: Option<&str>) -> String {
    named.map(|name| format!("; {name} is as it was")).unwrap_or_default()
}

/// How a later run goes on with what was written.
fn resumable(output: &Output) -> String {
    let partial = output.leaves().map(printable);
    partial.map(|partial| format!("; --resume goes on with {partial}")).unwrap_or_default()
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
