//! One run of a command: the session owns what all parts of a run share, and makes what reads the files.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::console::Console;
pub use super::execution::{Execution, RunSettings};
use super::progress::{Counters, Display};
use super::reporter::Reporter;
use super::summary_file;
use super::watch::{Watch, Watched, closable_stdout};
use crate::error::{Fatal, reason};
use crate::files::Item;
use crate::files::arguments::{Count, Inputs, Source};
use crate::files::limit::Limit;
use crate::files::mapping::Mapper;
use crate::files::no_atime::NoAtime;
use crate::files::open::Opener;
use crate::files::stdin::Interrupt;
use crate::output::destination::Destination;
use crate::output::temporary::Temporaries;
use crate::pipeline::Control;
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
    pub(super) no_atime: Option<Arc<NoAtime>>,
    /// When the run began.
    pub begun: Instant,
    /// The numbers of the results, by their kind.
    pub(super) kinds: Mutex<Vec<(&'static str, u64)>>,
    /// Whether a glob that must match something matched nothing.
    pub(super) unmatched: AtomicBool,
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
}

/// Whether the results go to standard output because no output was named.
fn is_stdout(destination: Option<&Destination>) -> bool {
    destination.is_some_and(|destination| destination.named().is_none())
}

fn cannot(action: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action}: {}", reason(error)))
}
