//! One run of a command from its beginning to its exit code: what watches it, what counts it, and
//! how each way in which it can end is told.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::inputs::Count;
use crate::cli::RunArgs;
use crate::config::{self, Running};
use crate::console::Console;
use crate::error::{Ending, Fatal, reason};
use crate::input::stdin::Alarm;
use crate::open_files;
use crate::pipeline::{self, Control, Job, Settings, Sink, Stats};
use crate::progress::{Counters, Display};
use crate::report::names::printable;
use crate::report::output::{Output, WriteError};
use crate::summary;
use crate::watch::{Watch, Watched, closable_stdout};

/// What all parts of a run share.
pub struct Session {
    /// How the run goes on.
    pub running: Running,
    /// What was done.
    pub counters: Arc<Counters>,
    /// Stops the run.
    pub control: Control,
    /// Ends the waiting for standard input.
    pub alarm: Alarm,
    /// Standard error.
    pub console: Console,
    begun: Instant,
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
    /// Begins a run of a job that works `lanes` steps at a time.
    ///
    /// # Errors
    /// When the system gives no pipe.
    pub fn begin(arguments: &RunArgs, lanes: usize, console: &Console) -> Result<Self, Fatal> {
        let begun = Instant::now();
        // Raises it, before anything that may need many.
        open_files::limit();
        console.start_log(arguments.verbose);
        Ok(Self {
            running: config::running(arguments, lanes),
            counters: Arc::new(Counters::default()),
            control: Control::default(),
            alarm: Alarm::new().map_err(|error| cannot("open a pipe", &error))?,
            console: console.clone(),
            begun,
        })
    }

    /// Watches signals, the reader of standard output if that is where results go, and the clock.
    /// `temporary` is removed by a second signal.
    ///
    /// # Errors
    /// When the system gives no pipes or threads.
    pub fn watch(
        &self,
        to_stdout: bool,
        temporary: Option<PathBuf>,
        count: Option<Count>,
    ) -> Result<Watch, Fatal> {
        let watched = Watched {
            control: self.control.clone(),
            alarm: self.alarm.clone(),
            counters: self.counters.clone(),
            display: Display::new(self.running.show, self.console.clone()),
            output: to_stdout.then(closable_stdout).flatten(),
            temporary,
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

    /// Runs one small item without starting threads.
    pub fn run_one<J, S>(&self, job: &J, item: J::Item, sink: &mut S, buffer_bytes: usize) -> Ended
    where
        J: Job,
        S: Sink<J::Output, Error = WriteError>,
    {
        Ended {
            result: pipeline::run_one(job, item, sink, buffer_bytes).map(|()| None),
            signal: None,
        }
    }

    /// Ends the run: the output becomes lasting if the run came to its end and did anything, and
    /// what happened is told. `target` is the file that the output replaces, if it is one.
    ///
    /// # Errors
    /// When the run could not go on.
    pub fn finish(
        &self,
        ended: Ended,
        output: Output,
        target: Option<&Path>,
    ) -> Result<Ending, Fatal> {
        let left =
            || target.map(|path| format!("; {} is as it was", printable(path))).unwrap_or_default();
        let resumable = output.leaves().map(printable);
        let resumable = resumable
            .map(|partial| format!("; --resume goes on with {partial}"))
            .unwrap_or_default();
        let stopped = |number| {
            self.console.line(&format!("stopped by signal {number}{}{resumable}", left()));
            Ok(Ending::Signal(number))
        };
        let stats = match (ended.result, ended.signal) {
            (Ok(stats), _) => stats,
            (Err(pipeline::Error::Sink(WriteError::Closed)), Some(number)) => {
                return stopped(number);
            }
            (Err(pipeline::Error::Sink(WriteError::Closed)), None) => return Ok(Ending::Good),
            (Err(error), _) => {
                let Fatal(reason) = fatal(error);
                return Err(Fatal(reason + &resumable));
            }
        };
        if let Some(number) = ended.signal {
            self.tell(stats.as_ref());
            return stopped(number);
        }
        if self.control.is_aborted() {
            // Nobody reads the output any more.
            return Ok(Ending::Good);
        }
        let failed = self.counters.failed.load(Relaxed);
        let nothing_done = failed > 0 && self.counters.files.load(Relaxed) == 0;
        if nothing_done && output.replaces() {
            // A wrong name, or a disk that is not mounted: no reason to lose the last good result.
            self.console.line(&format!("no file could be read{}", left()));
            return Ok(Ending::SomeFailed);
        }
        match output.commit() {
            Ok(()) => {}
            Err(WriteError::Closed) => return Ok(Ending::Good),
            Err(WriteError::Failed(fatal)) => return Err(fatal),
        }
        self.tell(stats.as_ref());
        Ok(if failed > 0 { Ending::SomeFailed } else { Ending::Good })
    }

    /// The summary and the account, where they were asked for.
    fn tell(&self, stats: Option<&Stats>) {
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

fn cannot(action: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action}: {}", reason(error)))
}

fn fatal(error: pipeline::Error<WriteError>) -> Fatal {
    match error {
        pipeline::Error::Sink(WriteError::Failed(fatal)) => fatal,
        pipeline::Error::Sink(WriteError::Closed) => Fatal("the output is closed".into()),
        pipeline::Error::Panic { stage, message } => {
            Fatal(format!("the {stage} stage failed: {message}"))
        }
        pipeline::Error::Begin(reason) => Fatal(reason),
    }
}
